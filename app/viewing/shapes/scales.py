"""What a pixel is worth where a shape lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import UltrasoundRegion
from app.domain.geometry import PointPx
from app.domain.pixel import SpacingSource
from app.errors import BadInput
from app.viewing.shapes.shape import MeasuredImage


class NotMeasuredHere(BadInput):
    """A shape was drawn on purpose where it measures nothing: the person is told why."""


Scale = tuple[NDArray[np.float64], SpacingSource]


def length_scale(image: MeasuredImage, points: Sequence[PointPx]) -> Scale | None:
    """(2, 2) pixels → millimetres where all the points of a shape lie, and what that is worth; None where
    only pixels are known.  `NotMeasuredHere` where the points lie in regions of different scales, and in one
    that has no lengths.
    """
    _require_one_scale(image, points)
    region = image.plane.region_at(points)
    if region is not None and region.is_trace:
        raise NotMeasuredHere(
            "This part of the image shows {down} over {across}: it has no lengths and angles.",
            hint="The length tool tells times, differences and slopes there.",
            down=region.axes[1].unit or "1",
            across=region.axes[0].unit or "1",
        )
    return image.plane.mm_per_px(points)


def trace_at(image: MeasuredImage, points: Sequence[PointPx]) -> UltrasoundRegion | None:
    """The trace (M-mode, spectral Doppler, a curve) that all the points lie in; None where they lie in none.
    `NotMeasuredHere` where they lie in regions of different scales.
    """
    _require_one_scale(image, points)
    region = image.plane.region_at(points)
    return region if region is not None and region.is_trace else None


def _require_one_scale(image: MeasuredImage, points: Sequence[PointPx]) -> None:
    if image.plane.crosses_regions(points):
        raise NotMeasuredHere(
            "The points lie in parts of the image that have different scales or units.",
            hint="Draw within one part of the image.",
        )
