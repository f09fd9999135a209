"""A whole station over a folder of its own, with its people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap.station import open_station
from app.domain.person import Actor, Role
from app.session.station import Station
from app.storage.database import Database
from tests.support.homes import PreparedHome, StudyHome

#: the people of the station, logged in, with their keys open
Staff = PreparedHome


@pytest.fixture
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Station]:
    """A station over a data folder of its own: empty, with people, or with people and a study, as the test
    asks.
    """
    for asked, made in (("study_uid", "study_home"), ("staff", "people_home")):
        if asked in request.fixturenames:
            request.getfixturevalue(made).copy_to(tmp_path / "home")
            break
    with open_station(tmp_path / "home", language="zh") as station:
        yield station


@pytest.fixture
def staff(people_home: PreparedHome) -> Staff:
    return people_home


@pytest.fixture
def doctor(staff: Staff) -> Actor:
    return staff.actors[Role.REPORTING]


@pytest.fixture
def study_uid(study_home: StudyHome) -> str:
    """A small study in the archive."""
    return study_home.study_uid


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stations opened from now on wait for other writers for a short time."""
    monkeypatch.setitem(Database.__init__.__kwdefaults__, "busy_timeout_s", 0.3)  # type: ignore[arg-type]
