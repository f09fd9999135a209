"""Large images on small tiles: means of blocks, so that nothing is drawn that nobody can see."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: values that are summed at once: their sums stay in the processor's cache
_AT_ONCE = 1 << 17


def reduction_of(px_per_pixel: float) -> int:
    """Side of the blocks that are no larger than a pixel of the screen, at so many screen pixels for one of
    the image.
    """
    return max(1, math.floor(1.0 / px_per_pixel + 1e-6)) if px_per_pixel > 0 else 1


def block_means(values: NDArray[Any], side: int) -> NDArray[Any]:
    """Means of `side` × `side` blocks of a (row, column) or (row, column, channel) array, in its own type.

    Rows and columns that fill no block are left out; an image smaller than a block is left as it is.
    """
    rows, columns = values.shape[0] // side, values.shape[1] // side
    if side <= 1 or not rows or not columns:
        return values
    whole = values[: rows * side, : columns * side]
    means = np.empty((rows, columns, *values.shape[2:]), values.dtype)
    step = max(1, _AT_ONCE * rows // whole.size)
    for row in range(0, rows, step):
        _means_of_rows(whole[row * side : (row + step) * side], side, means[row : row + step])
    return means


def _means_of_rows(whole: NDArray[Any], side: int, means: NDArray[Any]) -> None:
    """Means of whole blocks, into `means`."""
    kind = np.float64 if whole.dtype.kind == "f" else np.int64 if whole.dtype.itemsize > 2 else np.int32
    tall: NDArray[Any] = np.add(whole[::side], whole[1::side], dtype=kind)  # whole rows first: no strides
    for row in range(2, side):
        tall += whole[row::side]
    total: NDArray[Any] = tall[:, ::side] + tall[:, 1::side]
    for column in range(2, side):
        total += tall[:, column::side]
    if kind is np.float64:
        total /= side**2
    else:  # halves away from nothing would drift: whole numbers, rounded half up
        total += total
        total += side**2
        halves = 2 * side**2
        if halves & (halves - 1):
            total //= halves
        else:  # a shift rounds down as well, and is many times quicker
            total >>= halves.bit_length() - 1
    means[:] = total


def block_any(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """1 for each block that holds anything: thin lines stay.  Rows and columns that fill no block count
    too.
    """
    if side <= 1:
        return mask
    rows, columns = (-(-size // side) for size in mask.shape)
    whole = np.zeros((rows * side, columns * side), np.uint8)
    whole[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(whole.reshape(rows, side, columns, side).max(axis=(1, 3)))


def block_has(mask: NDArray[np.bool_], side: int) -> NDArray[np.bool_]:
    """Whether anything of each block that `block_means` makes is set."""
    rows, columns = mask.shape[0] // side, mask.shape[1] // side
    if side <= 1 or not rows or not columns:
        return mask
    whole = mask[: rows * side, : columns * side]
    return np.asarray(whole.reshape(rows, side, columns, side).any(axis=(1, 3)))


def block_corners(values: NDArray[Any], side: int) -> NDArray[Any]:
    """The first value of each block: for masks, and where values must not be mixed (padding)."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    if side <= 1 or not rows or not columns:
        return values
    return values[: rows * side : side, : columns * side : side]
