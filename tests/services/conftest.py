"""A whole station over a folder of its own, with its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.people.signing import SigningKey
from app.services.station import Station
from tests.support.small_study import write_small_study


@dataclass(frozen=True)
class Staff:
    """The people of the station, logged in, with their keys open."""

    actors: Mapping[Role, Actor]
    keys: Mapping[Role, SigningKey]


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with open_station(tmp_path / "home", language="zh") as station:
        yield station


@pytest.fixture
def staff(station: Station) -> Staff:
    made = station.people.ensure_first_people()
    actors, keys = {}, {}
    for first in made:
        role = next(iter(first.person.roles))
        actors[role] = station.people.login(first.person.login, first.password)
        if role is not Role.CATALOGUING:
            keys[role] = station.people.unlock_signing(actors[role], first.password)
    return Staff(actors, keys)


@pytest.fixture
def doctor(staff: Staff) -> Actor:
    return staff.actors[Role.REPORTING]


@pytest.fixture
def study_uid(station: Station, doctor: Actor, tmp_path: Path) -> str:
    """A small study in the archive."""
    study, _ = write_small_study(tmp_path / "dicom")
    station.archive.import_paths(doctor, [tmp_path / "dicom"])
    return study.study_uid
