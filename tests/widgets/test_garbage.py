"""Cycles of closed dialogs are collected on the main thread, between events."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject

from tests.widgets.conftest import Room

pytestmark = pytest.mark.window


def test_no_worker_collects_what_belongs_to_the_window(make_room: Callable[..., Room]) -> None:
    """A worker that allocates much collects nothing; the window's timer does, on the main thread; closing gives Python its way back."""
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
