"""The selected study at the foot of the worklist: pictures, sums, other studies, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.analysis.service import AnalysisService
from app.archive.rights import IMPORT
from app.archive.service import ArchiveService
from app.domain.person import Actor
from app.domain.provenance import ReviewState
from app.domain.study import NO_PICTURE, Series, Study, StudyRow
from app.errors import Cancelled
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import Elided, column, push, row
from widgets.kept_pictures import KeptPictures
from widgets.notices import NoticeBox
from widgets.shell.banner import day_text, exam_text, priors_text, size_text
from widgets.thumb import Thumb

PICTURES, SIDE = 4, 116


@dataclass(frozen=True, slots=True)
class _PreviewContents:
    """Series with images, those of them shown, other studies, pictures by series UID, whether the texts
    depend on a character set, and the series of results that are confirmed.
    """

    pictured: list[Series]
    series: list[Series]
    others: list[Study]
    pictures: dict[str, bytes | None]
    sets_differ: bool
    confirmed: frozenset[str]


class StudyPreview(QFrame):
    """What the selected study is, without opening it."""

    open_asked = Signal(str)
    report_asked = Signal(str)
    charset_asked = Signal(str)

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setFixedHeight(SIDE + 32)
        self._ui = ui
        self._uid = ""
        self._study: Study | None = None
        self._generation = 0
        self._kept = KeptPictures[bytes | None](ui)
        ui.listen(ui.session.archive_changed, self._archive_changed)
        self.thumbs = [Thumb(SIDE) for _ in range(PICTURES)]
        self.heading = Elided(size="title")
        self.sums = Elided(tone="muted")
        self.priors = NoticeBox("", "accent")
        self.open_button = push(
            tr("Open for reading"), icon_name="device-desktop-analytics", kind="primary", tip=tr("Enter")
        )
        self.open_button.clicked.connect(lambda: self.open_asked.emit(self._uid))
        self.report_button = push(tr("Open report"), icon_name="clipboard-plus")
        self.report_button.clicked.connect(lambda: self.report_asked.emit(self._uid))
        self.charset_button = push(
            tr("Names look wrong?"),
            kind="link",
            tip=tr("Choose the character set of this study's names and texts"),
        )
        self.charset_button.clicked.connect(lambda: self.charset_asked.emit(self._uid))
        self.charset_button.hide()
        words = column(self.heading, self.sums, self.priors, None, gap=6)
        buttons = column(self.open_button, self.report_button, self.charset_button, None, gap=8)
        line = row(*self.thumbs, 8, words, 8, buttons, gap=8, margins=(16, 16, 16, 16))
        line.setStretchFactor(words, 1)
        self.setLayout(line)

    def show_row(self, shown: StudyRow | None) -> None:
        """Show a study; pictures and the others come when they are there."""
        self._generation += 1
        self._study = None if shown is None else shown.study
        for part in (self.open_button, self.report_button):
            part.setEnabled(shown is not None)
        if shown is None:
            self._uid = ""
            for thumb in self.thumbs:
                thumb.show_png(None)
            self.heading.setText("")
            self.sums.setText("")
            self.priors.hide()
            self.charset_button.hide()
            return
        study = shown.study
        if study.study_uid != self._uid:
            self._uid = study.study_uid
            self.priors.hide()
            self.charset_button.hide()
            for thumb in self.thumbs:
                thumb.show_png(None)
        self.heading.setText(f"{study.patient.display_name or tr('Name not given')} · {exam_text(study)}")
        self._tell_sums(study, study.n_series, study.n_instances)
        self._fetch(self._generation, study)

    def _tell_sums(self, study: Study, n_series: int, n_images: int) -> None:
        facts = (
            tr("{n} series", n=n_series),
            tr("Images: {n}", n=f"{n_images:,}"),
            size_text(study.size_bytes),
            study.institution,
            tr("imported {when}", when=day_text(study.imported_at.astimezone())) if study.imported_at else "",
        )
        self.sums.setText(" · ".join(fact for fact in facts if fact))

    def _fetch(self, generation: int, study: Study) -> None:
        person = self._kept.person

        def came(found: _PreviewContents) -> None:
            for series_uid, png in found.pictures.items():
                self._kept.put(series_uid, png, person=person)
            if generation == self._generation:
                self._show(study, found)

        read = partial(self._read, generation, self._ui.session.user.actor, study.study_uid)
        self._ui.quietly(read, came, failed=lambda _: None, behind=True)

    def _read(self, generation: int, actor: Actor, study_uid: str) -> _PreviewContents:
        """Off the main thread."""
        station = self._ui.session.station
        archive = station.get(ArchiveService)
        results = {
            one.series_uid: one.review for one in station.get(AnalysisService).results(actor, study_uid)
        }
        series = [s for s in archive.series(actor, study_uid) if s.modality not in NO_PICTURE]
        shown = [s for s in series if not s.derived or s.series_uid in results]
        best = sorted(shown, key=lambda s: (s.derived, -s.n_instances))[:PICTURES]
        pictures: dict[str, bytes | None] = {}
        for one in best:
            if generation != self._generation:  # another study is selected by now
                raise Cancelled
            kept = self._kept.get(one.series_uid)
            pictures[one.series_uid] = kept or archive.thumbnail(actor, one.series_uid)
        _, sets = archive.charset(actor, study_uid)
        confirmed = frozenset(uid for uid, review in results.items() if review is ReviewState.ACCEPTED)
        others = archive.priors(actor, study_uid)
        return _PreviewContents(series, best, others, pictures, len(sets) > 1, confirmed)

    def _show(self, study: Study, found: _PreviewContents) -> None:
        if found.pictured:  # what was saved of them, as presentation states and reports, is no image
            self._tell_sums(study, len(found.pictured), sum(one.n_instances for one in found.pictured))
        for thumb, series in zip(self.thumbs, [*found.series, *([None] * PICTURES)], strict=False):
            thumb.setVisible(series is not None)
            if series is not None:
                thumb.show_png(found.pictures.get(series.series_uid))
                thumb.mark_machine(series.derived, confirmed=series.series_uid in found.confirmed)
                told = (series.modality, series.description, str(series.n_instances))
                thumb.setToolTip(" · ".join(x for x in told if x))
        self.charset_button.setVisible(found.sets_differ and self._ui.may(IMPORT))
        self.priors.setVisible(bool(found.others))
        if found.others:
            nearest = max(
                found.others,
                key=lambda s: s.started_at.replace(tzinfo=None).isoformat() if s.started_at else "",
            )
            self.priors.tell(f"{priors_text(study, found.others)} · {exam_text(nearest)}", "accent")

    def _archive_changed(self, study_uid: str) -> None:
        """Series came to the study, or a result of it was confirmed or discarded."""
        if (
            self._ui.session.user.is_logged_in
            and self._study is not None
            and study_uid in ("", self._study.study_uid)
        ):
            self._generation += 1
            self._fetch(self._generation, self._study)
