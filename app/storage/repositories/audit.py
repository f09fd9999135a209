"""The audit table: appended to in the transaction of the act, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text

from app.audit import (
    GENESIS,
    AuditEvent,
    AuditProblem,
    AuditVerdict,
    ChainedEvent,
    canonical_details,
    chain_hash,
    verify_chain,
)
from app.domain.person import Actor
from app.storage import tables
from app.storage.audit_head import AuditHead, Head

_GUARDS = frozenset({"audit_no_update", "audit_no_delete"})
_EVENT_COLUMNS = (
    "seq",
    "at",
    "person_id",
    "person_name",
    "roles",
    "station",
    "action",
    "subject",
    "outcome",
    "details",
)


class AuditRepository:
    """`tx.audit`."""

    def __init__(self, connection: Connection, head: AuditHead) -> None:
        self._db = connection
        self._head = head
        #: the last event appended in this transaction
        self.appended: Head | None = None

    def append(
        self, actor: Actor, action: str, subject: str, outcome: str, details: Mapping[str, Any]
    ) -> None:
        """Add an event.  No patient names or numbers in `details`; `subject` is a UID or an id."""
        last = self.appended or self._last()
        event = AuditEvent(
            seq=last.count + 1,
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            person_id=actor.person_id,
            person_name=actor.name,
            roles=",".join(sorted(actor.roles)),
            station=actor.station,
            action=action,
            subject=subject,
            outcome=outcome,
            details=canonical_details(details),
        )
        hashed = chain_hash(last.hash, event)
        values = {name: getattr(event, name) for name in _EVENT_COLUMNS}
        self._db.execute(insert(tables.audit).values(**values, prev_hash=last.hash, hash=hashed))
        self.appended = Head(event.seq, hashed)

    def rows(
        self, limit: int = 200, *, before: int | None = None, action: str = "", subject: str = ""
    ) -> list[AuditEvent]:
        """Events, newest first; `before` pages on, `action` is a prefix such as ``report.``."""
        wanted = select(tables.audit).order_by(tables.audit.c.seq.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(tables.audit.c.seq < before)
        if action:
            wanted = wanted.where(tables.audit.c.action.startswith(action, autoescape=True))
        if subject:
            wanted = wanted.where(tables.audit.c.subject == subject)
        return [_event(row).event for row in self._db.execute(wanted)]

    def verify(self) -> AuditVerdict:
        """Look through the whole chain: changed, removed, moved events, a cut tail, removed guards."""
        verdict = verify_chain(self._all())
        found = [*verdict.problems, *self._head_faults(), *self._guard_faults()]
        return replace(verdict, problems=tuple(found))

    def head_fits(self) -> bool:
        """Whether the signed head names an event of this chain.  A head that does not is never moved: it is
        evidence.
        """
        head = self._head.read()
        return head is not None and self._hash_at(head.count) == head.hash

    def _all(self) -> Iterator[ChainedEvent]:
        wanted = select(tables.audit).order_by(tables.audit.c.seq)
        for row in self._db.execution_options(yield_per=1000).execute(wanted):
            yield _event(row)

    def _last(self) -> Head:
        row = self._db.execute(
            select(tables.audit.c.seq, tables.audit.c.hash).order_by(tables.audit.c.seq.desc()).limit(1)
        ).first()
        return Head(0, GENESIS) if row is None else Head(row.seq, row.hash)

    def _hash_at(self, seq: int) -> str | None:
        if seq == 0:
            return GENESIS
        found: str | None = self._db.scalar(select(tables.audit.c.hash).where(tables.audit.c.seq == seq))
        return found

    def _head_faults(self) -> list[AuditProblem]:
        head = self._head.read()
        if head is None:
            return [AuditProblem(0, "The signed head of the audit record is missing or was altered.")]
        last = self._db.scalar(select(func.max(tables.audit.c.seq))) or 0
        if head.count > last:
            params = {"expected": str(head.count), "found": str(last)}
            return [
                AuditProblem(
                    last,
                    "The end of the audit record was cut off: {expected} events were written, {found} "
                    "are left.",
                    params,
                )
            ]
        if self._hash_at(head.count) != head.hash:
            return [
                AuditProblem(
                    head.count,
                    "Audit event {seq} is not the one that the signed head names.",
                    {"seq": str(head.count)},
                )
            ]
        return []

    def _guard_faults(self) -> list[AuditProblem]:
        there = set(
            self._db.scalars(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
            )
        )
        return [
            AuditProblem(0, "The guard {name} of the audit table was removed.", {"name": name})
            for name in sorted(_GUARDS - there)
        ]


def _event(row: Row[Any]) -> ChainedEvent:
    event = AuditEvent(*(getattr(row, name) for name in _EVENT_COLUMNS))
    return ChainedEvent(event, row.prev_hash, row.hash)
