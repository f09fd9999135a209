"""Solids drawn into one transverse plane with anti-aliased edges.

A `Plane` is a transverse cut at `z_mm`; its arrays are (row, column). Distances are in mm and negative
inside; a coverage is 0…1. Points are LPS millimetres (x to the left, y to the back, z to the head).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Plane:
    """A transverse plane: `x_mm` of the columns, `y_mm` of the rows, equally spaced by `pixel_mm`."""

    x_mm: Floats
    y_mm: Floats
    z_mm: float
    pixel_mm: float

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return (len(self.y_mm), len(self.x_mm))

    def box(self, low: Sequence[float], high: Sequence[float]) -> tuple[slice, slice]:
        """Rows and columns that cover (x, y) from `low` to `high`, with one pixel around."""
        rows = _span(self.y_mm, low[1], high[1], self.pixel_mm)
        return rows, _span(self.x_mm, low[0], high[0], self.pixel_mm)

    def coverage(self, distance: NDArray[Any]) -> Floats:
        """Share of a pixel that lies inside, from the distance of its centre to the surface."""
        out: Floats = np.clip(0.5 - distance / np.float32(self.pixel_mm), 0.0, 1.0)
        return out


@dataclass(frozen=True, slots=True)
class Capsule:
    """A tapered tube with round ends.  `flatten` < 1 stretches it along z by 1/flatten (ribs are taller than
    thick).
    """

    start: Point
    end: Point
    start_radius: float
    end_radius: float
    flatten: float = 1.0


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """Centre, three radii, and the (3, 3) rotation whose rows are the axes of the radii."""

    centre: Point
    radii: Point
    rotation: tuple[Point, Point, Point] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(slots=True)
class Tubes:
    """Many capsules, ready to be cut by planes quickly."""

    capsules: list[Capsule] = field(default_factory=list)
    _table: NDArray[np.float64] | None = None

    def add(self, points: Sequence[Point], radii: Sequence[float], flatten: float = 1.0) -> None:
        """A chain of capsules through `points`."""
        for (a, b), (ra, rb) in zip(pairwise(points), pairwise(radii), strict=True):
            self.capsules.append(Capsule(a, b, ra, rb, flatten))
        self._table = None

    def paint(self, plane: Plane, into: Floats, grow_mm: float = 0.0) -> None:
        """Raise the coverage `into` where a tube (with radius changed by `grow_mm`) covers more."""
        table = self._rows()
        if not len(table):
            return
        reach = (np.maximum(table[:, 6], table[:, 7]) + grow_mm) / table[:, 8] + plane.pixel_mm
        near = (table[:, 2:6:3].min(axis=1) - reach < plane.z_mm) & (
            table[:, 2:6:3].max(axis=1) + reach > plane.z_mm
        )
        for row in table[near]:
            _paint_capsule(plane, into, row, grow_mm)

    def distance(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Least distance of (n, 3) points to any tube."""
        least = np.full(len(points), np.inf)
        for row in self._rows():
            start, along = row[:3], row[3:6] - row[:3]
            share = np.clip((points - start) @ along / max(along @ along, 1e-9), 0.0, 1.0)
            gap = np.linalg.norm(points - start - share[:, None] * along, axis=1) - (
                row[6] + share * (row[7] - row[6])
            )
            least = np.minimum(least, gap)
        return least

    def _rows(self) -> NDArray[np.float64]:
        """(n, 9): start, end, two radii, flatten."""
        if self._table is None:
            rows = [(*c.start, *c.end, c.start_radius, c.end_radius, c.flatten) for c in self.capsules]
            self._table = np.array(rows, dtype=np.float64).reshape(-1, 9)
        return self._table


