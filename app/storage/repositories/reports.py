"""Reports: drafts as they are saved, frozen editions for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.report import Report, ReportState, Signature
from app.errors import Refused
from app.i18n import tr
from app.storage import tables
from app.storage.documents import from_json, to_json
from app.storage.repositories.objects import note_use

_report, _draft, _frozen = tables.report, tables.report_draft, tables.report_frozen
#: drafts of one report that are kept
_DRAFTS_KEPT = 100

_S = ReportState
#: from the stored state to the saved one (docs/decisions/report-states.md)
_MOVES: dict[ReportState, frozenset[ReportState]] = {
    _S.DRAFT: frozenset({_S.DRAFT, _S.SIGNED}),
    _S.SIGNED: frozenset({_S.FINAL, _S.RETURNED}),
    _S.RETURNED: frozenset({_S.RETURNED, _S.SIGNED}),
    _S.FINAL: frozenset({_S.SUPERSEDED}),
    _S.SUPERSEDED: frozenset(),
}
#: English names, keys of their translations
STATE_TITLES: dict[ReportState, str] = {
    _S.DRAFT: "draft",
    _S.SIGNED: "signed",
    _S.RETURNED: "returned",
    _S.FINAL: "final",
    _S.SUPERSEDED: "superseded",
}
FROZEN = frozenset({_S.SIGNED, _S.FINAL})


class ReportRepository:
    """`tx.reports`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, report: Report) -> None:
        """Save a report; a signed or final one becomes a row that can never be changed.

        `Refused` when something newer is stored (another window saved), or the state cannot follow the stored one.
        """
        stored = self.get(report.report_id)
        document, now = to_json(Report, report), datetime.now(UTC)
        if stored is not None:
            if to_json(Report, stored) == document:
                return
            _allow(stored, report)
        values = {
            "study_uid": report.header.study_uid, "state": str(report.state), "version": report.version, "revision": report.revision,
            "saved_at": now, "document": document,
        }  # fmt: skip
        row = upsert(_report).values(report_id=report.report_id, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_report.c.report_id], set_=values))
        if report.state in FROZEN:
            self._freeze(report, document, now)
        else:
            self._keep_draft(report, document, now)
        note_use(self._db, f"report:{report.report_id}", (k.picture_sha256 for k in report.key_images))

    def get(self, report_id: str) -> Report | None:
        """The report as last saved."""
        text = self._db.scalar(select(_report.c.document).where(_report.c.report_id == report_id))
        return None if text is None else _parsed(text)

    def of_study(self, study_uid: str) -> Report | None:
        """The newest report of a study that no other has superseded."""
        wanted = (
            select(_report.c.document).where(_report.c.study_uid == study_uid, _report.c.state != _S.SUPERSEDED.value)
            .order_by(_report.c.saved_at.desc()).limit(1)
        )  # fmt: skip
        text = self._db.scalar(wanted)
        return None if text is None else _parsed(text)

    def versions(self, report_id: str) -> list[Report]:
        """Every frozen edition in the order of freezing: signed, final, signed again after a return …"""
        wanted = select(_frozen.c.document).where(_frozen.c.report_id == report_id).order_by(_frozen.c.frozen_at, _frozen.c.version)
        return [_parsed(text) for text in self._db.scalars(wanted)]

    def drafts(self, report_id: str) -> list[Report]:
        """The last drafts, newest first."""
        wanted = select(_draft.c.document).where(_draft.c.report_id == report_id).order_by(_draft.c.revision.desc())
        return [_parsed(text) for text in self._db.scalars(wanted)]

    def _freeze(self, report: Report, document: str, now: datetime) -> None:
        self._db.execute(
            insert(_frozen).values(
                report_id=report.report_id, version=report.version, state=str(report.state), frozen_at=now, document=document,
                signatures=to_json(tuple[Signature, ...], report.signatures),
            )
        )  # fmt: skip

    def _keep_draft(self, report: Report, document: str, now: datetime) -> None:
        values = {"saved_at": now, "document": document}
        row = upsert(_draft).values(report_id=report.report_id, revision=report.revision, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_draft.c.report_id, _draft.c.revision], set_=values))
        self._db.execute(delete(_draft).where(_draft.c.report_id == report.report_id, _draft.c.revision <= report.revision - _DRAFTS_KEPT))


def _allow(stored: Report, report: Report) -> None:
    same_step = report.state is stored.state
    if report.revision < stored.revision or (same_step and report.revision == stored.revision) or report.version < stored.version:
        raise Refused(
            "The report was changed elsewhere: revision {stored} is stored, this one is {found}.",
            hint="Reopen the report; your text is still on the screen.", stored=stored.revision, found=report.revision,
        )  # fmt: skip
    if report.state not in _MOVES[stored.state]:
        raise Refused(
            "The stored report is {stored} and cannot become {found}.", hint="Reopen the report.",
            stored=tr(STATE_TITLES[stored.state]), found=tr(STATE_TITLES[report.state]),
        )  # fmt: skip
    if report.state is _S.FINAL and _said(report) != _said(stored):
        raise Refused("The report's content differs from what its author signed.", hint="Return the report to its author.")
    if report.header.study_uid != stored.header.study_uid:
        raise Refused("The report belongs to study {uid}.", uid=stored.header.study_uid)


def _said(report: Report) -> str:
    """What the author signed, as text: without the report's way through the house."""
    bare = replace(report, state=_S.SIGNED, signatures=(), revision=0, updated_at=None, return_reason="")
    return to_json(Report, bare)


def _parsed(text: str) -> Report:
    found: Report = from_json(Report, text, what="report")
    return found
