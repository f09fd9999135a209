"""What shutters hide (PS3.3 C.7.6.11)."""

from __future__ import annotations

import numpy as np

from app.domain.frame import Shutter
from app.imaging.shutters import hidden_mask


def test_a_rectangle_keeps_its_edges() -> None:
    """Rows and columns count from one."""
    hidden = hidden_mask(Shutter(rectangle=(2, 4, 3, 5)), 6, 6)
    assert np.argwhere(~hidden).tolist() == [[r, c] for r in (2, 3, 4) for c in (1, 2, 3)]


def test_a_circle_is_round_on_the_screen() -> None:
    """The radius counts pixels along a row; pixels twice as high as wide make fewer rows of it."""
    shown = ~hidden_mask(Shutter(circle=(11, 11, 8)), 21, 21)
    assert (shown[10].sum(), shown[:, 10].sum()) == (17, 17)
    shown = ~hidden_mask(Shutter(circle=(11, 11, 8)), 21, 21, (2.0, 1.0))
    assert (shown[10].sum(), shown[:, 10].sum()) == (17, 9)


def test_a_polygon_may_be_concave() -> None:
    """Its corners and edges are shown, its notch is not."""
    shown = ~hidden_mask(Shutter(polygon=((1, 1), (1, 9), (9, 9), (5, 5), (9, 1))), 9, 9)
    assert shown[0].all()
    assert shown[4, 4]
    assert not shown[6, 4]
    assert shown[8].tolist() == [True, *[False] * 7, True]


def test_shapes_together_hide_what_any_of_them_hides() -> None:
    """A shutter of several shapes shows their common part."""
    both = hidden_mask(Shutter(rectangle=(1, 5, 1, 9), circle=(5, 5, 4)), 9, 9)
    assert (
        both
        == hidden_mask(Shutter(rectangle=(1, 5, 1, 9)), 9, 9) | hidden_mask(Shutter(circle=(5, 5, 4)), 9, 9)
    ).all()