def _paint_capsule(plane: Plane, into: Floats, row: NDArray[np.float64], grow_mm: float) -> None:
    x0, y0, z0, x1, y1, z1, r0, r1, flatten = (float(v) for v in row)
    radius = max(r0, r1) + grow_mm + plane.pixel_mm
    if radius <= 0:
        return
    # only the part of the axis within reach of the plane matters for the box
    reach, rise = radius / flatten, z1 - z0
    near, far = 0.0, 1.0
    if abs(rise) > 1e-6:
        ends = sorted(((plane.z_mm - reach - z0) / rise, (plane.z_mm + reach - z0) / rise))
        near, far = max(0.0, ends[0]), min(1.0, ends[1])
    xs, ys = (x0 + near * (x1 - x0), x0 + far * (x1 - x0)), (y0 + near * (y1 - y0), y0 + far * (y1 - y0))
    rows, columns = plane.box((min(xs) - radius, min(ys) - radius), (max(xs) + radius, max(ys) + radius))
    x, y = plane.x_mm[None, columns], plane.y_mm[rows, None]
    if x.size == 0 or y.size == 0:
        return
    ax, ay, az = x1 - x0, y1 - y0, rise * flatten
    pz = np.float32((plane.z_mm - z0) * flatten)
    share = ((x - x0) * ax + ((y - y0) * ay + pz * az)) / max(ax * ax + ay * ay + az * az, 1e-9)
    share = np.clip(share, 0.0, 1.0)
    distance = np.sqrt((x - x0 - share * ax) ** 2 + (y - y0 - share * ay) ** 2 + (pz - share * az) ** 2)
    cover = plane.coverage(distance - (r0 + grow_mm) - share * (r1 - r0))
    np.maximum(into[rows, columns], cover, out=into[rows, columns])


def ellipsoid_cover(plane: Plane, solid: Ellipsoid, into: Floats) -> None:
    """Raise the coverage `into` by an ellipsoid."""
    far = max(solid.radii) + plane.pixel_mm
    cx, cy, cz = solid.centre
    if abs(plane.z_mm - cz) > far:
        return
    rows, columns = plane.box((cx - far, cy - far), (cx + far, cy + far))
    x, y = plane.x_mm[None, columns] - np.float32(cx), plane.y_mm[rows, None] - np.float32(cy)
    if x.size == 0 or y.size == 0:
        return
    cover = plane.coverage(ellipsoid_distance(x, y, np.float32(plane.z_mm - cz), solid))
    np.maximum(into[rows, columns], cover, out=into[rows, columns])


def ellipsoid_distance(x: Floats, y: Floats, z: float | np.float32, solid: Ellipsoid) -> Floats:
    """Distance to an ellipsoid at its own centre; first order near the surface, which is where it is used."""
    parts = [x * np.float32(a[0]) + (y * np.float32(a[1]) + np.float32(z * a[2])) for a in solid.rotation]
    scaled = np.sqrt(sum_of((p / np.float32(r)) ** 2 for p, r in zip(parts, solid.radii, strict=True)))
    slope = np.sqrt(sum_of((p / np.float32(r * r)) ** 2 for p, r in zip(parts, solid.radii, strict=True)))
    near = scaled * (scaled - 1.0) / np.maximum(slope, np.float32(1e-6))
    # at the centre both go to zero: deep inside any depth will do
    out: Floats = np.where(scaled < 0.2, (scaled - 1.0) * np.float32(min(solid.radii)), near)
    return out


def superellipse_distance(x: Floats, y: Floats, half_x: float, half_y: float, power: float) -> Floats:
    """Distance (first order) to ``|x/a|^p + |y/b|^p = 1``."""
    u, v = np.abs(x / np.float32(half_x)), np.abs(y / np.float32(half_y))
    total = u**power + v**power
    radius = total ** np.float32(1.0 / power)
    across = (u ** (power - 1) / np.float32(half_x)) ** 2 + (v ** (power - 1) / np.float32(half_y)) ** 2
    slope = np.sqrt(across) * np.maximum(total, np.float32(1e-6)) ** np.float32(1.0 / power - 1.0)
    out: Floats = (radius - 1.0) / np.maximum(slope, np.float32(1e-3))
    return out


def smooth_union(a: Floats, b: Floats, blend_mm: float) -> Floats:
    """Union of two distances with a rounded seam (polynomial smooth minimum)."""
    share = np.clip(0.5 + 0.5 * (b - a) / np.float32(blend_mm), 0.0, 1.0)
    out: Floats = b + (a - b) * share - np.float32(blend_mm) * share * (1.0 - share)
    return out


def sum_of(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """Sum of arrays."""
    first, *rest = parts
    total = first
    for part in rest:
        total = total + part
    return total


def _span(positions: Floats, low: float, high: float, step: float) -> slice:
    first = int(np.floor((low - float(positions[0])) / step)) - 1
    last = int(np.ceil((high - float(positions[0])) / step)) + 2
    return slice(max(0, first), max(0, min(len(positions), last)))
