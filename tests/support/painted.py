"""A viewport painted as its tile paints it, as pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

from app.viewing.resolve import Resolved, ScreenFacts, resolve
from app.viewing.screen import TextLevel, Viewport
from tests.support.tiles import PAINTERS
from viewers.pixel_cache import PixelCache
from viewers.tile_painter import TilePainter


def painted(
    viewport: Viewport, size: tuple[int, int] = (400, 300), **facts: Any
) -> tuple[Resolved, NDArray[np.uint8]]:
    """What is resolved, and the RGB of the images with their layers, shape (row, column, 3)."""
    told = {"text_level": TextLevel.NONE, "bars": False} | facts
    shown = resolve(viewport, ScreenFacts(**told), size)
    assert shown is not None
    image = QImage(*size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    TilePainter(PAINTERS, PixelCache()).paint(painter, shown, viewport)
    painter.end()
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(size[1], rgb.bytesPerLine())
    return shown, rows[:, : size[0] * 3].reshape(size[1], size[0], 3).copy()


def color_at(pixels: NDArray[np.uint8], at: tuple[float, float]) -> tuple[int, int, int]:
    """RGB of the pixel that holds a point (x, y) of the screen."""
    red, green, blue = pixels[int(at[1]), int(at[0])]
    return int(red), int(green), int(blue)
