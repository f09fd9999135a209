"""Figures of image quality against an exact truth.  Arrays are (slice, row, column)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

#: SSIM as published (Wang, IEEE TIP 2004;13:600): a Gaussian window of 11×11 pixels with this SD, and the two
#: constants
_SSIM_SD, _SSIM_RADIUS = 1.5, 5
_K1, _K2 = 0.01, 0.03


def psnr_ssim(test: NDArray[Any], truth: NDArray[Any], window: tuple[float, float]) -> tuple[float, float]:
    """PSNR in dB over all voxels and mean SSIM of the slices, values clipped to `window` (low, high)."""
    return psnr(test, truth, window), float(
        np.mean([ssim(a, b, window) for a, b in zip(test, truth, strict=True)])
    )


def psnr(test: NDArray[Any], truth: NDArray[Any], window: tuple[float, float]) -> float:
    """Peak signal-to-noise ratio in dB; the peak is the window's width.  Equal arrays give infinity."""
    _same_shape(test, truth)
    low, high = window
    squares = [
        float(np.square(_clip(a, window) - _clip(b, window)).mean(dtype=np.float64))
        for a, b in zip(test, truth, strict=True)
    ]
    error = float(np.mean(squares))
    return float("inf") if error == 0 else float(10 * np.log10((high - low) ** 2 / error))


def ssim(test: NDArray[Any], truth: NDArray[Any], window: tuple[float, float]) -> float:
    """Mean structural similarity of two (row, column) images, as Wang 2004 defines it; the dynamic range is
    the window's width.
    """
    _same_shape(test, truth)
    x, y = _clip(test, window).astype(np.float64), _clip(truth, window).astype(np.float64)
    span = window[1] - window[0]
    mean_x, mean_y = _weighted(x), _weighted(y)
    variance_x, variance_y = _weighted(x * x) - mean_x**2, _weighted(y * y) - mean_y**2
    covariance = _weighted(x * y) - mean_x * mean_y
    c1, c2 = (_K1 * span) ** 2, (_K2 * span) ** 2
    top = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    bottom = (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    inner = slice(_SSIM_RADIUS, -_SSIM_RADIUS)
    return float((top / bottom)[inner, inner].mean())


def _weighted(values: NDArray[np.float64]) -> NDArray[np.float64]:
    out: NDArray[np.float64] = gaussian_filter(values, _SSIM_SD, radius=_SSIM_RADIUS)
    return out


def dice(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Dice coefficient of two masks; two empty masks agree (1)."""
    _same_shape(found, wanted)
    a, b = found.astype(bool), wanted.astype(bool)
    total = int(a.sum()) + int(b.sum())
    return 1.0 if total == 0 else 2.0 * int((a & b).sum()) / total


def noise_sd(
    before: NDArray[Any], after: NDArray[Any], *, tissue_hu: tuple[float, float] = (-30.0, 200.0)
) -> tuple[float, float]:
    """SD of two versions of a (row, column) image over its most even soft tissue; (nan, nan) without any.

    Even places are sought in `after`, the cleaner one: blocks of 9×9 pixels whose mean is soft tissue, the
    quarter of them with the least SD.
    """
    side = 9
    blocks = [_blocks(np.asarray(image, dtype=np.float32), side) for image in (before, after)]
    mean, spread = blocks[1].mean(axis=(1, 3)), blocks[1].std(axis=(1, 3))
    tissue = (mean > tissue_hu[0]) & (mean < tissue_hu[1]) & (spread < 150)
    if np.count_nonzero(tissue) < 4:
        return float("nan"), float("nan")
    even = tissue & (spread <= np.quantile(spread[tissue], 0.25))
    first, second = (float(np.median(part.std(axis=(1, 3))[even])) for part in blocks)
    return first, second


def _blocks(image: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows, columns = image.shape[0] // side, image.shape[1] // side
    return image[: rows * side, : columns * side].reshape(rows, side, columns, side)


def _clip(values: NDArray[Any], window: tuple[float, float]) -> NDArray[np.float32]:
    out: NDArray[np.float32] = np.clip(values.astype(np.float32), window[0], window[1])
    return out


def _same_shape(a: NDArray[Any], b: NDArray[Any]) -> None:
    if a.shape != b.shape:
        raise ValueError(f"arrays of equal shape are compared, found {a.shape} and {b.shape}")
