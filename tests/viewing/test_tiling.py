"""One series as tiles: consecutive images, whoever moves, and the layout as it was afterwards."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.presentation import Window
from app.domain.volume import Volume
from app.errors import Refused
from app.viewing.layouts import grid_layout, layout
from app.viewing.links import at_index, crosshair_in, index_of, point_to, scroll_to
from app.viewing.same_look import SameLook
from app.viewing.screen import RenderingView, Screen, ScrollLink, SliceView, StackView, ViewportId
from app.viewing.tiling import TileMode, film_grid, spread, steps_of, tile, untile, whole_rows
from tests.support.stacks import ultrasound
from tests.support.volumes import AXIAL_AXES, volume_of

ONE, TWO, FOUR = (ViewportId(str(n)) for n in (1, 2, 4))


def _volume(slices: int = 50) -> Volume:
    made = volume_of(np.zeros((slices, 16, 24), np.int16), (2.0, 0.8, 0.8), AXIAL_AXES)
    return Volume(made.grid, made.voxels, made.quantity, "CT", made.series_uid, "1.2.9")


def _tiled(index: float = 17.0, slices: int = 50) -> tuple[Screen, tuple[SameLook, TileMode]]:
    screen = Screen(layout("mpr"))
    listening = SameLook(screen), TileMode(screen)
    volume = _volume(slices)
    for axis, viewport in zip((0, 1, 2), screen.viewports.values(), strict=False):
        viewport.show(volume, SliceView(axis, 5))
    screen.viewports[FOUR].show(volume, RenderingView())
    screen.viewports[ONE].view = SliceView(0, index)
    screen.viewports[ONE].window, screen.viewports[ONE].turns = Window(40, 400), 1
    screen.links = (ScrollLink(frozenset((ONE, TWO))),)
    tile(screen, film_grid(screen))
    return screen, listening


def _shown(screen: Screen) -> list[int]:
    return [index_of(one) for one in screen.viewports.values() if one.image is not None]


def test_a_series_fills_the_grid_and_gives_it_back() -> None:
    """From the page that holds the image in view, which stays the active one, looked at alike."""
    screen, _ = _tiled()
    before = screen.tiling
    assert before is not None
    assert (screen.layout, _shown(screen)) == (grid_layout(3, 4), list(range(12, 24)))
    assert index_of(screen.active_viewport) == 17
    assert {(v.window, v.turns) for v in screen.viewports.values()} == {(Window(40, 400), 1)}
    screen.active_viewport.zoom = 2.0
    assert {v.zoom for v in screen.viewports.values()} == {2.0}
    untile(screen)
    assert (screen.layout, screen.active, screen.tiling) == (layout("mpr"), ONE, None)
    assert [type(v.view) for v in screen.viewports.values()] == [SliceView] * 3 + [RenderingView]
    assert screen.viewports[ONE].zoom == 1.0
    assert (screen.links, screen.same_look) == ((ScrollLink(frozenset((ONE, TWO))),), False)
    told: list[str] = []
    screen.active_changed.connect(told.append)
    screen.viewports[ONE].zoom = 3.0
    assert told == ["zoom"], "heard once, as before"


def test_tiles_turn_by_rows_and_pages() -> None:
    """Whatever moves one tile moves all; the ends hold, and the last page is whole."""
    screen, _ = _tiled()
    assert steps_of(screen) == (4, 12)
    for tile_number, steps, first in (("5", 4, 16), ("1", 12, 28), ("12", 12, 38), ("3", 99, 38)):
        identity = ViewportId(tile_number)
        scroll_to(screen, identity, index_of(screen.viewports[identity]) + steps)
        assert _shown(screen) == list(range(first, first + 12))
    assert [whole_rows(screen, steps) for steps in (-4, -12, 4)] == [-2, -2, 4]
    screen.viewports[TWO].view = at_index(screen.viewports[TWO], 7)  # a jump to a measurement
    assert _shown(screen) == list(range(6, 18))
    scroll_to(screen, ONE, -50)
    assert _shown(screen) == list(range(12))
    screen.maximised = TWO
    assert steps_of(screen)[0] == 1


def test_the_crosshair_stands_in_the_tile_of_its_image() -> None:
    """Pointing turns no page where the place is shown, and turns to it where it is not."""
    screen, _ = _tiled()
    volume = screen.active_viewport.image
    assert isinstance(volume, Volume)
    for slice_index, first in ((20, 12), (3, 3)):
        point_to(screen, ONE, tuple(volume.grid.to_lps((slice_index, 5, 6))))
        assert _shown(screen)[0] == first
        at = [crosshair_in(screen, v, screen.crosshair) is not None for v in screen.viewports.values()]
        assert at == [index == slice_index for index in _shown(screen)]


def test_a_short_series_leaves_tiles_empty() -> None:
    screen, _ = _tiled(index=3, slices=5)
    assert _shown(screen) == [0, 1, 2, 3, 4]
    assert screen.viewports[ViewportId("6")].notice == "无更多图像。"
    scroll_to(screen, ONE, 4)
    assert _shown(screen) == [0, 1, 2, 3, 4]


def test_another_grid_and_another_series() -> None:
    """Tiled again over a larger grid; images of another kind are spread alike."""
    screen, _ = _tiled()
    tile(screen, grid_layout(4, 5))
    assert _shown(screen) == list(range(20))
    assert index_of(screen.active_viewport) == 17
    stack = ultrasound(30)
    for viewport in screen.viewports.values():
        viewport.show(stack, StackView())
    spread(screen, 0)
    assert _shown(screen) == list(range(20))
    untile(screen)
    assert film_grid(screen) == grid_layout(4, 5), "remembered"
    screen.active = FOUR
    with pytest.raises(Refused):
        tile(screen, film_grid(screen))
