"""A layout that is shared out over monitors: columns to each, or rows where there is one column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from app.viewing.layouts import Cell, Layout


@cache
def shared_out(layout: Layout, parts: int) -> tuple[Mapping[int, Cell], ...]:
    """For each of `parts` monitors, from the left, the cells it shows by their positions in the layout.

    Cells are made to fill their monitor.  Where there are fewer columns and rows than monitors, the last ones
    show nothing.
    """
    if parts == 1:
        return (dict(enumerate(layout.cells)),)
    across = _starts(layout, lambda cell: cell.x)
    by_column = len(across) > 1
    starts = across if by_column else _starts(layout, lambda cell: cell.y)
    share = -(-len(starts) // parts)  # the first ones get one more
    groups = [starts[i * share : (i + 1) * share] for i in range(parts)]
    return tuple(_filling(layout, group, by_column=by_column) for group in groups)


def _starts(layout: Layout, where: Callable[[Cell], float]) -> list[float]:
    return sorted({round(where(cell), 6) for cell in layout.cells})


def _filling(layout: Layout, starts: list[float], *, by_column: bool) -> dict[int, Cell]:
    """The cells that begin at one of `starts`, stretched to the whole."""
    mine = {
        position: cell
        for position, cell in enumerate(layout.cells)
        if round(cell.x if by_column else cell.y, 6) in starts
    }
    if not mine:
        return {}
    left, top = min(cell.x for cell in mine.values()), min(cell.y for cell in mine.values())
    width = max(cell.x + cell.width for cell in mine.values()) - left
    height = max(cell.y + cell.height for cell in mine.values()) - top
    return {
        position: replace(
            cell,
            x=(cell.x - left) / width,
            y=(cell.y - top) / height,
            width=cell.width / width,
            height=cell.height / height,
        )
        for position, cell in mine.items()
    }
