"""Reports of the patient's other studies, as pages that are read beside the images and never edited."""

from __future__ import annotations

from dataclasses import dataclass

from psygnal import Signal

from app.domain.document import Block, Heading, Page, Paragraph
from app.domain.person import Actor
from app.domain.report import Report
from app.domain.study import Study
from app.errors import Refused, UserError
from app.i18n import language, tr
from app.ports import Archive
from app.reporting.headings import heading
from app.reporting.service import ReportService
from app.session.session import Session

#: the tab beside the images that shows them
PRIOR_REPORT_PANEL = "prior-report"


@dataclass(frozen=True, slots=True)
class PriorReport:
    """Another study of the patient, and its report; None where it has none.

    `broken` says why a signature of the report does not hold, "" where all do or none is due.
    """

    study: Study
    report: Report | None
    broken: str = ""


def prior_reports(
    archive: Archive, reports: ReportService, actor: Actor, study_uid: str
) -> list[PriorReport]:
    """The other studies of a study's patient, the latest first, with their reports.  Off the main thread."""
    found = []
    for one in sorted(archive.priors(actor, study_uid), key=_when, reverse=True):
        held = reports.in_force(actor, one.study_uid)
        for report in held or (reports.find(actor, one.study_uid),):
            found.append(PriorReport(one, report, _broken(reports, report)))
    return found


def prior_report_page(title: str, report: Report) -> Page:
    """A report section by section, under a title that says whose it is."""
    blocks: list[Block] = []
    for section in report.sections:
        text = section.plain.strip()
        if text:
            blocks += (Heading(heading(section.kind).words(language()), level=3), Paragraph(text))
    return Page(title, tuple(blocks) or (Paragraph(tr("The report has no text yet.")),))


def _broken(reports: ReportService, report: Report | None) -> str:
    if report is None:
        return ""
    try:
        reports.verify(report)
    except UserError as error:
        return str(error)
    return ""


def _when(study: Study) -> str:
    return study.started_at.replace(tzinfo=None).isoformat() if study.started_at else ""


class PriorReportController:
    """Which prior's report was asked for while a study is read; the study and its own report stay as they
    are.  `asked` when it is to be shown.
    """

    asked = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        session.study.priors_asked.connect(lambda: session.dispatcher.attempt(self.read))

    def read(self, study_uid: str = "") -> None:
        """Show the report of a prior beside the images: the latest that has one where none is named."""
        study = self._session.study
        if not study.priors:
            raise Refused("The patient has no other study.")
        if study_uid and not any(prior.study_uid == study_uid for prior in study.priors):
            raise Refused("The study is no prior of the one that is read.")
        self._session.workspaces.show("read")
        self._session.panels.show(PRIOR_REPORT_PANEL)
        self.asked.emit(study_uid)
