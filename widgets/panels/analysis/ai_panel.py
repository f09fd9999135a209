"""Methods on the shown series: what would happen, run it, what came out, what a person says of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QProgressBar, QVBoxLayout, QWidget

from app.analysis.controller import AnalysisController
from app.analysis.service import AnalysisService
from app.domain.inference import MethodCard, Plan, Verdict
from app.domain.person import Role
from app.domain.provenance import ResultState
from app.i18n import tr
from app.jobs import Job
from app.notifications import explain
from app.people.rights import ANALYSE, role_names
from app.viewing.layers import ProcessedLayer
from app.viewing.screen import Compare
from widgets.command_ui import CommandUi
from widgets.elements import Choice, Elided, Section, chip, clear, column, label, push, retone, row, scrolled
from widgets.notices import NoticeBox
from widgets.panels.analysis.figures_grid import show_figures
from widgets.panels.analysis.parameter_slider import ParameterSlider
from widgets.panels.analysis.review_box import ReviewBox
from widgets.shell.tray import seconds_text
from widgets.workspace import Panel


class AiPanel(Panel):
    """Plan before run; nothing is hidden: device, time, memory, licence, limits."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._cards: list[MethodCard] = []
        self._sliders: list[ParameterSlider] = []
        self._job: Job[ResultState] | None = None
        self._asked_for: tuple[str, str] = ("", "")
        self._build()
        self._replan = QTimer(self)
        self._replan.setSingleShot(True)
        self._replan.setInterval(250)
        self._replan.timeout.connect(self._plan)
        self._clock = QTimer(self)
        self._clock.setInterval(200)
        self._clock.timeout.connect(self._show_progress)
        session = ui.session
        ui.listen(session.get(AnalysisController).plan_changed, self._show_plan)
        self._volume = session.loaded.volume
        ui.listen(session.screen.active_changed, self._active_changed)
        ui.listen(session.loaded.shown, lambda: self._active_changed("image"))
        ui.listen(session.study.results_changed, self._show_results)
        ui.listen(session.study.series_changed, self._show_results)
        ui.listen(session.user.changed, self._actor_changed)
        self._show_plan()
        self._show_results()

    def _build(self) -> None:
        self.method = Choice()
        self.method.setAccessibleName(tr("Method"))
        self.method.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.method.currentIndexChanged.connect(lambda _: self._method_chosen())
        self.summary = label(tone="muted", wrap=True)
        self.verdict = chip("")
        self.reasons = QVBoxLayout()
        self.reasons.setSpacing(4)
        self.facts = QGridLayout()
        self.facts.setColumnStretch(1, 1)
        self.facts.setHorizontalSpacing(12)
        self.facts.setVerticalSpacing(4)
        self.version, self.device, self.cost, self.licence, self.limits = (label(wrap=True) for _ in range(5))
        facts = (
            (tr("Version"), self.version),
            (tr("Device"), self.device),
            (tr("Expected"), self.cost),
            (tr("Licence"), self.licence),
            (tr("Limits"), self.limits),
        )
        for position, (name, value) in enumerate(facts):
            self.facts.addWidget(label(name, tone="muted"), position, 0, Qt.AlignmentFlag.AlignTop)
            self.facts.addWidget(value, position, 1)
        self._facts_holder = QWidget()
        self._facts_holder.setLayout(self.facts)
        self.facts.setContentsMargins(0, 0, 0, 0)
        choose = Section(tr("Method"))
        choose.add(
            self.method,
            self.summary,
            row(label(tr("Fit"), tone="muted"), self.verdict, None, gap=12),
            self.reasons,
            self._facts_holder,
        )

        self._parameters = QVBoxLayout()
        self._parameters.setSpacing(8)
        self.run = push(tr("Process the series"), icon_name="player-play", kind="primary")
        self.run.clicked.connect(self._run)
        self.stop = push(tr("Cancel"), icon_name="x")
        self.stop.clicked.connect(lambda: self._job.cancel() if self._job else None)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar_text = label(tone="muted")
        self._progress = QWidget()
        self._progress.setLayout(column(self.bar, self.bar_text, gap=4))
        act = Section()
        act.add(self._parameters, row(self.run, self.stop, None), self._progress)

        self.results = Section(tr("Result"), gap=10)
        self.result_name = Elided()
        self.figures, self.other_figures = QGridLayout(), QGridLayout()
        for grid in (self.figures, self.other_figures):
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(6)
        self.compare_buttons = {
            Compare.SOURCE: self._ui.button("compare.source", text=tr("Original"), kind="choice"),
            Compare.RESULT: self._ui.button("compare.result", text=tr("Processed"), kind="choice"),
            Compare.SWIPE: self._ui.button("compare.swipe", text=tr("Swipe"), kind="choice"),
            Compare.DIFFERENCE: self._ui.button("compare.difference", text=tr("Difference"), kind="choice"),
        }
        grid = QGridLayout()
        grid.setSpacing(6)
        for position, button in enumerate(self.compare_buttons.values()):
            button.setCheckable(True)
            button.clicked.connect(lambda *_: self._show_compare())
            grid.addWidget(button, position // 2, position % 2)
        self._compare = QWidget()
        self._compare.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.review = ReviewBox(self._ui)
        self.other_review = ReviewBox(self._ui)
        self.other_name = Elided()
        self.results.add(
            self.result_name,
            self.figures,
            self._compare,
            self.review,
            self.other_name,
            self.other_figures,
            self.other_review,
        )
        self.empty = NoticeBox(
            tr("Open a study: the methods that fit the shown series are offered here."), "accent"
        )
        content = QWidget()
        self._empty_holder = QWidget()
        self._empty_holder.setLayout(row(self.empty, margins=(16, 12, 16, 0)))
        holder = column(self._empty_holder, choose, act, self.results, None, gap=0)
        content.setLayout(holder)
        self._choose, self._act = choose, act
        self.setLayout(column(scrolled(content), gap=0))

    # -- choosing -------------------------------------------------------------------------------------------

    def arrived(self) -> None:
        self.load_methods()

    def load_methods(self) -> None:
        """Ask the engine for its methods, once."""
        if self._cards or not self._ui.session.user.is_logged_in:
            return
        self._ui.quietly(self._ui.session.station.get(AnalysisService).methods, self._methods_came)

    def _methods_came(self, cards: list[MethodCard]) -> None:
        self._cards = cards
        self.method.blockSignals(True)
        self.method.clear()
        for card in cards:
            self.method.addItem(tr(card.title), card.method_id)
        self.method.blockSignals(False)
        self._method_chosen()

    def card(self) -> MethodCard | None:
        """The chosen method."""
        return (
            self._cards[self.method.currentIndex()]
            if 0 <= self.method.currentIndex() < len(self._cards)
            else None
        )

    def _method_chosen(self) -> None:
        card = self.card()
        clear(self._parameters)
        self._sliders = []
        if card is None:
            return
        self.summary.setText(tr(card.summary))
        self.version.setText(card.version)
        self.licence.setText(card.licence)
        self.limits.setText(tr(card.limits))
        for parameter in card.parameters:
            slider = ParameterSlider(parameter, self._replan.start)
            self._sliders.append(slider)
            self._parameters.addWidget(slider)
        self._ui.session.get(AnalysisController).drop_plan()
        self._asked_for = ("", "")
        self._show_plan()
        self._plan()

    def _active_changed(self, what: str) -> None:
        volume = self._ui.session.loaded.volume
        if volume is not self._volume:
            self._volume = volume
            self._volume_changed()
            self._show_results()
            self._arrived()
        elif what == "arrived":
            self._arrived()
        elif what in ("layers", "compare"):
            self._show_compare()

    def _volume_changed(self) -> None:
        self._asked_for = ("", "")
        self._ui.session.get(AnalysisController).drop_plan()
        self.load_methods()
        self._show_plan()

    def _arrived(self) -> None:
        session, card = self._ui.session, self.card()
        if session.loaded.is_complete and card is not None and session.loaded.volume is not None:
            wanted = (card.method_id, session.loaded.volume.series_uid)
            if self._asked_for != wanted:
                self._plan()

    def _actor_changed(self) -> None:
        """Another person may be allowed what the one before was not."""
        self.load_methods()
        self._show_plan()
        self._show_results()
        self._arrived()

    def _plan(self) -> None:
        session, card = self._ui.session, self.card()
        if (
            card is None
            or session.loaded.volume is None
            or not session.loaded.is_complete
            or not self._ui.may(ANALYSE)
        ):
            return
        self._asked_for = (card.method_id, session.loaded.volume.series_uid)
        job = self._ui.run(
            "analysis.plan", card.method_id, parameters={s.parameter.name: s.value for s in self._sliders}
        )
        if job is not None:
            session.dispatcher.follow(job, lambda _: None, failed=self._plan_failed)

    def _plan_failed(self, error: BaseException) -> None:
        """Say in the panel as well why nothing can run."""
        told = explain(error)
        self.verdict.setText(tr("cannot run"))
        retone(self.verdict, "chip", "danger")
        clear(self.reasons)
        self.reasons.addWidget(label(f"{told.message} {told.hint}".strip(), tone="danger", wrap=True))

    def _show_plan(self) -> None:
        session = self._ui.session
        here, allowed = session.loaded.volume is not None, self._ui.may(ANALYSE)
        for part in (self._choose, self._act):
            part.setVisible(here and allowed)
        self._empty_holder.setVisible(not here or not allowed)
        if here and not allowed:
            who = role_names(role for role in (Role.REPORTING, Role.REVIEWING))
            self.empty.tell(
                tr("Methods are run by: {who}. Results that are there are shown here.", who=who), "accent"
            )
        else:
            self.empty.tell(
                tr("Open a study: the methods that fit the shown series are offered here."), "accent"
            )
        plan: Plan | None = session.get(AnalysisController).plan
        card = self.card()
        if plan is not None and card is not None and plan.method_id != card.method_id:
            plan = None
        clear(self.reasons)
        self._facts_holder.setVisible(card is not None)
        if plan is None:
            self.verdict.setText(
                tr("looking…") if session.loaded.is_complete else tr("waiting for the images")
            )
            retone(self.verdict, "chip", "neutral")
            self.device.setText("–")
            self.cost.setText("–")
            self._show_progress()
            return
        words = {
            Verdict.ACCEPT: (tr("can run"), "done"),
            Verdict.WARN: (tr("can run, with doubts"), "amber"),
            Verdict.REFUSE: (tr("refused"), "danger"),
        }
        text, tone = words[plan.verdict]
        self.verdict.setText(text)
        retone(self.verdict, "chip", tone)
        for reason in plan.reasons:
            words_of = tr(reason.template, **reason.params) if reason.params else tr(reason.template)
            self.reasons.addWidget(
                label(
                    "· " + words_of, tone="danger" if plan.verdict is Verdict.REFUSE else "amber", wrap=True
                )
            )
        for note in plan.notes:
            self.reasons.addWidget(label("· " + tr(note.template, **note.params), tone="muted", wrap=True))
        self.device.setText(f"{plan.device_name} · {plan.backend} · {plan.precision}")
        tiles = tr("{n} tiles", n=plan.tiles) if plan.tiles > 1 else ""
        memory = tr("{n} GB memory", n=f"{plan.memory_bytes / 1e9:.1f}")
        self.cost.setText(
            " · ".join(x for x in (tr("about {time}", time=seconds_text(plan.seconds)), memory, tiles) if x)
        )
        self._show_progress()

    # -- running --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        job = self._ui.run("analysis.run")
        if job is not None:
            self._job = job
            self._clock.start()
        self._show_progress()

    def _show_progress(self) -> None:
        job = self._job
        busy = job is not None and not job.ended
        plan = self._ui.session.get(AnalysisController).plan
        card = self.card()
        fits = (
            plan is not None
            and plan.verdict is not Verdict.REFUSE
            and card is not None
            and plan.method_id == card.method_id
        )
        self.run.setEnabled(fits and not busy)
        self.stop.setVisible(busy)
        self._progress.setVisible(busy)
        if job is None or not busy:
            self._clock.stop()
            return
        self.bar.setValue(round(job.fraction * 1000))
        left = job.seconds_left
        self.bar_text.setText(
            tr("stopping…")
            if job.cancelled()
            else f"{job.fraction:.0%}"
            + (" · " + tr("about {time} left", time=seconds_text(left)) if left is not None else "")
        )

    # -- results --------------------------------------------------------------------------------------------

    def _show_results(self) -> None:
        session = self._ui.session
        volume = session.loaded.volume
        mine = [
            r
            for r in session.study.results
            if volume is not None and r.source_series_uid == volume.series_uid
        ]
        newest = {r.kind: r for r in sorted(mine, key=lambda r: r.made_at)}
        images, structures = newest.get("images"), newest.get("segmentation")
        self.results.setVisible(bool(newest))
        self.result_name.setVisible(images is not None)
        self._compare.setVisible(images is not None)
        self.review.show_result(images)
        self.other_name.setVisible(structures is not None)
        self.other_review.show_result(structures)
        if images is not None:
            self.result_name.setText(_named(images))
        if structures is not None:
            self.other_name.setText(_named(structures))
        show_figures(self.figures, images.figures if images else ())
        show_figures(self.other_figures, structures.figures if structures else ())
        self._show_compare()
        self._show_progress()

    def _show_compare(self) -> None:
        viewport = self._ui.session.screen.active_viewport
        processed = viewport.layer(ProcessedLayer) is not None
        for mode, button in self.compare_buttons.items():
            button.setChecked(processed and viewport.compare is mode)


def _named(result: ResultState) -> str:
    return f"{tr(result.algorithm.name)} {result.algorithm.version} · {seconds_text(result.seconds)}"
