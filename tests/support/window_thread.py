"""A window's thread never writes to the database: another program may hold it for seconds."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from app.storage.database import Database, Transaction

_ROOT = Path(__file__).resolve().parents[2]
#: who acts in a window
_ACTING = ("widgets/", "viewers/", "app/session/", "controller.py", "commands.py")
#: logging in at once, which the program without a person does
_AT_ONCE = "_authenticate"


def guard_window_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a write by the window, on its thread, fails; what a test itself writes is left alone."""
    write = Database.write

    def guarded(self: Database) -> AbstractContextManager[Transaction]:
        if threading.current_thread() is threading.main_thread():
            acting = [place for place in _callers() if place.startswith(_ACTING) or place.endswith(_ACTING)]
            assert not acting, f"the window's thread writes to the database: {acting[0]}"
        return write(self)

    monkeypatch.setattr(Database, "write", guarded)


def _callers() -> Iterator[str]:
    """Files of ours that called, the nearest first, up to the test."""
    frame = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and path != Path(__file__):
            place = path.relative_to(_ROOT).as_posix()
            if place.startswith("tests/") or frame.f_code.co_name == _AT_ONCE:
                return
            yield place
        frame = frame.f_back  # type: ignore[assignment]
