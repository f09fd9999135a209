"""People of a node and their sessions."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from catalog_server.domain.states import Role
from catalog_server.store.database import utc_now
from catalog_server.store.tables import person, session

SESSION_HOURS = 8
MAX_FAILURES = 5
LOCK_MINUTES = 15
#: sessions of the public that are kept at a time
PUBLIC_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may act here; `id` empty is the public."""

    id: str
    login: str
    name: str
    roles: frozenset[Role]
    area_code: str


PUBLIC = Person("", "", "", frozenset(), "")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session and who opened it."""

    id: str
    person: Person
    expires_at: str


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def add(
    connection: sa.Connection, login: str, password: str, name: str, roles: frozenset[Role], area_code: str
) -> Person:
    """A new person; the login must be free."""
    row = Person(secrets.token_hex(8), login, name, roles, area_code)
    connection.execute(
        sa.insert(person).values(
            id=row.id,
            login=login,
            name=name,
            roles=json.dumps(sorted(roles)),
            area_code=area_code,
            secret=_hasher().hash(password),
            failures=0,
            locked_until="",
            active=True,
        )
    )
    return row


def change(connection: sa.Connection, login: str, *, password: str | None, active: bool | None) -> bool:
    """A new password, or whether the person may sign in; open sessions end.  Whether there is such a
    login.
    """
    known = by_login(connection, login)
    if known is None:
        return False
    values: dict[str, object] = {"failures": 0, "locked_until": ""}
    if password is not None:
        values["secret"] = _hasher().hash(password)
    if active is not None:
        values["active"] = active
    connection.execute(sa.update(person).where(person.c.id == known.id).values(values))
    connection.execute(sa.delete(session).where(session.c.person_id == known.id))
    return True


def by_login(connection: sa.Connection, login: str) -> Person | None:
    """A person by login."""
    row = connection.execute(sa.select(person).where(person.c.login == login)).mappings().first()
    return None if row is None else _person(row)


def names(connection: sa.Connection, logins: Iterable[str]) -> dict[str, str]:
    """Login → name."""
    rows = connection.execute(
        sa.select(person.c.login, person.c.name).where(person.c.login.in_(list(logins)))
    )
    return {row.login: row.name for row in rows}


def is_password(connection: sa.Connection, login: str, password: str) -> bool:
    """Whether the password is right.  Slow on purpose, and as slow for an unknown or locked login; holds no
    write lock.
    """
    secret = connection.execute(sa.select(person.c.secret).where(person.c.login == login)).scalar()
    if secret is None:
        _hasher().hash(password)
        return False
    try:
        return _hasher().verify(secret, password)
    except VerifyMismatchError:
        return False


def admit(connection: sa.Connection, login: str, *, right: bool) -> Person | None:
    """The person, or None: wrong, unknown, inactive or locked after too many failures look the same."""
    row = connection.execute(sa.select(person).where(person.c.login == login)).mappings().first()
    if row is None or not row["active"] or row["locked_until"] > utc_now():
        return None
    own = person.c.id == row["id"]
    if not right:
        failures = row["failures"] + 1
        locked = _after(minutes=LOCK_MINUTES) if failures >= MAX_FAILURES else ""
        connection.execute(
            sa.update(person).where(own).values(failures=0 if locked else failures, locked_until=locked)
        )
        return None
    if row["failures"]:
        connection.execute(sa.update(person).where(own).values(failures=0))
    return _person(row)


def open_session(connection: sa.Connection, who: Person) -> tuple[OpenSession, str]:
    """A session and its bearer secret, of which only the hash is kept."""
    connection.execute(sa.delete(session).where(session.c.expires_at < utc_now()))
    if not who.id:
        # anybody may open one: the oldest make room, so that the table has a largest size
        oldest = (
            sa.select(session.c.id).where(session.c.person_id.is_(None)).order_by(session.c.opened_at.desc())
        )
        connection.execute(
            sa.delete(session).where(session.c.id.in_(oldest.limit(-1).offset(PUBLIC_SESSIONS - 1)))
        )
    token = secrets.token_urlsafe(32)
    opened = OpenSession(secrets.token_hex(16), who, _after(minutes=SESSION_HOURS * 60))
    connection.execute(
        sa.insert(session).values(
            id=opened.id,
            token_sha256=_digest(token),
            person_id=who.id or None,
            opened_at=utc_now(),
            expires_at=opened.expires_at,
        )
    )
    return opened, token


def find_session(connection: sa.Connection, token: str) -> OpenSession | None:
    """The session of a bearer secret while it lasts."""
    statement = (
        sa.select(session.c.id.label("session_id"), session.c.expires_at, session.c.person_id, person)
        .outerjoin(person, person.c.id == session.c.person_id)
        .where(session.c.token_sha256 == _digest(token), session.c.expires_at > utc_now())
    )
    row = connection.execute(statement).mappings().first()
    if row is None or (row["person_id"] is not None and not row["active"]):
        return None
    who = PUBLIC if row["person_id"] is None else _person(row)
    return OpenSession(row["session_id"], who, row["expires_at"])


def close_session(connection: sa.Connection, session_id: str) -> None:
    """End a session; its result sets go with it."""
    connection.execute(sa.delete(session).where(session.c.id == session_id))


def _person(row: sa.RowMapping) -> Person:
    roles = frozenset(Role(name) for name in json.loads(row["roles"]))
    return Person(row["id"], row["login"], row["name"], roles, row["area_code"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _after(*, minutes: int) -> str:
    return (
        (datetime.now(UTC) + timedelta(minutes=minutes))
        .isoformat(timespec="microseconds")
        .replace("+00:00", "Z")
    )
