"""Regions within lines: a rectangle, a polygon, a smooth line through points, a line drawn freely."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.region import outline_area, region_values, values_within
from app.viewing.shapes.shape import (
    LEAST_PX,
    Box,
    Drawing,
    MeasuredImage,
    Polyline,
    Shape,
    Stroke,
    box_around,
)
from app.viewing.shapes.words import region_details, region_text


class Outline(Shape, ABC):
    """Corners in turn.  Measured are the pixels whose centre lies inside, of the image itself, and the area
    of the drawn outline.
    """

    count = 3
    letter = "R"

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        corners = self.kind.outline_of(tuple(points))
        return (Polyline((*corners, corners[0])),)

    def values_of(self, image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
        return values_within(image, self.kind.outline_of(tuple(points)))

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        corners = self.kind.outline_of(tuple(points))
        return region_values(image, values_within(image, corners), corners, outline_area(corners))

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return region_text(values)

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return region_details(values)


class Rectangle(Outline):
    """Four corners in turn, at right angles."""

    shape_id = "rectangle"
    title = "Measure rectangle"
    key = "Shift+E"
    icon = "rectangle"
    count = 4
    kind = RoiKind.RECTANGLE

    def drawn(self, start: PointPx, now: PointPx) -> tuple[PointPx, ...]:
        (x0, y0), (x1, y1) = start, now
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))

    def large_enough(self, start: PointPx, now: PointPx) -> bool:
        return min(abs(now[0] - start[0]), abs(now[1] - start[1])) >= LEAST_PX

    def with_handle(self, points: tuple[PointPx, ...], handle: int, to: PointPx) -> tuple[PointPx, ...]:
        """The opposite corner and the direction of the sides stay."""
        fixed = np.array(points[(handle + 2) % 4])
        along = np.subtract(points[(handle + 1) % 4], points[handle])
        if not np.hypot(*along):
            along = np.array((1.0, 0.0))
        along = along / np.hypot(*along)
        over = np.subtract(to, fixed)
        beside = fixed + (over - (over @ along) * along)
        other = fixed + (over @ along) * along
        out = list(points)
        out[handle] = to
        out[(handle + 1) % 4] = (float(beside[0]), float(beside[1]))
        out[(handle + 3) % 4] = (float(other[0]), float(other[1]))
        return tuple(out)


class Polygon(Outline):
    """Corners that a hand places; closed at the first, by a double click or by Enter."""

    shape_id = "polygon"
    title = "Measure polygon"
    key = "Y"
    icon = "polygon"
    kind = RoiKind.POLYGON
    drawing = Drawing.PLACE
    open_ended = True


class Spline(Outline):
    """Points that a hand places, with a smooth line through all of them (`app.domain.roi.smooth_outline`)."""

    shape_id = "spline"
    title = "Measure smooth region"
    key = "Shift+S"
    icon = "vector-spline"
    kind = RoiKind.SPLINE
    drawing = Drawing.PLACE
    open_ended = True

    def bounds(self, points: Sequence[PointPx]) -> Box:
        return box_around(self.kind.outline_of(tuple(points)))


class Freehand(Outline):
    """The line that a hand draws; moved as a whole."""

    shape_id = "freehand"
    title = "Measure freehand region"
    key = "Shift+Y"
    icon = "lasso"
    kind = RoiKind.FREEHAND
    drawing = Drawing.TRACE
    open_ended = True
    has_handles = False
