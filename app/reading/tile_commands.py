"""The command that lays a series out as tiles, and takes them away (undoable)."""

from __future__ import annotations

from functools import partial

from app.reading.controller import ReadingController
from app.reading.tiles import begin_tiles, end_tiles
from app.session.commands import Command
from app.session.history import Change
from app.session.session import Session
from app.viewing.tiling import can_tile, film_grid


def tile_commands(session: Session) -> list[Command]:
    """Tiles of the active view's series over the grid, or the layout as it was before."""
    screen = session.screen

    def toggle() -> None:
        begin, end = partial(begin_tiles, session, film_grid(screen)), partial(end_tiles, session)
        change = (
            Change("Lay out the series as tiles", begin, end, of_view=True)
            if screen.tiling is None
            else Change("Take the tiles away", end, begin, of_view=True)
        )
        session.get(ReadingController).chosen_by_hand = True
        session.study.history.apply(change)

    return [
        Command(
            "view.tiles",
            "Lay out the series as tiles",
            toggle,
            key="Alt+T",
            where="read",
            enabled=lambda: screen.tiling is not None or can_tile(screen),
            on=lambda: screen.tiling is not None,
        )
    ]
