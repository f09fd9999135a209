"""Saving in the background what a person edits, while the person goes on editing.

The database may be busy for seconds: another window, the command line, a slow disk. The main thread only
hands edits over; one thread writes them, one after the other, and of each thing only the newest.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.errors import Unavailable

#: what could not be written for want of room or of the database is tried again after this time
RETRY_S = 3.0


class StillSaving(Unavailable):
    """An edit was not tried within the time that was waited for it; it is tried all the same."""


@dataclass(slots=True, eq=False)
class _Edit:
    write: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]
    told: bool = False
    given_up: bool = False
    tried: int = 0
    #: why the last try failed
    error: BaseException | None = None
    #: when it may be written (monotonic)
    at: float = 0.0


class AutosaveQueue:
    """Edits on their way to the database. All is called on the main thread, and `done` and `failed` are
    called on it.

    Parameters
    ----------
    post : carries a function over to the main thread
    """

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._lock = threading.Condition()
        self._waiting: dict[str, _Edit] = {}
        self._writing = ""
        self._current: _Edit | None = None
        self._outcomes: list[tuple[str, Callable[[], None]]] = []
        self._thread: threading.Thread | None = None
        self._closed = False

    def enqueue(
        self,
        key: str,
        write: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        """Write soon; an edit of the same thing that still waits is replaced.

        After an `Unavailable` it is tried again until it is written or replaced, and `failed` is told the
        first time; after any other error it is dropped, which is always told.
        """
        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is None:
                self._waiting[key] = _Edit(write, done, failed)
            else:  # the same object: whoever waits for the older edit waits for what replaces it
                waiting.write, waiting.done, waiting.failed, waiting.at = write, done, failed, 0.0
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="autosave", daemon=True)
                self._thread.start()
            self._lock.notify_all()

    def is_pending(self, key: str) -> bool:
        """This thing is handed over, and what came of it is not known on the main thread yet."""
        with self._lock:
            return (
                key in self._waiting
                or key == self._writing
                or any(key == which for which, _ in self._outcomes)
            )

    def deliver(self) -> None:
        """Take over now what came of edits that were tried."""
        with self._lock:
            outcomes, self._outcomes = self._outcomes, []
        for _, outcome in outcomes:
            outcome()

    def wait(self, timeout_s: float = math.inf) -> dict[str, BaseException]:
        """Wait, on any thread, until all that was handed over was tried once or given up; why what could not
        be written, which is `StillSaving` where the time was too short.
        """
        end = time.monotonic() + timeout_s
        with self._lock:
            for edit in self._waiting.values():
                edit.at = 0.0
            self._lock.notify_all()
            asked = [(key, edit, edit.tried) for key, edit in self._waiting.items()]
            if self._current is not None:
                asked.append((self._writing, self._current, self._current.tried))

            def untried() -> list[str]:
                return [key for key, edit, at in asked if edit.tried == at and self._is_queued(key, edit)]

            while untried() and (left := end - time.monotonic()) > 0:
                self._lock.wait(min(1.0, left))
            errors = {key: edit.error for key, edit, _ in asked if edit.error is not None}
            return errors | {key: _still_saving() for key in untried()}

    def _is_queued(self, key: str, edit: _Edit) -> bool:
        """It waits or is being written; under the lock."""
        return not self._closed and (edit is self._current or self._waiting.get(key) is edit)

    def discard(self) -> None:
        """Give up what waits; what is being written now is not tried again."""
        with self._lock:
            self._waiting.clear()
            if self._current is not None:
                self._current.given_up = True
            self._lock.notify_all()

    def close(self) -> None:
        """Give up what still waits, and end."""
        with self._lock:
            self._closed = True
            self._waiting.clear()
            self._lock.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(10.0)

    # -- the writing thread ---------------------------------------------------------------------------------

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            key, edit = taken
            try:
                result = edit.write()
            except BaseException as error:  # noqa: BLE001  whatever it is must reach the person
                edit.error = error
                again = isinstance(error, Unavailable)
                self._written(
                    key, edit, None if edit.told and again else partial(edit.failed, error), again=again
                )
            else:
                edit.error = None
                self._written(key, edit, partial(edit.done, result), again=False)

    def _next(self) -> tuple[str, _Edit] | None:
        with self._lock:
            while self._waiting and not self._closed:
                key = min(self._waiting, key=lambda k: self._waiting[k].at)
                left = self._waiting[key].at - time.monotonic()
                if left <= 0:
                    self._writing, self._current = key, self._waiting.pop(key)
                    return key, self._current
                self._lock.wait(left)
            self._thread = None
            return None

    def _written(self, key: str, edit: _Edit, outcome: Callable[[], None] | None, *, again: bool) -> None:
        with self._lock:
            self._writing, self._current = "", None
            edit.tried += 1
            if outcome is not None:
                self._outcomes.append((key, outcome))
            if again and not edit.given_up:
                edit.told, edit.at = True, time.monotonic() + RETRY_S
                self._waiting.setdefault(key, edit).told = True
            self._lock.notify_all()
        if outcome is not None:
            self._post(self.deliver)


def _still_saving() -> StillSaving:
    return StillSaving(
        "The database is busy; the last edits are still being saved.", hint="Try again in a moment."
    )
