"""Positions and grids in the patient's space.

The one place where the order of axes is written:

* points in the patient are ``(x, y, z)`` in millimetres, LPS (x to the patient's left, y to the back, z to
  the head);
* indices are ``(slice, row, column)``, zero-based, and integers name the **centres** of voxels;
* points in an image are ``(column, row)`` in pixels as DICOM SCOORD has them (PS3.3 C.18.6): the upper left
  corner of the upper left pixel is ``(0, 0)``, its centre ``(0.5, 0.5)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Point3 = tuple[float, float, float]
Vector3 = tuple[float, float, float]
#: cosine of the steepest lean of a stack
_LEAST_UPRIGHT = 0.3
PointPx = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of voxels at even distances.

    The planes of the slices are rectangular; the direction from slice to slice may lean (a tilted gantry), so
    that every voxel keeps its true place.

    Parameters
    ----------
    shape : (slices, rows, columns)
    spacing_mm : distance of neighbouring centres along (slice, row, column)
    origin_mm : LPS position of the centre of voxel (0, 0, 0)
    axes : unit LPS vectors of increasing (slice, row, column) index; row and column at a right angle
    """

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: Point3
    axes: tuple[Vector3, Vector3, Vector3]

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"grid shape must be three positive numbers, found {self.shape}")
        if min(self.spacing_mm) <= 0:
            raise ValueError(f"grid spacing must be positive, found {self.spacing_mm}")
        product = np.array(self.axes) @ np.array(self.axes).T
        if not np.allclose(np.diag(product), 1.0, atol=1e-3) or abs(product[1, 2]) > 1e-3:
            raise ValueError(
                f"grid axes must be unit vectors, rows and columns orthogonal, found {self.axes}"
            )
        if abs(np.linalg.det(np.array(self.axes))) < _LEAST_UPRIGHT:
            raise ValueError(
                f"the slices of a grid must not lie in each other's plane, found axes {self.axes}"
            )

    @property
    def normal(self) -> Vector3:
        """Unit normal of the slices, on the side to which their index grows."""
        slice_axis, row, column = (np.array(axis) for axis in self.axes)
        across = np.cross(column, row)
        return _vector(across if across @ slice_axis > 0 else -across)

    @property
    def slice_distance_mm(self) -> float:
        """Distance of neighbouring slices along their normal."""
        return float(self.spacing_mm[0] * abs(np.dot(self.normal, self.axes[0])))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(4, 4) matrix from homogeneous (slice, row, column, 1) to LPS millimetres."""
        out = np.eye(4)
        out[:3, :3] = (np.array(self.axes) * np.array(self.spacing_mm)[:, None]).T
        out[:3, 3] = self.origin_mm
        return out

    def to_lps(self, index: ArrayLike) -> NDArray[np.float64]:
        """LPS millimetres of indices; shape (…, 3) in and out."""
        m = self.matrix
        return np.asarray(np.asarray(index, dtype=float) @ m[:3, :3].T + m[:3, 3])

    def to_index(self, point_mm: ArrayLike) -> NDArray[np.float64]:
        """Continuous (slice, row, column) of LPS points; shape (…, 3) in and out."""
        m = self.matrix
        inverse = np.linalg.inv(m[:3, :3])
        return np.asarray((np.asarray(point_mm, dtype=float) - m[:3, 3]) @ inverse.T)

    @property
    def centre_mm(self) -> Point3:
        """LPS position of the middle of the grid."""
        x, y, z = self.to_lps([(n - 1) / 2 for n in self.shape])
        return (float(x), float(y), float(z))

    @property
    def voxel_mm3(self) -> float:
        """Volume of one voxel in cubic millimetres."""
        return float(np.prod(self.spacing_mm[1:]) * self.slice_distance_mm)

    def same_as(self, other: Grid, *, tolerance_mm: float = 1e-3) -> bool:
        """Equal shape, and equal position of every corner within `tolerance_mm`."""
        if self.shape != other.shape:
            return False
        corners = np.array(np.meshgrid(*[(0, n - 1) for n in self.shape])).reshape(3, -1).T
        return bool(np.abs(self.to_lps(corners) - other.to_lps(corners)).max() <= tolerance_mm)


def _vector(values: NDArray[np.float64]) -> Vector3:
    x, y, z = (float(v) + 0.0 for v in values / np.linalg.norm(values))
    return (x, y, z)


def orientation_letters(direction: ArrayLike, *, threshold: float = 0.25) -> str:
    """Letters of a direction in the patient, most important first, e.g. ``A``, ``RF`` (PS3.3 C.7.6.1.1.1).

    A component counts when its share is over `threshold` (cosine).
    """
    vector = np.asarray(direction, dtype=float)
    names = (("R", "L"), ("A", "P"), ("F", "H"))
    order = np.argsort(-np.abs(vector))
    return "".join(names[i][int(vector[i] > 0)] for i in order if abs(vector[i]) > threshold)
