"""A straight distance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.domain.coding import Code
from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.concepts import LENGTH, MILLIMETRE, PIXEL
from app.viewing.shapes.scales import length_scale, trace_at
from app.viewing.shapes.shape import MeasuredImage, Polyline, Shape, Stroke, distance_to_line
from app.viewing.shapes.trace import is_of_trace, line_values, trace_details, trace_lines
from app.viewing.shapes.words import length_text

#: half a tick at each end
_TICK_PX = 4.0


class Length(Shape):
    """Two ends.  Millimetres where a distance of pixels is known, else pixels; in a trace of an ultrasound
    image times, velocities and slopes.
    """

    shape_id = "length"
    title = "Measure length"
    key = "D"
    icon = "ruler-measure"
    letter = "L"
    count = 2
    kind = RoiKind.LENGTH
    in_row = True
    measures_values = False

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        return ticked_line(points)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        return distance_to_line(points, at)

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        trace = trace_at(image, points)
        return line_values(trace, points) if trace is not None else (length_value(image, points, LENGTH),)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return trace_lines(values) if is_of_trace(values) else (length_text(values[0]),)

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return trace_details(values)


def ticked_line(points: Sequence[PointPx]) -> tuple[Polyline, ...]:
    """A straight stroke with a tick at each end."""
    (x0, y0), (x1, y1) = points
    angle = math.atan2(y1 - y0, x1 - x0) + math.pi / 2
    dx, dy = _TICK_PX * math.cos(angle), _TICK_PX * math.sin(angle)
    ticks = (Polyline(((x - dx, y - dy), (x + dx, y + dy))) for x, y in points)
    return (Polyline(((x0, y0), (x1, y1))), *ticks)


def length_value(
    image: MeasuredImage, ends: Sequence[PointPx], concept: Code, within: Sequence[PointPx] = ()
) -> MeasuredValue:
    """The distance of two ends, in the unit that is known where all points of the shape (`within`) lie;
    `NotMeasuredHere` as `length_scale`.
    """
    known = length_scale(image, within or ends)
    along = np.subtract(ends[1], ends[0])
    if known is None:
        return MeasuredValue(concept, float(np.hypot(*along)), PIXEL)
    return MeasuredValue(concept, float(np.hypot(*(known[0] @ along))), MILLIMETRE)
