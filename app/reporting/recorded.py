"""Whether the reports are where the audit record left them, and everything that was signed still holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

from app.audit import AuditProblem
from app.domain.report import Report, ReportState
from app.errors import Refused, UserError
from app.i18n import tr
from app.people.authority import StationAuthority
from app.reporting.signatures import verify
from app.storage.database import Transaction
from app.storage.objects import ObjectStore
from app.storage.pins import CONTENT, EDITION, REPORT, PinnedRows
from app.storage.repositories.reports import FROZEN, STATE_TITLES


def pins_of_step(report: Report) -> Sequence[tuple[PinnedRows, str]]:
    """The rows that a step of a report's way has written."""
    pins = [(REPORT, report.report_id)]
    if report.state in FROZEN:
        pins.append((EDITION, f"{report.report_id}/{report.version}/{report.state}"))
        pins += [(CONTENT, signature.digest_sha256) for signature in report.signatures[:1]]
    return pins


def require_recorded(tx: Transaction, report: Report) -> None:
    """`Refused` where the stored report is not as the last act on it has left it: set back, put forward,
    replaced, or put there by no act at all.
    """
    found = tx.audit.pinned(REPORT, report.report_id)
    if found is None:
        raise Refused("The audit record of this station names no act that wrote this report.")
    act, digest = found
    if digest == REPORT.digest(tx.connection, report.report_id):
        return
    recorded = json.loads(act.details).get("state", "")
    raise Refused(
        "The stored report was altered: it is {found} and not as it was left on {day} ({recorded}).",
        hint="Check the audit record (audit verify) and put back a copy from the backup folder.",
        found=tr(STATE_TITLES[report.state]),
        recorded=tr(STATE_TITLES[ReportState(recorded)]) if recorded in set(ReportState) else "–",
        day=act.at[:19].replace("T", " "),
    )


def report_problems(
    tx: Transaction, authority: StationAuthority, objects: ObjectStore
) -> Iterator[AuditProblem]:
    """Each present report and each signed edition: its signatures and its pictures."""
    for report_id in tx.reports.ids():
        try:
            present = tx.reports.get(report_id)
            editions = [*tx.reports.versions(report_id), *([] if present is None else [present])]
        except (UserError, ValueError, LookupError, TypeError):
            yield _problem(report_id, tr("A stored edition of it cannot be read."))
            continue
        for report in editions:
            yield from _faults(tx, authority, objects, report)


def _faults(
    tx: Transaction, authority: StationAuthority, objects: ObjectStore, report: Report
) -> Iterator[AuditProblem]:
    try:
        verify(tx, report, authority)
    except UserError as error:
        yield _problem(report.report_id, str(error))
        return
    if report.state not in FROZEN:
        return
    for key in report.key_images:
        try:
            held = hashlib.sha256(objects.read(key.picture_sha256)).hexdigest() == key.picture_sha256
        except UserError:
            held = False
        if not held:
            yield _problem(report.report_id, tr("A picture of it is missing or was altered."))


def _problem(report_id: str, why: str) -> AuditProblem:
    return AuditProblem(0, "Report {key}: {why}", {"key": report_id, "why": why})
