"""Commands that move the report's editor."""

from __future__ import annotations

from collections.abc import Callable

from app.reporting.report_place import ReportPlace, ReportPlaces
from app.session.commands import Command
from app.session.session import Session
from app.session.window_places import WINDOWS_MENU


def place_commands(session: Session) -> list[Command]:
    """A command for each place of the editor."""
    places = session.get(ReportPlaces)

    def put(place: ReportPlace) -> Callable[[], None]:
        return lambda: places.put(place)

    def is_in(place: ReportPlace) -> Callable[[], bool]:
        return lambda: places.current is place

    def somebody() -> bool:
        return session.user.is_logged_in

    return [
        Command(
            "report.in-workspace",
            "Write the report in its workspace",
            put(ReportPlace.WORKSPACE),
            key="Alt+E",
            icon="clipboard-plus",
            enabled=somebody,
            on=is_in(ReportPlace.WORKSPACE),
            menu=WINDOWS_MENU,
        ),
        Command(
            "report.in-dock",
            "Write the report beside the images",
            put(ReportPlace.DOCK),
            key="Alt+D",
            icon="layout-sidebar-right",
            enabled=somebody,
            on=is_in(ReportPlace.DOCK),
            menu=WINDOWS_MENU,
        ),
        Command(
            "report.in-window",
            "Write the report in a window of its own, on the next monitor",
            put(ReportPlace.WINDOW),
            key="Alt+N",
            icon="box-multiple",
            enabled=somebody,
            on=is_in(ReportPlace.WINDOW),
            menu=WINDOWS_MENU,
        ),
    ]
