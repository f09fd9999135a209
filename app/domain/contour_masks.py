"""Closed contours of structures as masks on the grid of the images that they were drawn on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.layers import Structure

#: of a slice: contours further from it than this lie between the slices
_ON_SLICE = 0.5
#: of a slice: contours that lean more than this out of their slice are not in its plane
_FLAT = 0.1


def structure_mask(structure: Structure, grid: Grid) -> tuple[NDArray[np.uint8], int]:
    """0 and 1 of shape `grid.shape`, and how many closed contours lie on no slice.

    A voxel is inside where its centre is; of several contours on a slice an odd number must hold it, so that
    holes stay holes (PS3.3 C.8.8.6.3).
    """
    out = np.zeros(grid.shape, np.uint8)
    left_out = 0
    for contour in structure.contours:
        if not contour.kind.is_closed or len(contour.points_mm) < 3:
            continue
        index = grid.to_index(contour.points_mm)
        height = float(np.median(index[:, 0]))
        s = round(height)
        on_slice = abs(height - s) <= _ON_SLICE and 0 <= s < grid.shape[0]
        if not on_slice or float(np.ptp(index[:, 0])) > _FLAT:
            left_out += 1
            continue
        _fill(out[s], index[:, 1:])
    return out, left_out


def _fill(plane: NDArray[np.uint8], corners: NDArray[np.float64]) -> None:
    """Exchange inside and outside of a polygon of (row, column) corners."""
    rows, columns = corners[:, 0], corners[:, 1]
    next_rows, next_columns = np.roll(rows, -1), np.roll(columns, -1)
    low = max(0, int(np.ceil(rows.min())))
    high = min(plane.shape[0] - 1, int(np.floor(rows.max())))
    for row in range(low, high + 1):
        crossing = (rows <= row) != (next_rows <= row)
        share = (row - rows[crossing]) / (next_rows[crossing] - rows[crossing])
        at = np.sort(columns[crossing] + share * (next_columns[crossing] - columns[crossing]))
        for left, right in zip(at[::2], at[1::2], strict=True):
            first, last = max(0, int(np.ceil(left))), min(plane.shape[1] - 1, int(np.floor(right)))
            plane[row, first : last + 1] ^= 1
