"""Keys and buttons without plan: nothing that nobody caught; in the long runs nothing stands still."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QTimer

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.domain.study import Study
from tests.journeys.conftest import Driver
from tests.support.homes import PreparedHome, StudyHome
from tests.support.monkey import Monkey
from tests.support.real_data import real_data
from tests.support.small_mr import write_small_mr

pytestmark = pytest.mark.window


@pytest.fixture(scope="module")
def mixed_home(study_home: StudyHome, tmp_path_factory: pytest.TempPathFactory) -> StudyHome:
    """A small CT with an MR in several display sets and a cine."""
    folder = tmp_path_factory.mktemp("mixed")
    home = study_home.copy_to(folder / "home")
    write_small_mr(folder / "mr")
    with open_station(home, language="zh") as station:
        station.get(ArchiveService).import_paths(study_home.actors[Role.REPORTING], [folder / "mr"])
    return StudyHome(
        home, study_home.logins, study_home.actors, study_home.keys, study_home.study_uid, study_home.files
    )


@pytest.fixture
def window(mixed_home: StudyHome, tmp_path: Path) -> Iterator[Driver]:
    yield from _driver(mixed_home, tmp_path)


def _driver(home: StudyHome, tmp_path: Path) -> Iterator[Driver]:
    """What is written where it stands lands in the test's own folder."""
    with contextlib.chdir(tmp_path), open_station(home.copy_to(tmp_path / "home"), language="zh") as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*home.logins[Role.REPORTING])
            yield Driver(window, station, home.logins, home.study_uid)
        finally:
            window.close()


@pytest.mark.parametrize("seed", range(10))
def test_a_short_run(window: Driver, seed: int) -> None:
    """60 things on an open study."""
    window.open_study()
    found = Monkey(window.window, seed, window.logins[Role.REPORTING], stall_s=60.0).run(60)
    assert not found.defects, found.told()
    assert not found.stalls, found.told()


def test_a_defect_would_be_found(window: Driver) -> None:
    """A listener that fails, and an act that keeps the window from living."""

    def fails() -> None:
        raise LookupError("on purpose")

    QTimer.singleShot(0, fails)
    QTimer.singleShot(0, lambda: time.sleep(0.4))
    found = Monkey(window.window, 0, window.logins[Role.REPORTING], stall_s=0.3).run(5)
    assert any("on purpose" in defect for defect in found.defects)
    assert found.stalls


@pytest.fixture(scope="module")
def every_kind(people_home: PreparedHome, tmp_path_factory: pytest.TempPathFactory) -> StudyHome:
    """Everything of the public collection of kinds in one archive."""
    home = people_home.copy_to(tmp_path_factory.mktemp("kinds") / "home")
    with open_station(home, language="zh") as station:
        actor = people_home.actors[Role.REPORTING]
        station.get(ArchiveService).import_paths(actor, [real_data("dicom_kinds")])
        first = station.get(ArchiveService).studies(actor)[0].study.study_uid
    return StudyHome(home, people_home.logins, people_home.actors, people_home.keys, first, home)


def _studies(driver: Driver) -> list[Study]:
    rows = driver.station.get(ArchiveService).studies(driver.window.session.user.actor)
    return [row.study for row in rows]


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 110))
def test_a_long_run(every_kind: StudyHome, tmp_path: Path, seed: int) -> None:
    """2,000 things over all kinds, another study every hundred: no stall over 2 s."""
    for driver in _driver(every_kind, tmp_path):
        studies = _studies(driver)
        for part in range(20):
            driver.run("study.open", studies[(seed * 7 + part * 3) % len(studies)].study_uid)
            driver.run("workspace.read")
            driver.look()
            found = Monkey(driver.window, seed * 1000 + part, driver.logins[Role.REPORTING]).run(100)
            assert not found.defects, found.told()
            assert not found.stalls, found.told()


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_studies_leave_nothing(every_kind: StudyHome, tmp_path: Path) -> None:
    """Opened and closed one after the other: at most 0.5 MB each stays."""
    process = psutil.Process()
    for driver in _driver(every_kind, tmp_path):
        studies = _studies(driver)

        def go(rounds: int, driver: Driver = driver, studies: list[Study] = studies) -> int:
            for n in range(rounds):
                driver.run("study.open", studies[n % len(studies)].study_uid)
                driver.run("workspace.read")
                driver.until(lambda: not driver.station.jobs.active)
                driver.look()
                driver.run("study.close")
            driver.look()
            gc.collect()
            return int(process.memory_info().rss)

        before = go(len(studies))  # each once: what is loaded once is loaded
        after = go(100)
        assert (after - before) / 100 <= 0.5e6, f"{(after - before) / 1e8:.2f} MB each"
