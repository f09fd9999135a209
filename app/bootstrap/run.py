"""Runs the window from start to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.bootstrap.station import open_station
from app.errors import Unavailable
from app.i18n import tr
from app.session.station import Station
from app.storage.window import raise_other_window

if TYPE_CHECKING:
    from app.bootstrap.window import SessionWindow


class Addition(Protocol):
    """What is added to a window that is not a working station's (the demo)."""

    def people(self, station: Station) -> Sequence[tuple[str, str, str, str]]:
        """(name, role, login, password) of people whom the log-in offers."""

    def begin(self, window: SessionWindow) -> None:
        """The window is on the screen."""

    def close(self) -> None:
        """The station is closed."""


def run_window(
    home: Path, paths: Sequence[Path], *, language: str | None, addition: Addition | None = None
) -> int:
    """Open the window until it is closed; the exit status.  A second window on the same folder raises the
    first.
    """
    need_display()
    with ExitStack() as stack:
        if addition is not None:  # entered first: what it runs outlives the jobs that speak to it
            stack.callback(addition.close)
        station = stack.enter_context(open_station(home, language=language))
        claim = station.folder.claim_window()
        if claim is None:
            if not raise_other_window(station.folder.path):
                raise Unavailable(
                    "The station is open already, and its window does not answer.",
                    hint="Close that program first.",
                )
            print(tr("The station is open already; its window was brought to the front."), file=sys.stderr)
            return 0
        stack.callback(claim.close)

        from app.bootstrap.window import (
            SessionWindow,
            closing_on_signal,
            raise_on_request,
            warm_up,
            when_idle,
        )

        accounts = tuple(addition.people(station)) if addition is not None else ()
        window = SessionWindow(station, demo=addition is not None, accounts=accounts)
        stack.callback(window.close)
        raise_on_request(window, claim)
        stack.enter_context(closing_on_signal(window))
        window.show()

        def begin() -> None:
            warm_up(station)
            window.start_directory_sync()
            if addition is not None:
                addition.begin(window)
            if paths:
                _when_logged_in(window, lambda: window.commands.run("study.import", list(paths)))

        when_idle(window, begin, 50)
        return int(window.app.exec())


def _when_logged_in(window: SessionWindow, act: Callable[[], object]) -> None:
    session = window.session
    if session.user.is_logged_in:
        session.dispatcher.attempt(act)
        return

    def once() -> None:
        if session.user.is_logged_in:
            session.user.changed.disconnect(once)
            session.dispatcher.attempt(act)

    session.user.changed.connect(once)


def need_display() -> None:
    """Qt aborts without a display; say it before."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal", "vnc"):
            return
        raise Unavailable(
            "There is no display.",
            hint="Run under “xvfb-run -a”, or use “make run”, which brings a virtual display.",
        )
