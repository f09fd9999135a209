"""An ellipse and the values inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.viewing.shapes.region import region_values
from app.viewing.shapes.shape import LEAST_PX, Box, EllipseLine, MeasuredImage, Shape, Stroke
from app.viewing.shapes.words import region_details, region_text

#: a centre exactly on the line counts, whatever the last bit of a conversion says
_ON_THE_LINE = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class _Axes:
    """Centre and half axes as vectors, shape (2,) each."""

    centre: NDArray[np.float64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]

    @property
    def half(self) -> tuple[float, float]:
        """Lengths of the half axes."""
        return float(np.hypot(*self.first)), float(np.hypot(*self.second))


class Ellipse(Shape):
    """Four points: ends of the longer axis, then of the shorter.

    Measured are the pixels whose centre lies inside or on the line, of the image itself: nothing is
    interpolated.  The area is that of the drawn shape, π·a·b,
    not a count of pixels, so that it does not jump with the pixel grid; square pixels where no distance is
    known.
    """

    shape_id = "ellipse"
    title = "Measure ellipse"
    key = "E"
    icon = "circle-dashed"
    letter = "E"
    count = 4
    in_row = True
    kind = RoiKind.ELLIPSE

    def drawn(self, start: PointPx, now: PointPx) -> tuple[PointPx, ...]:
        (x0, y0), (x1, y1) = start, now
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        return ((x0, cy), (x1, cy), (cx, y0), (cx, y1))

    def large_enough(self, start: PointPx, now: PointPx) -> bool:
        return min(abs(now[0] - start[0]), abs(now[1] - start[1])) >= LEAST_PX

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        return (_line_of(points),)

    def bounds(self, points: Sequence[PointPx]) -> Box:
        line = _line_of(points)
        (a, b), (cx, cy) = line.half, line.centre
        half_w = math.hypot(a * math.cos(line.angle), b * math.sin(line.angle))
        half_h = math.hypot(a * math.sin(line.angle), b * math.cos(line.angle))
        return Box(cx - half_w, cy - half_h, 2 * half_w, 2 * half_h)

    def distance(self, points: Sequence[PointPx], at: PointPx) -> float:
        """About, for a slim ellipse."""
        line = _line_of(points)
        (a, b), (cx, cy) = line.half, line.centre
        dx, dy = at[0] - cx, at[1] - cy
        u = dx * math.cos(line.angle) + dy * math.sin(line.angle)
        v = -dx * math.sin(line.angle) + dy * math.cos(line.angle)
        if min(a, b) <= 0:
            return math.hypot(u, v)
        radius = math.hypot(u / a, v / b)
        return abs(radius - 1) * math.hypot(u, v) / radius if radius > 1e-9 else min(a, b)

    def with_handle(self, points: tuple[PointPx, ...], handle: int, to: PointPx) -> tuple[PointPx, ...]:
        """The opposite end stays and the axis follows; the other axis keeps its length and stays at a right
        angle.
        """
        pair = 0 if handle < 2 else 2
        fixed = points[2 * pair + 1 - handle]
        axis = np.subtract(to, fixed)
        length = float(np.hypot(*axis))
        if length < 1e-6:
            return points
        other = 2 - pair
        half = math.dist(points[other], points[other + 1]) / 2
        across = np.array((-axis[1], axis[0])) / length * half
        if across @ np.subtract(points[other + 1], points[other]) < 0:
            across = -across
        centre = np.add(to, fixed) / 2
        out = list(points)
        out[handle] = to
        out[other], out[other + 1] = _point(centre - across), _point(centre + across)
        return tuple(out)

    def ordered(self, points: tuple[PointPx, ...]) -> tuple[PointPx, ...]:
        a, b, c, d = points
        return (c, d, a, b) if math.dist(c, d) > math.dist(a, b) else points

    def values_of(self, image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
        to_sheet = _sheet_of(image, points)
        axes = _axes_of(points, to_sheet)
        return values_inside(image, axes, to_sheet) if min(axes.half) > 0 else np.zeros(0)

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        to_sheet = _sheet_of(image, points)
        a, b = _axes_of(points, to_sheet).half
        square_pixels = math.pi * a * b / abs(float(np.linalg.det(to_sheet)))
        return region_values(image, self.values_of(image, points), points, square_pixels)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return region_text(values)

    def details(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return region_details(values)


def values_inside(image: MeasuredImage, axes: _Axes, to_sheet: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of the pixels whose centre lies in an ellipse given on the sheet."""
    if image.values is None:
        return np.zeros(0)
    back = np.linalg.inv(to_sheet)
    middle = back @ axes.centre
    reach = np.hypot(back @ axes.first, back @ axes.second)
    size = np.array(image.values.shape[::-1])
    low = np.clip(np.floor(middle - reach), 0, size).astype(int)
    high = np.clip(np.ceil(middle + reach) + 1, 0, size).astype(int)
    if (high <= low).any():
        return np.zeros(0)
    x = np.arange(low[0], high[0])[None, :] + 0.5
    y = np.arange(low[1], high[1])[:, None] + 0.5
    u = to_sheet[0, 0] * x + to_sheet[0, 1] * y - axes.centre[0]
    v = to_sheet[1, 0] * x + to_sheet[1, 1] * y - axes.centre[1]
    along = (u * axes.first[0] + v * axes.first[1]) / (axes.first @ axes.first)
    beside = (u * axes.second[0] + v * axes.second[1]) / (axes.second @ axes.second)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    return image.taken(window, along**2 + beside**2 <= _ON_THE_LINE)


def _sheet_of(image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
    """Pixels to where the axes stand at a right angle: as the image is drawn, in a trace too."""
    known = image.plane.mm_per_px(points)
    return known[0] if known is not None else image.plane.matrix


def _axes_of(points: Sequence[PointPx], to_sheet: NDArray[np.float64]) -> _Axes:
    ends = np.asarray(points, dtype=float) @ to_sheet.T
    return _Axes(ends.mean(axis=0), (ends[1] - ends[0]) / 2, (ends[3] - ends[2]) / 2)


def _line_of(points: Sequence[PointPx]) -> EllipseLine:
    cx, cy = (sum(p[i] for p in points) / 4 for i in (0, 1))
    a, b = math.dist(points[0], points[1]) / 2, math.dist(points[2], points[3]) / 2
    return EllipseLine((cx, cy), (a, b), math.atan2(points[1][1] - points[0][1], points[1][0] - points[0][0]))


def _point(values: NDArray[np.float64]) -> PointPx:
    return (float(values[0]), float(values[1]))
