"""A displayed image in its own pixels, on a flat sheet, and in the patient.

Three ways of saying where something is:

* *pixels* ``(x, y)`` of the image as it hangs, the upper left corner of the upper left pixel at ``(0, 0)``;
* the *sheet*: (right, down) in millimetres, or in pixel widths where no distance is known; angles are true
there, and an image whose slices lean is a parallelogram on it; * LPS millimetres, where the image has a place
in the patient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.frame import Frame, UltrasoundRegion
from app.domain.geometry import Grid, Point3, PointPx, Vector3, orientation_letters
from app.domain.pixel import SpacingSource
from app.viewing.planes import PlaneView, as_point, grid_plane

Letters = tuple[str, str, str, str]
#: cosine over which two axes of a plane are not at a right angle
_LEANING = 1e-3
#: cosine from which two planes count as parallel
_PARALLEL = 0.9999
_OPPOSITE = str.maketrans("RLAPFHTBOI", "LRPAHFBTIO")


@dataclass(frozen=True, slots=True)
class Pose:
    """Where an image lies: LPS of the centre of its upper left pixel, and the vectors of one pixel to the
    right and down.
    """

    origin_mm: Point3
    across_mm: Vector3
    down_mm: Vector3

    @property
    def normal(self) -> Vector3:
        """Unit normal: right × down."""
        (a, b, c), (d, e, f) = self.across_mm, self.down_mm
        x, y, z = b * f - c * e, c * d - a * f, a * e - b * d
        length = math.hypot(x, y, z)
        return (x / length, y / length, z / length)

    def is_parallel(self, right: Vector3, down: Vector3) -> bool:
        """Whether two vectors lie in the same plane or one beside it."""
        other = np.cross(right, down)
        return bool(abs(other @ self.normal) >= _PARALLEL * np.linalg.norm(other))

    def distance_mm(self, point_mm: Point3) -> float:
        """How far a point lies off the plane, on the side of its normal."""
        offsets = (p - o for p, o in zip(point_mm, self.origin_mm, strict=True))
        return sum(offset * share for offset, share in zip(offsets, self.normal, strict=True))


@dataclass(frozen=True, slots=True)
class ImagePlane:
    """An image as it hangs, before it is zoomed, turned or moved.

    `size` is (columns, rows); `across` and `down` are the vectors of a pixel on the sheet; `source` says what
    a distance on it is worth.  `view` is set for a plane of a grid, `along` is its whole index there.
    `letters` name the left, right, top and bottom side.
    """

    size: tuple[int, int]
    across: tuple[float, float]
    down: tuple[float, float]
    source: SpacingSource
    pose: Pose | None = None
    frame_of_reference_uid: str = ""
    letters: Letters = ("", "", "", "")
    view: PlaneView | None = None
    along: int = 0
    magnification: float | None = None
    regions: tuple[UltrasoundRegion, ...] = ()

    @property
    def has_mm(self) -> bool:
        """Distances on the sheet are millimetres."""
        return self.source is not SpacingSource.NONE

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(2, 2): pixels → sheet."""
        return np.array((self.across, self.down)).T

    def to_lps(self, x: float, y: float) -> Point3 | None:
        """LPS of a point of the image."""
        if self.pose is None:
            return None
        pose = self.pose
        at = (
            np.array(pose.origin_mm)
            + (x - 0.5) * np.array(pose.across_mm)
            + (y - 0.5) * np.array(pose.down_mm)
        )
        return as_point(at)

    @property
    def middle_mm(self) -> Point3 | None:
        """LPS of the middle of the image; None where it has no place in the patient."""
        return self.to_lps(self.size[0] / 2, self.size[1] / 2)

    def from_lps(self, point_mm: Point3) -> PointPx | None:
        """Pixel of a point, projected along the normal."""
        if self.pose is None:
            return None
        base = np.array((self.pose.across_mm, self.pose.down_mm)).T
        offset = np.subtract(point_mm, self.pose.origin_mm)
        (x, y), *_ = np.linalg.lstsq(base, offset, rcond=None)
        return (float(x) + 0.5, float(y) + 0.5)

    def pixels_of(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Pixels of points of shape (n, 3), projected along the normal, shape (n, 2); the image has a
        place.
        """
        assert self.pose is not None
        base = np.array((self.pose.across_mm, self.pose.down_mm)).T
        away = np.atleast_2d(np.asarray(points_mm, dtype=float)) - np.array(self.pose.origin_mm)
        return np.asarray(away @ np.linalg.pinv(base).T + 0.5)

    def to_source(self, x: float, y: float) -> PointPx:
        """Pixel (SCOORD) on the source image, which may hang turned or mirrored."""
        if self.view is None or self.view.normal != 0:
            return (x, y)
        _, row, column = self.view.to_index(x, y, self.along)
        return (column + 0.5, row + 0.5)

    def from_source(self, x: float, y: float) -> PointPx:
        """Pixel of the image as it hangs, of one on the source image."""
        if self.view is None or self.view.normal != 0:
            return (x, y)
        return self.view.to_image((self.along, y - 0.5, x - 0.5))

    def region_at(self, points_px: ArrayLike) -> UltrasoundRegion | None:
        """The innermost region of an ultrasound image that holds every point."""
        points = np.atleast_2d(np.asarray(points_px, dtype=float))
        return min((one for one in self.regions if _held(one, points).all()), key=_area, default=None)

    def crosses_regions(self, points_px: ArrayLike) -> bool:
        """The points lie in regions of an ultrasound image whose scales differ."""
        if len(self.regions) < 2:
            return False
        found = (self.region_at(point) for point in np.atleast_2d(np.asarray(points_px, dtype=float)))
        scales = {(r.spacing, r.unit, r.axes) for r in found if r is not None and (r.unit or r.is_trace)}
        plain = {(s, u) for s, u, _ in scales if u == "mm"}
        return len(plain) + len({axes for _, u, axes in scales if u != "mm"}) > 1

    def mm_per_px(self, points_px: ArrayLike) -> tuple[NDArray[np.float64], SpacingSource] | None:
        """(2, 2) pixels → millimetres where all the points lie, and what that is worth; None where nothing is
        known.

        A region of an ultrasound image is asked first: the innermost that holds every point.  Of times and
        velocities there are no millimetres, nor outside the regions of an image that is calibrated by them.
        """
        points = np.atleast_2d(np.asarray(points_px, dtype=float))
        held = {region: _held(region, points) for region in self.regions}
        inside = [region for region, within in held.items() if within.all()]
        if inside:
            region = min(inside, key=_area)
            down, across = region.spacing
            return (np.diag((across, down)), SpacingSource.CALIBRATED) if region.unit == "mm" else None
        crossed = any(within.any() and region.unit != "mm" for region, within in held.items())
        if crossed or (self.regions and self.source is SpacingSource.CALIBRATED):
            return None
        return (self.matrix, self.source) if self.has_mm else None


def _held(region: UltrasoundRegion, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    left, top, right, bottom = region.box
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= left) & (x <= right + 1) & (y >= top) & (y <= bottom + 1))


def _area(region: UltrasoundRegion) -> int:
    left, top, right, bottom = region.box
    return (right - left) * (bottom - top)


@lru_cache(maxsize=1024)
def slice_plane(grid: Grid, axis: int, along: int, frame_of_reference_uid: str = "") -> ImagePlane:
    """A plane of a grid as it hangs; slices that lean are drawn leaning, the direction of the stack
    straight.
    """
    view = grid_plane(grid, axis)
    right, down = np.array(view.right_vector), np.array(view.down_vector)
    across_mm, down_mm = right * view.spacing_mm[0], down * view.spacing_mm[1]
    if abs(float(right @ down)) > _LEANING:
        if view.down == 0:
            right = _unit(right - (right @ down) * down)
        else:
            down = _unit(down - (down @ right) * right)
    origin = as_point(grid.to_lps(view.to_index(0.5, 0.5, along)))
    return ImagePlane(
        size=view.size,
        across=(float(across_mm @ right), float(across_mm @ down)),
        down=(float(down_mm @ right), float(down_mm @ down)),
        source=SpacingSource.PATIENT,
        pose=Pose(origin, as_point(across_mm), as_point(down_mm)),
        frame_of_reference_uid=frame_of_reference_uid,
        letters=_letters(right, down),
        view=view,
        along=along,
    )


def frame_plane(frame: Frame) -> ImagePlane:
    """A frame as it is stored."""
    spacing = frame.spacing
    height, width = spacing.display_ratio
    if spacing.mm is None:  # a ratio tells the form of a pixel, not its size
        height, width = height / width, 1.0
    plane = ImagePlane(
        size=(frame.columns, frame.rows),
        across=(width, 0.0),
        down=(0.0, height),
        source=spacing.source if spacing.mm is not None else SpacingSource.NONE,
        frame_of_reference_uid=frame.frame_of_reference_uid,
        letters=_told_letters(frame.patient_orientation),
        magnification=spacing.magnification,
        regions=frame.regions,
    )
    if frame.orientation is None:
        return plane
    right, down = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    plane = replace(plane, letters=_letters(right, down))
    if frame.position_mm is None or spacing.mm is None or spacing.source is not SpacingSource.PATIENT:
        return plane
    return replace(plane, pose=Pose(frame.position_mm, as_point(right * width), as_point(down * height)))


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))


def _letters(right: NDArray[np.float64], down: NDArray[np.float64]) -> Letters:
    return (
        orientation_letters(-right),
        orientation_letters(right),
        orientation_letters(-down),
        orientation_letters(down),
    )


def _told_letters(patient_orientation: tuple[str, str] | None) -> Letters:
    """Sides of a projection, from Patient Orientation (PS3.3 C.7.6.1.1.1)."""
    if patient_orientation is None:
        return ("", "", "", "")
    right, down = (direction.upper() for direction in patient_orientation)
    return (right.translate(_OPPOSITE), right, down.translate(_OPPOSITE), down)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the sheet lies on the tile: `turn` (2, 2) of whole numbers, `px_per_unit`, and the pixel of the
    image's middle.
    """

    plane: ImagePlane
    turn: tuple[tuple[int, int], tuple[int, int]]
    px_per_unit: float
    middle: PointPx

    @property
    def affine(self) -> tuple[float, float, float, float, float, float]:
        """(a, b, c, d, e, f): image (x, y) → screen (a·x + c·y + e, b·x + d·y + f)."""
        (xx, xy), (yx, yy) = self.turn
        scale = self.px_per_unit
        (ax, ay), (dx, dy) = self.plane.across, self.plane.down
        a, b = scale * (xx * ax + xy * ay), scale * (yx * ax + yy * ay)
        c, d = scale * (xx * dx + xy * dy), scale * (yx * dx + yy * dy)
        width, height = self.plane.size
        e = self.middle[0] - (a * width + c * height) / 2
        f = self.middle[1] - (b * width + d * height) / 2
        return (a, b, c, d, e, f)

    @property
    def px_per_pixel(self) -> float:
        """Screen pixels for one of the image, along its shorter side."""
        a, b, c, d, *_ = self.affine
        return min(math.hypot(a, b), math.hypot(c, d))

    def to_screen(self, x: float, y: float) -> PointPx:
        """Screen pixel of a point of the image."""
        a, b, c, d, e, f = self.affine
        return (a * x + c * y + e, b * x + d * y + f)

    def to_image(self, at: PointPx) -> PointPx:
        """Point of the image under a screen pixel."""
        a, b, c, d, e, f = self.affine
        whole = a * d - b * c
        x, y = at[0] - e, at[1] - f
        return ((d * x - c * y) / whole, (a * y - b * x) / whole)

    @property
    def letters(self) -> Letters:
        """Left, right, top and bottom side as the image is turned."""
        left, right, top, bottom = self.plane.letters
        sides = {(-1, 0): left, (1, 0): right, (0, -1): top, (0, 1): bottom}
        (a, c), (b, d) = self.turn
        turned = {(a * x + c * y, b * x + d * y): name for (x, y), name in sides.items()}
        return (turned[-1, 0], turned[1, 0], turned[0, -1], turned[0, 1])


@lru_cache(maxsize=64)
def turn_of(turns: int, flipped: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """(2, 2): sheet → screen, for quarter turns clockwise after left and right were exchanged."""
    base = np.array(((-1, 0), (0, 1))) if flipped else np.eye(2, dtype=int)
    quarter = np.array(((0, -1), (1, 0)))
    (a, c), (b, d) = (np.linalg.matrix_power(quarter, turns % 4) @ base).astype(int).tolist()
    return ((a, c), (b, d))


def turned_size(plane: ImagePlane, turn: tuple[tuple[int, int], tuple[int, int]]) -> tuple[float, float]:
    """Width and height of the image on the turned sheet."""
    (columns, rows), (ax, ay), (dx, dy) = plane.size, plane.across, plane.down
    (xx, xy), (yx, yy) = turn
    width = columns * abs(xx * ax + xy * ay) + rows * abs(xx * dx + xy * dy)
    height = columns * abs(yx * ax + yy * ay) + rows * abs(yx * dx + yy * dy)
    return (width, height)


def fit_px_per_unit(
    plane: ImagePlane, turn: tuple[tuple[int, int], tuple[int, int]], size_px: tuple[float, float]
) -> float:
    """Scale at which the image just fits."""
    width, height = turned_size(plane, turn)
    return float(min(max(size_px[0], 1) / width, max(size_px[1], 1) / height))
