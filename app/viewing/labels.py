"""Where the texts of drawn shapes stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.viewing.shapes.shape import Box

#: text of marks of the usual size: that of its letters, height of a line, padding of its box
TEXT_PX, LINE_PX, PAD_PX = 13.0, 19.0, 6.0
#: distance from the shape, and from the tile's edge
GAP_PX, EDGE_PX = 10.0, 4.0
#: steps of the places that are tried all over the tile
_STEP_PX = 20.0


def text_width(text: str, size_px: float = TEXT_PX) -> float:
    """About how wide a text is: full width for Chinese, a good half for Latin."""
    return sum(size_px if ord(c) > 0x2E80 else size_px * 0.56 for c in text)


def text_box(
    lines: Sequence[str],
    body: Box,
    avoid: Sequence[Box],
    must: Sequence[Box],
    size_px: tuple[int, int],
    *,
    covered: Sequence[Box] = (),
    text_px: float = TEXT_PX,
) -> Box:
    """A box for lines beside a shape's `body`.

    It is clear of `avoid` (other texts, and all of what is marked) beside the shape or, where there is no
    room there, at the nearest place of the tile; else clear of `must` (other texts) and of `covered` (the
    lines themselves, and what is inside of regions); else where it hides least of them.
    """
    scale = text_px / TEXT_PX
    width = max((text_width(line, text_px) for line in lines), default=0.0) + 2 * PAD_PX * scale
    height = (len(lines) * LINE_PX + PAD_PX) * scale
    near = [box for box in _places(body, width, height) if box.inside(size_px)]
    for box in near:
        if not any(box.overlaps(other) for other in avoid):
            return box
    places = _everywhere(near, body, width, height, size_px)
    for others in (avoid, [*must, *covered]):
        free = _hidden(places, others) <= 0
        if free.any():
            return _box(places[int(free.argmax())])
    # a text over another cannot be read at all
    cost = _hidden(places, covered) + 8 * _hidden(places, must)
    return _box(places[int(cost.argmin())])


def _everywhere(
    near: Sequence[Box], body: Box, width: float, height: float, size_px: tuple[int, int]
) -> NDArray[np.float64]:
    """Places as rows (x, y, width, height): those beside the shape, then all over the tile, the nearest
    first.
    """
    x = _steps(size_px[0] - width - EDGE_PX, body.x - GAP_PX - width, body.x + body.width + GAP_PX)
    y = _steps(size_px[1] - height - EDGE_PX, body.y - GAP_PX - height, body.y + body.height + GAP_PX)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    middle = np.array((body.x + body.width / 2 - width / 2, body.y + body.height / 2 - height / 2))
    reach = np.array(((body.width + width) / 2, (body.height + height) / 2))
    away = np.hypot(*np.maximum(np.abs(grid - middle) - reach, 0).T)
    grid = grid[np.argsort(away, kind="stable")]
    whole = np.column_stack([grid, np.full(len(grid), width), np.full(len(grid), height)])
    first = [(box.x, box.y, box.width, box.height) for box in near]
    return np.vstack([np.array(first).reshape(-1, 4), whole])


def _steps(last: float, before: float, after: float) -> NDArray[np.float64]:
    """Places along one side of the tile, up to the last one; among them those close beside a body."""
    last = max(last, EDGE_PX)
    beside = [place for place in (before, after) if EDGE_PX <= place <= last]
    return np.array([*np.arange(EDGE_PX, last, _STEP_PX), *beside, last])


def _hidden(places: NDArray[np.float64], others: Sequence[Box]) -> NDArray[np.float64]:
    """How much of some boxes each place hides, in square pixels, (n,)."""
    total = np.zeros(len(places))
    for other in others:
        wide = np.minimum(places[:, 0] + places[:, 2], other.x + other.width) - np.maximum(
            places[:, 0], other.x
        )
        high = np.minimum(places[:, 1] + places[:, 3], other.y + other.height) - np.maximum(
            places[:, 1], other.y
        )
        total += np.maximum(wide, 0) * np.maximum(high, 0)
    return total


def _box(place: NDArray[np.float64]) -> Box:
    x, y, width, height = (float(value) for value in place)
    return Box(x, y, width, height)


def _places(body: Box, width: float, height: float) -> Iterator[Box]:
    """Right, left, above, below of the shape, then farther out."""
    middle_x, middle_y = body.x + body.width / 2 - width / 2, body.y + body.height / 2 - height / 2
    for gap in (GAP_PX, GAP_PX + height + 6, GAP_PX + 2 * (height + 6), GAP_PX + 4 * (height + 6)):
        right, left = body.x + body.width + gap, body.x - gap - width
        above, below = body.y - gap - height, body.y + body.height + gap
        yield Box(right, middle_y, width, height)
        yield Box(left, middle_y, width, height)
        yield Box(middle_x, above, width, height)
        yield Box(middle_x, below, width, height)
        yield Box(right, above, width, height)
        yield Box(right, below, width, height)
        yield Box(left, above, width, height)
        yield Box(left, below, width, height)
