"""The reports of a patient's other studies, one at a time, read and never edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.document import Page, PagePicture, Paragraph, PdfDocument
from app.domain.object_kind import ObjectKind
from app.domain.report import SignatureRole
from app.domain.study import Study, beside_word
from app.i18n import tr
from app.objects.service import ObjectEntry, ObjectService, Opened
from app.ports import Archive
from app.reporting.prior_reports import PriorReport, prior_report_page, prior_reports
from app.reporting.service import ReportService
from widgets.command_ui import CommandUi
from widgets.elements import Choice, Elided, clear, column, label, row
from widgets.objects.page_view import PageView
from widgets.objects.pdf_view import PdfView
from widgets.report_state import state_chip
from widgets.shell.banner import exam_text
from widgets.study_tag import mark_prior, study_tag

#: objects of a prior that are reports, written elsewhere
_REPORT_KINDS = (ObjectKind.STRUCTURED_REPORT, ObjectKind.PDF, ObjectKind.CLINICAL_DOCUMENT)
_REPORT_MODALITIES = ("SR", "DOC")


@dataclass(frozen=True, slots=True)
class PriorPaper:
    """Something to read of a prior: its report here (or that there is none), or with `entry` a report that
    came with it; `number` tells several of these apart, 0 where there is one.
    """

    prior: PriorReport
    entry: ObjectEntry | None = None
    number: int = 0


def prior_papers(ui: CommandUi, study_uid: str) -> Callable[[], list[PriorPaper]]:
    """What can be read of the priors of a study, the latest first, as work for the background."""
    station, actor = ui.session.station, ui.session.user.actor
    archive, objects = station.get(Archive), station.get(ObjectService)

    def work() -> list[PriorPaper]:
        found: list[PriorPaper] = []
        for prior in prior_reports(archive, station.get(ReportService), actor, study_uid):
            came = [
                entry
                for series in archive.series(actor, prior.study.study_uid)
                if series.modality in _REPORT_MODALITIES
                for entry in objects.entries(actor, series.series_uid)
                if entry.kind in _REPORT_KINDS
            ]
            if prior.report is not None or not came:
                found.append(PriorPaper(prior))
            found += [PriorPaper(prior, one, n if len(came) > 1 else 0) for n, one in enumerate(came, 1)]
        return found

    return work


class PriorReportPage(QWidget):
    """A choice of what can be read, under the mark of priors with the date."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._papers: Sequence[PriorPaper] = ()
        self._generation = 0
        self.choice = Choice()
        self.choice.setAccessibleName(tr("Prior"))
        self.choice.currentIndexChanged.connect(self._show)
        self.exam = Elided()
        self.head = QFrame()
        mark_prior(self.head)
        self._tag = study_tag(prior=True)
        inner = row(self._tag, self.exam, gap=8, margins=(12, 6, 12, 6))
        inner.setStretch(1, 1)
        self.head.setLayout(inner)
        self.state = label("", tone="muted", wrap=True)
        self.warning = label("", tone="amber", wrap=True)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self.content: QWidget | None = None
        self.setLayout(column(self.choice, self.head, self.state, self.warning, self._body, gap=8))
        self.show_papers((), tr("No study is open"))

    def show_papers(self, papers: Sequence[PriorPaper], instead: str, wanted: str = "") -> None:
        """Show what can be read: that of the study `wanted`, else the first that is a report; `instead` is
        said where there is nothing.
        """
        self._papers = papers
        self.choice.blockSignals(True)
        self.choice.clear()
        for one in papers:
            self.choice.addItem(_named(one))
        at = _first_to_read(papers, wanted)
        self.choice.setCurrentIndex(at)
        self.choice.blockSignals(False)
        for part in (self.choice, self.head):
            part.setVisible(bool(papers))
        self._show(at)
        if not papers:
            self._say(instead)

    def choose(self, study_uid: str) -> None:
        """Show what there is of one prior."""
        if self._papers:
            self.choice.setCurrentIndex(_first_to_read(self._papers, study_uid))

    def _show(self, at: int) -> None:
        self._generation += 1
        if not 0 <= at < len(self._papers):
            self._put(None)
            return
        paper = self._papers[at]
        report = paper.prior.report
        self._tag.setText(self._word(paper))
        self.exam.setText(prior_title(paper.prior.study))
        self._say("")
        self.warning.setText(paper.prior.broken if paper.entry is None else "")
        self.warning.setVisible(bool(self.warning.text()))
        if paper.entry is not None:
            self._open(paper, paper.entry)
        elif report is None:
            self._put(None)
            self._say(tr("This study has no report."))
        else:
            signed = report.signature(SignatureRole.REVIEWER) or report.signature(SignatureRole.AUTHOR)
            by = signed.person_name if signed else report.author_name
            when = f"{signed.signed_at.astimezone():%Y-%m-%d %H:%M}" if signed else tr("not signed")
            self._say(" · ".join(x for x in (state_chip(report.state)[0], by, when) if x))
            self._put(PageView(prior_report_page(self._title(paper), report)))

    def _word(self, paper: PriorPaper) -> str:
        """What its study is to the one that is read."""
        current = self._ui.session.study.study
        return tr(beside_word(paper.prior.study, current) if current is not None else "Prior")

    def _title(self, paper: PriorPaper) -> str:
        return f"{self._word(paper)} {_date(paper.prior.study)}"

    def _open(self, paper: PriorPaper, entry: ObjectEntry) -> None:
        """Fetch a report that came with the prior."""
        objects, actor, generation = (
            self._ui.session.station.get(ObjectService),
            self._ui.session.user.actor,
            self._generation,
        )
        self._put(None)
        self._say(tr("Opening the object"))

        def came(opened: Opened) -> None:
            if generation == self._generation:
                self._say(tr("Came with the study; not written here."))
                self._put(self._made(paper, entry, opened))

        def failed(error: BaseException) -> None:
            if generation == self._generation:
                self._say(str(error))

        self._ui.quietly(lambda: objects.open(actor, entry), came, failed=failed, owner=self)

    def _made(self, paper: PriorPaper, entry: ObjectEntry, opened: Opened) -> QWidget:
        title = self._title(paper)
        if isinstance(opened, Page):
            return PageView(Page(title, (Paragraph(opened.title), *opened.blocks), opened.images))
        if isinstance(opened, PdfDocument):
            return PdfView(opened, partial(self._fetch, entry))
        return PageView(Page(title, (Paragraph(tr("This study has no report.")),)))

    def _fetch(
        self, entry: ObjectEntry, number: int, width_px: int, came: Callable[[PagePicture], None]
    ) -> None:
        objects, actor = self._ui.session.station.get(ObjectService), self._ui.session.user.actor
        generation = self._generation

        def put(picture: PagePicture) -> None:
            if generation == self._generation:
                came(picture)

        self._ui.quietly(lambda: objects.page_picture(actor, entry, number, width_px), put, owner=self)

    def _say(self, text: str) -> None:
        self.state.setText(text)
        self.state.setVisible(bool(text))

    def _put(self, content: QWidget | None) -> None:
        clear(self._body)
        self.content = content
        if content is not None:
            content.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._body.addWidget(content, 1)
        else:
            self.warning.hide()
            self._body.addStretch(1)


def prior_title(study: Study) -> str:
    """Date and examination of a prior."""
    return f"{_date(study)} · {exam_text(study)[:120]}"


def _date(study: Study) -> str:
    return f"{study.started_at:%Y-%m-%d}" if study.started_at else tr("without a date")


def _named(paper: PriorPaper) -> str:
    title = prior_title(paper.prior.study)
    if paper.entry is None:
        return title
    return f"{title} · {tr(paper.entry.kind)} {paper.number or ''}".rstrip()


def _first_to_read(papers: Sequence[PriorPaper], wanted: str) -> int:
    """The first paper of the study that is wanted, else the first that is a report."""
    of_wanted = [n for n, one in enumerate(papers) if one.prior.study.study_uid == wanted]
    reports = [n for n, one in enumerate(papers) if one.entry is not None or one.prior.report is not None]
    return next(iter((*of_wanted, *reports, *range(len(papers)))), -1)
