"""What a shutter hides of an image (PS3.3 C.7.6.11)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import Shutter
from app.domain.overlay import OverlayPlane


@lru_cache(maxsize=32)
def hidden_mask(
    shutter: Shutter, rows: int, columns: int, ratio: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.bool_]:
    """Pixels of an image of (rows, columns) that are covered: those outside any of the shutter's shapes.

    Edges belong to the image.  `ratio` is (height, width) of a pixel: the radius of a circle counts pixels
    along a row.
    """
    row = np.arange(1, rows + 1, dtype=np.float64)[:, None]
    column = np.arange(1, columns + 1, dtype=np.float64)[None, :]
    hidden = np.zeros((rows, columns), dtype=bool)
    if shutter.rectangle is not None:
        left, right, upper, lower = shutter.rectangle
        hidden |= (column < left) | (column > right) | (row < upper) | (row > lower)
    if shutter.circle is not None:
        centre_row, centre_column, radius = shutter.circle
        down = (row - centre_row) * (ratio[0] / ratio[1])
        hidden |= down**2 + (column - centre_column) ** 2 > radius**2
    if len(shutter.polygon) >= 3:
        hidden |= ~_inside_polygon(shutter.polygon, row, column)
    hidden.setflags(write=False)
    return hidden


def bitmap_mask(plane: OverlayPlane, rows: int, columns: int) -> NDArray[np.bool_]:
    """Pixels of an image of (rows, columns) where an overlay plane is set: they are covered (C.7.6.15)."""
    hidden = np.zeros((rows, columns), dtype=bool)
    top, left = plane.origin[0] - 1, plane.origin[1] - 1
    bottom, right = top + plane.shape[0], left + plane.shape[1]
    inside = (slice(max(top, 0), max(min(bottom, rows), 0)), slice(max(left, 0), max(min(right, columns), 0)))
    part = hidden[inside]
    first, start = inside[0].start - top, inside[1].start - left
    part[:] = plane.bitmap[first : first + part.shape[0], start : start + part.shape[1]] != 0
    return hidden


def _inside_polygon(
    corners: tuple[tuple[int, int], ...], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Pixel centres inside a polygon (even-odd rule) or on its edge."""
    inside = np.zeros((row.size, column.size), dtype=bool)
    edge = np.zeros_like(inside)
    for (r0, c0), (r1, c1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        across = (c1 - c0) * (row - r0) - (r1 - r0) * (column - c0)
        within = (
            (row >= min(r0, r1)) & (row <= max(r0, r1)) & (column >= min(c0, c1)) & (column <= max(c0, c1))
        )
        edge |= within & (across == 0)
        if r0 == r1:
            continue
        crosses = (row >= min(r0, r1)) & (row < max(r0, r1))
        inside ^= crosses & (column < c0 + (row - r0) * (c1 - c0) / (r1 - r0))
    return np.asarray(inside | edge)
