"""Regions of uptake in a volume: what is connected over a threshold, its hottest sphere, spheres.

Indices are (slice, row, column); values may be NaN, which belongs to no region.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid, Point3

#: radius of a sphere of 1 cm³
PEAK_RADIUS_MM = 10 * (3 / (4 * math.pi)) ** (1 / 3)
_FACES = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
Index3 = tuple[int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class VoxelRegion:
    """Voxels of a grid: `first` is the corner of the smallest box around them, `mask` marks them in it."""

    first: Index3
    mask: NDArray[np.bool_]

    @property
    def box(self) -> tuple[slice, slice, slice]:
        """Where the box lies in the volume."""
        (a, b, c), (s, r, q) = self.first, self.mask.shape
        return (slice(a, a + s), slice(b, b + r), slice(c, c + q))

    @property
    def voxels(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(self.mask))

    def values(self, of: NDArray[Any]) -> NDArray[np.float64]:
        """The finite values of a volume in the region, (n,)."""
        found = np.asarray(of[self.box][self.mask], dtype=np.float64)
        return np.asarray(found[np.isfinite(found)])

    def section(self, axis: int, index: int, shape: Index3) -> NDArray[np.bool_] | None:
        """The region on a plane of the grid, of the plane's whole size; None where it does not reach it."""
        at = index - self.first[axis]
        if not 0 <= at < self.mask.shape[axis]:
            return None
        whole = np.zeros(tuple(n for k, n in enumerate(shape) if k != axis), dtype=bool)
        whole[tuple(part for k, part in enumerate(self.box) if k != axis)] = self.mask.take(at, axis)
        return whole


def _region(indices: NDArray[np.intp]) -> VoxelRegion:
    low = indices.min(axis=0)
    mask = np.zeros(indices.max(axis=0) - low + 1, dtype=bool)
    mask[tuple((indices - low).T)] = True
    return VoxelRegion((int(low[0]), int(low[1]), int(low[2])), mask)


def sphere(grid: Grid, centre_mm: Point3, radius_mm: float) -> VoxelRegion | None:
    """The voxels whose centre lies in a sphere; None where the grid has none there."""
    reach = np.ceil(radius_mm * np.linalg.norm(np.linalg.inv(grid.matrix[:3, :3]), axis=1))
    middle = grid.to_index(centre_mm)
    low = np.clip(np.floor(middle - reach), 0, grid.shape).astype(int)
    high = np.clip(np.ceil(middle + reach) + 1, 0, grid.shape).astype(int)
    if (high <= low).any():
        return None
    axes = [np.arange(a, b) for a, b in zip(low, high, strict=True)]
    indices = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    away = np.linalg.norm(grid.to_lps(indices) - np.asarray(centre_mm), axis=1)
    inside = indices[away <= radius_mm + 1e-6]
    return _region(inside) if inside.size else None


def hottest_near(values: NDArray[Any], grid: Grid, at_mm: Point3, reach_mm: float) -> Index3 | None:
    """The voxel of the greatest value within a distance of a point; None where there is no value."""
    near = sphere(grid, at_mm, reach_mm)
    if near is None:
        return None
    box = np.where(near.mask, values[near.box], -np.inf)
    box = np.where(np.isfinite(box), box, -np.inf)
    found = np.unravel_index(int(box.argmax()), box.shape)
    if not np.isfinite(box[found]):
        return None
    a, b, c = (int(f + n) for f, n in zip(near.first, found, strict=True))
    return (a, b, c)


def grown(values: NDArray[Any], seed: Index3, least: float, most_voxels: int) -> VoxelRegion | None:
    """What is connected with a voxel over its faces and is at least `least`; None where it is more than
    `most_voxels`.  The seed itself must be.
    """
    shape = np.array(values.shape)
    seen = np.zeros(values.shape, dtype=bool)
    edge = np.array([seed], dtype=np.intp)
    seen[seed] = True
    parts, count = [edge], 1
    while edge.size:
        beside = np.concatenate([edge + step for step in _FACES])
        beside = beside[((beside >= 0) & (beside < shape)).all(axis=1)]
        at = tuple(beside.T)
        beside = beside[(values[at] >= least) & ~seen[at]]
        if beside.size:
            beside = np.unique(beside, axis=0)
            seen[tuple(beside.T)] = True
            parts.append(beside)
            count += len(beside)
            if count > most_voxels:
                return None
        edge = beside
    return _region(np.concatenate(parts))


def peak(values: NDArray[Any], grid: Grid, region: VoxelRegion) -> float:
    """The greatest mean of a sphere of 1 cm³ about a voxel of a region.

    The voxels whose centre lies in the sphere count, also those outside the region, none outside the image:
    global intensity peak of IBSI (0F91), with the sphere of PERCIST's SUVpeak (Wahl et al., J Nucl Med 2009;
    50 Suppl 1:122S).
    """
    ball = _ball(grid, PEAK_RADIUS_MM)
    margin = np.abs(ball).max(axis=0)
    low = np.maximum(np.array(region.first) - margin, 0)
    high = np.minimum(np.array(region.first) + region.mask.shape + margin, values.shape)
    part = np.asarray(values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], dtype=np.float64)
    padded = np.pad(part, [(int(m), int(m)) for m in margin], constant_values=np.nan)
    centres = np.argwhere(region.mask) + np.array(region.first) - low + margin
    sums, counts = np.zeros(len(centres)), np.zeros(len(centres))
    for step in ball:
        found = padded[tuple((centres + step).T)]
        known = np.isfinite(found)
        sums[known] += found[known]
        counts += known
    return float((sums / np.maximum(counts, 1)).max())


def _ball(grid: Grid, radius_mm: float) -> NDArray[np.intp]:
    """(n, 3) steps from a voxel to those whose centre lies within a distance of its own."""
    matrix = grid.matrix[:3, :3]
    reach = np.ceil(radius_mm * np.linalg.norm(np.linalg.inv(matrix), axis=1)).astype(int)
    steps = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), axis=-1)
    steps = steps.reshape(-1, 3)
    near = np.linalg.norm(steps @ matrix.T, axis=1) <= radius_mm + 1e-6
    return np.asarray(steps[near], dtype=np.intp)
