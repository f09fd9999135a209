"""An angle between two legs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.errors import BadInput
from app.viewing.shapes.concepts import ANGLE, DEGREE
from app.viewing.shapes.scales import length_scale
from app.viewing.shapes.shape import Drawing, MeasuredImage, Polyline, Shape, Stroke, distance_to_line
from app.viewing.shapes.words import angle_text

#: radius of the arc at the vertex, and its share of the shorter leg at most
_ARC_PX, _ARC_SHARE = 22.0, 0.6


class Angle(Shape):
    """Three points: an end, the vertex, the other end.  Degrees from 0 to 180, true on pixels that are not
    square and on slices that lean.
    """

    shape_id = "angle"
    title = "Measure angle"
    key = "A"
    icon = "angle"
    letter = "A"
    count = 3
    kind = RoiKind.ANGLE
    drawing = Drawing.PLACE
    measures_values = False
    measures_size = False

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        legs = Polyline(tuple(points))
        return (legs, _arc(points)) if len(points) == self.count else (legs,)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        return distance_to_line(points, at)

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        first, vertex, second = points
        sheet = to_sheet(image, points)
        legs = [sheet @ np.subtract(end, vertex) for end in (first, second)]
        return (MeasuredValue(ANGLE, degrees_between(*legs), DEGREE),)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (angle_text(values[0]),)


def to_sheet(image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
    """(2, 2): pixels to where angles are true: millimetres where they are known, else the form of a pixel;
    `NotMeasuredHere` as `length_scale`.
    """
    known = length_scale(image, points)
    return known[0] if known is not None else image.plane.matrix


def degrees_between(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Angle of two vectors, 0 to 180 degrees; `BadInput` where one has no length."""
    if not np.hypot(*first) or not np.hypot(*second):
        raise BadInput("A line of the angle has no length.")
    return abs(math.degrees(math.atan2(turn_of(first, second), first @ second)))


def turn_of(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The cross product of two vectors: on which side of the first the second lies."""
    return float(first[0] * second[1] - first[1] * second[0])


def _arc(points: Sequence[PointPx]) -> Polyline:
    """From leg to leg, a few strokes."""
    (ax, ay), (x, y), (bx, by) = points
    radius = min(_ARC_PX, _ARC_SHARE * min(math.dist(points[0], points[1]), math.dist(points[2], points[1])))
    begin = math.atan2(ay - y, ax - x)
    turn = math.remainder(math.atan2(by - y, bx - x) - begin, 2 * math.pi)
    at = (begin + turn * k / 16 for k in range(17))
    return Polyline(tuple((x + radius * math.cos(a), y + radius * math.sin(a)) for a in at))
