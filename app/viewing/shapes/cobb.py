"""The angle of Cobb between two end plates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.angle import degrees_between, to_sheet, turn_of
from app.viewing.shapes.concepts import COBB_ANGLE, DEGREE
from app.viewing.shapes.shape import Drawing, MeasuredImage, Polyline, Shape, Stroke
from app.viewing.shapes.words import angle_text

#: length of a dash, and of the gap after it, of the line between the plates
_DASH_PX = 6.0
#: sine of the angle to the line between the plates under which a plate has no side of it
_ALONG = 1e-3


class Cobb(Shape):
    """Four points: the ends of one plate, then of the other, in whatever order a hand takes them.

    Both plates are read from the same side of the line between their middles, so that curves of more than a
    right angle are told as they are.  Plates that lie along that line make the smaller angle.
    """

    shape_id = "cobb"
    title = "Measure Cobb angle"
    key = "Shift+A"
    icon = "cobb-angle"
    letter = "C"
    count = 4
    kind = RoiKind.COBB
    drawing = Drawing.PLACE
    measures_values = False
    measures_size = False

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        plates = [Polyline(tuple(points[:2])), Polyline(tuple(points[2:]))]
        if len(points) < self.count:
            return tuple(plate for plate in plates if plate.points)
        return (*plates, *_dashes(_middle(points[:2]), _middle(points[2:])))

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        a, b, c, d = np.asarray(points, dtype=float) @ to_sheet(image, points).T
        first, second = b - a, d - c
        angle = degrees_between(first, second)
        between = (c + d - a - b) / 2
        sides = [turn_of(between, plate) for plate in (first, second)]
        least = _ALONG * np.hypot(*between) * min(np.hypot(*first), np.hypot(*second))
        if min(map(abs, sides)) <= least:
            angle = min(angle, 180 - angle)
        elif sides[0] * sides[1] < 0:
            angle = 180 - angle
        return (MeasuredValue(COBB_ANGLE, angle, DEGREE),)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (f"Cobb {angle_text(values[0])}",)


def _middle(ends: Sequence[PointPx]) -> PointPx:
    (x0, y0), (x1, y1) = ends
    return ((x0 + x1) / 2, (y0 + y1) / 2)


def _dashes(start: PointPx, end: PointPx) -> tuple[Polyline, ...]:
    length = math.dist(start, end)
    count = min(int(length / (2 * _DASH_PX)), 200)
    return tuple(
        Polyline((_between(start, end, k / count), _between(start, end, (k + 0.5) / count)))
        for k in range(count)
    )


def _between(start: PointPx, end: PointPx, share: float) -> PointPx:
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
