"""Tile mode: one series as consecutive images over the cells of a grid, as on a film."""

from __future__ import annotations

from dataclasses import fields

from app.errors import Refused
from app.i18n import tr
from app.viewing.layouts import Layout
from app.viewing.links import at_index, count_of, index_of
from app.viewing.screen import Screen, Tiling, View, Viewport, ViewportId
from app.viewing.tools.tool import FAST

#: a grid of fewer cells is no film
LEAST_CELLS = 4
#: what belongs to the place of a view, not to its images
_OF_THE_PLACE = ("viewport_id", "tile_px", "monitor", "cine", "pointer_text", "notice")


class TileMode:
    """While a screen is tiled its tiles stay consecutive: where one goes, the others go along."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._spreading = False
        screen.tile_moved.connect(self._moved)

    def _moved(self, viewport_id: str) -> None:
        screen = self._screen
        if screen.tiling is None or self._spreading or len(screen.images) != 1:
            return
        viewport = screen.viewports[ViewportId(viewport_id)]
        if not count_of(viewport):
            return
        self._spreading = True
        try:
            spread(screen, index_of(viewport) - list(screen.viewports).index(viewport.viewport_id))
        finally:
            self._spreading = False


def is_film(wanted: Layout) -> bool:
    """A series can be laid out over it: a grid, of enough cells."""
    return wanted.layout_id.startswith("grid-") and len(wanted.cells) >= LEAST_CELLS


def film_grid(screen: Screen) -> Layout:
    """The grid that tiles take: the present one, where it makes a film; else that of the last tiles."""
    return screen.layout if is_film(screen.layout) else screen.tile_grid


def can_tile(screen: Screen) -> bool:
    """The active view goes through several images."""
    return count_of(screen.active_viewport) > 1


def tile(screen: Screen, grid: Layout) -> None:
    """The images of the active view over the cells of a grid, with its window, size and turns, from the page
    on that holds the one it shows.
    """
    model = screen.active_viewport
    if not can_tile(screen):
        raise Refused("Only a series of several images can be laid out as tiles.")
    cells = len(grid.cells)
    index = index_of(model)
    start = index // cells * cells
    if screen.tiling is None:
        screen.end_pair()
        screen.tiling = Tiling(
            screen.layout,
            dict(screen.viewports),
            screen.active,
            screen.maximised,
            screen.links,
            screen.same_look,
        )
    tiles = [_alike(model, ViewportId(str(n + 1))) for n in range(cells)]
    start = _held(start, count_of(model), cells)
    for n, made in enumerate(tiles):
        _show(made, model, start + n)
    screen.same_look = False
    screen.tile_grid = grid
    screen.put(grid, {one.viewport_id: one for one in tiles}, tiles[index - start].viewport_id)
    screen.same_look = True


def untile(screen: Screen) -> None:
    """The layout as it was before the tiles."""
    before, screen.tiling = screen.tiling, None
    if before is None:
        return
    screen.same_look = False
    screen.put(before.layout, before.viewports, before.active)
    screen.links, screen.maximised, screen.same_look = before.links, before.maximised, before.same_look


def forget_tiles(screen: Screen) -> None:
    """The views are no tiles any more, and what was set aside is let go."""
    if screen.tiling is not None:
        screen.same_look, screen.tiling = screen.tiling.same_look, None


def spread(screen: Screen, start: int) -> None:
    """Consecutive images from one on, over all tiles; the last page is a whole one too."""
    tiles = list(screen.viewports.values())
    model = next((one for one in tiles if count_of(one)), None)
    if model is None:
        return
    start = _held(start, count_of(model), len(tiles))
    for n, one in enumerate(tiles):
        _show(one, model, start + n)


def steps_of(screen: Screen) -> tuple[int, int]:
    """How many images a notch of the wheel or an arrow key goes on, and how many a page key: of tiles, a row
    and all of them.
    """
    if screen.tiling is None or screen.maximised is not None:
        return 1, FAST
    first = screen.layout.cells[0]
    return sum(cell.y == first.y for cell in screen.layout.cells), len(screen.layout.cells)


def whole_rows(screen: Screen, steps: int) -> int:
    """Steps that lead back to whole rows and pages from where the end of the series has held them."""
    if screen.tiling is None or screen.maximised is not None or steps >= 0:
        return steps
    over = index_of(screen.viewports[ViewportId("1")]) % -steps
    return -over if over else steps


def _held(start: int, count: int, cells: int) -> int:
    return min(max(start, 0), max(count - cells, 0))


def _show(one: Viewport, model: Viewport, index: int) -> None:
    if index >= count_of(model):
        one.clear(tr("No further image."))
        return
    view: View = at_index(model, index)
    if one.view != view:
        one.view = view


def _alike(model: Viewport, viewport_id: ViewportId) -> Viewport:
    """Another view of the same images, looked at alike."""
    same = {one.name: getattr(model, one.name) for one in fields(model) if one.name not in _OF_THE_PLACE}
    return Viewport(viewport_id, **same)
