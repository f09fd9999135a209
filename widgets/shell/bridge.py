"""The one way from other threads to the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.jobs import Job, JobRunner


class MainThreadPost(QObject):
    """`post(fn)` from any thread: `fn` runs on the thread that made this object, in order."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, fn: Callable[[], None]) -> None:
        self.post(fn)

    def post(self, fn: Callable[[], None]) -> None:
        """Run `fn` on the main thread, later."""
        if self._open:
            self._posted.emit(fn)

    def close(self) -> None:
        """Drop what is posted from now on, and what has not run yet."""
        self._open = False

    @Slot(object)
    def _run(self, fn: Callable[[], None]) -> None:
        if self._open:
            fn()


class JobBridge(QObject):
    """Jobs as Qt signals on the main thread.  Many changes between two looks of the main thread are told
    once.
    """

    changed = Signal(object)
    _woken = Signal()

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._lock = threading.Lock()
        self._open = True
        self._waiting: dict[int, Job[Any]] = {}
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        runner.submitted.connect(self._submitted)

    def close(self) -> None:
        """Listen no more; jobs that outlast the window find nobody."""
        self._runner.submitted.disconnect(self._submitted)
        with self._lock:
            self._open = False
            self._waiting.clear()

    def _submitted(self, job: Job[Any]) -> None:
        job.changed.connect(self._note)
        self._note(job)

    def _note(self, job: Job[Any]) -> None:
        with self._lock:
            first = self._open and not self._waiting
            if self._open:
                self._waiting[job.job_id] = job
            if first:  # under the lock: a bridge that is closed may be gone
                self._woken.emit()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            jobs, self._waiting = list(self._waiting.values()), {}
        for job in jobs:
            self.changed.emit(job)
