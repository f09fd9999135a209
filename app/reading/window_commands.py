"""Commands of reading on another monitor."""

from __future__ import annotations

from app.reading.spread import WORKSPACE_ID, SpreadViews
from app.session.commands import Command
from app.session.session import Session
from app.session.window_places import WINDOWS_MENU


def window_commands(session: Session) -> list[Command]:
    """Images with all that belongs to them, in a window of their own."""
    spread = session.get(SpreadViews)

    def out() -> None:
        session.windows.take_out(WORKSPACE_ID)
        session.workspaces.show(WORKSPACE_ID)

    def back() -> None:
        session.windows.put_back(WORKSPACE_ID)
        session.workspaces.show(WORKSPACE_ID)

    return [
        Command(
            "read.own-window",
            "Read in a window of its own, on the next monitor",
            out,
            key="Alt+M",
            icon="device-desktop-analytics",
            enabled=lambda: session.user.is_logged_in,
            on=lambda: session.windows.is_out(WORKSPACE_ID),
            menu=WINDOWS_MENU,
        ),
        Command(
            "read.main-window",
            "Read in the main window",
            back,
            key="Alt+Shift+M",
            icon="layout-grid",
            enabled=lambda: session.user.is_logged_in,
            on=lambda: not session.windows.is_out(WORKSPACE_ID),
            menu=WINDOWS_MENU,
        ),
        Command(
            "read.two-monitors",
            "Share the views out over two monitors",
            lambda: spread.switch(2),
            key="Alt+S",
            icon="columns-2",
            enabled=lambda: session.user.is_logged_in,
            on=lambda: spread.monitors == 2,
            menu=WINDOWS_MENU,
        ),
        Command(
            "read.three-monitors",
            "Share the views out over three monitors",
            lambda: spread.switch(3),
            key="Alt+Shift+S",
            icon="columns-3",
            enabled=lambda: session.user.is_logged_in and spread.can_take(3),
            on=lambda: spread.monitors == 3,
            menu=WINDOWS_MENU,
        ),
    ]
