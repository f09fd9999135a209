"""How viewports share the screen: data, in ``resources/layouts``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.errors import NotFound
from app.paths import resource_path

#: grids go up to this many rows and columns
MOST = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A rectangle in shares of the screen (x, y, width, height), and the view it is meant for, or "".

    Views are ``axial``, ``coronal``, ``sagittal`` (the plane of the volume that is nearest to it) and
    ``rendering``.
    """

    x: float
    y: float
    width: float
    height: float
    view: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Cells in reading order.  `title` is English, a translation key."""

    layout_id: str
    title: str
    cells: tuple[Cell, ...]


@cache
def layout(layout_id: str) -> Layout:
    """A layout by its id: a named one, or ``grid-ROWSxCOLUMNS`` with 1 to 6 of each."""
    named = next((one for one in named_layouts() if one.layout_id == layout_id), None)
    if named is not None:
        return named
    rows, _, columns = layout_id.removeprefix("grid-").partition("x")
    if not (rows.isdigit() and columns.isdigit() and 1 <= int(rows) <= MOST and 1 <= int(columns) <= MOST):
        raise NotFound("There is no layout {layout}.", layout=layout_id)
    return grid_layout(int(rows), int(columns))


@cache
def grid_layout(rows: int, columns: int) -> Layout:
    """`rows` × `columns` equal cells."""
    cells = tuple(
        Cell(c / columns, r / rows, 1 / columns, 1 / rows) for r in range(rows) for c in range(columns)
    )
    return Layout(f"grid-{rows}x{columns}", f"{rows} × {columns}", cells)


def grid_for(count: int) -> Layout:
    """The smallest usual grid of that many cells: one to three side by side, then in rows."""
    rows = 1 if count <= 3 else 2 if count <= 8 else 3 if count <= 12 else 4
    return grid_layout(rows, min(-(-count // rows), MOST))


@cache
def named_layouts() -> tuple[Layout, ...]:
    """The layouts that are more than a grid, in the order they are offered."""
    rows = json.loads(resource_path("layouts", "layouts.json").read_text(encoding="utf-8"))["layouts"]
    return tuple(_named(row) for row in rows)


def _named(row: dict[str, Any]) -> Layout:
    """Cells are (column, row, columns, rows) on a grid of `grid` (columns, rows)."""
    across, down = row["grid"]
    cells = tuple(
        Cell(x / across, y / down, width / across, height / down, view)
        for x, y, width, height, view in row["cells"]
    )
    return Layout(row["id"], row["title"], cells)
