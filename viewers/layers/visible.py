"""Which part of a large image can be seen: only that is made ready to be drawn."""

from __future__ import annotations

import math

from PySide6.QtGui import QPainter, QTransform

from app.viewing.resolve import Resolved
from viewers.partial_pixels import Part

#: an image of so many pixels as they are drawn is made ready whole and kept
WHOLE_PIXELS = 1 << 20
#: pixels that a smooth drawing looks at beside what is seen
_AROUND = 2


def is_large(shown: Resolved) -> bool:
    """Too large to be made ready whole."""
    rows, columns = drawn_size(shown)
    return rows * columns > WHOLE_PIXELS


def visible_part(painter: QPainter, shown: Resolved) -> Part:
    """Of the blocks that an image is drawn by, those that the painter's clip lets through."""
    rows, columns = drawn_size(shown)
    to_image, can = QTransform(*shown.placement.affine).inverted()
    if not can or not painter.hasClipping():
        return Part(0, rows, 0, columns)
    seen, side = to_image.mapRect(painter.clipBoundingRect()), shown.block_side
    top, bottom = _within(seen.top() / side, seen.bottom() / side, rows)
    left, right = _within(seen.left() / side, seen.right() / side, columns)
    return Part(top, bottom, left, right)


def drawn_size(shown: Resolved) -> tuple[int, int]:
    """Rows and columns of the whole blocks that an image is drawn by."""
    columns, rows = (size // shown.block_side for size in shown.plane.size)
    return rows, columns


def _within(first: float, end: float, count: int) -> tuple[int, int]:
    low = min(max(math.floor(first) - _AROUND, 0), count)
    return low, max(min(math.ceil(end) + _AROUND, count), low)
