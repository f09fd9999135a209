"""An arrow with words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.shape import MeasuredImage, Polyline, Shape, Stroke

#: length of a stroke of the head, its share of the arrow at most, and its angle to the shaft
_HEAD_PX, _HEAD_SHARE, _HEAD_ANGLE = 12.0, 0.4, math.radians(25)


class Arrow(Shape):
    """Two points: the tip, where the button went down, and the end.  It measures nothing; its words are its
    label.
    """

    shape_id = "arrow"
    title = "Draw arrow"
    key = "Shift+N"
    icon = "arrow-up-left"
    letter = "M"
    count = 2
    kind = RoiKind.ARROW
    measures_values = False
    measures_size = False
    asks_words = True

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        tip, end = points
        angle = math.atan2(end[1] - tip[1], end[0] - tip[0])
        head = min(_HEAD_PX, _HEAD_SHARE * math.dist(tip, end))
        sides = [
            (tip[0] + head * math.cos(angle + a), tip[1] + head * math.sin(angle + a))
            for a in (-_HEAD_ANGLE, _HEAD_ANGLE)
        ]
        return (Polyline((tip, end)), Polyline((sides[0], tip, sides[1])))

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        return ()

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return ()
