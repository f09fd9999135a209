"""Numbers taken from a volume along drawn shapes.  One place, so that the text under the pen and the stored value agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid, Point3
from app.domain.volume import Volume
from app.viewing.planes import nearest_slice
from app.viewing.state import SLICE_PLANES, Plane


@dataclass(frozen=True, slots=True)
class RegionNumbers:
    """Statistics of a region, in the unit of the values; `pixels` is how many pixel centres lie in it, `area_mm2` that of the shape."""

    mean: float
    sd: float
    low: float
    high: float
    area_mm2: float
    pixels: int


def length_mm(points_mm: Sequence[Point3]) -> float:
    """Distance of the first two points."""
    return math.dist(points_mm[0], points_mm[1])


def plane_array(volume: Volume, plane: Plane, index: float) -> NDArray[Any]:
    """The slice nearest to a continuous index, in the order of the grid's other two axes; a view."""
    axis = SLICE_PLANES.index(plane)
    nearest = nearest_slice(index, volume.grid.shape[axis])
    return np.asarray(np.take(volume.at(), nearest, axis=axis) if axis else volume.at()[nearest])


def value_at(volume: Volume, point_mm: Point3) -> float | None:
    """Value of the voxel whose cell holds a point; None outside the grid or where nothing has arrived."""
    index = np.floor(volume.grid.to_index(point_mm) + 0.5).astype(int)
    if (index < 0).any() or (index >= volume.grid.shape).any() or not volume.voxels.ready[0, index[0]]:
        return None
    return float(volume.at()[tuple(index)])


def ellipse_numbers(volume: Volume, points_mm: Sequence[Point3], plane: Plane, index: float) -> RegionNumbers | None:
    """Statistics of the pixels whose centre lies inside or on an ellipse; None where there is none.

    `points_mm` are the ends of one axis, then of the other.  Pixels are those of the plane's own slice nearest to `index`:
    nothing is interpolated.  SD is that of the sample (n − 1).  The area is π·a·b of the drawn shape, not a count of pixels, so that it
    does not jump with the pixel grid.
    """
    first, second = _in_plane_axes(plane)
    ends = np.asarray(volume.grid.to_index(points_mm))[:, (first, second)] * _spacing(volume.grid, first, second)
    centre = ends.mean(axis=0)
    one, two = (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2
    a, b = float(np.hypot(*one)), float(np.hypot(*two))
    if min(a, b) <= 0:
        return None
    values = _inside(plane_array(volume, plane, index), volume.grid, (first, second), centre, one / a, (a, b))
    if not values.size:
        return None
    sd = float(values.std(ddof=1)) if values.size > 1 else 0.0
    return RegionNumbers(float(values.mean()), sd, float(values.min()), float(values.max()), math.pi * a * b, int(values.size))


def _inside(
    image: NDArray[Any], grid: Grid, axes: tuple[int, int], centre: NDArray[Any], direction: NDArray[Any], half: tuple[float, float]
) -> NDArray[np.float64]:
    spacing = _spacing(grid, *axes)
    reach = max(half)
    low = np.maximum(np.floor((centre - reach) / spacing), 0).astype(int)
    high = np.minimum(np.ceil((centre + reach) / spacing) + 1, image.shape).astype(int)
    if (high <= low).any():
        return np.zeros(0)
    u = (np.arange(low[0], high[0]) * spacing[0] - centre[0])[:, None]
    v = (np.arange(low[1], high[1]) * spacing[1] - centre[1])[None, :]
    along, beside = u * direction[0] + v * direction[1], u * -direction[1] + v * direction[0]
    # a centre exactly on the line counts, whatever the last bit of the conversion says
    inside = (along / half[0]) ** 2 + (beside / half[1]) ** 2 <= 1 + 1e-9
    return np.asarray(image[low[0] : high[0], low[1] : high[1]][inside], dtype=np.float64)


def _in_plane_axes(plane: Plane) -> tuple[int, int]:
    normal = SLICE_PLANES.index(plane)
    first, second = (axis for axis in range(3) if axis != normal)
    return first, second


def _spacing(grid: Grid, first: int, second: int) -> NDArray[np.float64]:
    return np.array((grid.spacing_mm[first], grid.spacing_mm[second]))
