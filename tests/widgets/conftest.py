"""A real window over a real station with one small study."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel

from app.bootstrap.features import make_session
from app.bootstrap.station import open_station
from app.bootstrap.ui_features import UI_FEATURES
from app.domain.person import Role
from app.domain.report import Report
from app.domain.study import Study
from app.i18n import set_language
from app.jobs import Job
from app.people.service import PeopleService
from app.reading.controller import ReadingController
from app.reporting.controller import ReportController
from app.session.commands import Commands
from app.session.session import Session
from app.session.station import Station
from tests.support.small_study import write_small_study
from tests.support.tiles import draw_view
from tests.support.window_thread import guard_window_thread
from widgets.shell.bridge import MainThreadPost
from widgets.shell.main_window import MainWindow
from widgets.theme import apply_theme

PASSWORD = "Pruefung-2026-abc"


@pytest.fixture(scope="session")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Study]:
    """DICOM files of the small study."""
    folder = tmp_path_factory.mktemp("small")
    study, _ = write_small_study(folder)
    return folder, study


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a person of every role, made once; each test works on a copy."""
    home = tmp_path_factory.mktemp("furnished") / "home"
    with open_station(home, language="zh") as opened:
        opened.get(PeopleService).add_first("doctor", "演示甲", PASSWORD, roles=list(Role))
    return home


@pytest.fixture
def station(tmp_path: Path, furnished_home: Path) -> Iterator[Station]:
    """A station over a data folder of its own."""
    home = tmp_path / "home"
    shutil.copytree(furnished_home, home)
    with open_station(home, language="zh") as opened:
        yield opened


@dataclass
class Room:
    """A window and what is behind it."""

    window: MainWindow
    session: Session
    commands: Commands
    bot: object
    files: Path
    study: Study

    def wait(self, reached: Callable[[], bool], timeout_ms: int = 15_000) -> None:
        """Let the window live until something is so."""
        self.bot.waitUntil(reached, timeout=timeout_ms)  # type: ignore[attr-defined]

    def done(self, job: Job[object] | None) -> None:
        """Let the window live until a job has ended and its result was shown."""
        assert job is not None
        self.wait(lambda: job.ended)
        self.bot.wait(50)  # type: ignore[attr-defined]

    def open_report(self) -> Report:
        """The report of the open study, as the window has it once it is stored."""
        self.done(self.commands.run("report.open"))
        reports = self.session.get(ReportController)
        self.wait(lambda: reports.save_state == "saved")
        return reports.required

    def open_small_study(self, *, of: int = 1) -> None:
        """Import the small study and put it on the table; the archive has `of` studies then."""
        self.done(self.window.workspaces["worklist"].import_paths([self.files]))
        self.wait(lambda: self.window.workspaces["worklist"].model.rowCount() == of)
        self.window.workspaces["worklist"].open_study(self.study.study_uid)
        self.wait(lambda: self.session.loaded.is_complete)


@pytest.fixture(autouse=True)
def _the_window_writes_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that another program holds must stop no window."""
    guard_window_thread(monkeypatch)


@pytest.fixture
def make_room(
    qtbot: object, qapp: QApplication, station: Station, tmp_path: Path, small_files: tuple[Path, Study]
) -> Iterator[Callable[..., Room]]:
    """Makes a window in a language and theme."""
    made: list[tuple[Room, MainThreadPost]] = []

    def make(
        language: str = "zh", theme: str = "dark", *, size: tuple[int, int] = (1366, 768), log_in: bool = True
    ) -> Room:
        set_language(language)  # type: ignore[arg-type]
        apply_theme(qapp, theme)  # type: ignore[arg-type]
        post = MainThreadPost()
        session = make_session(
            station, post.post, draw_view=draw_view, to_clipboard=QApplication.clipboard().setText
        )
        memory = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        memory.setValue("safety/accepted-at", "1 2026-01-01")
        window = MainWindow(
            session, UI_FEATURES, viewer=lambda part: QLabel(), memory=memory, ask_login=False
        )
        if log_in:
            session.user.log_in("doctor", PASSWORD)
        window.resize(*size)
        window.show()
        window.activateWindow()
        with qtbot.waitActive(window, timeout=5000):  # type: ignore[attr-defined]
            window.raise_()
        window.resize(*size)
        room = Room(window, session, session.commands, qtbot, *small_files)
        made.append((room, post))
        return room

    yield make
    for room, post in made:
        room.session.get(ReadingController).close_study()
        room.window.close()
        post.close()
        room.window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def room(make_room: Callable[..., Room]) -> Room:
    """A Chinese window at the smallest size."""
    return make_room()
