"""How a plane of a grid lies on the screen.

Images hang as radiologists hang them: transverse planes seen from the feet (patient's left at the image's
right, front up), coronal ones from the front and sagittal ones from the left, both head up. Only exchanges
and flips of grid axes are needed, so an image on the screen is a view of the array, never a copy or an
interpolation.

Points on a displayed image are ``(x, y)`` in its pixels, corners at integers as DICOM SCOORD has them: the
centre of the upper left pixel is ``(0.5, 0.5)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid, Point3, Vector3
from app.i18n import tr

#: wished (right, down) on the screen for a normal along x, y, z (LPS)
_HANGING: tuple[tuple[Vector3, Vector3], ...] = (
    ((0, 1, 0), (0, 0, -1)),
    ((1, 0, 0), (0, 0, -1)),
    ((1, 0, 0), (0, 1, 0)),
)


@dataclass(frozen=True, slots=True)
class PlaneView:
    """A plane of a grid as it hangs.

    `normal`, `across` and `down` are grid axes (0 slice, 1 row, 2 column); a sign of −1 means that the index
    falls along the screen's direction. `size` is (columns, rows) of the displayed image, `spacing_mm` its
    pixel distance (across, down). `normal_vector` is the direction of the index `along`. `patient_axis` is
    the LPS axis (0 x, 1 y, 2 z) nearest to the normal: it names the plane.
    """

    normal: int
    across: int
    down: int
    across_sign: int
    down_sign: int
    size: tuple[int, int]
    spacing_mm: tuple[float, float]
    right_vector: Vector3
    down_vector: Vector3
    normal_vector: Vector3
    patient_axis: int
    count: int
    step_mm: float

    def to_image(self, index: tuple[float, float, float]) -> tuple[float, float]:
        """(x, y) on the displayed image of a continuous (slice, row, column)."""
        width, height = self.size
        a, d = index[self.across], index[self.down]
        return (
            a + 0.5 if self.across_sign > 0 else width - 0.5 - a,
            d + 0.5 if self.down_sign > 0 else height - 0.5 - d,
        )

    def to_index(self, x: float, y: float, along: float) -> tuple[float, float, float]:
        """Continuous (slice, row, column) of a point of the displayed image on the plane with index
        `along`.
        """
        width, height = self.size
        out = [0.0, 0.0, 0.0]
        out[self.normal] = along
        out[self.across] = x - 0.5 if self.across_sign > 0 else width - 0.5 - x
        out[self.down] = y - 0.5 if self.down_sign > 0 else height - 0.5 - y
        return (out[0], out[1], out[2])

    def cut(self, values: NDArray[Any], along: int) -> NDArray[Any]:
        """The displayed image (rows, columns) of a (slice, row, column) array; a view of it."""
        index: list[Any] = [slice(None)] * 3
        index[self.normal] = along
        plane = values[tuple(index)]
        if self.across < self.down:
            plane = plane.T
        return np.asarray(plane[:: self.down_sign, :: self.across_sign])


@lru_cache(maxsize=256)
def grid_plane(grid: Grid, normal: int) -> PlaneView:
    """How the planes across a grid axis (0 slice, 1 row, 2 column) hang, whatever way they were acquired."""
    first, second = (axis for axis in range(3) if axis != normal)
    vectors = np.array(grid.axes)
    patient_axis = int(np.argmax(np.abs(vectors[normal])))
    right, down = (np.array(v, dtype=float) for v in _HANGING[patient_axis])
    straight = abs(vectors[second] @ right) + abs(vectors[first] @ down)
    turned = abs(vectors[first] @ right) + abs(vectors[second] @ down)
    across, downwards = (second, first) if straight >= turned else (first, second)
    across_sign = 1 if vectors[across] @ right >= 0 else -1
    down_sign = 1 if vectors[downwards] @ down >= 0 else -1
    return PlaneView(
        normal,
        across,
        downwards,
        across_sign,
        down_sign,
        (grid.shape[across], grid.shape[downwards]),
        (grid.spacing_mm[across], grid.spacing_mm[downwards]),
        _vector(vectors[across] * across_sign),
        _vector(vectors[downwards] * down_sign),
        _vector(vectors[normal]),
        patient_axis,
        grid.shape[normal],
        grid.spacing_mm[normal],
    )


@lru_cache(maxsize=256)
def axis_of(grid: Grid, plane: str) -> int:
    """The grid axis whose planes are nearest to ``axial``, ``coronal`` or ``sagittal`` ones of the
    patient.
    """
    shares = np.abs(np.array(grid.axes))  # (grid axis, patient axis)
    best = max(permutations(range(3)), key=lambda order: sum(shares[order[axis], axis] for axis in range(3)))
    return best[("sagittal", "coronal", "axial").index(plane)]


def plane_name(view: PlaneView) -> str:
    """What the plane is in the patient, whatever the direction of acquisition."""
    return plane_across(view.patient_axis)


def plane_across(patient_axis: int) -> str:
    """Name of the planes across an LPS axis (0 x, 1 y, 2 z)."""
    return (tr("Sagittal"), tr("Coronal"), tr("Axial"))[patient_axis]


def nearest_slice(index: float, count: int) -> int:
    """The slice that a continuous index shows: half-way counts up, everywhere alike; held within 0…count
    − 1.
    """
    return int(min(max(math.floor(index + 0.5), 0), count - 1))


def _vector(values: NDArray[Any]) -> Vector3:
    return (float(values[0]), float(values[1]), float(values[2]))


def as_point(values: Any) -> Point3:
    """Three numbers as a point."""
    return (float(values[0]), float(values[1]), float(values[2]))
