"""People, their secrets' hashes and locked keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from app.domain.person import Person, Role
from app.errors import Refused
from app.storage import tables
from app.storage.column_types import unreadable

_person = tables.person
_failure = tables.login_failure
_certificate = tables.certificate


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it is kept; `der` is X.509."""

    fingerprint: str
    person_id: str
    issued_at: datetime
    der: bytes
    revoked_at: datetime | None


class PeopleRepository:
    """`tx.people`."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, person: Person, secret_hash: str) -> None:
        """Add a person; `Refused` when the login is taken."""
        if self.by_login(person.login) is not None:
            raise Refused("The login name {login} is taken.", login=person.login)
        self._db.execute(
            insert(_person).values(
                person_id=person.person_id,
                login=_normal(person.login),
                name=person.name,
                roles=sorted(person.roles),
                active=person.active,
                secret_hash=secret_hash,
            )
        )

    def by_login(self, login: str) -> tuple[Person, str] | None:
        """The person with a login and the hash of their password."""
        row = self._db.execute(select(_person).where(_person.c.login == _normal(login))).first()
        return None if row is None else (_domain(row), row.secret_hash)

    def get(self, person_id: str) -> Person | None:
        """One person."""
        row = self._db.execute(select(_person).where(_person.c.person_id == person_id)).first()
        return None if row is None else _domain(row)

    def all(self) -> list[Person]:
        """Everybody, by login."""
        return [_domain(row) for row in self._db.execute(select(_person).order_by(_person.c.login))]

    def count(self) -> int:
        """How many there are."""
        return self._db.scalar(select(func.count()).select_from(_person)) or 0

    def change(self, person: Person) -> None:
        """Name, roles and whether active; the login stays."""
        self._db.execute(
            update(_person)
            .where(_person.c.person_id == person.person_id)
            .values(name=person.name, roles=sorted(person.roles), active=person.active)
        )

    def set_secret(self, person_id: str, secret_hash: str, *, given: bool = False) -> None:
        """A new password's hash; `given` by somebody else than its owner."""
        self._db.execute(
            update(_person)
            .where(_person.c.person_id == person_id)
            .values(secret_hash=secret_hash, password_given=given)
        )

    def password_given(self, person_id: str) -> bool:
        """The password was given by somebody else, and its owner has not changed it yet."""
        wanted = select(_person.c.password_given).where(_person.c.person_id == person_id)
        return bool(self._db.scalar(wanted))

    def set_signing_key(self, person_id: str, public: bytes, private_encrypted: bytes) -> None:
        """The key pair; the private half locked (`app.people.signing.lock`)."""
        self._db.execute(
            update(_person)
            .where(_person.c.person_id == person_id)
            .values(signing_public=public, signing_private=private_encrypted)
        )

    def signing_key(self, person_id: str) -> tuple[bytes, bytes] | None:
        """(public, locked private); None where the person has none."""
        row = self._db.execute(
            select(_person.c.signing_public, _person.c.signing_private).where(
                _person.c.person_id == person_id
            )
        ).first()
        return (
            None if row is None or row.signing_public is None else (row.signing_public, row.signing_private)
        )

    def add_certificate(self, fingerprint: str, person_id: str, issued_at: datetime, der: bytes) -> None:
        """Keep a certificate of a person's key (X.509, DER), for ever."""
        values = {"person_id": person_id, "issued_at": issued_at, "der": der}
        self._db.execute(insert(_certificate).values(fingerprint=fingerprint, **values))

    def revoke_certificate(self, fingerprint: str, at: datetime) -> None:
        """From now on it holds for no signature."""
        self._db.execute(
            update(_certificate).where(_certificate.c.fingerprint == fingerprint).values(revoked_at=at)
        )

    def certificates(self, person_id: str | None = None) -> list[Certificate]:
        """A person's certificates, or all, the newest first."""
        wanted = select(_certificate).order_by(_certificate.c.issued_at.desc(), _certificate.c.fingerprint)
        if person_id is not None:
            wanted = wanted.where(_certificate.c.person_id == person_id)
        return [
            Certificate(row.fingerprint, row.person_id, row.issued_at, _bytes(row.der), row.revoked_at)
            for row in self._db.execute(wanted)
        ]

    def failures(self, login: str) -> tuple[int, datetime] | None:
        """How often a login failed in a row, and when last."""
        row = self._db.execute(select(_failure).where(_failure.c.login == _tried(login))).first()
        return None if row is None else (row.failures, row.last_at)

    def add_failure(self, login: str, at: datetime) -> int:
        """Count a failed login, also of a name that nobody has; how many in a row it is.  What is older than
        a day is forgotten.
        """
        self._db.execute(delete(_failure).where(_failure.c.last_at < at - timedelta(days=1)))
        row = upsert(_failure).values(login=_tried(login), failures=1, last_at=at)
        self._db.execute(
            row.on_conflict_do_update(
                index_elements=[_failure.c.login], set_={"failures": _failure.c.failures + 1, "last_at": at}
            )
        )
        found = self.failures(login)
        return 0 if found is None else found[0]

    def clear_failures(self, login: str) -> None:
        """A login went well."""
        self._db.execute(delete(_failure).where(_failure.c.login == _tried(login)))


def _bytes(value: object) -> bytes:
    """A column of SQLite takes any type: whoever altered it may have left text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def _normal(login: str) -> str:
    return login.strip().casefold()[:128]


def _tried(login: str) -> str:
    """A digest of what was typed as a name: people type their password there by mistake."""
    return hashlib.sha256(_normal(login).encode("utf-8")).hexdigest()


def _domain(row: Row[Any]) -> Person:
    try:
        roles = frozenset(Role(name) for name in row.roles)
    except (ValueError, TypeError) as error:
        raise unreadable() from error
    return Person(row.person_id, row.login, row.name, roles, row.active)
