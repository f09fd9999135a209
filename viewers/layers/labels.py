"""Segments over the images: translucent fills and sharp outlines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QPainter, QPen, QTransform

from app.domain.segmentation import Segmentation, StackSegmentation
from app.domain.volume import Volume
from app.viewing.layers import LabelLayer
from app.viewing.overlays import fill_image, outline
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from viewers.layers.base import draw_image
from viewers.pixel_cache import PixelCache

Outlines = tuple[tuple[QColor, list[QLineF]], ...]
#: bytes of a line with its object
_LINE_BYTES = 120


def paint_labels(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: LabelLayer, cache: PixelCache
) -> None:
    """Fills, then outlines; nothing where the labels are not on the images' own pixels."""
    at, segmentation = shown.image.shown, layer.segmentation
    cut = labels_at(shown, viewport, segmentation) if shown.overlays else None
    if cut is None:
        return
    colors = tuple((s.number, s.color) for s in segmentation.segments if s.number not in layer.hidden)
    if not colors:
        return
    axis = shown.plane.view.normal if shown.plane.view is not None else -1
    key = (shown.image.generation, segmentation, axis, at, colors)
    fill = cache.image((*key, layer.opacity), lambda: fill_image(cut, colors, layer.opacity), clear=True)
    draw_image(painter, shown, fill)

    def lines() -> tuple[Outlines, int]:
        made = tuple((QColor(*color), [QLineF(*line) for line in outline(cut == n)]) for n, color in colors)
        return made, _LINE_BYTES * sum(len(some) for _, some in made)

    _paint_outlines(painter, shown, cache.thing((*key, "lines"), lines))


def labels_at(
    shown: Resolved, viewport: Viewport, segmentation: Segmentation | StackSegmentation
) -> NDArray[np.uint8] | None:
    """Labels of the shown image as it hangs, shape (row, column); None where it has none."""
    view, at = shown.plane.view, shown.image.shown
    if at is None:
        return None
    if isinstance(segmentation, StackSegmentation):
        labels = segmentation.labels[at] if view is None and at < len(segmentation.labels) else None
        fits = labels is not None and labels.shape == shown.plane.size[::-1]
        return labels if fits else None
    if view is None or not isinstance(viewport.image, Volume):
        return None
    same = segmentation.grid.shape == viewport.image.grid.shape
    return view.cut(segmentation.labels, at) if same else None


def _paint_outlines(painter: QPainter, shown: Resolved, outlines: Outlines) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setTransform(QTransform(*shown.placement.affine), True)
    for color, lines in outlines:
        pen = QPen(color, 1.4)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(lines)
    painter.restore()
