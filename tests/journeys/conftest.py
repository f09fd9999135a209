"""A window over a station with a small study, driven by command ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.domain.report import Report
from app.jobs import Job
from app.reporting.controller import ReportController
from app.session.station import Station
from tests.support.homes import StudyHome
from tests.support.window_thread import guard_window_thread


@dataclass
class Driver:
    """A person who acts by command ids and waits with living windows."""

    window: SessionWindow
    station: Station
    logins: Mapping[Role, tuple[str, str]]
    study_uid: str

    def run(self, command_id: str, *args: Any, **kwargs: Any) -> Any:
        return self.window.commands.run(command_id, *args, **kwargs)

    def until(self, reached: Callable[[], bool], timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        while not reached():
            assert time.monotonic() < deadline, "not reached in time"
            self.window.process_events(0.005)

    def look(self) -> None:
        """A moment in which the window lives: nobody acts before they see what they did."""
        for _ in range(20):
            self.window.process_events(0.005)

    def wait(self, job: Job[Any], timeout_s: float = 60) -> Any:
        self.until(lambda: job.ended, timeout_s)
        self.look()
        return job.wait(1)

    def open_report(self) -> Report:
        """The report of the open study, as the window has it once it is stored."""
        self.wait(self.run("report.open"))
        reports = self.window.session.get(ReportController)
        self.until(lambda: reports.save_state == "saved")
        return reports.required

    def open_study(self) -> None:
        self.wait(self.run("study.open", self.study_uid))
        self.run("workspace.read")
        self.until(lambda: self.window.session.loaded.is_complete)
        self.look()


@pytest.fixture(autouse=True)
def _the_window_writes_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that another program holds must stop no window."""
    guard_window_thread(monkeypatch)


@pytest.fixture
def driver(tmp_path: Path, study_home: StudyHome) -> Iterator[Driver]:
    """The reporting doctor at the desk; a small study is in the archive."""
    with open_station(study_home.copy_to(tmp_path / "home"), language="zh") as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*study_home.logins[Role.REPORTING])
            yield Driver(window, station, study_home.logins, study_home.study_uid)
        finally:
            window.close()
