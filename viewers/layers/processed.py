"""Processed images over the original ones: whole, beside a divider, or as a difference."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from app.domain.volume import Volume
from app.imaging.lookup import to_rgb32
from app.imaging.reduction import block_means
from app.viewing.layers import ProcessedLayer
from app.viewing.overlays import difference
from app.viewing.resolve import Resolved
from app.viewing.screen import Compare, SliceView, Viewport
from app.viewing.shown_image import missing_of, slice_values
from viewers.layers.base import arrived_state, draw_image, without_missing
from viewers.pixel_cache import PixelCache


def paint_processed(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: ProcessedLayer, cache: PixelCache
) -> None:
    """The processed images, where they are asked for."""
    image = processed_image(shown, viewport, layer, cache)
    if image is None:
        return
    right = QRectF(shown.swipe_px, 0, shown.size_px[0], shown.size_px[1])
    clip = right if shown.compare is Compare.SWIPE else None
    draw_image(painter, shown, image, shown.block_side, clip=clip)


def processed_image(
    shown: Resolved, viewport: Viewport, layer: ProcessedLayer, cache: PixelCache
) -> QImage | None:
    """Pixels of the processed images, or of the difference."""
    volume, view, at = viewport.image, viewport.view, shown.image
    if shown.processed is None or at.shown is None or not isinstance(volume, Volume):
        return None
    if not isinstance(view, SliceView) or volume.voxels.generation != at.generation:
        return None
    pipeline, wanted = shown.processed, layer.volume
    further = min(at.further, wanted.voxels.ready.shape[0] - 1)
    as_difference = shown.compare is Compare.DIFFERENCE
    arrived = arrived_state(volume, view, at.shown, at.further)
    side = shown.block_side
    cut = (wanted.voxels.generation, at.generation, view.axis, at.shown, at.further, arrived, side)

    def make() -> NDArray[np.uint32]:
        assert at.shown is not None
        missing = missing_of(volume, view, at.shown, at.further)
        values: NDArray[Any] = slice_values(wanted, view, at.shown, further)
        if as_difference:
            values = difference(slice_values(volume, view, at.shown, at.further), values)
        return without_missing(to_rgb32(block_means(values, side), pipeline), missing, side)

    return cache.image((*cut, as_difference, pipeline), make)
