"""Words at a place."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.shape import Box, EllipseLine, MeasuredImage, Shape, Stroke, box_around

_RADIUS_PX = 3.0


class Note(Shape):
    """One point.  It measures nothing; its words are its label."""

    shape_id = "note"
    title = "Write note"
    key = "N"
    icon = "letter-t"
    letter = "N"
    count = 1
    kind = RoiKind.NOTE
    by_click = True
    measures_values = False
    measures_size = False
    asks_words = True
    needs_words = True

    def drawn(self, start: PointPx, now: PointPx) -> tuple[PointPx, ...]:
        return (now,)

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        return (EllipseLine(points[0], (_RADIUS_PX, _RADIUS_PX), 0.0),)

    def bounds(self, points: Sequence[PointPx]) -> Box:
        return box_around(points, _RADIUS_PX)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        return math.dist(points[0], at)

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        return ()

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return ()


class SpineLabel(Note):
    """One point on a vertebra or a disc; the name of its level is its label (`app.domain.spine`)."""

    shape_id = "spine"
    title = "Label spine"
    key = "Shift+T"
    icon = "list-numbers"
    letter = "W"
    kind = RoiKind.SPINE_LABEL
    asks_words = False
    needs_words = False
