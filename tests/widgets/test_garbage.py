"""Cycles of closed dialogs are collected on the main thread; what has gone is told nothing."""

from __future__ import annotations

import gc
import shutil
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.jobs import JobRunner, Progress
from tests.widgets.conftest import Room
from widgets.shell.bridge import JobBridge

pytestmark = pytest.mark.window


def test_no_worker_collects_what_belongs_to_the_window(make_room: Callable[..., Room]) -> None:
    """A worker that allocates much collects nothing; the window's timer does, on the main thread; closing
    gives Python its way back.
    """
    gc.enable()  # as it is where no test runs
    room = make_room()
    assert not gc.isenabled()
    ended: list[threading.Thread] = []

    class Part(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.me = self

    part = Part()
    weakref.finalize(part, lambda: ended.append(threading.current_thread()))
    del part

    kept: list[list[int]] = []

    def allocate() -> None:
        kept.extend([] for _ in range(20 * gc.get_threshold()[0]))

    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert ended == []
    room.wait(lambda: ended == [threading.main_thread()])
    room.window.close()
    assert gc.isenabled()


def test_a_closed_window_keeps_nothing(qapp: QApplication, furnished_home: Path, tmp_path: Path) -> None:
    """The session and all that it has read go with the window and its station: nothing in Qt holds them."""
    shutil.copytree(furnished_home, tmp_path / "home")
    with open_station(tmp_path / "home", language="zh") as station:
        window = SessionWindow(station, quiet=True)
        window.show((1366, 768))
        session = weakref.ref(window.session)
        window.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del window, station
    gc.collect()
    assert session() is None


def test_a_job_that_outlasts_the_window_finds_no_listener(
    qapp: QApplication, caplog: pytest.LogCaptureFixture
) -> None:
    """The window is gone, and its bridge with it, while a job still tells how far it is."""
    jobs, go_on = JobRunner(1), threading.Event()
    bridge = JobBridge(jobs)

    def work(*, progress: Progress, cancelled: Callable[[], bool]) -> None:
        go_on.wait(60)
        progress(0.5)

    job = jobs.submit("", work)
    bridge.close()
    shiboken6.delete(bridge)
    go_on.set()
    job.wait(60)
    jobs.close()
    assert not [record for record in caplog.records if "listener" in record.getMessage()]
