"""Data folders made once for all tests; each test works on a copy.

Deriving passwords and keys costs seconds by design, and so does starting a child that imports: once is
enough.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.people.service import PeopleService
from app.people.signing import SigningKey
from app.session.station import Station
from tests.support.small_study import write_small_study


@dataclass(frozen=True)
class PreparedHome:
    """A closed data folder with the demo's three people, and what belongs to them."""

    path: Path
    logins: Mapping[Role, tuple[str, str]]
    actors: Mapping[Role, Actor]
    keys: Mapping[Role, SigningKey]

    def copy_to(self, home: Path) -> Path:
        """A data folder of one's own, of the same content."""
        shutil.copytree(self.path, home)
        return home


@dataclass(frozen=True)
class StudyHome(PreparedHome):
    """One with the small study in its archive, imported by the reporting doctor; `files` are its DICOM
    files.
    """

    study_uid: str
    files: Path


def prepare_people(home: Path) -> PreparedHome:
    """Make a data folder with people."""
    with open_station(home, language="zh") as station:
        logins: dict[Role, tuple[str, str]] = {}
        actors: dict[Role, Actor] = {}
        keys: dict[Role, SigningKey] = {}
        for first in station.get(PeopleService).ensure_first_people():
            (role,) = first.person.roles
            logins[role] = (first.person.login, first.password)
            actors[role] = station.get(PeopleService).login(*logins[role])
            if role is not Role.CATALOGUING:
                keys[role] = station.get(PeopleService).unlock_signing(actors[role], first.password)
    return PreparedHome(home, logins, actors, keys)


def prepare_study(people: PreparedHome, home: Path, files: Path) -> StudyHome:
    """A copy of a data folder with people, and the small study in it."""
    study, _ = write_small_study(files)
    with open_station(people.copy_to(home), language="zh") as station:
        _import(station, people.actors[Role.REPORTING], files)
    return StudyHome(home, people.logins, people.actors, people.keys, study.study_uid, files)


def _import(station: Station, actor: Actor, files: Path) -> None:
    summary = station.get(ArchiveService).import_paths(actor, [files])
    assert summary.added, summary
