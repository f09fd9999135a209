"""Who is at the station: logging in, adding people, unlocking signatures, checking the audit record."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from app.audit import AuditEvent, AuditVerdict
from app.domain.person import Actor, Person, Role, system_actor
from app.errors import BadInput, NotAllowed, NotFound, Refused
from app.people import secrets, signing
from app.people.audit_checks import AuditCheck
from app.people.authority import StationAuthority
from app.people.certificates import (
    AUTHORITY,
    AUTHORITY_ACT,
    certificate_problems,
    certify,
    certify_earlier_keys,
    revoke,
)
from app.people.rights import MANAGE_PEOPLE, READ, READ_AUDIT, require
from app.people.signing import SigningKey
from app.storage.database import Database, Transaction
from app.storage.pins import PERSON
from app.storage.repositories.shape import UNREADABLE, told

#: wrong passwords in a row before waiting begins, and the longest wait
FREE_TRIES = 5
LONGEST_WAIT_S = 300
_NOBODY = Actor("", "", frozenset())


class GivenPassword(Refused):
    """The password is right, and must be changed by its owner first."""


@dataclass(frozen=True, slots=True)
class FirstPerson:
    """A person made for the demo, with the password that was generated; it is stored nowhere."""

    person: Person
    password: str = field(repr=False)


#: login, name, roles of the demo's people
_DEMO_PEOPLE = (
    ("yanshijia", "演示甲", Role.REPORTING),
    ("yanshiyi", "演示乙", Role.REVIEWING),
    ("yanshibing", "演示丙", Role.CATALOGUING),
)


class PeopleService:
    """The local people table."""

    def __init__(self, database: Database, *, station: str = "", checks: Iterable[AuditCheck] = ()) -> None:
        self._db = database
        self._station = station
        self._checks = checks
        self._authority = StationAuthority(database.keys)
        self._system = system_actor(Role.ADMINISTRATOR, station=station)

    def prepare(self) -> None:
        """Certify the signing keys of a station whose version knew no certificates."""
        if self._authority.exists():
            return
        with self._db.read() as tx:
            if tx.people.count() == 0 or tx.audit.first(AUTHORITY_ACT, AUTHORITY) is not None:
                return
        with self._db.write() as tx:
            if not self._authority.exists():
                certify_earlier_keys(tx, self._authority, self._system)

    # -- logging in -----------------------------------------------------------------------------------------

    def login(self, login: str, password: str) -> Actor:
        """Who this is. Success and failure are audited; after five failures in a row a growing wait is asked
        for.

        `NotAllowed` does not tell whether the login exists; `Refused` names the seconds to wait.
        """
        person, given = self._authenticated(login, password)
        if given:
            raise GivenPassword(
                "The password of {person} was given by an administrator and must be changed.",
                hint="Log in at the window and choose one of your own.",
                person=person.name,
            )
        return self._let_in(person)

    def choose_password(self, login: str, given: str, new: str) -> Actor:
        """Change a password that an administrator gave into one of one's own, and log in with it."""
        person, _ = self._authenticated(login, given)
        self._change_password(person, given, new)
        return self._let_in(person)

    def _authenticated(self, login: str, password: str) -> tuple[Person, bool]:
        """Whose password it is, and whether somebody else gave it."""
        self._ask_patience(login)
        with self._db.read() as tx:
            found = tx.people.by_login(login)
            given = found is not None and tx.people.password_given(found[0].person_id)
        if found is None:
            secrets.spend_the_time(password)
        person = found[0] if found is not None and secrets.verify_secret(password, found[1]) else None
        if person is None or not person.active:
            self._fail(login, found[0] if found else None, "login")
            raise NotAllowed("Login name or password is wrong.")
        return person, given

    def _let_in(self, person: Person) -> Actor:
        actor = self._actor(person)
        with self._db.write() as tx:
            tx.people.clear_failures(person.login)
            tx.audit.append(actor, "person.login", person.person_id, "done", {})
        return actor

    def unlock_signing(self, actor: Actor, password: str) -> SigningKey:
        """The actor's signing key, opened with the password.  Wrong passwords count as failed logins do."""
        require(actor, READ)
        person = self._person(actor.person_id)
        self._ask_patience(person.login)
        with self._db.read() as tx:
            stored = tx.people.signing_key(person.person_id)
        if stored is None:
            raise NotFound(
                "{person} has no signing key.",
                hint="Set the password anew: a key is made with it.",
                person=person.name,
            )
        try:
            key = signing.unlock(person.person_id, stored[0], stored[1], password)
        except NotAllowed:
            self._fail(person.login, person, "unlock-signing")
            raise
        with self._db.write() as tx:
            tx.people.clear_failures(person.login)
            tx.audit.append(actor, "person.unlock-signing", person.person_id, "done", {})
        return key

    def change_password(self, actor: Actor, old: str, new: str) -> None:
        """The actor's own password; the signing key is locked anew and stays the same."""
        person = self._person(actor.person_id)
        self._authenticated(person.login, old)
        self._change_password(person, old, new)

    def _change_password(self, person: Person, old: str, new: str) -> None:
        secrets.check_rules(new, login=person.login)
        if new == old:
            raise Refused("The new password is the present one.", hint="Choose another.")
        with self._db.read() as tx:
            stored = tx.people.signing_key(person.person_id)
        key = signing.unlock(person.person_id, *stored, old) if stored else signing.new_key(person.person_id)
        actor = self._actor(person)
        with self._db.write() as tx:
            tx.people.set_secret(person.person_id, secrets.hash_secret(new))
            tx.people.set_signing_key(person.person_id, key.public, signing.lock(key, new))
            tx.people.clear_failures(person.login)
            if stored is None:
                self._certify(tx, actor, person, key)
            _record(tx, actor, "person.change-password", person.person_id)

    def reset_password(self, actor: Actor, login: str, new: str, *, given: bool = False) -> None:
        """A new password (`given`: to be changed at the next log-in) for somebody who forgot the old one,
        with a new signing key: nobody can open the old one any more.

        What was signed with the old key stays valid.
        """
        require(actor, MANAGE_PEOPLE)
        person = self.by_login(actor, login)
        secrets.check_rules(new, login=person.login)
        hashed, key = secrets.hash_secret(new), signing.new_key(person.person_id)
        locked = signing.lock(key, new)
        with self._db.write() as tx:
            tx.people.set_secret(person.person_id, hashed, given=given)
            tx.people.set_signing_key(person.person_id, key.public, locked)
            tx.people.clear_failures(person.login)
            revoke(tx, actor, person.person_id)
            self._certify(tx, actor, person, key)
            _record(tx, actor, "person.reset-password", person.person_id)

    # -- people ---------------------------------------------------------------------------------------------

    def by_login(self, actor: Actor, login: str) -> Person:
        """The person of a login name, active or not."""
        require(actor, MANAGE_PEOPLE)
        with self._db.read() as tx:
            found = tx.people.by_login(login)
        if found is None:
            raise NotFound("There is no person {name}.", name=login)
        return found[0]

    def add(
        self,
        actor: Actor,
        login: str,
        name: str,
        roles: Iterable[Role],
        password: str,
        *,
        given: bool = False,
    ) -> Person:
        """Add a person, with a signing key of their own; a `given` password is changed at the first
        log-in.
        """
        require(actor, MANAGE_PEOPLE)
        return self._add(actor, login, name, roles, password, given=given)

    def people(self, actor: Actor) -> list[Person]:
        """Everybody."""
        require(actor, MANAGE_PEOPLE)
        with self._db.read() as tx:
            return tx.people.all()

    def change(self, actor: Actor, person: Person) -> Person:
        """Name, roles, active or not.  The last administrator stays one."""
        require(actor, MANAGE_PEOPLE)
        person = _valid(person)
        with self._db.write() as tx:
            if tx.people.get(person.person_id) is None:
                raise NotFound("There is no person {name}.", name=person.person_id)
            tx.people.change(person)
            if not any(Role.ADMINISTRATOR in p.roles and p.active for p in tx.people.all()):
                raise Refused(
                    "The station needs an active administrator; {person} is the last.", person=person.name
                )
            told = {"roles": sorted(person.roles), "active": person.active}
            _record(tx, actor, "person.change", person.person_id, told)
        return person

    def empty(self) -> bool:
        """Nobody is there yet: the station asks for its first administrator."""
        with self._db.read() as tx:
            return tx.people.count() == 0

    def add_first(
        self, login: str, name: str, password: str, *, roles: Iterable[Role] = (Role.ADMINISTRATOR,)
    ) -> Person:
        """The first person of a station, an administrator; `Refused` when there is somebody already."""
        wanted = frozenset(roles) | {Role.ADMINISTRATOR}
        return self._add(self._system, login, name, wanted, password, only_first=True)

    def ensure_first_people(self) -> tuple[FirstPerson, ...]:
        """The demo's 报告医师, 审核医师 and 编目员 with generated passwords; empty when there is somebody
        already.
        """
        if not self.empty():
            return ()
        made = []
        for login, name, role in _DEMO_PEOPLE:
            password = secrets.generated_password()
            made.append(FirstPerson(self._add(self._system, login, name, [role], password), password))
        return tuple(made)

    # -- audit ----------------------------------------------------------------------------------------------

    def verify_audit(self, actor: Actor) -> AuditVerdict:
        """Look through the whole audit chain and at all that it vouches for; the look itself is recorded."""
        require(actor, READ_AUDIT)
        with self._db.read() as tx:
            verdict = tx.audit.verify()
            found = [*verdict.problems, *told(lambda: certificate_problems(tx, self._authority))]
            for check in self._checks:
                found.extend(told(partial(check, tx)))
            verdict = replace(verdict, problems=tuple(found))
        try:
            with self._db.write() as tx:
                outcome = "done" if verdict.ok else "failed"
                tx.audit.append(actor, "audit.verify", "", outcome, {"events": verdict.count})
        except UNREADABLE:
            if verdict.ok:
                raise
        return verdict

    def audit_events(
        self, actor: Actor, limit: int = 200, *, before: int | None = None, action: str = ""
    ) -> list[AuditEvent]:
        """Events, newest first."""
        require(actor, READ_AUDIT)
        with self._db.read() as tx:
            return tx.audit.rows(limit, before=before, action=action)

    # -- inside ---------------------------------------------------------------------------------------------

    def _add(
        self,
        actor: Actor,
        login: str,
        name: str,
        roles: Iterable[Role],
        password: str,
        *,
        only_first: bool = False,
        given: bool = False,
    ) -> Person:
        person = _valid(Person(str(uuid.uuid4()), _valid_login(login), name, frozenset(roles)))
        secrets.check_rules(password, login=person.login)
        hashed, key = secrets.hash_secret(password), signing.new_key(person.person_id)
        locked = signing.lock(key, password)
        with self._db.write() as tx:
            if only_first and tx.people.count():
                raise Refused("The station has people already; an administrator adds more.")
            tx.people.add(person, hashed)
            tx.people.set_secret(person.person_id, hashed, given=given)
            tx.people.set_signing_key(person.person_id, key.public, locked)
            told = {"login": person.login, "roles": sorted(person.roles)}
            _record(tx, actor, "person.add", person.person_id, told)
            self._certify(tx, actor, person, key)
        return person

    def _certify(self, tx: Transaction, actor: Actor, person: Person, key: SigningKey) -> None:
        certify(tx, self._authority, actor, person_id=person.person_id, name=person.name, public=key.public)

    def _person(self, person_id: str) -> Person:
        with self._db.read() as tx:
            found = tx.people.get(person_id)
        if found is None or not found.active:
            raise NotFound("There is no person {name}.", name=person_id)
        return found

    def _actor(self, person: Person) -> Actor:
        return Actor(person.person_id, person.name, person.roles, self._station)

    def _ask_patience(self, login: str) -> None:
        with self._db.read() as tx:
            wait = waiting_time(tx.people.failures(login), datetime.now(UTC))
        if wait > timedelta(0):
            seconds = int(wait.total_seconds()) + 1
            raise Refused("Too many wrong passwords; try again in {seconds} s.", seconds=seconds)

    def _fail(self, login: str, person: Person | None, act: str) -> None:
        subject = person.person_id if person else ""
        actor = self._actor(person) if person else replace(_NOBODY, station=self._station)
        with self._db.write() as tx:
            times = tx.people.add_failure(login, datetime.now(UTC))
            tx.audit.append(actor, f"person.{act}", subject, "refused", {"in_a_row": times})


