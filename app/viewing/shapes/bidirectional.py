"""The long axis of a tumour and the longest one across it (RECIST)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.errors import BadInput
from app.viewing.shapes.concepts import LONG_AXIS, SHORT_AXIS
from app.viewing.shapes.length import length_value, ticked_line
from app.viewing.shapes.shape import Drawing, MeasuredImage, Polyline, Shape, Stroke
from app.viewing.shapes.words import lengths_text


class Bidirectional(Shape):
    """Four points: the ends of the long axis, then of the short one, which is at a right angle to it."""

    shape_id = "bidirectional"
    title = "Measure long and short axis"
    key = "Shift+D"
    icon = "long-short-axis"
    letter = "T"
    count = 4
    kind = RoiKind.BIDIRECTIONAL
    drawing = Drawing.PLACE
    measures_values = False

    def placed(self, points: tuple[PointPx, ...]) -> tuple[PointPx, ...]:
        """The other end of the short axis is where the hand is, straight across the long one."""
        if len(points) < self.count:
            return points
        return (*points[:3], _across(points, points[2], points[3]))

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        axes = [points[:2], points[2:]]
        return tuple(
            stroke
            for axis in axes
            if axis
            for stroke in (ticked_line(axis) if len(axis) == 2 else (Polyline(tuple(axis)),))
        )

    def with_handle(self, points: tuple[PointPx, ...], handle: int, to: PointPx) -> tuple[PointPx, ...]:
        """An end of the long axis takes the short one along, with its length and its share of the way; an
        end of the short axis slides it along the long one.
        """
        out = list(points)
        out[handle] = to
        if handle >= 2:
            other = 5 - handle
            out[other] = _across(points, to, points[other])
            return tuple(out)
        before, after = _Frame(points[0], points[1]), _Frame(out[0], out[1])
        if not before.length or not after.length:
            return points
        for n in (2, 3):
            share, beside = before.of(points[n])
            out[n] = after.at(share, beside)
        return tuple(out)

    def ordered(self, points: tuple[PointPx, ...]) -> tuple[PointPx, ...]:
        a, b, c, d = points
        return (c, d, a, b) if math.dist(c, d) > math.dist(a, b) else points

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        axes = [
            length_value(image, points[n : n + 2], concept, within=points)
            for n, concept in ((0, LONG_AXIS), (2, SHORT_AXIS))
        ]
        if not min(axis.value for axis in axes):
            raise BadInput("An axis has no length.")
        return tuple(axes)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return (lengths_text(values, " × "),)


class _Frame:
    """A line from a start: where points lie along it, as a share of its length, and how far beside."""

    def __init__(self, start: PointPx, end: PointPx) -> None:
        self._start: NDArray[np.float64] = np.array(start, dtype=float)
        self._along: NDArray[np.float64] = np.subtract(end, start)
        self.length = float(np.hypot(*self._along))
        self._beside = np.array((-self._along[1], self._along[0])) / (self.length or 1.0)

    def of(self, point: PointPx) -> tuple[float, float]:
        away = np.subtract(point, self._start)
        return float(away @ self._along) / self.length**2, float(away @ self._beside)

    def at(self, share: float, beside: float) -> PointPx:
        x, y = self._start + share * self._along + beside * self._beside
        return (float(x), float(y))


def _across(points: Sequence[PointPx], start: PointPx, end: PointPx) -> PointPx:
    """The point nearest to `end` on the line through `start` at a right angle to the long axis."""
    along = _Frame(points[0], points[1])
    return along.at(along.of(start)[0], along.of(end)[1]) if along.length else end
