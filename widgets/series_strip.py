"""Thumbnails at the left: the series of the open study, then the other studies of the patient, folded."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from app.domain.provenance import ReviewState
from app.domain.study import NO_PICTURE, Series, Study
from app.errors import Cancelled
from app.i18n import tr
from widgets.acts import Acts
from widgets.banner import exam_text
from widgets.elements import Clickable, Elided, clear, column, label, push, retone, row, scrolled
from widgets.icons import icon
from widgets.study_preview import Thumb
from widgets.theme import THUMBNAILS, theme

SIDE = THUMBNAILS - 32


class SeriesCard(Clickable):
    """One series: picture, count, description; amber where a machine made it and nobody has confirmed it."""

    def __init__(self, series: Series, review: ReviewState | None, method: str = "") -> None:
        super().__init__()
        self.series = series
        self.thumb = Thumb(SIDE)
        self.count = QLabel(str(series.n_instances), self.thumb)
        self.count.setStyleSheet("color: #ffffff; background: rgba(0,0,0,150); padding: 0 5px; border-radius: 3px;")
        self.count.adjustSize()
        self.count.move(6, SIDE - self.count.height() - 6)
        name = method or series.description or series.protocol or f"{series.modality} {series.number or ''}".strip()
        thick = f" {series.slice_thickness_mm:g} mm" if series.slice_thickness_mm else ""
        self.name = Elided(name + thick, tone="muted")
        self.state = label()
        self.state.setVisible(series.derived)
        if series.derived:
            self.show_review(review)
        self.setLayout(column(self.thumb, self.name, self.state, gap=2))
        self.setToolTip(f"{series.modality} · {name}{thick} · {series.n_instances}")
        self.setAccessibleName(self.toolTip())

    def name_method(self, method: str) -> None:
        """Name the method that made the series, once it is known."""
        if method:
            thick = f" {self.series.slice_thickness_mm:g} mm" if self.series.slice_thickness_mm else ""
            self.name.setText(method + thick)
            self.setToolTip(f"{self.series.modality} · {method}{thick} · {self.series.n_instances}")
            self.setAccessibleName(self.toolTip())

    def show_review(self, review: ReviewState | None) -> None:
        """Say what people have said of a machine's series."""
        confirmed = review is ReviewState.ACCEPTED
        self.state.setText(tr("AI · confirmed") if confirmed else tr("AI · not confirmed"))
        retone(self.state, "tone", "done" if confirmed else "amber")

    def choose(self, chosen: bool) -> None:
        """Mark as the one that is shown."""
        retone(self.thumb, "chosen", chosen)
        retone(self.name, "tone", "" if chosen else "muted")


