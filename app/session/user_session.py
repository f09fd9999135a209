"""Who works at this window: logging in and out, and the signing key that is open meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psygnal import Signal

from app.domain.person import Actor, Right
from app.errors import Refused, UserError
from app.jobs import Job, JobRunner
from app.people.rights import READ, SIGN_REPORT, may
from app.people.service import PeopleService
from app.people.signing import SigningKey
from app.session.dispatcher import MainThreadDispatcher
from app.session.pending_edits import PendingEdits

Known = tuple[Actor, SigningKey | None]


class UserSession:
    """The user's session.  `changed` when somebody has logged in or out."""

    changed = Signal()
    #: the present user goes; True where the next one may go on reading the open study
    ending = Signal(bool)
    #: the window was locked, or is open again for the same person
    lock_changed = Signal()

    def __init__(
        self, people: PeopleService, jobs: JobRunner, dispatcher: MainThreadDispatcher, edits: PendingEdits
    ) -> None:
        self._people = people
        self._jobs = jobs
        self._dispatcher = dispatcher
        self._edits = edits
        self._actor: Actor | None = None
        self._keys: dict[str, SigningKey] = {}
        self._locked = False
        #: what the present person logs in with, "" while nobody is logged in
        self.login_name = ""

    @property
    def actor(self) -> Actor:
        """Who is logged in; `Refused` while nobody is."""
        if self._actor is None:
            raise Refused("Nobody is logged in.", hint="Log in first.")
        return self._actor

    @property
    def is_logged_in(self) -> bool:
        """Somebody is logged in."""
        return self._actor is not None

    @property
    def is_locked(self) -> bool:
        """The person is away: the window is covered, what is edited stays."""
        return self._locked

    def lock(self) -> None:
        """Cover the window and forget the signing key; the same person, or another one, logs in."""
        if self._actor is None or self._locked:
            return
        self._dispatcher.attempt(self._edits.about_to_close.emit)
        self._keys.clear()
        self._locked = True
        self.lock_changed.emit()

    def may(self, right: Right) -> bool:
        """Whoever is logged in has a right."""
        return self._actor is not None and may(self._actor, right)

    @property
    def signing_key(self) -> SigningKey:
        """The user's open signing key; `Refused` without one."""
        key = self._keys.get(self.actor.person_id)
        if key is None:
            raise Refused("{person} has no signing key open.", hint="Log in again.", person=self.actor.name)
        return key

    def log_in(self, login: str, password: str) -> Actor:
        """Log in.  The signing key is opened with the same password and kept in memory only."""
        if self._actor is not None:
            self._edits.commit()
        actor = self._begin(*self._authenticate(login, password))
        self.login_name = login
        return actor

    def start_log_in(
        self,
        login: str,
        password: str,
        done: Callable[[], None],
        failed: Callable[[BaseException], None],
        *,
        own: str = "",
    ) -> Job[Known]:
        """As `log_in`, in the background: a password is checked slowly by design.

        Until then everything stays as it is. `own` is the password that replaces one that was given.
        """
        if self._actor is not None and not self._locked:
            self._edits.commit()

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Known:
            if own:
                self._people.choose_password(login, password, own)
            return self._authenticate(login, own or password)

        def authenticated(found: Known) -> None:
            if job.cancelled():  # the person has changed their mind meanwhile
                return
            try:
                self._begin(*found)
            except UserError as error:  # what the one before edited cannot be saved
                failed(error)
            else:
                self.login_name = login
                done()

        job = self._jobs.submit("", work)
        return self._dispatcher.follow(job, authenticated, failed=failed)

    def log_out(self) -> None:
        """Save edits, close the study, forget the key.  Jobs go on in the user's name.

        `Refused` the first time where edits cannot be saved; the second time they are given up.
        """
        if self._actor is not None:
            self._edits.commit()
            self._end(stays_open=False)
        self._actor, self.login_name = None, ""
        self._opened()
        self.changed.emit()

    def _authenticate(self, login: str, password: str) -> Known:
        actor = self._people.login(login, password)
        if not may(actor, SIGN_REPORT):
            return actor, None
        return actor, self._people.unlock_signing(actor, password)

    def _begin(self, actor: Actor, key: SigningKey | None) -> Actor:
        if self._locked and self._actor == actor:
            return self._unlock(actor, key)
        if self._locked:  # another person: what is edited is saved, or the window stays locked
            self._edits.commit()
        if self._actor is not None:
            self._end(stays_open=may(actor, READ))
        if key is not None:
            self._keys[actor.person_id] = key
        self._actor = actor
        self._opened()
        self.changed.emit()
        return actor

    def _unlock(self, actor: Actor, key: SigningKey | None) -> Actor:
        if key is not None:
            self._keys[actor.person_id] = key
        self._opened()
        return actor

    def _opened(self) -> None:
        if self._locked:
            self._locked = False
            self.lock_changed.emit()

    def _end(self, *, stays_open: bool) -> None:
        self._keys.clear()
        self.ending.emit(stays_open)
