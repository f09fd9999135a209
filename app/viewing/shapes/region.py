"""What is measured inside a region: statistics of its pixels, and its area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.errors import BadInput
from app.viewing.shapes.concepts import (
    AREA,
    CENTIMETRE,
    ENTROPY,
    KURTOSIS,
    MAXIMUM,
    MEAN,
    MEDIAN,
    MINIMUM,
    NO_UNITS,
    PERCENTILE_10,
    PERCENTILE_90,
    SD,
    SKEWNESS,
    SQUARE_MILLIMETRE,
    SQUARE_PIXEL,
    VELOCITY_TIME_INTEGRAL,
    value_unit,
)
from app.viewing.shapes.scales import length_scale, trace_at
from app.viewing.shapes.shape import MeasuredImage

ENTROPY_BINS = 64
#: a value on the edge of two bins is in the upper one, whatever its last digits say
_EDGE_SHARE = 1e-3
#: lines across an outline over which its area is summed, and how far that may be off
_SCAN_LINES, _SCAN_ERROR = 1000, 0.005


def statistics(image: MeasuredImage, values: NDArray[np.float64]) -> tuple[MeasuredValue, ...]:
    """What one value or more are like.

    In the image's quantity: mean (IBSI Q4LE), SD of the sample (n − 1), minimum (1GSF), maximum (84IY),
    median (Y12H), 10th and 90th percentile (QG58, 8DWT), between values that are not there linearly.  Without
    units: skewness (KE2A) and excess kurtosis (IPH6) of the population, and the entropy (TLU2) in bits of a
    histogram of `ENTROPY_BINS` bins from minimum to maximum, all 0 where the values are one.  The letters are
    those of the Image Biomarker Standardisation Initiative's reference manual (Zwanenburg et al., Radiology
    2020;295:328).
    """
    unit = value_unit(image.quantity, image.unit)
    low, median, high = np.percentile(values, (10, 50, 90))
    found = {
        MEAN: values.mean(),
        SD: values.std(ddof=1) if values.size > 1 else 0.0,
        MINIMUM: values.min(),
        MAXIMUM: values.max(),
        MEDIAN: median,
        PERCENTILE_10: low,
        PERCENTILE_90: high,
    }
    form = zip((SKEWNESS, KURTOSIS, ENTROPY), _form_of(values), strict=True)
    return (
        *(MeasuredValue(concept, float(value), unit) for concept, value in found.items()),
        *(MeasuredValue(concept, value, NO_UNITS) for concept, value in form),
    )


def _form_of(values: NDArray[np.float64]) -> tuple[float, float, float]:
    """Skewness, excess kurtosis and entropy of the distribution."""
    low, high = float(values.min()), float(values.max())
    away = values - values.mean()
    square = away * away
    variance = float(square.mean())
    if low == high or variance == 0:
        return (0.0, 0.0, 0.0)
    places = (values - low) * (ENTROPY_BINS / (high - low)) + _EDGE_SHARE
    bins = np.minimum(places, ENTROPY_BINS - 1).astype(np.intp)
    counts = np.bincount(bins, minlength=ENTROPY_BINS)
    shares = counts[counts > 0] / values.size
    return (
        float(square @ away) / values.size / variance**1.5,
        float(square @ square) / values.size / variance**2 - 3.0,
        float(-(shares * np.log2(shares)).sum()),
    )


def area_value(image: MeasuredImage, points: Sequence[PointPx], square: float) -> MeasuredValue:
    """An area in square millimetres, where a distance is known where all points of the shape lie; around a
    flow in spectral Doppler its velocity-time integral.
    """
    trace = trace_at(image, points)
    if trace is not None:
        across, down = trace.axes
        if (across.unit, down.unit) != ("s", "cm/s"):
            return MeasuredValue(AREA, square, SQUARE_PIXEL)
        return MeasuredValue(VELOCITY_TIME_INTEGRAL, square * abs(across.step * down.step), CENTIMETRE)
    known = length_scale(image, points)
    if known is None:
        return MeasuredValue(AREA, square, SQUARE_PIXEL)
    return MeasuredValue(AREA, square * abs(float(np.linalg.det(known[0]))), SQUARE_MILLIMETRE)


def region_values(
    image: MeasuredImage, values: NDArray[np.float64], points: Sequence[PointPx], square: float
) -> tuple[MeasuredValue, ...]:
    """Statistics and area of a region of `square` pixels; of a colour image its area.  `BadInput` where there
    is nothing in it.
    """
    if image.in_colour and square > 0:
        return (area_value(image, points, square),)
    if not values.size:
        raise BadInput("The region holds no pixel.", hint="Draw it larger, inside the image.")
    return (*statistics(image, values), area_value(image, points, square))


def values_within(image: MeasuredImage, points: Sequence[PointPx]) -> NDArray[np.float64]:
    """Values of the pixels whose centre lies in an outline, (n,); an outline that crosses itself holds what
    an odd number of its loops hold.  Of a centre on the outline itself the left and the upper side count, so
    that regions side by side share no pixel.
    """
    if image.values is None:
        return np.zeros(0)
    corners = np.asarray(points, dtype=float)
    size = np.array(image.values.shape[::-1])
    low = np.clip(np.floor(corners.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, size).astype(int)
    if (high <= low).any():
        return np.zeros(0)
    rows = np.arange(low[1], high[1]) + 0.5
    at, on_row = _crossings(corners, rows)
    columns = int(high[0] - low[0])
    first = np.clip(np.ceil(at - 0.5).astype(int) - low[0], 0, columns)
    turns = np.zeros((rows.size, columns + 1), dtype=int)
    np.add.at(turns, (on_row, first), 1)
    inside = np.cumsum(turns, axis=1)[:, :columns] % 2 == 1
    return image.taken((slice(low[1], high[1]), slice(low[0], high[0])), inside)


def outline_area(points: Sequence[PointPx]) -> float:
    """Area of an outline in square pixels; of one that crosses itself, of what its loops hold an odd number
    of times.
    """
    corners = np.asarray(points, dtype=float)
    x, y = (corners - corners[0]).T
    plain = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    low, high = float(corners[:, 1].min()), float(corners[:, 1].max())
    step = (high - low) / _SCAN_LINES
    lines = np.linspace(low + step / 2, high - step / 2, _SCAN_LINES, dtype=np.float64)
    at, on_line = _crossings(corners, lines)
    order = np.lexsort((at, on_line))
    summed = float((at[order][1::2] - at[order][::2]).sum()) * step
    return plain if abs(summed - plain) <= _SCAN_ERROR * summed else summed


def _crossings(
    corners: NDArray[np.float64], lines: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int_]]:
    """Where an outline crosses level lines: x, and the number of the line; an even number on each."""
    (x0, y0), (x1, y1) = corners.T, np.roll(corners, -1, axis=0).T
    crossing = (y0 <= lines[:, None]) != (y1 <= lines[:, None])
    on_line, edge = np.nonzero(crossing)
    share = (lines[on_line] - y0[edge]) / (y1[edge] - y0[edge])
    return x0[edge] + share * (x1[edge] - x0[edge]), on_line
