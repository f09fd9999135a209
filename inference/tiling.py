"""Large inputs in pieces: exact with a halo as wide as the net reaches, or blended with a Gaussian weight.

Arrays are (channel, …space); tiles go through `Net` one at a time, so memory follows the tile and not the
volume.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from inference.cuts import window_starts

Floats = NDArray[np.float32]
Apply = Callable[[Floats], Floats]


def pad_to_multiple(array: Floats, multiple: int) -> tuple[Floats, tuple[slice, ...]]:
    """`array` with its spatial sides padded at their ends by the edge value to multiples; the slices that
    undo it.
    """
    extra = [(0, 0)] + [(0, -n % multiple) for n in array.shape[1:]]
    return np.pad(array, extra, mode="edge"), (slice(None), *(slice(0, n) for n in array.shape[1:]))


def halo_tiles(
    shape: tuple[int, ...], tile: int, halo: int
) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...], tuple[slice, ...]]]:
    """Tiles of a space: (what to read, what of the output to keep, where it goes).

    `tile` and `halo` must be multiples of the net's `multiple`: pooling grids then fall on the same places.
    """
    for starts in itertools.product(*(range(0, n, tile) for n in shape)):
        read, keep, goal = [], [], []
        for start, size in zip(starts, shape, strict=True):
            stop = min(start + tile, size)
            low, high = max(0, start - halo), min(size, stop + halo)
            read.append(slice(low, high))
            keep.append(slice(start - low, stop - low))
            goal.append(slice(start, stop))
        yield tuple(read), tuple(keep), tuple(goal)


def run_tiled(net: Apply, array: Floats, *, tile: int, halo: int, multiple: int) -> Floats:
    """Exactly ``net`` on the whole (channel, …space) `array`, tile by tile."""
    padded, undo = pad_to_multiple(array, multiple)
    out: Floats | None = None
    for read, keep, goal in halo_tiles(padded.shape[1:], tile, halo):
        result = net(padded[(slice(None), *read)][None])[0]
        if out is None:
            out = np.empty((len(result), *padded.shape[1:]), dtype=np.float32)
        out[(slice(None), *goal)] = result[(slice(None), *keep)]
    assert out is not None
    return out[undo]


def gaussian_weight(window: tuple[int, ...]) -> Floats:
    """Weight of a window's voxels, highest in its middle, nowhere zero."""
    axes = [np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / (n / 5)) ** 2) for n in window]
    weight = axes[0]
    for axis in axes[1:]:
        weight = np.multiply.outer(weight, axis)
    out: Floats = np.maximum(weight, 1e-3).astype(np.float32)
    return out


def run_windows(
    net: Apply,
    array: Floats,
    *,
    window: tuple[int, ...],
    overlap: float,
    outputs: int,
    each: Callable[[int, int], None],
) -> Floats:
    """Blend of `net` on overlapping windows of (channel, …space); `each(done, total)` after every one."""
    padding = [(0, 0)] + [(0, max(0, w - n)) for n, w in zip(array.shape[1:], window, strict=True)]
    padded = np.pad(array, padding, mode="edge")
    weight = gaussian_weight(window)
    total = np.zeros((outputs, *padded.shape[1:]), dtype=np.float32)
    norm = np.zeros(padded.shape[1:], dtype=np.float32)
    places = list(
        itertools.product(
            *(window_starts(n, w, overlap) for n, w in zip(padded.shape[1:], window, strict=True))
        )
    )
    for number, starts in enumerate(places):
        place = tuple(slice(s, s + w) for s, w in zip(starts, window, strict=True))
        total[(slice(None), *place)] += net(padded[(slice(None), *place)][None])[0] * weight
        norm[place] += weight
        each(number + 1, len(places))
    total /= norm
    return total[(slice(None), *(slice(0, n) for n in array.shape[1:]))]
