"""Thumbnails at the left: the series of the open study, then the other studies of the patient, folded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from app.archive.service import ArchiveService
from app.domain.provenance import ReviewState
from app.domain.study import NO_PICTURE, Series, Study, beside_word
from app.errors import Cancelled
from app.i18n import tr
from app.reading.listing import SeriesListing
from app.viewing.shown_image import display_set_id_of, series_uid_of
from widgets.command_ui import CommandUi
from widgets.elements import Elided, clear, column, icon_button, label, push, row, scrolling_column
from widgets.icons import icon
from widgets.kept_pictures import KeptPictures
from widgets.objects.object_card import ObjectCard
from widgets.panels.reading.series_card import SIDE, SeriesCard, SeriesSection
from widgets.shell.banner import exam_text
from widgets.study_tag import study_tag
from widgets.theme import THUMBNAILS, theme

#: the mark of priors, the same in both themes and on the tiles


class SeriesStrip(QFrame):
    """The strip; clicking shows a series."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setFixedWidth(THUMBNAILS)
        self._ui = ui
        self._generation = 0
        self._pictures = KeptPictures[bytes | None](ui)
        self._listing = ui.session.get(SeriesListing)
        self.sections: dict[str, SeriesSection] = {}
        #: series without pictures
        self.objects: dict[str, ObjectCard] = {}
        self._stack = scrolling_column(self, gap=10, margins=(16, 12, 16, 12))
        reading = ui.session.study
        ui.listen(reading.study_changed, self.rebuild)
        ui.listen(reading.series_changed, self._series_changed)
        ui.listen(reading.contents_changed, self.rebuild)
        ui.listen(reading.results_changed, self._results_changed)
        ui.listen(ui.session.loaded.shown, self._mark)
        ui.listen(self._listing.listed, self._listed)
        self.rebuild()

    def rebuild(self) -> None:
        """Show the series of the study on the table."""
        self._generation += 1
        reading = self._ui.session.study
        clear(self._stack)
        self.sections, self.objects = {}, {}
        if reading.study is None:
            self._stack.addWidget(
                label(tr("Series appear here when a study is open."), tone="muted", wrap=True)
            )
            self._stack.addStretch(1)
            return
        self._stack.addWidget(_heading(reading.study))
        self._add_cards(self._stack, reading.series)
        for other in sorted(reading.priors, key=_when, reverse=True):
            self._stack.addWidget(self._folded(other))
        self._stack.addStretch(1)
        self._mark()

    def _add_cards(self, stack: QVBoxLayout, series: Sequence[Series]) -> None:
        shown = [s for s in series if s.modality not in NO_PICTURE]
        for one in shown:
            section = SeriesSection(one, self._review(one.series_uid), self._method(one.series_uid))
            section.chosen.connect(partial(self._ui.run, "series.show", one.series_uid))
            section.objects_asked.connect(partial(self._ui.run, "object.open", one.series_uid))
            section.unfolded.connect(partial(self._fetch_entries, self._generation, one.series_uid))
            stack.addWidget(section)
            self.sections[one.series_uid] = section
            self._listed(one.series_uid)
        uids = [s.series_uid for s in shown]
        self._fetch(self._generation, uids)
        self._listing.ask(uids)
        for other in (s for s in series if s.modality in NO_PICTURE):
            plain = ObjectCard(other)
            plain.clicked.connect(lambda s=other: self._ui.run("object.open", s.series_uid))
            stack.addWidget(plain)
            self.objects[other.series_uid] = plain

    def _folded(self, study: Study) -> QWidget:
        holder = QWidget()
        inner = QVBoxLayout()
        inner.setSpacing(10)
        inner.setContentsMargins(0, 0, 0, 0)
        when = f"{study.started_at:%Y-%m-%d}" if study.started_at else tr("no date")
        named = exam_text(study)
        current = self._ui.session.study.study
        word = beside_word(study, current) if current is not None else "Prior"
        head = push("", kind="link", tip=f"{when} · {named}")
        head.setAccessibleName(f"{tr(word)} {when} · {named}")
        head.setText(head.fontMetrics().elidedText(named, Qt.TextElideMode.ElideRight, SIDE - 30))
        head.setProperty("elided", True)
        head.setIcon(icon("chevron-right", theme().muted))
        head.clicked.connect(lambda: self._unfold(head, inner, study))
        report = icon_button("file-text", tr("Read the prior's report"))
        report.clicked.connect(lambda: self._ui.run("report.prior", study.study_uid))
        top = row(study_tag(prior=True, word=word), label(when, tone="muted"), None, report, gap=6)
        holder.setLayout(column(top, head, inner, gap=4))
        return holder

    def _unfold(self, head: QPushButton, inner: QVBoxLayout, study: Study) -> None:
        if inner.count():
            for uid in [u for u, one in self.sections.items() if one.series.study_uid == study.study_uid]:
                del self.sections[uid]
            clear(inner)
            head.setIcon(icon("chevron-right", theme().muted))
            return
        head.setIcon(icon("chevron-down", theme().muted))
        session = self._ui.session
        series = (
            session.dispatcher.attempt(
                lambda: session.station.get(ArchiveService).series(session.user.actor, study.study_uid)
            )
            or []
        )
        open_whole = push(tr("Open this study"), icon_name="arrow-up-right")
        open_whole.clicked.connect(lambda: self._ui.run("study.open", study.study_uid))
        inner.addWidget(open_whole)
        self._add_cards(inner, series)

    @property
    def cards(self) -> dict[str, SeriesCard]:
        """The cards by Series Instance UID."""
        return {uid: section.card for uid, section in self.sections.items()}

    def _listed(self, series_uid: str) -> None:
        """What a series holds is known."""
        listed, section = self._listing.of(series_uid), self.sections.get(series_uid)
        if listed is None or section is None:
            return
        section.show_sets(listed)
        self._mark()

    def _series_changed(self) -> None:
        shown = {s.series_uid for s in self._ui.session.study.series if s.modality not in NO_PICTURE}
        if shown - set(self.sections):
            self.rebuild()
        else:
            self._mark()

    def _results_changed(self) -> None:
        for uid, card in self.cards.items():
            card.name_method(self._method(uid))
        self._mark()

    def _mark(self) -> None:
        reading = self._ui.session.study
        tiles = self._ui.session.screen.viewports.values()
        shown: dict[str, set[str]] = defaultdict(set)
        for image in (tile.image for tile in tiles if tile.image is not None):
            shown[series_uid_of(image)].add(display_set_id_of(image) or "")
        discarded = {s.series_uid for s in reading.series if s.derived} - {
            r.series_uid for r in reading.results
        }
        for uid, section in self.sections.items():
            section.choose(shown[uid])
            if section.series.derived:
                section.card.show_review(self._review(uid))
                section.setVisible(uid not in discarded)

    def _review(self, series_uid: str) -> ReviewState | None:
        return next((r.review for r in self._ui.session.study.results if r.series_uid == series_uid), None)

    def _method(self, series_uid: str) -> str:
        """The method that made a series, in the window's language, or ""."""
        names = [r.algorithm.name for r in self._ui.session.study.results if r.series_uid == series_uid]
        return tr(names[0]) if names else ""

    def _fetch(self, generation: int, wanted: Sequence[str]) -> None:
        archive, actor = self._ui.session.station.get(ArchiveService), self._ui.session.user.actor

        def picture(uid: str) -> bytes | None:
            if generation != self._generation:  # another study is on the table by now
                raise Cancelled
            return archive.thumbnail(actor, uid)

        for uid in wanted:
            if uid in self._pictures:
                self.cards[uid].thumb.show_png(self._pictures.get(uid))
                continue
            self._ui.quietly(
                partial(picture, uid),
                partial(self._came, generation, self._pictures.person, uid),
                failed=lambda _: None,
                behind=True,
            )

    def _fetch_entries(self, generation: int, series_uid: str) -> None:
        """Pictures of the display sets of a series."""
        archive, actor = self._ui.session.station.get(ArchiveService), self._ui.session.user.actor

        def picture(display_set_id: str) -> bytes | None:
            if generation != self._generation:
                raise Cancelled
            return archive.display_set_thumbnail(actor, series_uid, display_set_id)

        for key, entry in self.sections[series_uid].entries.items():
            if key in self._pictures:
                entry.thumb.show_png(self._pictures.get(key))
                continue
            self._ui.quietly(
                partial(picture, key),
                partial(self._entry_came, generation, self._pictures.person, (series_uid, key)),
                failed=lambda _: None,
                behind=True,
            )

    def _entry_came(self, generation: int, person: int, of: tuple[str, str], png: bytes | None) -> None:
        self._pictures.put(of[1], png, person=person)
        section = self.sections.get(of[0])
        if section is not None and generation == self._generation and of[1] in section.entries:
            section.entries[of[1]].thumb.show_png(png)

    def _came(self, generation: int, person: int, uid: str, png: bytes | None) -> None:
        self._pictures.put(uid, png, person=person)
        if uid in self.cards and generation == self._generation:
            self.cards[uid].thumb.show_png(png)


def _when(study: Study) -> str:
    return study.started_at.replace(tzinfo=None).isoformat() if study.started_at else ""


def _heading(study: Study) -> QWidget:
    when = f"{study.started_at:%Y-%m-%d}" if study.started_at else tr("no date")
    holder = QWidget()
    holder.setLayout(
        column(
            row(study_tag(prior=False), label(when, tone="muted"), None, gap=6),
            Elided(exam_text(study), tone="muted"),
            gap=0,
        )
    )
    return holder
