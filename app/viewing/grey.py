"""Values to pixels: windows, differences, label overlays.  NumPy only; arrays are (row, column)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OPAQUE = np.uint32(0xFF000000)
_GREY = np.uint32(0x00010101)


@lru_cache(maxsize=16)
def grey_table(low: float, high: float, invert: bool) -> NDArray[np.uint8]:
    """Grey of each int16, at its bits read as uint16: 0 up to `low`, 255 from `high` on, linear between (LINEAR_EXACT)."""
    values = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.float32)
    return _ramp(values, low, high, invert)


@lru_cache(maxsize=16)
def _rgb_table(low: float, high: float, invert: bool) -> NDArray[np.uint32]:
    return np.asarray(grey_table(low, high, invert).astype(np.uint32) * _GREY | _OPAQUE)


def to_grey(values: NDArray[Any], low: float, high: float, invert: bool = False) -> NDArray[np.uint8]:
    """Windowed grey, uint8."""
    if values.dtype == np.int16:
        return np.asarray(grey_table(low, high, invert)[values.view(np.uint16)])
    return _ramp(values.astype(np.float32), low, high, invert)


def to_rgb32(values: NDArray[Any], low: float, high: float, invert: bool = False) -> NDArray[np.uint32]:
    """Windowed grey as 0xffRRGGBB, contiguous, ready for a screen of 32 bits (twice as fast to draw as 8 bits)."""
    if values.dtype == np.int16:
        return np.ascontiguousarray(_rgb_table(low, high, invert)[values.view(np.uint16)])
    grey = _ramp(values.astype(np.float32), low, high, invert)
    return np.ascontiguousarray(grey.astype(np.uint32) * _GREY | _OPAQUE)


def difference(source: NDArray[Any], result: NDArray[Any]) -> NDArray[np.float32]:
    """Processed minus original."""
    return np.asarray(result.astype(np.float32) - source.astype(np.float32))


def _ramp(values: NDArray[np.float32], low: float, high: float, invert: bool) -> NDArray[np.uint8]:
    share = (values - low) * (255.0 / (high - low))
    share = np.clip(np.nan_to_num(share, nan=0.0), 0, 255)
    return np.asarray((255.0 - share if invert else share) + 0.5).astype(np.uint8)


def fill_image(labels: NDArray[np.uint8], colors: Iterable[tuple[int, tuple[int, int, int]]], opacity: float) -> NDArray[np.uint32]:
    """Translucent colours of labels as premultiplied 0xAARRGGBB; labels without a colour stay clear."""
    table = np.zeros(256, dtype=np.uint32)
    for number, (red, green, blue) in colors:
        table[number] = (round(255 * opacity) << 24) | (round(red * opacity) << 16) | (round(green * opacity) << 8) | round(blue * opacity)
    return np.ascontiguousarray(table[labels])


#: marching squares: cell code (8 upper left, 4 upper right, 2 lower right, 1 lower left) → pairs of edges
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
_SEGMENTS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((_LEFT, _BOTTOM),), 2: ((_BOTTOM, _RIGHT),), 3: ((_LEFT, _RIGHT),), 4: ((_TOP, _RIGHT),),
    5: ((_TOP, _RIGHT), (_LEFT, _BOTTOM)), 6: ((_TOP, _BOTTOM),), 7: ((_LEFT, _TOP),), 8: ((_LEFT, _TOP),), 9: ((_TOP, _BOTTOM),),
    10: ((_LEFT, _TOP), (_BOTTOM, _RIGHT)), 11: ((_TOP, _RIGHT),), 12: ((_LEFT, _RIGHT),),
    13: ((_BOTTOM, _RIGHT),), 14: ((_LEFT, _BOTTOM),),
}  # fmt: skip
_MIDDLES = np.array([(0.0, -0.5), (0.5, 0.0), (0.0, 0.5), (-0.5, 0.0)])


def outline(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Outline of a mask as line segments (x0, y0, x1, y1), shape (n, 4), in image pixels with corners at integers.

    Segments join the middles between pixel centres (marching squares), so a slanting edge is a slanting line at every zoom.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return np.zeros((0, 4))
    top, left = int(rows[0]), int(columns[0])
    cells = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1).astype(np.uint8)
    code = cells[:-1, :-1] * 8 + cells[:-1, 1:] * 4 + cells[1:, 1:] * 2 + cells[1:, :-1]
    i, j = np.nonzero((code > 0) & (code < 15))
    kinds = code[i, j]
    middle = np.stack((j + left, i + top), axis=1).astype(float)
    parts = []
    for kind, pairs in _SEGMENTS.items():
        at = middle[kinds == kind]
        parts += [np.hstack((at + _MIDDLES[a], at + _MIDDLES[b])) for a, b in pairs if len(at)]
    return np.concatenate(parts)
