"""Means of blocks for small tiles."""

from __future__ import annotations

import numpy as np
import pytest

from app.imaging.reduction import block_corners, block_has, block_means, reduction_of


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "f4"])
def test_blocks_hold_their_means(dtype: str) -> None:
    """At the ends of each type too, without overflow."""
    info = np.iinfo(dtype) if np.dtype(dtype).kind != "f" else None
    top = info.max if info else 7.0
    values = np.full((7, 9), top, dtype)
    values[:3, :3] = np.arange(9).reshape(3, 3)
    out = block_means(values, 3)
    assert out.dtype == np.dtype(dtype)
    assert out.tolist() == [[4, top, top], [top, top, top]]


def test_negative_means_are_rounded_to_the_nearest() -> None:
    """−2.25 is −2, −2.75 is −3."""
    values = np.array([[-2, -2, -3, -3], [-2, -3, -3, -2]], np.int16)
    assert block_means(values, 2).tolist() == [[-2, -3]]


def test_corners_and_small_images() -> None:
    """A mask keeps its values; what fills no block stays as it is."""
    values = np.arange(20).reshape(4, 5)
    assert block_corners(values, 2).tolist() == [[0, 2], [10, 12]]
    assert block_means(values, 6) is values


@pytest.mark.parametrize(("scale", "side"), [(2.0, 1), (1.0, 1), (0.6, 1), (0.5, 2), (0.34, 2), (0.2, 5)])
def test_blocks_are_never_larger_than_a_pixel_of_the_screen(scale: float, side: int) -> None:
    """Nothing that can be seen is lost."""
    assert reduction_of(scale) == side
    assert side * scale <= 1 or side == 1


def test_a_block_with_anything_missing_is_missing_whole() -> None:
    """A mean of a row that has arrived and one that has not is no value of the patient."""
    mask = np.zeros((5, 4), dtype=bool)
    mask[1] = True
    assert block_has(mask, 2).tolist() == [[True, True], [False, False]]
    assert block_has(mask, 1) is mask
    assert block_has(mask, 2).shape == block_means(mask.astype(np.int16), 2).shape
