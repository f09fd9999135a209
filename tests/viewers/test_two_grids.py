"""One screen over two monitors: two grids show its views between them, and each reacts to the other's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.viewing.layouts import grid_layout
from app.viewing.links import index_of
from app.viewing.resolve import surroundings_of
from app.viewing.screen import Screen, SliceView, StudyRole, ViewportId
from app.viewing.tiling import tile, untile
from tests.support.tiles import viewport_grid
from tests.support.volumes import volume_of
from viewers.viewport_grid import ViewportGrid

pytestmark = pytest.mark.window
ONE, TWO, THREE, FOUR = (ViewportId(str(n)) for n in range(1, 5))


@pytest.fixture
def grids(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ViewportGrid, ViewportGrid]]:
    """Two grids of one screen of 2 × 2, in windows of their own."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    screen = Screen(grid_layout(2, 2))
    made = [viewport_grid(screen, part=part) for part in (0, 1)]
    for number, one in enumerate(made):
        qtbot.addWidget(one)
        one.setGeometry(500 * number, 0, 401, 401)
        with qtbot.waitExposed(one):
            one.show()
    yield made[0], made[1]
    for one in made:
        one.dispose()


def test_views_go_over_and_come_back(grids: tuple[ViewportGrid, ViewportGrid]) -> None:
    """None is on both, each fills its share, another layout is shared out anew."""
    left, right = grids
    screen = left.intent
    assert (list(left.tiles), list(right.tiles)) == ([ONE, TWO, THREE, FOUR], [])
    screen.parts = 2
    assert (list(left.tiles), list(right.tiles)) == ([ONE, THREE], [TWO, FOUR])
    assert right.tiles[FOUR].geometry().getRect() == (0, 201, 401, 200)
    screen.lay_out(grid_layout(4, 1))
    assert (list(left.tiles), list(right.tiles)) == ([ONE, TWO], [THREE, FOUR])
    screen.lay_out(grid_layout(1, 2))
    assert (list(left.tiles), list(right.tiles)) == ([ONE], [TWO])
    assert right.tiles[TWO].size() == right.size()
    screen.lay_out(grid_layout(1, 1))
    assert (list(left.tiles), list(right.tiles)) == ([ONE], [])
    screen.lay_out(grid_layout(2, 2))
    screen.parts = 1
    assert (list(left.tiles), list(right.tiles)) == ([ONE, TWO, THREE, FOUR], [])


def test_tiles_of_a_series_lie_over_both(grids: tuple[ViewportGrid, ViewportGrid]) -> None:
    """Laid out and taken away again, each monitor has its share."""
    left, right = grids
    screen = left.intent
    screen.parts = 2
    screen.viewports[ONE].show(volume_of(np.zeros((40, 60, 80), np.int16)), SliceView(0, 10))
    tile(screen, grid_layout(2, 4))
    assert (list(left.tiles), list(right.tiles)) == (list("1256"), list("3478"))
    shown = [index_of(one.viewport) for one in (*left.tiles.values(), *right.tiles.values())]
    assert shown == [8, 9, 12, 13, 10, 11, 14, 15]
    untile(screen)
    assert (list(left.tiles), list(right.tiles)) == ([ONE, THREE], [TWO, FOUR])
    assert left.tiles[ONE].viewport is screen.viewports[ONE]


def test_a_view_fills_its_own_monitor(grids: tuple[ViewportGrid, ViewportGrid]) -> None:
    """The other monitor keeps its views, also when one of them becomes the active one."""
    left, right = grids
    screen = left.intent
    screen.parts = 2
    screen.toggle_maximised(TWO)
    assert right.tiles[TWO].size() == right.size()
    assert not right.tiles[FOUR].isVisible()
    assert left.tiles[ONE].isVisible()
    screen.active = ONE
    assert screen.maximised == TWO
    screen.active = FOUR
    assert screen.maximised == FOUR


def test_the_keys_follow_the_active_view_over_the_monitors(
    grids: tuple[ViewportGrid, ViewportGrid], qtbot: QtBot
) -> None:
    """The next view may be on the other monitor: its window becomes the active one."""
    left, right = grids
    screen = left.intent
    screen.parts = 2
    left.activateWindow()
    left.tiles[ONE].setFocus()
    qtbot.waitUntil(left.tiles[ONE].hasFocus)
    screen.active = FOUR
    qtbot.waitUntil(right.tiles[FOUR].hasFocus)
    left.activateWindow()
    left.setFocus()
    qtbot.waitUntil(left.tiles[ONE].hasFocus)
    assert screen.active == ONE, "of this window, not of the other"


def test_a_view_says_what_the_other_monitor_s_makes_it_say(grids: tuple[ViewportGrid, ViewportGrid]) -> None:
    """That there is a prior to compare with is said on both."""
    left, right = grids
    screen = left.intent
    screen.parts = 2
    volume = volume_of(np.zeros((21, 60, 80), np.int16))
    screen.viewports[ONE].show(volume, SliceView(0, 10))
    assert not left._said[ONE].compared
    screen.viewports[TWO].show(volume, SliceView(1, 30))
    screen.viewports[TWO].role = StudyRole.PRIOR
    assert left._said[ONE].compared
    assert left._said[ONE] == surroundings_of(screen)[ONE]
    assert right._said[TWO] == surroundings_of(screen)[TWO]
