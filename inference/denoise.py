"""The denoiser's run: image by image, several side by side."""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.errors import Cancelled
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.backends import Net
from inference.cuts import IMAGE_TILE
from inference.quality import noise_sd
from inference.tiling import run_tiled

#: the range of HU that images have
_LOW_HU, _HIGH_HU = -1024.0, 3071.0
#: a value under the range is no noise where it is under the mean of the 5 × 5 around it by so many SD of the
#: image's noise, within these bounds
_LOST_SD, _LOST_HU = 6.0, (60.0, 500.0)
#: padding is flat: so many blocks of 2 × 2 pixels of one value tell it from noise, and so many of its pixels
#: together make a part of it
_PADDING_BLOCKS, _PADDING_PIXELS = 49, 16
_MEASURED_SLICES = 12

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Figures = tuple[tuple[str, float, str], ...]


def denoise_image(net: Net, image: NDArray[Any], architecture: dict[str, Any], strength: float) -> Floats:
    """One (row, column) image in HU; `strength` 0 gives the input back.

    Noise that goes under the net's range is noise like any other; padding stays as it is; metal keeps what it
    has over the range.
    """
    values = image.astype(np.float32)
    scale = np.float32(architecture["hu_scale"])
    outside = padding(values)
    source = _into_range(values, outside)[None] / scale
    cleaned = run_tiled(
        net, source, tile=IMAGE_TILE, halo=architecture["reach"], multiple=architecture["multiple"]
    )[0]
    change = cleaned * scale + np.maximum(values - _HIGH_HU, 0.0) - values
    change[outside] = 0.0
    out: Floats = values + np.float32(strength) * change
    return out


def _into_range(values: Floats, outside: Mask) -> Floats:
    """The image as the net was trained to see it: noise goes under the range as it did in training; padding
    (`outside`) is air; a pixel so far under its surroundings that noise does not explain it gives way to the
    median of the 5 × 5 around it.
    """
    held: Floats = np.clip(values, _LOW_HU, _HIGH_HU)
    out: Floats = np.minimum(values, _HIGH_HU)
    out[outside] = _LOW_HU
    lost = (values < _LOW_HU) & ~outside
    if lost.any():
        lost &= ndimage.uniform_filter(held, 5) - values > np.clip(
            _LOST_SD * _spread(held[~outside]), *_LOST_HU
        )
        around = np.lib.stride_tricks.sliding_window_view(np.pad(held, 2, mode="reflect"), (5, 5))
        out[lost] = np.median(around[lost].reshape(-1, 25), axis=1)
    return out


def _spread(values: Floats) -> float:
    """Robust SD of the noise: from the median difference of pixels that follow each other."""
    steps = np.abs(np.diff(values))
    return float(np.median(steps)) / 0.6745 / np.sqrt(2.0) if steps.size else 0.0


def padding(image: NDArray[Any]) -> Mask:
    """Where a (row, column) image in HU is no image: one value below the range over an area, as scanners put
    it outside the field of view.
    """
    out: Mask = np.zeros(image.shape, dtype=bool)
    corner = image[:-1, :-1]
    flat = (corner == image[1:, :-1]) & (corner == image[:-1, 1:]) & (corner == image[1:, 1:])
    values, counts = np.unique(corner[flat & (corner < _LOW_HU)], return_counts=True)
    for value in values[counts >= _PADDING_BLOCKS]:
        labels, _ = ndimage.label(image == value)
        large = np.bincount(labels.ravel()) >= _PADDING_PIXELS
        for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
            large[edge] = True
        large[0] = False
        out |= large[labels]
    return out


def denoise_volume(
    net: Net,
    source: NDArray[Any],
    target: NDArray[Any],
    architecture: dict[str, Any],
    strength: float,
    threads: int,
    *,
    progress: Progress,
    cancelled: Cancelling,
) -> Figures:
    """All images of (slice, row, column) `source` into `target`; what was measured on the way.

    Every image is independent: the result does not depend on `threads`.
    """
    measured = set(
        np.linspace(0, len(source) - 1, min(_MEASURED_SLICES, len(source))).round().astype(int).tolist()
    )
    figures: list[tuple[float, float, float]] = []

    def one(number: int) -> tuple[float, float, float] | None:
        cleaned = denoise_image(net, source[number], architecture, strength)
        if np.issubdtype(target.dtype, np.integer):
            bounds = np.iinfo(target.dtype)
            target[number] = np.clip(np.rint(cleaned), bounds.min, bounds.max)
        else:
            target[number] = cleaned
        return _measure(source[number], cleaned) if number in measured else None

    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[tuple[float, float, float] | None]] = deque()
        for number in range(len(source)):
            if cancelled():
                raise Cancelled
            running.append(pool.submit(one, number))
            if len(running) > threads:
                figures += _kept(running.popleft().result())
                progress((number + 1 - threads) / len(source), number + 1 - threads, len(source))
        for left in running:
            figures += _kept(left.result())
    progress(1.0, len(source), len(source))
    return _summary(figures)


def _kept(row: tuple[float, float, float] | None) -> list[tuple[float, float, float]]:
    return [] if row is None else [row]


def _measure(before: NDArray[Any], after: Floats) -> tuple[float, float, float]:
    """Noise SD before and after, mean shift of the body in HU."""
    body = before > -300
    shift = float((after - before)[body].mean()) if body.any() else math.nan
    first, second = noise_sd(before, after)
    return first, second, shift


def _summary(rows: list[tuple[float, float, float]]) -> Figures:
    columns = np.array(rows, dtype=float).reshape(-1, 3)
    names = (("Noise before", "HU"), ("Noise after", "HU"), ("Mean shift", "HU"))
    found = []
    for (name, unit), column in zip(names, columns.T, strict=True):
        known = column[np.isfinite(column)]
        if known.size:
            found.append((name, round(float(np.median(known)), 3), unit))
    return tuple(found)
