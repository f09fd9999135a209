"""The shape under the pen: a new one, or one whose handle or body is being moved.  Pure but for the clock of the hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.geometry import Point3
from app.domain.roi import Roi, RoiKind
from app.domain.volume import Volume
from app.viewing.marks import MarkPx, distance_to_shape
from app.viewing.resolve import ResolvedSlice
from app.viewing.sampling import ellipse_numbers, length_mm, value_at
from app.viewing.state import Drawn, Mark, Plane
from app.viewing.wording import length_words, region_lines, value_words

PointPx = tuple[float, float]
#: how near the pointer must come, in pixels
HANDLE_PX, LINE_PX = 8.0, 5.0
#: a shorter drag is a slip of the hand
LEAST_PX = 4.0


@dataclass(frozen=True, slots=True)
class Grip:
    """What the pointer holds of a mark: a handle by its number, or None for the whole shape."""

    tracking_uid: str
    handle: int | None


@dataclass(frozen=True, slots=True)
class Pen:
    """A shape being drawn or moved.  `tracking_uid` is empty for a new one."""

    kind: RoiKind
    plane: Plane
    index: float
    points_mm: tuple[Point3, ...]
    tracking_uid: str = ""

    def mark(self, volume: Volume) -> Mark:
        """As the screen shows it, with its present values."""
        return Mark(
            self.tracking_uid or "pen", Roi(self.kind, self.points_mm), self.plane, self.index, live_lines(volume, self), selected=True
        )

    def drawn(self) -> Drawn:
        """The finished new shape; the longer axis of an ellipse comes first."""
        points = self.points_mm
        if self.kind is RoiKind.ELLIPSE and math.dist(points[2], points[3]) > math.dist(points[0], points[1]):
            points = (points[2], points[3], points[0], points[1])
        return Drawn(self.kind, points, self.plane, self.index)


def live_lines(volume: Volume, pen: Pen) -> tuple[str, ...]:
    """Values of the shape as it is now: the same numbers as the finished measurement's."""
    if pen.kind is RoiKind.LENGTH:
        return (length_words(length_mm(pen.points_mm)),)
    if pen.kind is RoiKind.POINT:
        value = value_at(volume, pen.points_mm[0])
        return (value_words(value, volume.quantity),) if value is not None else ()
    numbers = ellipse_numbers(volume, pen.points_mm, pen.plane, pen.index)
    return region_lines(numbers, volume.quantity) if numbers is not None else ()


def new_pen(kind: RoiKind, shown: ResolvedSlice, start: PointPx, now: PointPx) -> Pen:
    """A shape from where the button went down to where the pointer is.  An ellipse fills the box between the two."""
    index = float(shown.index)
    if kind is RoiKind.POINT:
        return Pen(kind, shown.plane, index, (shown.to_lps(now),))
    if kind is RoiKind.LENGTH:
        return Pen(kind, shown.plane, index, (shown.to_lps(start), shown.to_lps(now)))
    (x0, y0), (x1, y1) = start, now
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    ends = ((x0, cy), (x1, cy), (cx, y0), (cx, y1))
    return Pen(kind, shown.plane, index, tuple(shown.to_lps(p) for p in ends))


def long_enough(kind: RoiKind, start: PointPx, now: PointPx) -> bool:
    """It was drawn on purpose."""
    if kind is RoiKind.ELLIPSE:
        return min(abs(now[0] - start[0]), abs(now[1] - start[1])) >= LEAST_PX
    return kind is RoiKind.POINT or math.dist(start, now) >= LEAST_PX


def grip_at(marks: Sequence[MarkPx], at: PointPx) -> Grip | None:
    """What of the marks lies under the pointer: handles first, then lines and texts, the topmost first."""
    for mark in reversed(marks):
        for number, point in enumerate(mark.handles):
            if mark.kind is not RoiKind.POINT and math.dist(point, at) <= HANDLE_PX:
                return Grip(mark.tracking_uid, number)
    for mark in reversed(marks):
        if distance_to_shape(mark.kind, mark.handles, at) <= (HANDLE_PX if mark.kind is RoiKind.POINT else LINE_PX):
            return Grip(mark.tracking_uid, None)
    for mark in reversed(marks):
        box = mark.text_box
        if mark.lines and box.x <= at[0] <= box.x + box.width and box.y <= at[1] <= box.y + box.height:
            return Grip(mark.tracking_uid, None)
    return None


def moved(pen: Pen, shown: ResolvedSlice, handle: int | None, start: PointPx, now: PointPx) -> Pen:
    """`pen` as it was when the button went down, moved by the drag."""
    if handle is None:
        a, b = shown.to_lps(start), shown.to_lps(now)
        by = [b[i] - a[i] for i in range(3)]
        return replace(pen, points_mm=tuple((p[0] + by[0], p[1] + by[1], p[2] + by[2]) for p in pen.points_mm))
    if pen.kind is RoiKind.ELLIPSE:
        return replace(pen, points_mm=_ellipse_by_handle(pen.points_mm, handle, shown.to_lps(now)))
    points = list(pen.points_mm)
    points[handle] = shown.to_lps(now)
    return replace(pen, points_mm=tuple(points))


def _ellipse_by_handle(points: tuple[Point3, ...], handle: int, to: Point3) -> tuple[Point3, ...]:
    """The opposite end stays; the axis follows the pointer; the other axis keeps its length and stays at a right angle."""
    pair = 0 if handle < 2 else 2
    fixed = points[pair + 1 - (handle - pair)]
    axis = [to[i] - fixed[i] for i in range(3)]
    length = math.hypot(*axis)
    if length < 1e-6:
        return points
    other = 2 - pair
    beside = [points[other + 1][i] - points[other][i] for i in range(3)]
    along = sum(axis[i] * beside[i] for i in range(3)) / length**2
    straight = [beside[i] - along * axis[i] for i in range(3)]
    size, wanted = math.hypot(*straight), math.dist(points[other], points[other + 1])
    if size < 1e-6:
        return points
    half = [straight[i] / size * wanted / 2 for i in range(3)]
    centre = [(to[i] + fixed[i]) / 2 for i in range(3)]
    out = list(points)
    out[handle] = to
    out[other] = (centre[0] - half[0], centre[1] - half[1], centre[2] - half[2])
    out[other + 1] = (centre[0] + half[0], centre[1] + half[1], centre[2] + half[2])
    return tuple(out)
