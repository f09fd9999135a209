"""What a type of shape must say of itself: how it is drawn, held, measured and saved.

A new type is a module with a `Shape`, named by its feature (`app.features.Feature.shapes`).  Points are
given in any coordinates that keep angles (pixels of the screen, the sheet of `app.viewing.image_plane`), but
for `measure`, which takes pixels of the image.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import Frame
from app.domain.geometry import Point3, PointPx
from app.domain.image import real_values
from app.domain.measurement import MeasuredValue
from app.domain.quantity import Quantity
from app.domain.roi import RoiKind
from app.domain.uptake import VoxelRegion
from app.domain.volume import Volume
from app.viewing.image_plane import ImagePlane

#: a shorter drag is a slip of the hand
LEAST_PX = 4.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """They share an area."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def grown(self, by: float) -> Box:
        """With as much more on every side."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, at: PointPx) -> bool:
        """The point lies in it."""
        return self.x <= at[0] <= self.x + self.width and self.y <= at[1] <= self.y + self.height

    def inside(self, size_px: tuple[int, int]) -> bool:
        """It lies on the tile, a little off its edges."""
        return (
            self.x >= 4
            and self.y >= 4
            and self.x + self.width <= size_px[0] - 4
            and self.y + self.height <= size_px[1] - 4
        )


def box_around(points: Sequence[PointPx], pad: float = 0.0) -> Box:
    """Smallest box around points."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return Box(min(xs) - pad, min(ys) - pad, max(xs) - min(xs) + 2 * pad, max(ys) - min(ys) + 2 * pad)


@dataclass(frozen=True, slots=True)
class Polyline:
    """Straight strokes from point to point."""

    points: tuple[PointPx, ...]


@dataclass(frozen=True, slots=True)
class EllipseLine:
    """A whole ellipse; `angle` is that of its first half axis, in radians."""

    centre: PointPx
    half: tuple[float, float]
    angle: float


Stroke = Polyline | EllipseLine


class Drawing(StrEnum):
    """How a hand draws a shape."""

    #: press, drag, release; or click, move, click
    DRAG = "drag"
    #: point by point, by clicks and drags
    PLACE = "place"
    #: the line follows the hand
    TRACE = "trace"


#: length of the parts of a line that are kept clear of texts, and how far beside it
_PART_PX, BESIDE_PX = 24.0, 5.0


def _boxes_along(start: PointPx, end: PointPx) -> tuple[Box, ...]:
    """Small boxes along a straight stroke."""
    count = min(max(math.ceil(math.dist(start, end) / _PART_PX), 1), 100)
    places = [
        (start[0] + (end[0] - start[0]) * n / count, start[1] + (end[1] - start[1]) * n / count)
        for n in range(count + 1)
    ]
    return tuple(box_around(pair, BESIDE_PX) for pair in pairwise(places))


def nearest_on(strokes: Sequence[Stroke], at: PointPx) -> PointPx:
    """The place of a shape's line that is next to a point; of an ellipse, towards its middle."""
    places = [place for stroke in strokes for place in _places_next_to(stroke, at)]
    return min(places, key=lambda place: math.dist(place, at))


def _places_next_to(stroke: Stroke, at: PointPx) -> Iterator[PointPx]:
    if isinstance(stroke, EllipseLine):
        (x, y), (a, b) = stroke.centre, stroke.half
        cos, sin = math.cos(stroke.angle), math.sin(stroke.angle)
        dx, dy = at[0] - x, at[1] - y
        along, across = dx * cos + dy * sin, dy * cos - dx * sin
        far = math.hypot(along / a, across / b) if a and b else 0.0
        yield (x + dx / far, y + dy / far) if far else (x, y)
    elif len(stroke.points) == 1:
        yield stroke.points[0]
    else:
        yield from (_nearest_on_segment(first, second, at) for first, second in pairwise(stroke.points))


