"""Draws the images of a tile and what lies over them with the painters of all features."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.viewing.layer_painter import LayerPainter
from app.viewing.layers import Layer
from app.viewing.resolve import Beside, Resolved
from app.viewing.screen import Compare, PairMode, Viewport
from viewers.layers.base import paint_base
from viewers.pixel_cache import PixelCache
from viewers.style import inks


class TilePainter:
    """Pixels of tiles: to the window, to a picture, always the same.

    Parameters
    ----------
    painters : of all types of layers, in the order that they lie on each other
    cache : finished pixels
    """

    def __init__(self, painters: Iterable[LayerPainter], cache: PixelCache) -> None:
        self._painters = tuple(painters)
        self._cache = cache

    def layers(self, viewport: Viewport) -> tuple[Layer | None, ...]:
        """All that is drawn over the images of a viewport."""
        return tuple(viewport.layer(one.layer) for one in self._painters)

    def paint(self, painter: QPainter, shown: Resolved, viewport: Viewport) -> None:
        """Images and layers of pixels; nothing that follows the pointer."""
        painter.fillRect(0, 0, *shown.size_px, inks().ground)
        if shown.is_missing:
            return
        painter.save()
        painter.setClipRect(image_rect(shown), Qt.ClipOperation.IntersectClip)
        if shown.compare in (Compare.SOURCE, Compare.SWIPE):
            paint_base(painter, shown, viewport, self._cache)
        self._paint_layers(painter, shown, viewport)
        if not shown.image.ready and shown.image.shown is not None:
            painter.fillRect(image_rect(shown), QColor(0, 0, 0, 120))
        if shown.beside is not None and shown.beside.mode is PairMode.SWIPE:
            self._paint_beside(painter, shown, shown.beside)
        painter.restore()

    def _paint_beside(self, painter: QPainter, shown: Resolved, beside: Beside) -> None:
        """The other view's images, right of the divider."""
        right = QRectF(shown.swipe_px, 0, shown.size_px[0] - shown.swipe_px, shown.size_px[1])
        painter.setClipRect(right, Qt.ClipOperation.IntersectClip)
        painter.fillRect(right, inks().ground)
        paint_base(painter, beside.shown, beside.viewport, self._cache)
        self._paint_layers(painter, beside.shown, beside.viewport)

    def _paint_layers(self, painter: QPainter, shown: Resolved, viewport: Viewport) -> None:
        for one in self._painters:
            layer = viewport.layer(one.layer)
            if layer is not None:
                one.paint(painter, shown, viewport, layer, self._cache)


def image_rect(shown: Resolved) -> QRectF:
    """Where the images are in their tile."""
    area = shown.area
    return QRectF(area.x, area.y, area.width, area.height)
