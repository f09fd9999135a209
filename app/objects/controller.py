"""The object that is open in place of the images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal

from app.errors import NotFound, Refused
from app.i18n import tr
from app.jobs import Job
from app.objects.filing import FilingService
from app.objects.service import ObjectEntry, ObjectService, Opened
from app.session.session import Session


@dataclass(frozen=True, slots=True, eq=False)
class OpenObject:
    """What is shown: the object, its neighbours of the same series, what it says."""

    entry: ObjectEntry
    siblings: tuple[ObjectEntry, ...]
    content: Opened


class ObjectsController:
    """Opens objects of the study that is read; showing images closes them."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._objects = session.station.get(ObjectService)
        self._generation = 0
        self.shown: OpenObject | None = None
        session.study.study_changed.connect(self.close)
        session.study.series_changed.connect(self.close)

    def open(self, series_uid: str, sop_uid: str = "") -> Job[OpenObject]:
        """Open an object of a series, the first where none is named; it shows when it has been read."""
        self._generation += 1
        generation, actor = self._generation, self._session.user.actor

        def work(**_: Any) -> OpenObject:
            siblings = self._objects.entries(actor, series_uid)
            entry = next((one for one in siblings if sop_uid in ("", one.sop_uid)), None)
            if entry is None:
                raise NotFound("The archive has no object {uid}.", uid=sop_uid or series_uid)
            return OpenObject(entry, siblings, self._objects.open(actor, entry))

        def came(opened: OpenObject) -> None:
            if generation == self._generation:
                self._put(opened)

        job = self._session.station.jobs.submit(tr("Opening the object"), work)
        self._session.dispatcher.follow(job, came)
        return job

    def export(self, out: str) -> Job[Path]:
        """Copy the open object into a folder."""
        session, shown, actor = self._session, self.shown, self._session.user.actor
        if shown is None:
            raise Refused("No object is open.", hint="Open one from the list of series.")
        study_uid = session.study.required.study_uid
        filing, entry = session.station.get(FilingService), shown.entry

        def work(**_: Any) -> Path:
            return filing.export(actor, study_uid, entry, Path(out))

        job = session.station.jobs.submit(tr("Exporting the object"), work)
        return session.dispatcher.follow(
            job,
            lambda path: session.dispatcher.tell(tr("The object was exported as {name}.", name=path.name)),
        )

    def close(self) -> None:
        """Back to the images; an object that is still being read does not come any more."""
        self._generation += 1
        self._put(None)

    def _put(self, opened: OpenObject | None) -> None:
        if opened is not self.shown:
            self.shown = opened
            self.changed.emit()
