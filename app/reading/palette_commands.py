"""Commands of the colour tables."""

from __future__ import annotations

from collections.abc import Callable

from app.reading.menus import PALETTES
from app.session.commands import Command
from app.viewing.palettes import next_palette, palettes
from app.viewing.preset_windows import value_kind
from app.viewing.screen import Screen


def palette_commands(screen: Screen) -> list[Command]:
    """Colour tables of the active view."""

    def is_grey() -> bool:
        return value_kind(screen.active_viewport) is not None

    def show(name: str) -> None:
        for viewport in screen.together(screen.active):
            viewport.palette = name

    def showing(name: str) -> Callable[[], None]:
        return lambda: show(name)

    def is_shown(name: str) -> Callable[[], bool]:
        return lambda: is_grey() and screen.active_viewport.palette == name

    tables = (("", "Grey"), *((one.name, one.title) for one in palettes()))
    return [
        *(
            Command(
                f"palette.{name or 'grey'}",
                title,
                showing(name),
                where="read",
                enabled=is_grey,
                on=is_shown(name),
                menu=PALETTES,
            )
            for name, title in tables
        ),
        Command(
            "palette.next",
            "Next colour table",
            lambda: show(next_palette(screen.active_viewport.palette)),
            key="L",
            where="read",
            enabled=is_grey,
            menu=PALETTES,
        ),
    ]