class SeriesStrip(QFrame):
    """The strip; clicking shows a series."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setFixedWidth(THUMBNAILS)
        self._acts = acts
        self._generation = 0
        self._pictures: dict[str, bytes | None] = {}
        self.cards: dict[str, SeriesCard] = {}
        self._stack = QVBoxLayout()
        self._stack.setSpacing(10)
        self._stack.setContentsMargins(16, 12, 16, 12)
        content = QWidget()
        content.setLayout(self._stack)
        self.setLayout(column(scrolled(content), gap=0))
        reading = acts.desk.reading
        acts.listen(reading.study_changed, self.rebuild)
        acts.listen(reading.series_changed, self._series_changed)
        acts.listen(reading.results_changed, self._results_changed)
        self.rebuild()

    def rebuild(self) -> None:
        """Show the series of the study on the table."""
        self._generation += 1
        reading = self._acts.desk.reading
        clear(self._stack)
        self.cards = {}
        if reading.study is None:
            self._stack.addWidget(label(tr("Series appear here when a study is open."), tone="muted", wrap=True))
            self._stack.addStretch(1)
            return
        self._stack.addWidget(_heading(reading.study))
        self._add_cards(self._stack, reading.series)
        for other in sorted(reading.priors, key=_when, reverse=True):
            self._stack.addWidget(self._folded(other))
        self._stack.addStretch(1)
        self._mark()

    def _add_cards(self, stack: QVBoxLayout, series: Sequence[Series], *, study: Study | None = None) -> None:
        shown = [s for s in series if s.modality not in NO_PICTURE]
        for one in shown:
            card = SeriesCard(one, self._review(one.series_uid), self._method(one.series_uid))
            card.clicked.connect(lambda s=one, of=study: self._show(s, of))
            stack.addWidget(card)
            self.cards[one.series_uid] = card
        self._fetch(self._generation, [s.series_uid for s in shown])
        rest = len(series) - len(shown)
        if rest:
            stack.addWidget(label(tr("Objects without a picture: {n}", n=rest), tone="muted", wrap=True))

    def _folded(self, study: Study) -> QWidget:
        holder = QWidget()
        inner = QVBoxLayout()
        inner.setSpacing(10)
        inner.setContentsMargins(0, 0, 0, 0)
        when = f"{study.started_at:%Y-%m-%d}" if study.started_at else tr("no date")
        head = push("", kind="link", tip=f"{when} · {exam_text(study)}")
        metrics = head.fontMetrics()
        head.setText(metrics.elidedText(f"{when} · {exam_text(study)}", Qt.TextElideMode.ElideRight, SIDE - 30))
        head.setProperty("elided", True)
        head.setIcon(icon("chevron-right", theme().muted))
        head.clicked.connect(lambda: self._unfold(head, inner, study))
        holder.setLayout(column(head, inner, gap=8))
        return holder

    def _unfold(self, head: QPushButton, inner: QVBoxLayout, study: Study) -> None:
        if inner.count():
            for uid in [u for u, card in self.cards.items() if card.series.study_uid == study.study_uid]:
                del self.cards[uid]
            clear(inner)
            head.setIcon(icon("chevron-right", theme().muted))
            return
        head.setIcon(icon("chevron-down", theme().muted))
        desk = self._acts.desk
        series = desk.attempt(lambda: desk.station.archive.series(desk.actor, study.study_uid)) or []
        open_whole = push(tr("Open this study"), icon_name="arrow-up-right")
        open_whole.clicked.connect(lambda: self._acts.run("study.open", study.study_uid))
        inner.addWidget(open_whole)
        self._add_cards(inner, series, study=study)

    def _show(self, series: Series, study: Study | None) -> None:
        if study is not None:
            self._acts.run("study.open", study.study_uid, series_uid=series.series_uid)
        else:
            self._acts.run("series.show", series.series_uid)

    def _series_changed(self) -> None:
        shown = {s.series_uid for s in self._acts.desk.reading.series if s.modality not in NO_PICTURE}
        if shown - set(self.cards):
            self.rebuild()
        else:
            self._mark()

    def _results_changed(self) -> None:
        for uid, card in self.cards.items():
            card.name_method(self._method(uid))
        self._mark()

    def _mark(self) -> None:
        reading = self._acts.desk.reading
        discarded = {s.series_uid for s in reading.series if s.derived} - {r.series_uid for r in reading.results}
        for uid, card in self.cards.items():
            card.choose(reading.current is not None and reading.current.series_uid == uid)
            if card.series.derived:
                card.show_review(self._review(uid))
                card.setVisible(uid not in discarded)

    def _review(self, series_uid: str) -> ReviewState | None:
        return next((r.review for r in self._acts.desk.reading.results if r.series_uid == series_uid), None)

    def _method(self, series_uid: str) -> str:
        """The method that made a series, in the window's language, or ""."""
        names = [r.algorithm.name for r in self._acts.desk.reading.results if r.series_uid == series_uid]
        return tr(names[0]) if names else ""

    def _fetch(self, generation: int, wanted: Sequence[str]) -> None:
        archive, actor = self._acts.desk.station.archive, self._acts.desk.actor

        def picture(uid: str) -> bytes | None:
            if generation != self._generation:  # another study is on the table by now
                raise Cancelled
            return archive.thumbnail(actor, uid)

        for uid in wanted:
            if uid in self._pictures:
                self.cards[uid].thumb.show_png(self._pictures[uid])
                continue
            self._acts.quietly(
                lambda u=uid: picture(u), lambda png, u=uid: self._came(generation, u, png), failed=lambda _: None, behind=True  # type: ignore[misc]
            )  # fmt: skip

    def _came(self, generation: int, uid: str, png: bytes | None) -> None:
        self._pictures[uid] = png
        if uid in self.cards and generation == self._generation:
            self.cards[uid].thumb.show_png(png)


def _when(study: Study) -> str:
    return study.started_at.replace(tzinfo=None).isoformat() if study.started_at else ""


def _heading(study: Study) -> QWidget:
    when = f"{study.started_at:%Y-%m-%d}" if study.started_at else tr("no date")
    holder = QWidget()
    holder.setLayout(column(row(label(when, tone="muted"), None), Elided(exam_text(study), tone="muted"), gap=0))
    return holder
