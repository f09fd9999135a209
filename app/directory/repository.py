"""The station's side of the directory: what waits to be sent, which identifier is which study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.directory.tables import directory_link, outbox
from app.domain.schema_history import OUTBOX
from app.errors import NotFound
from app.storage.documents import content_of, numbered

_outbox, _link = outbox, directory_link


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One registration: the document to send, how often it was tried, what became of it."""

    key: str
    study_uid: str
    kind: str
    document: Mapping[str, Any]
    queued_at: datetime
    tries: int = 0
    last_error: str = ""
    last_try_at: datetime | None = None
    given_up: bool = False
    identifier: str = ""
    state: str = ""
    sent_at: datetime | None = None


class DirectoryRepository:
    """What waits to be sent, and what is registered; `tx.get(DirectoryRepository)`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # -- outbox ---------------------------------------------------------------------------------------------

    def enqueue(self, key: str, study_uid: str, kind: str, document: Mapping[str, Any]) -> None:
        """Put a document into the outbox.  The same key again replaces what was not sent; what was sent
        stays.
        """
        known = self._db.execute(select(_outbox.c.sent_at).where(_outbox.c.key == key)).first()
        if known is not None and known.sent_at is not None:
            return
        values = {
            "study_uid": study_uid,
            "kind": kind,
            "document": numbered(OUTBOX, dict(document)),
            "given_up": False,
            "last_error": "",
        }
        if known is None:
            self._db.execute(insert(_outbox).values(key=key, queued_at=datetime.now(UTC), **values))
        else:
            self._db.execute(update(_outbox).where(_outbox.c.key == key).values(**values))

    def pending(self) -> list[OutboxEntry]:
        """What waits, in the order it was put in; without what the county refused for good."""
        wanted = (
            select(_outbox)
            .where(_outbox.c.sent_at.is_(None), _outbox.c.given_up.is_(False))
            .order_by(_outbox.c.position)
        )
        return [_entry(row) for row in self._db.execute(wanted)]

    def refused(self) -> list[OutboxEntry]:
        """What the county refused for good and nothing sent later has replaced, oldest first."""
        later = _outbox.alias("later")
        replaced = select(later.c.key).where(
            later.c.study_uid == _outbox.c.study_uid, later.c.position > _outbox.c.position
        )
        wanted = select(_outbox).where(
            _outbox.c.sent_at.is_(None), _outbox.c.given_up.is_(True), ~replaced.exists()
        )
        return [_entry(row) for row in self._db.execute(wanted.order_by(_outbox.c.position))]

    def of_study(self, study_uid: str) -> list[OutboxEntry]:
        """Everything that was put in for a study, in that order."""
        wanted = select(_outbox).where(_outbox.c.study_uid == study_uid).order_by(_outbox.c.position)
        return [_entry(row) for row in self._db.execute(wanted)]

    def discard(self, key: str) -> None:
        """Take out what was not sent."""
        self._db.execute(delete(_outbox).where(_outbox.c.key == key, _outbox.c.sent_at.is_(None)))

    def row(self, key: str) -> OutboxEntry:
        """One entry, sent or not; `NotFound` without one."""
        found = self._db.execute(select(_outbox).where(_outbox.c.key == key)).first()
        if found is None:
            raise NotFound("There is no registration {key}.", key=key)
        return _entry(found)

    def sent(self, key: str, identifier: str, state: str, at: datetime) -> None:
        """The county took it and gave the identifier."""
        self._db.execute(
            update(_outbox)
            .where(_outbox.c.key == key)
            .values(
                identifier=identifier,
                state=state,
                sent_at=at,
                last_try_at=at,
                last_error="",
                tries=_outbox.c.tries + 1,
            )
        )

    def failed(self, key: str, why: str, at: datetime, *, final: bool = False) -> None:
        """A try failed; `final` when trying again is of no use."""
        self._db.execute(
            update(_outbox)
            .where(_outbox.c.key == key)
            .values(last_error=why, last_try_at=at, tries=_outbox.c.tries + 1, given_up=final)
        )

    # -- identifier and study -------------------------------------------------------------------------------

    def link(self, identifier: str, study_uid: str, record_version: int = 1) -> None:
        """Remember which study an identifier names.  Only this station knows."""
        values = {"study_uid": study_uid, "record_version": record_version, "linked_at": datetime.now(UTC)}
        row = upsert(_link).values(identifier=identifier, **values)
        self._db.execute(row.on_conflict_do_update(index_elements=[_link.c.identifier], set_=values))

    def study_of(self, identifier: str) -> str | None:
        """The study that an identifier names, where it is ours."""
        found: str | None = self._db.scalar(select(_link.c.study_uid).where(_link.c.identifier == identifier))
        return found

    def identifiers_of(self, study_uid: str) -> list[str]:
        """Identifiers of a study, oldest first."""
        wanted = (
            select(_link.c.identifier)
            .where(_link.c.study_uid == study_uid)
            .order_by(_link.c.linked_at, _link.c.identifier)
        )
        return list(self._db.scalars(wanted))

    def version_of(self, identifier: str) -> int:
        """The version that was sent last; 0 where the identifier is not ours."""
        return self._db.scalar(select(_link.c.record_version).where(_link.c.identifier == identifier)) or 0

    def unsettled(self) -> list[str]:
        """Identifiers whose record is still on its way to publication, the longest waiting first."""
        wanted = select(_link.c.identifier).where(
            _link.c.state.not_in(("published", "withdrawn", "missing")) | _link.c.state.is_(None)
        )
        return list(self._db.scalars(wanted.order_by(_link.c.linked_at, _link.c.identifier)))

    def settled_sample(self, limit: int) -> list[str]:
        """Some identifiers, drawn at random, whose record was published or missing when it was last asked
        for.
        """
        wanted = select(_link.c.identifier).where(_link.c.state.in_(("published", "missing")))
        return list(self._db.scalars(wanted.order_by(func.random()).limit(limit)))

    def registered(self) -> list[tuple[str, str, str]]:
        """(identifier, study, state last told) of everything this station registered, newest first."""
        wanted = select(_link.c.identifier, _link.c.study_uid, _link.c.state).order_by(
            _link.c.linked_at.desc(), _link.c.identifier
        )
        return [(row.identifier, row.study_uid, row.state or "") for row in self._db.execute(wanted)]

    def set_state(self, identifier: str, state: str) -> None:
        """The record's state as a node last told it."""
        self._db.execute(update(_link).where(_link.c.identifier == identifier).values(state=state))
        self._db.execute(update(_outbox).where(_outbox.c.identifier == identifier).values(state=state))

    def state_of(self, identifier: str) -> str:
        """The state last told; empty where none was."""
        return self._db.scalar(select(_link.c.state).where(_link.c.identifier == identifier)) or ""


def _entry(row: Row[Any]) -> OutboxEntry:
    return OutboxEntry(
        row.key,
        row.study_uid,
        row.kind,
        content_of(OUTBOX, row.document),
        row.queued_at,
        row.tries,
        row.last_error,
        row.last_try_at,
        row.given_up,
        row.identifier,
        row.state,
        row.sent_at,
    )