def _nearest_on_segment(first: PointPx, second: PointPx, at: PointPx) -> PointPx:
    dx, dy = second[0] - first[0], second[1] - first[1]
    square = dx * dx + dy * dy
    along = (at[0] - first[0]) * dx + (at[1] - first[1]) * dy
    share = min(max(along / square, 0.0), 1.0) if square else 0.0
    return (first[0] + share * dx, first[1] + share * dy)


def distance_to_segment(first: PointPx, second: PointPx, at: PointPx) -> float:
    """How far a point is from a straight stroke."""
    return math.dist(_nearest_on_segment(first, second, at), at)


def distance_to_line(points: Sequence[PointPx], at: PointPx) -> float:
    """How far a point is from straight strokes from point to point."""
    return min((distance_to_segment(a, b, at) for a, b in pairwise(points)), default=math.dist(points[0], at))


@dataclass(frozen=True, slots=True)
class LiverReference:
    """Mean and SD of the uptake in a healthy liver, of the kind `quantity`."""

    mean: float
    sd: float
    quantity: Quantity = Quantity.SUV_BW


@dataclass(frozen=True, slots=True, eq=False)
class VolumeAround:
    """The volume that an image is a plane of, at a position of its further axis.

    `told` is what is known to be wrong with its values (English templates and their parameters), `liver` the
    reference that was placed in it.
    """

    volume: Volume
    further: int
    told: tuple[tuple[str, dict[str, str]], ...] = ()
    liver: LiverReference | None = None


