"""The denoiser's run: image by image, several side by side."""

from __future__ import annotations

import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import Cancelled
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.backends import Net
from inference.cuts import IMAGE_TILE
from inference.quality import noise_sd
from inference.tiling import run_tiled

#: values outside are not changed: padding, metal
_LOW_HU, _HIGH_HU = -1024.0, 3071.0
_MEASURED_SLICES = 12

Floats = NDArray[np.float32]
Figures = tuple[tuple[str, float, str], ...]


def denoise_image(net: Net, image: NDArray[Any], architecture: dict[str, Any], strength: float) -> Floats:
    """One (row, column) image in HU; `strength` 0 gives the input back."""
    values = image.astype(np.float32)
    scale = np.float32(architecture["hu_scale"])
    source = np.clip(values, _LOW_HU, _HIGH_HU)[None] / scale
    cleaned = run_tiled(net, source, tile=IMAGE_TILE, halo=architecture["reach"], multiple=architecture["multiple"])[0]
    change = (cleaned - source[0]) * scale
    change[(values < _LOW_HU) | (values > _HIGH_HU)] = 0.0
    out: Floats = values + np.float32(strength) * change
    return out


def denoise_volume(
    net: Net, source: NDArray[Any], target: NDArray[Any], architecture: dict[str, Any], strength: float, threads: int, *,
    progress: Progress, cancelled: Cancelling,
) -> Figures:  # fmt: skip
    """All images of (slice, row, column) `source` into `target`; what was measured on the way.

    Every image is independent: the result does not depend on `threads`.
    """
    measured = set(np.linspace(0, len(source) - 1, min(_MEASURED_SLICES, len(source))).round().astype(int).tolist())
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
