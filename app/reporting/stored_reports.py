"""The reports of the archive as their services find them, and the record of what is done to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.audit import AuditProblem
from app.domain.person import Actor
from app.domain.report import EDITABLE, Report, ReportHeader, ReportState
from app.errors import NotFound, Refused
from app.i18n import tr
from app.people.authority import StationAuthority
from app.people.rights import require
from app.ports import Archive
from app.reporting.canonical import same_words
from app.reporting.coded_findings import with_coded_findings
from app.reporting.recorded import pins_of_step, report_problems, require_recorded
from app.reporting.report_header import header_of
from app.reporting.rights import WRITE_REPORT
from app.reporting.settings import ReportSettings
from app.reporting.signatures import verify
from app.settings import SettingsStore
from app.storage.database import Transaction
from app.storage.folder import DataFolder
from app.storage.repositories.reports import STATE_TITLES


class StoredReports:
    """Finds reports by their id, as a person has them on the screen, and looks whether they hold."""

    def __init__(self, folder: DataFolder, archive: Archive, settings: SettingsStore) -> None:
        self.folder = folder
        self.db = folder.database
        self.archive = archive
        self.settings = settings
        self.authority = StationAuthority(folder.database.keys)

    def get(self, report_id: str, shown: Report | None = None) -> Report:
        """A report; `Refused` where it does not say what the one on the screen, `shown`, says."""
        with self.db.read() as tx:
            found: Report | None = tx.reports.get(report_id)
        if found is None:
            raise NotFound("There is no report {name}.", name=report_id)
        # what was typed last may have been shown before its save coded the findings of its text
        if shown is not None and not any(
            same_words(found, one) for one in (shown, with_coded_findings(shown))
        ):
            raise _changed_elsewhere()
        return found

    def signed(self, report_id: str, shown: Report | None = None) -> Report:
        """A report that waits for review; `Refused` for any other."""
        report = self.get(report_id, shown)
        if report.state is not ReportState.SIGNED:
            raise Refused("The report is {state} and does not wait for review.", state=state_title(report))
        return report

    def header(self, actor: Actor, study_uid: str) -> ReportHeader:
        """What the head of a report says of its study now."""
        study = self.archive.study(actor, study_uid)
        series = [s for s in self.archive.series(actor, study_uid) if not s.derived]
        return header_of(study, series, hospital=self.settings.get(ReportSettings).hospital_name)

    def verify(self, report: Report) -> None:
        """The report stands where the audit record left it, carries the signatures of its state, each by a
        certified key of its person, and says what they cover.

        `Refused` names what does not hold, and why.
        """
        with self.db.read() as tx:
            verify(tx, report, self.authority)
            require_recorded(tx, report)

    def audit_problems(self, tx: Transaction) -> Iterator[AuditProblem]:
        """What is wrong with signed reports: their signatures, their editions and the pictures in them."""
        return report_problems(tx, self.authority, self.folder.objects)


def require_editable(actor: Actor, report: Report) -> None:
    """Who may not write, and a report that is signed, are refused."""
    require(actor, WRITE_REPORT)
    if report.state not in EDITABLE:
        raise Refused(
            "The report is {state} and cannot be edited.",
            hint="Write a correction instead.",
            state=state_title(report),
        )


def require_unchanged(tx: Transaction, report: Report) -> None:
    """The stored report is still the one that was looked at: nobody signs what another has just edited."""
    if tx.reports.get(report.report_id) != report:
        raise _changed_elsewhere()


def record_step(
    tx: Transaction, actor: Actor, action: str, report: Report, details: Mapping[str, str]
) -> None:
    """The audit row of a step of a report's way, and what is stored of it from then on."""
    told = {**details, "state": str(report.state)}
    tx.audit.append(actor, action, report.report_id, "done", told, pins=pins_of_step(report))


def state_title(report: Report) -> str:
    """The state of a report in the window's language."""
    return tr(STATE_TITLES[report.state])


def _changed_elsewhere() -> Refused:
    return Refused(
        "The report was changed elsewhere meanwhile.", hint="Reopen the report and look at it again."
    )
