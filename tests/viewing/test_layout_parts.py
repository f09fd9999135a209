"""A layout over several monitors: what each shows, and how it fills it."""

from __future__ import annotations

import pytest

from app.viewing.layout_parts import shared_out
from app.viewing.layouts import Cell, Layout, grid_layout, layout
from app.viewing.screen import Screen, ViewportId

WHOLE = Cell(0, 0, 1, 1)


@pytest.mark.parametrize(
    ("rows", "columns", "parts", "expected"),
    [
        (2, 2, 1, [[0, 1, 2, 3]]),
        (2, 2, 2, [[0, 2], [1, 3]]),
        (1, 2, 2, [[0], [1]]),
        (2, 3, 2, [[0, 1, 3, 4], [2, 5]]),
        (2, 1, 2, [[0], [1]]),
        (1, 1, 2, [[0], []]),
        (1, 4, 3, [[0, 1], [2, 3], []]),
    ],
)
def test_columns_are_shared_out(rows: int, columns: int, parts: int, expected: list[list[int]]) -> None:
    """From the left; rows where there is one column; nothing twice, nothing lost."""
    shared = shared_out(grid_layout(rows, columns), parts)
    assert [sorted(cells) for cells in shared] == expected


def test_a_part_fills_its_monitor() -> None:
    """The right column of a 2 × 3 is a 2 × 1 there; one cell is the whole."""
    left, right = shared_out(grid_layout(2, 3), 2)
    assert (right[2].x, right[2].y, right[2].width, right[2].height) == pytest.approx((0, 0, 1, 0.5))
    assert (right[5].x, right[5].y, right[5].height) == pytest.approx((0, 0.5, 0.5))
    assert (left[1].x, left[1].width) == pytest.approx((0.5, 0.5))
    assert shared_out(grid_layout(1, 2), 2)[1] == {1: WHOLE}


def test_one_large_view_stands_alone() -> None:
    """A large view with three small ones beside it: the large one has a monitor of its own."""
    small = tuple(Cell(0.75, row / 3, 0.25, 1 / 3) for row in range(3))
    first, second = shared_out(Layout("x", "x", (Cell(0, 0, 0.75, 1), *small)), 2)
    assert first == {0: WHOLE}
    assert sorted(second) == [1, 2, 3]
    assert second[3].y == pytest.approx(2 / 3)


def test_a_view_that_fills_its_monitor_leaves_the_other_one() -> None:
    """What the screen shows then: the large one and those of the other monitor."""
    screen = Screen(layout("grid-2x2"))
    screen.parts = 2
    screen.maximised = ViewportId("1")
    assert [viewport.viewport_id for viewport in screen.shown] == ["1", "2", "4"]
    screen.parts = 1
    assert [viewport.viewport_id for viewport in screen.shown] == ["1"]
