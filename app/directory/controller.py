"""Registering the open study in the directory, and finding its way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from psygnal import Signal

from app.directory.service import DirectoryService, Registration
from app.errors import Refused
from app.i18n import tr
from app.jobs import Job
from app.notifications import Level
from app.ports import ElementValue
from app.session.session import Session

#: a registration waits until the directory answers
_WAITING = "directory"


class DirectoryController:
    """The directory as this window uses it.  `changed` when the outbox or a record's state has changed."""

    changed = Signal()
    #: the directory answered after it had not, or the other way round
    reach_changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._directory = session.station.get(DirectoryService)
        self._reached = True

    def tell_reach(self, *, reached: bool) -> None:
        """A search was answered, or nobody answered it."""
        if reached is not self._reached:
            self._reached = reached
            self.reach_changed.emit()

    def propose(self) -> tuple[ElementValue, ...]:
        """Element values for registering the open study."""
        return self._directory.propose(self._session.user.actor, self._session.study.required.study_uid)

    def register(self, values: Sequence[ElementValue]) -> Job[Registration]:
        """Register the open study and its report at the county."""
        session = self._session
        study_uid, actor = session.study.required.study_uid, session.user.actor

        def work(*, progress: Any, cancelled: Callable[[], bool]) -> Registration:
            return self._directory.register(actor, study_uid, values)

        def registered(registration: Registration) -> None:
            self._tell(registration)
            self._changed(study_uid)

        job = session.station.jobs.submit(tr("Registering in the directory"), work)
        return session.dispatcher.follow(job, registered)

    def _tell(self, registration: Registration) -> None:
        if registration.sent:
            self._session.station.notifications.end(_WAITING)
            self._session.dispatcher.tell(
                tr("Registered at the county as {identifier}.", identifier=registration.identifier)
            )
            return
        text = tr("The registration waits in the outbox and is sent by itself.")
        told = self._session.station.notifications
        told.add(Level.WARNING, text, registration.reason, scope=replace(told.scope, cause=_WAITING))

    def send_outbox(self) -> Job[int]:
        """Send what waits."""
        session = self._session
        job = session.station.jobs.submit(
            tr("Sending the outbox"), self._directory.send_outbox, session.user.actor
        )
        return session.dispatcher.follow(job, self._tell_sent, always=self.changed.emit)

    def send_waiting(self) -> Job[int]:
        """The station itself sends what waits; told only when something went."""

        def sent(count: int) -> None:
            if count:
                self._tell_sent(count)
                self._changed()

        session = self._session
        return session.dispatcher.follow(
            session.station.jobs.submit("", self._directory.send_unattended), sent
        )

    def refresh(self, answered: Callable[[], None], failed: Callable[[BaseException], None]) -> Job[int]:
        """The station asks how what it registered stands; nothing is told but by list and flow."""

        def refreshed(count: int) -> None:
            answered()
            if count:
                self._changed()

        session = self._session
        job = session.station.jobs.submit("", self._directory.refresh)
        return session.dispatcher.follow(job, refreshed, failed=failed)

    def open_study_of(self, identifier: str) -> Any:
        """Open the local study of a directory record."""
        session = self._session
        study_uid = self._directory.local_study(session.user.actor, identifier)
        if study_uid is None:
            raise Refused("This station does not hold the images of {identifier}.", identifier=identifier)
        return session.commands.run("study.open", study_uid, then=lambda: session.workspaces.show("read"))

    def _tell_sent(self, count: int) -> None:
        if count:
            self._session.station.notifications.end(_WAITING)
        self._session.dispatcher.tell(tr("Registrations sent: {n}.", n=count))

    def _changed(self, study_uid: str = "") -> None:
        self.changed.emit()
        self._session.archive_changed.emit(study_uid)