def waiting_time(failures: tuple[int, datetime] | None, now: datetime) -> timedelta:
    """How long a login must wait: 2, 4, 8 … seconds from the fifth failure in a row on, at most five
    minutes.
    """
    if failures is None or failures[0] < FREE_TRIES:
        return timedelta(0)
    count, last_at = failures
    wait = min(LONGEST_WAIT_S, 2 ** min(count - FREE_TRIES + 1, 16))
    return max(timedelta(0), last_at + timedelta(seconds=wait) - now)


def _record(
    tx: Transaction, actor: Actor, action: str, person_id: str, details: Mapping[str, Any] = {}
) -> None:
    """The audit row of an act that wrote a person's row."""
    tx.audit.append(actor, action, person_id, "done", details, pins=((PERSON, person_id),))


def _valid(person: Person) -> Person:
    named = replace(person, name=_valid_name(person.name))
    if not named.roles:
        raise BadInput("{person} needs at least one role.", person=named.name)
    return named


def _valid_login(login: str) -> str:
    value = login.strip().casefold()
    if not 2 <= len(value) <= 64 or not all(c.isalnum() or c in "._-@" for c in value):
        raise BadInput("A login name has 2 to 64 letters, digits or . _ - @; found {found}.", found=login)
    return value


def _valid_name(name: str) -> str:
    value = " ".join(name.split())
    if not 1 <= len(value) <= 64:
        raise BadInput("A person's name has 1 to 64 characters; this one has {found}.", found=len(value))
    return value
