"""Short texts on plates, drawn once and kept: the same few stand on many tiles, and seldom change.

A text with its rim is five runs of glyphs and a plate; from the second time on it is one small image.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from viewers.pixel_cache import PixelCache
from viewers.style import LINE, font, inks

#: a text, the size of its font in pixels, and whether it is bold
Run = tuple[str, int, bool]

#: the plate is so much longer than the text, before it and after it; the image a little more
_PAD, _EDGE = 3.0, 5.0
#: part of the plate's height that is over the base line
_OVER = 0.7
_BUDGET_BYTES = 16 << 20
_drawn = PixelCache(_BUDGET_BYTES)


@lru_cache(maxsize=8)
def metrics_of(size_px: int, bold: bool = False) -> QFontMetricsF:
    """The metrics of the window's font in a size."""
    return QFontMetricsF(font(size_px, bold))


@lru_cache(maxsize=4096)
def width_px(text: str, size_px: int, bold: bool = False) -> float:
    """How long a text is; the same few stand on many views."""
    return metrics_of(size_px, bold).horizontalAdvance(text)


class Stamps:
    """Draws texts with one painter, which is scaled and moved only."""

    def __init__(self, painter: QPainter) -> None:
        self._painter = painter
        device = painter.deviceTransform()
        self._ratio, self._dx, self._dy = device.m11(), device.dx(), device.dy()

    def put(self, x: float, y: float, color: QColor, *runs: Run) -> None:
        """Texts after each other on a plate that keeps them legible on white as well (a contrast of 4.5 to
        1).  The base line begins at (x, y), moved to the nearest pixel of the device.
        """
        ratio = self._ratio
        key = (runs, color.rgba(), ratio)
        image = _drawn.thing(key, lambda: _stamp(runs, color, ratio))
        left = math.floor((x - _EDGE) * ratio + self._dx + 0.5)
        top = math.floor((y - LINE) * ratio + self._dy + 0.5)
        self._painter.drawImage(QPointF((left - self._dx) / ratio, (top - self._dy) / ratio), image)


def _stamp(runs: tuple[Run, ...], color: QColor, ratio: float) -> tuple[QImage, int]:
    """Texts on their plate, and the bytes of the image."""
    long = sum(width_px(*run) for run in runs)
    size = (math.ceil((long + 2 * _EDGE) * ratio), math.ceil(2 * LINE * ratio))
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.fillRect(QRectF(_EDGE - _PAD, LINE - _OVER * LINE, long + 2 * _PAD, LINE), inks().plate)
    x = _EDGE
    for text, size_px, bold in runs:
        painter.setFont(font(size_px, bold))
        paint_outlined(painter, x, LINE, text, color)
        x += width_px(text, size_px, bold)
    painter.end()
    return image, image.sizeInBytes()


def paint_outlined(painter: QPainter, x: float, y: float, text: str, color: QColor) -> None:
    """Text with a dark rim: four shifted copies are enough at this size, and quicker than a stroked path."""
    painter.setPen(QColor(0, 0, 0, 190))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(QPointF(x + dx, y + dy), text)
    painter.setPen(color)
    painter.drawText(QPointF(x, y), text)
