"""The audit table: appended to in the transaction of the act, never changed."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

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
from app.storage.pins import PINNED, PINS, PinnedRows, pins_of
from app.storage.repositories.shape import shape_faults, told

#: unsealed events that are told one by one
_MOST_TOLD = 20
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
        self,
        actor: Actor,
        action: str,
        subject: str,
        outcome: str,
        details: Mapping[str, Any],
        *,
        pins: Sequence[tuple[PinnedRows, str]] = (),
    ) -> None:
        """Add an event.  No patient names or numbers in `details`; `subject` is a UID or an id.

        `pins` are rows that this act has written: what they hold now is what they must hold from now on.
        """
        if pins:
            held = {rows.name(key): rows.digest(self._db, key) for rows, key in pins}
            details = {**details, PINS: held}
        last = self.appended or self.last()
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
        links = {"prev_hash": last.hash, "hash": hashed, "seal": self._head.seal(hashed)}
        self._db.execute(insert(tables.audit).values(**values, **links))
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

    def acts(self, prefix: str) -> Iterator[AuditEvent]:
        """All events whose action begins with a prefix, oldest first."""
        wanted = select(tables.audit).where(tables.audit.c.action.startswith(prefix, autoescape=True))
        for row in self._db.execute(wanted.order_by(tables.audit.c.seq)):
            yield _event(row).event

    def first(self, action: str, subject: str) -> AuditEvent | None:
        """The oldest event of an act on a thing that this station has written."""
        wanted = (
            select(tables.audit)
            .where(tables.audit.c.subject == subject, tables.audit.c.action == action)
            .order_by(tables.audit.c.seq)
        )
        for row in self._db.execute(wanted):
            if self._is_sealed(row):
                return _event(row).event
        return None

    def pinned(self, rows: PinnedRows, key: str) -> tuple[AuditEvent, str] | None:
        """The newest act that names a row, with the digest that the row must have; None where none does.

        An event without a valid seal was not written by this program: it names nothing.
        """
        wanted = (
            select(tables.audit)
            .where(tables.audit.c.subject == key, tables.audit.c.details.contains(f'"{PINS}"'))
            .order_by(tables.audit.c.seq.desc())
        )
        name = rows.name(key)
        for row in self._db.execute(wanted):
            digest = pins_of(row.details).get(name)
            if digest is not None and self._is_sealed(row):
                return _event(row).event, str(digest)
        return None

    def is_as_recorded(self, rows: PinnedRows, key: str) -> bool:
        """Whether a row holds what the newest act that names it has left."""
        found = self.pinned(rows, key)
        return found is not None and found[1] == rows.digest(self._db, key)

    def first_sealed(self) -> int:
        """Number of the first event that has a seal; 0 where none has."""
        return self._db.scalar(select(func.min(tables.audit.c.seq)).where(tables.audit.c.seal != "")) or 0

    def pin_all(self, actor: Actor) -> None:
        """Pin every row as it is: rows of a version that knew no pins."""
        for rows in PINNED:
            for key, _ in list(rows.all(self._db)):
                self.append(actor, f"{rows.table}.pin", key, "done", {}, pins=((rows, key),))

    def verify(self) -> AuditVerdict:
        """Look through the whole chain, and at the rows that it pins.

        Found are changed, removed, moved and foreign events, a cut tail, a damaged file, removed guards and
        keys, and pinned rows that are not as the last act has left them.
        """
        verdict = AuditVerdict(0, GENESIS)

        def chain() -> Iterator[AuditProblem]:
            nonlocal verdict
            verdict = verify_chain(self._all())
            yield from verdict.problems

        looks = (
            chain,
            self._head_faults,
            self._seal_faults,
            lambda: shape_faults(self._db),
            self._pin_faults,
        )
        problems = tuple(problem for look in looks for problem in told(look))
        return replace(verdict, problems=problems)

    def head_is(self, count: int) -> bool:
        """Whether the signed head names the event of a number."""
        head = self._head.read()
        return head is not None and head.count == count

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

    def last(self) -> Head:
        """The last event; of an empty chain number 0."""
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
        if head is None or head.sealed_from == 0:
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

    def _seal_faults(self) -> Iterator[AuditProblem]:
        head = self._head.read()
        if head is None:
            return
        first = max(head.sealed_from, 1)
        wanted = select(tables.audit).where(tables.audit.c.seq >= first).order_by(tables.audit.c.seq)
        # a changed event is told by the chain; here it is asked who has written the stored hash
        unsealed = [row.seq for row in self._db.execute(wanted) if not self._seal_fits(row.seal, row.hash)]
        for seq in unsealed[:_MOST_TOLD]:
            yield AuditProblem(seq, "Audit event {seq} was not written by this station.", {"seq": str(seq)})

    def _is_sealed(self, row: Row[Any]) -> bool:
        """Whether this station has written the event as it is."""
        return self._seal_fits(row.seal, chain_hash(row.prev_hash, _event(row).event))

    def _seal_fits(self, found: object, event_hash: str) -> bool:
        seal = self._head.seal(event_hash)
        return bool(seal) and hmac.compare_digest(str(found).encode(), seal.encode())

    def _pin_faults(self) -> Iterator[AuditProblem]:
        """Rows that are not what the record's events say, in the order of the tables."""
        held: dict[str, tuple[int, str]] = {}
        wanted = select(tables.audit).where(tables.audit.c.details.contains(f'"{PINS}"'))
        for row in self._db.execute(wanted.order_by(tables.audit.c.seq)):
            if self._is_sealed(row):
                held.update({name: (row.seq, str(digest)) for name, digest in pins_of(row.details).items()})
        read: set[str] = set()

        def table(rows: PinnedRows) -> Iterator[AuditProblem]:
            for key, digest in rows.all(self._db):
                seq, recorded = held.pop(rows.name(key), (0, ""))
                params = {"table": rows.table, "key": key, "seq": str(seq)}
                if not recorded:
                    yield AuditProblem(0, "No act has written the row {key} of the table {table}.", params)
                elif recorded != digest:
                    yield AuditProblem(
                        seq,
                        "The row {key} of the table {table} is not as audit event {seq} has left it.",
                        params,
                    )
            read.add(rows.table)

        for rows in PINNED:
            yield from told(partial(table, rows))
        for name, (seq, _) in held.items():
            of, _, key = name.partition("/")
            if of in read:
                params = {"table": of, "key": key, "seq": str(seq)}
                yield AuditProblem(
                    seq, "The row {key} of the table {table}, which audit event {seq} names, is gone.", params
                )


def _event(row: Row[Any]) -> ChainedEvent:
    event = AuditEvent(*(getattr(row, name) for name in _EVENT_COLUMNS))
    return ChainedEvent(event, row.prev_hash, row.hash)