def mapped_only(values: NDArray[np.float64], span: tuple[float, float] | None) -> NDArray[np.float64]:
    """The values that are numbers, and lie in what is mapped (None: all do), (n,)."""
    known = np.isfinite(values)
    if span is not None:
        low, high = span
        # of single precision, whose last digits say nothing
        about = 1e-6 * max(abs(end) for end in (*span, 0.0) if math.isfinite(end))
        known &= (values >= low - about) & (values <= high + about)
    return np.asarray(values[known])


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredImage:
    """What a shape is measured on: values (row, column) as the image hangs, and where its pixels lie.

    `values` are stored values of `frame`, or real ones where there is no frame; None for what is `in_colour`
    and where nothing has arrived.  `missing` marks pixels that are no image; padding never is.  Real values
    times `factor` are told, in `quantity`; those out of the span that is `mapped` are not.
    """

    plane: ImagePlane
    values: NDArray[Any] | None
    quantity: Quantity
    unit: str = ""
    modality: str = ""
    frame: Frame | None = None
    missing: NDArray[np.bool_] | None = None
    around: VolumeAround | None = None
    in_colour: bool = False
    factor: float = 1.0
    mapped: tuple[float, float] | None = None

    def value_at(self, at: PointPx) -> float | None:
        """Real value of the pixel that holds a point; None off the image and where there is none."""
        column, row = math.floor(at[0]), math.floor(at[1])
        if self.values is None or not (
            0 <= row < self.values.shape[0] and 0 <= column < self.values.shape[1]
        ):
            return None
        only = np.ones((1, 1), dtype=bool)
        taken = self.taken((slice(row, row + 1), slice(column, column + 1)), only)
        return float(taken[0]) if taken.size else None

    def is_unmapped(self, at: PointPx) -> bool:
        """The image has a stored value at a point, and gives it no real one."""
        column, row = math.floor(at[0]), math.floor(at[1])
        if self.values is None or not (
            0 <= row < self.values.shape[0] and 0 <= column < self.values.shape[1]
        ):
            return False
        if self.missing is not None and self.missing[row, column]:
            return False
        stored = self.values[row : row + 1, column : column + 1]
        real = real_values(stored, self.frame) if self.frame is not None else stored
        return not mapped_only(np.asarray(real, dtype=np.float64), self.mapped).size

    def taken(self, window: tuple[slice, slice], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Real values of the pixels of a window that are marked, without what is no image; shape (n,)."""
        assert self.values is not None
        if self.missing is not None:
            inside = inside & ~self.missing[window]
        stored = self.values[window][inside]
        if self.frame is not None:
            if self.frame.padding is not None:
                low, high = sorted(self.frame.padding)
                stored = stored[(stored < low) | (stored > high)]
            stored = real_values(stored, self.frame)
        return mapped_only(np.asarray(stored, dtype=np.float64), self.mapped) * self.factor


class Shape(ABC):
    """A type of shape.  `count` points, or that many and more where it is `open_ended`; `letter` begins its
    label; `kind` is how it is stored; `title` (English, a translation key), `key` and `icon` are those of
    the tool that draws it, which stands in the row of tools itself where it is `in_row`.
    """

    shape_id: ClassVar[str]
    title: ClassVar[str]
    key: ClassVar[str] = ""
    icon: ClassVar[str]
    letter: ClassVar[str]
    count: ClassVar[int]
    kind: ClassVar[RoiKind]
    drawing: ClassVar[Drawing] = Drawing.DRAG
    open_ended: ClassVar[bool] = False
    in_row: ClassVar[bool] = False
    #: points can be taken hold of one by one
    has_handles: ClassVar[bool] = True
    #: a press and a release at one place make it
    by_click: ClassVar[bool] = False
    #: it measures values of pixels
    measures_values: ClassVar[bool] = True
    #: it measures a distance or an area
    measures_size: ClassVar[bool] = True
    #: it is measured in the volume, once it is drawn: what does not fit is refused with its reason
    in_volume: ClassVar[bool] = False
    #: words are asked for when it was drawn; they are its label
    asks_words: ClassVar[bool] = False
    #: without words it is nothing
    needs_words: ClassVar[bool] = False

    def drawn(self, start: PointPx, now: PointPx) -> tuple[PointPx, ...]:
        """Points of a new shape that is dragged, from where the button went down to where the pointer is."""
        return (start, now)

    def placed(self, points: tuple[PointPx, ...]) -> tuple[PointPx, ...]:
        """Points of a new shape, after a hand placed them one by one; there may be fewer than `count`."""
        return points

    def large_enough(self, start: PointPx, now: PointPx) -> bool:
        """It was drawn on purpose; in pixels of the screen."""
        return self.by_click or math.dist(start, now) >= LEAST_PX

    @abstractmethod
    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        """Its line."""

    def bounds(self, points: Sequence[PointPx]) -> Box:
        """Smallest upright box around it."""
        return box_around(points)

    def covers(self, points: Sequence[PointPx]) -> tuple[Box, ...]:
        """What no text should hide: all that a region encloses, else what its lines lie on."""
        if self.kind.is_region or self.kind.is_volume:
            return (self.bounds(points),)
        lines = (stroke.points for stroke in self.path(points) if isinstance(stroke, Polyline))
        along = tuple(box for line in lines for pair in pairwise(line) for box in _boxes_along(*pair))
        return along or (self.bounds(points),)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        """How far a point is from its line."""
        lines = (stroke.points for stroke in self.path(points) if isinstance(stroke, Polyline))
        return min(distance_to_line(line, at) for line in lines)

    def with_handle(self, points: tuple[PointPx, ...], handle: int, to: PointPx) -> tuple[PointPx, ...]:
        """Its points after one of them was moved."""
        return (*points[:handle], to, *points[handle + 1 :])

    def ordered(self, points: tuple[PointPx, ...]) -> tuple[PointPx, ...]:
        """Its points in the order they are stored."""
        return points

    def region_of(
        self, around: VolumeAround, at_mm: Point3, values: Sequence[MeasuredValue]
    ) -> VoxelRegion | None:
        """The voxels that a shape of a volume stands for, found again from its point and values; None of
        what is none, and where they are not in the volume.
        """
        return None

    def values_of(self, image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
        """Real values of the pixels that a region holds, (n,), of points in pixels of the image; none of what
        is no region.
        """
        return np.zeros(0)

    @abstractmethod
    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        """Values, of points in pixels of the image; `BadInput` where it measures nothing."""

    @abstractmethod
    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        """Its values in words."""

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        """What else was measured, in words: for the list, not beside the shape."""
        return ()
