"""Masks of other planes on the grid of the images that they are shown over."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.layers import MaskPlanes, SegmentMask
from app.errors import BadInput, LimitExceeded

#: voxels of one mask on a target grid: a quarter of what one decoded object may have
MAX_VOXELS = 2 << 30
#: a point on the border of two planes or pixels belongs to one of them in spite of rounding
_SLACK = 1e-4


def resampled(mask: SegmentMask, planes: MaskPlanes, grid: Grid) -> NDArray[np.uint8]:
    """A mask at the centres of the voxels of `grid`, shape `grid.shape`.

    0 and 1 of the nearest voxel of the mask, fractions of 255 between the eight around (nothing lies beyond
    the planes).  Both are the values at true places, however the grids lie to each other.  Raises
    `LimitExceeded` where the grid is too large, `BadInput` where nothing of the mask lies on it.
    """
    if int(np.prod(grid.shape)) > MAX_VOXELS:
        raise LimitExceeded("The segments do not fit into memory on the grid of these images.")
    out = np.zeros(grid.shape, np.uint8)
    values = mask.values
    take = _linear if mask.is_fractional else _nearest
    for s, rows, columns in _touched(mask, planes, grid):
        points = _points(grid, s, rows, columns)
        out[s, rows[0] : rows[1], columns[0] : columns[1]] = take(values, mask, planes, points)
    return out


def require_overlap(mask: SegmentMask, planes: MaskPlanes, grid: Grid) -> None:
    """Raises `BadInput` where no voxel of the mask's box can lie on the grid."""
    if next(_touched(mask, planes, grid), None) is None:
        raise BadInput("“{label}” lies beside the images, not on them.", label=mask.segment.label)


def _touched(
    mask: SegmentMask, planes: MaskPlanes, grid: Grid
) -> Iterator[tuple[int, tuple[int, int], tuple[int, int]]]:
    """Slices of the grid with the rows and columns that the box of the mask can touch."""
    if not all(mask.shape):
        return
    first, last = np.array(mask.first), np.array(mask.first) + np.array(mask.shape) - 1
    corners = [
        _place(planes, k, row, column)
        + side * planes.normal * planes.reach_mm
        for k in (first[0], last[0])
        for row in (first[1] - 1, last[1] + 1)
        for column in (first[2] - 1, last[2] + 1)
        for side in (-1, 1)
    ]  # fmt: skip
    # planes in between may be shifted sideways (a tilted gantry): their corners count too
    corners += [
        _place(planes, k, row, column)
        for k in range(int(first[0]), int(last[0]) + 1)
        for row in (first[1] - 1, last[1] + 1)
        for column in (first[2] - 1, last[2] + 1)
    ]
    index = grid.to_index(np.array(corners))
    low = np.floor(index.min(axis=0)).astype(int)
    high = np.ceil(index.max(axis=0)).astype(int) + 1
    (s0, r0, c0), (s1, r1, c1) = np.maximum(low, 0), np.minimum(high, grid.shape)
    if r1 <= r0 or c1 <= c0:
        return
    for s in range(int(s0), int(s1)):
        yield s, (int(r0), int(r1)), (int(c0), int(c1))


def _place(planes: MaskPlanes, plane: int, row: float, column: float) -> NDArray[np.float64]:
    return np.asarray(
        np.array(planes.origins_mm[int(plane)])
        + np.array(planes.down) * row * planes.spacing_mm[0]
        + np.array(planes.right) * column * planes.spacing_mm[1]
    )


def _points(grid: Grid, s: int, rows: tuple[int, int], columns: tuple[int, int]) -> NDArray[np.float64]:
    """LPS points of a part of a slice, shape (row, column, 3)."""
    row, column = np.meshgrid(np.arange(*rows), np.arange(*columns), indexing="ij")
    return grid.to_lps(np.stack((np.full(row.shape, s), row, column), axis=-1))


def _in_plane(
    planes: MaskPlanes, plane: NDArray[np.int64], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Continuous rows and columns of points, seen along the normal, each on its plane."""
    away = points - np.array(planes.origins_mm)[plane]
    return (
        away @ np.array(planes.down) / planes.spacing_mm[0],
        away @ np.array(planes.right) / planes.spacing_mm[1],
    )


def _nearest(
    values: NDArray[np.uint8], mask: SegmentMask, planes: MaskPlanes, points: NDArray[np.float64]
) -> NDArray[np.uint8]:
    heights, at = planes.heights_mm, points @ planes.normal
    above = np.clip(np.searchsorted(heights, at), 0, len(heights) - 1)
    below = np.maximum(above - 1, 0)
    plane = np.where(np.abs(heights[below] - at) <= np.abs(heights[above] - at), below, above)
    near = np.abs(heights[plane] - at) <= planes.reach_mm / 2 + _SLACK
    row, column = _in_plane(planes, plane, points)
    picked = _picked(values, mask, plane, np.floor(row + 0.5), np.floor(column + 0.5))
    return np.where(near, picked, 0).astype(np.uint8)


def _linear(
    values: NDArray[np.uint8], mask: SegmentMask, planes: MaskPlanes, points: NDArray[np.float64]
) -> NDArray[np.uint8]:
    heights, at = planes.heights_mm, points @ planes.normal
    above = np.searchsorted(heights, at)
    total = np.zeros(at.shape)
    for step in (above - 1, above):
        plane = np.clip(step, 0, len(heights) - 1)
        share = 1 - np.abs(heights[plane] - at) / planes.reach_mm
        share = np.where((step == plane) & (share > 0), share, 0.0)
        if share.any():
            total += share * _bilinear(values, mask, plane, *_in_plane(planes, plane, points))
    return np.asarray(np.clip(np.rint(total), 0, 255), np.uint8)


def _bilinear(
    values: NDArray[np.uint8],
    mask: SegmentMask,
    plane: NDArray[np.int64],
    row: NDArray[np.float64],
    column: NDArray[np.float64],
) -> NDArray[np.float64]:
    top, left = np.floor(row), np.floor(column)
    down, right = row - top, column - left
    total = np.zeros(row.shape)
    for step_down, weight_down in ((0, 1 - down), (1, down)):
        for step_right, weight_right in ((0, 1 - right), (1, right)):
            one = _picked(values, mask, plane, top + step_down, left + step_right)
            total += weight_down * weight_right * one
    return total


def _picked(
    values: NDArray[np.uint8],
    mask: SegmentMask,
    plane: NDArray[np.int64],
    row: NDArray[np.float64],
    column: NDArray[np.float64],
) -> NDArray[np.uint8]:
    """Values of the box at whole numbered places, nothing outside of it."""
    k = plane - mask.first[0]
    r, c = (row - mask.first[1]).astype(np.int64), (column - mask.first[2]).astype(np.int64)
    inside = np.ones(k.shape, bool)
    for index, size in zip((k, r, c), mask.shape, strict=True):
        inside &= (index >= 0) & (index < size)
    picked = np.zeros(k.shape, np.uint8)
    picked[inside] = values[k[inside], r[inside], c[inside]]
    return picked
