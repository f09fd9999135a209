"""Differences and label overlays as pixels.  NumPy only; arrays are (row, column)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def difference(source: NDArray[Any], result: NDArray[Any]) -> NDArray[np.float32]:
    """Processed minus original."""
    return np.asarray(result.astype(np.float32) - source.astype(np.float32))


def fill_image(
    labels: NDArray[np.uint8], colors: Iterable[tuple[int, tuple[int, int, int]]], opacity: float
) -> NDArray[np.uint32]:
    """Translucent colours of labels as premultiplied 0xAARRGGBB; labels without a colour stay clear."""
    table = np.zeros(256, dtype=np.uint32)
    for number, (red, green, blue) in colors:
        table[number] = (
            (round(255 * opacity) << 24)
            | (round(red * opacity) << 16)
            | (round(green * opacity) << 8)
            | round(blue * opacity)
        )
    return np.ascontiguousarray(table[labels])


#: marching squares: cell code (8 upper left, 4 upper right, 2 lower right, 1 lower left) → pairs of edges
_TOP, _RIGHT, _BOTTOM, _LEFT = range(4)
_SEGMENTS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((_LEFT, _BOTTOM),),
    2: ((_BOTTOM, _RIGHT),),
    3: ((_LEFT, _RIGHT),),
    4: ((_TOP, _RIGHT),),
    5: ((_TOP, _RIGHT), (_LEFT, _BOTTOM)),
    6: ((_TOP, _BOTTOM),),
    7: ((_LEFT, _TOP),),
    8: ((_LEFT, _TOP),),
    9: ((_TOP, _BOTTOM),),
    10: ((_LEFT, _TOP), (_BOTTOM, _RIGHT)),
    11: ((_TOP, _RIGHT),),
    12: ((_LEFT, _RIGHT),),
    13: ((_BOTTOM, _RIGHT),),
    14: ((_LEFT, _BOTTOM),),
}
_MIDDLES = np.array([(0.0, -0.5), (0.5, 0.0), (0.0, 0.5), (-0.5, 0.0)])


def outline(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Outline of a mask as line segments (x0, y0, x1, y1), shape (n, 4), in image pixels with corners at
    integers.

    Segments join the middles between pixel centres (marching squares), so a slanting edge is a slanting line
    at every zoom.
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
