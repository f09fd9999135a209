"""The value of one pixel, or of the trace that it lies in."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.errors import BadInput
from app.viewing.shapes.concepts import value_concept, value_unit
from app.viewing.shapes.scales import NotMeasuredHere, trace_at
from app.viewing.shapes.shape import Box, MeasuredImage, Polyline, Shape, Stroke, box_around
from app.viewing.shapes.trace import point_value, value_words
from app.viewing.shapes.words import value_text

#: units that values of pixels do not have
_OF_TRACES = frozenset(("s", "mm", "cm/s", "Hz", "dB", "dB/s", "cm2", "cm2/s", "cm3", "cm3/s", "deg"))
#: reach of the cross and of its gap
_ARM_PX, _GAP_PX = 6.0, 2.0


class Probe(Shape):
    """One point."""

    shape_id = "probe"
    title = "Probe value"
    key = "B"
    icon = "color-picker"
    letter = "P"
    count = 1
    in_row = True
    kind = RoiKind.POINT
    has_handles = False
    by_click = True
    measures_size = False

    def drawn(self, start: PointPx, now: PointPx) -> tuple[PointPx, ...]:
        return (now,)

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        x, y = points[0]
        sides = ((-1, 0), (1, 0), (0, -1), (0, 1))
        return tuple(
            Polyline(((x + a * _ARM_PX, y + b * _ARM_PX), (x + a * _GAP_PX, y + b * _GAP_PX)))
            for a, b in sides
        )

    def bounds(self, points: Sequence[PointPx]) -> Box:
        return box_around(points, _ARM_PX)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        return math.dist(points[0], at)

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        trace = trace_at(image, points)
        shown = point_value(trace, points[0]) if trace is not None else None
        if shown is not None:
            return (shown,)
        if image.in_colour:
            raise NotMeasuredHere("A colour has no value that could be measured.")
        value = image.value_at(points[0])
        if value is None and image.is_unmapped(points[0]):
            raise NotMeasuredHere("The image gives the stored value at the point no real one.")
        if value is None:
            raise BadInput("There is no value at the point.")
        concept = value_concept(image.quantity, image.modality)
        return (MeasuredValue(concept, value, value_unit(image.quantity, image.unit)),)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (value_words(values[0]) if values[0].unit.value in _OF_TRACES else value_text(values[0]),)
