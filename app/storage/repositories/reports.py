"""Reports: drafts as they are saved, frozen editions for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.report import EDITABLE, Report, ReportState
from app.domain.signed_forms import NotRebuilt, SignedContent
from app.errors import Refused
from app.i18n import tr
from app.storage import tables
from app.storage.documents import REPORT, SIGNATURES, from_json, to_json
from app.storage.repositories.objects import note_use

_report, _draft, _frozen = tables.report, tables.report_draft, tables.report_frozen
_signed = tables.signed_content
#: drafts of one report that are kept
_DRAFTS_KEPT = 100

_S = ReportState
#: from the stored state to the saved one (docs/decisions/report-states.md)
_MOVES: dict[ReportState, frozenset[ReportState]] = {
    _S.DRAFT: frozenset({_S.DRAFT, _S.SIGNED, _S.DISCARDED}),
    _S.SIGNED: frozenset({_S.FINAL, _S.RETURNED, _S.DRAFT}),
    _S.RETURNED: frozenset({_S.RETURNED, _S.SIGNED, _S.DISCARDED}),
    _S.FINAL: frozenset({_S.SUPERSEDED}),
    _S.SUPERSEDED: frozenset(),
    _S.DISCARDED: frozenset(),
}
#: reports that are no longer the study's
_OVER = (_S.SUPERSEDED.value, _S.DISCARDED.value)
#: English names, keys of their translations
STATE_TITLES: dict[ReportState, str] = {
    _S.DRAFT: "draft",
    _S.SIGNED: "signed",
    _S.RETURNED: "returned",
    _S.FINAL: "final",
    _S.SUPERSEDED: "superseded",
    _S.DISCARDED: "discarded",
}
FROZEN = frozenset({_S.SIGNED, _S.FINAL})


class ReportRepository:
    """`tx.reports`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def save(self, report: Report) -> None:
        """Save a report; a signed or final one becomes a row that can never be changed.

        `Refused` when something newer is stored (another window saved), or the state cannot follow the stored
        one.
        """
        stored = self.get(report.report_id)
        document, now = to_json(REPORT, report), datetime.now(UTC)
        if stored is not None:
            if to_json(REPORT, stored) == document:
                return
            _allow(stored, report)
        values = {
            "study_uid": report.header.study_uid,
            "state": str(report.state),
            "version": report.version,
            "revision": report.revision,
            "saved_at": now,
            "document": document,
        }
        row = upsert(_report).values(report_id=report.report_id, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_report.c.report_id], set_=values))
        if report.state in FROZEN:
            self._freeze(report, document, now)
        else:
            self._keep_draft(report, document, now)
        self._tell_study(report)
        note_use(self._db, f"report:{report.report_id}", (k.picture_sha256 for k in report.key_images))

    def get(self, report_id: str) -> Report | None:
        """The report as last saved."""
        text = self._db.scalar(select(_report.c.document).where(_report.c.report_id == report_id))
        return None if text is None else from_json(REPORT, text)

    def ids(self) -> list[str]:
        """Every report, and every one of which an edition was signed."""
        return sorted(
            {*self._db.scalars(select(_report.c.report_id)), *self._db.scalars(select(_frozen.c.report_id))}
        )

    def of_study(self, study_uid: str) -> Report | None:
        """The newest report of a study that is neither superseded nor discarded."""
        wanted = (
            select(_report.c.document)
            .where(_report.c.study_uid == study_uid, _report.c.state.not_in(_OVER))
            .order_by(_report.c.saved_at.desc())
            .limit(1)
        )
        text = self._db.scalar(wanted)
        return None if text is None else from_json(REPORT, text)

    def all_of_study(self, study_uid: str) -> list[Report]:
        """Every report of a study, the first begun first; discarded ones too."""
        wanted = select(_report.c.document).where(_report.c.study_uid == study_uid)
        found = [from_json(REPORT, text) for text in self._db.scalars(wanted)]
        return sorted(found, key=lambda one: (one.created_at is not None, one.created_at, one.report_id))

    def versions(self, report_id: str) -> list[Report]:
        """Every frozen edition in the order of freezing: signed, final, signed again after a return …"""
        wanted = (
            select(_frozen.c.document)
            .where(_frozen.c.report_id == report_id)
            .order_by(_frozen.c.frozen_at, _frozen.c.version)
        )
        return [from_json(REPORT, text) for text in self._db.scalars(wanted)]

    def keep_signed(self, report_id: str, content: SignedContent) -> None:
        """Keep what a signature covers, for ever."""
        row = upsert(_signed).values(
            digest_sha256=content.digest_sha256,
            report_id=report_id,
            form=content.form,
            content=content.content,
        )
        self._db.execute(row.on_conflict_do_nothing(index_elements=[_signed.c.digest_sha256]))

    def signed_content(self, digest_sha256: str) -> SignedContent | NotRebuilt | None:
        """What a signature covers, by the digest that it names; why it is not known, for a report of an
        earlier version; None where nothing is kept.
        """
        row = self._db.execute(select(_signed).where(_signed.c.digest_sha256 == digest_sha256)).first()
        if row is None:
            return None
        if row.content is None:
            return NotRebuilt(row.not_rebuilt) if row.not_rebuilt in set(NotRebuilt) else None
        # a column of SQLite takes any type: whoever altered it may have left text
        content = row.content if isinstance(row.content, bytes) else str(row.content).encode("utf-8")
        return SignedContent(row.form, content)

    def _tell_study(self, report: Report) -> None:
        """The list says how far the report is, and who reads a study that nobody was given to."""
        study, uid = tables.study, report.header.study_uid
        newest = (
            select(_report.c.state)
            .where(_report.c.study_uid == uid, _report.c.state.not_in(_OVER))
            .order_by(_report.c.saved_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        values = {"report_state": func.coalesce(newest, "")}
        self._db.execute(update(study).where(study.c.study_uid == uid).values(**values))
        self._db.execute(
            update(study)
            .where(study.c.study_uid == uid, study.c.reader_id == "")
            .values(reader_id=report.author_id, reader_name=report.author_name)
        )

    def _freeze(self, report: Report, document: str, now: datetime) -> None:
        self._db.execute(
            insert(_frozen).values(
                report_id=report.report_id,
                version=report.version,
                state=str(report.state),
                frozen_at=now,
                document=document,
                signatures=to_json(SIGNATURES, report.signatures),
            )
        )

    def _keep_draft(self, report: Report, document: str, now: datetime) -> None:
        values = {"saved_at": now, "document": document}
        row = upsert(_draft).values(report_id=report.report_id, revision=report.revision, **values)
        self._db.execute(
            row.on_conflict_do_update(index_elements=[_draft.c.report_id, _draft.c.revision], set_=values)
        )
        self._db.execute(
            delete(_draft).where(
                _draft.c.report_id == report.report_id, _draft.c.revision <= report.revision - _DRAFTS_KEPT
            )
        )


def _allow(stored: Report, report: Report) -> None:
    same_step = report.state is stored.state
    if (
        report.revision < stored.revision
        or (same_step and report.revision == stored.revision)
        or report.version < stored.version
    ):
        raise Refused(
            "The report was changed elsewhere: revision {stored} is stored, this one is {found}.",
            hint="Reopen the report; your text is still on the screen.",
            stored=stored.revision,
            found=report.revision,
        )
    if report.state not in _MOVES[stored.state] or _keeps_signatures(stored, report):
        raise Refused(
            "The stored report is {stored} and cannot become {found}.",
            hint="Reopen the report.",
            stored=tr(STATE_TITLES[stored.state]),
            found=tr(STATE_TITLES[report.state]),
        )
    if report.state is _S.FINAL and _said(report) != _said(stored):
        raise Refused(
            "The report's content differs from what its author signed.",
            hint="Return the report to its author.",
        )
    if report.header.study_uid != stored.header.study_uid:
        raise Refused("The report belongs to study {uid}.", uid=stored.header.study_uid)


def _keeps_signatures(stored: Report, report: Report) -> bool:
    """Whether a signed report would be written on as it is: it may only as an unsigned, new version."""
    opened = stored.state is _S.SIGNED and report.state in EDITABLE
    return opened and (bool(report.signatures) or report.version == stored.version)


def _said(report: Report) -> str:
    """What the author signed, as text: without the report's way through the house."""
    bare = replace(report, state=_S.SIGNED, signatures=(), revision=0, updated_at=None, return_reason="")
    return to_json(REPORT, bare)
