"""What a denoiser does to details: edges, low contrasts, even areas.  PSNR tells little of them.

The object is a disc of water with inserts, drawn exactly, then exposed several times with independent noise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from inference.phantom_source import views_for
from inference.physics.noise import Exposure, low_dose_noise
from inference.physics.radon import Radon
from inference.physics.shapes import Plane, superellipse_distance

PIXEL_MM = 0.7
#: half-axis of the disc: about the attenuation of a chest
_BODY_MM = 110.0
#: HU over water, and place (x, y) in mm, of the large discs whose edges are measured
EDGES = {
    "bone": (800.0, (-75.0, 0.0)),
    "contrast medium": (200.0, (75.0, 0.0)),
    "lung": (-850.0, (0.0, 80.0)),
}
_EDGE_RADIUS_MM = 20.0
#: (diameter in mm, HU over water) of the low contrasts
LOW_CONTRASTS = tuple(
    (diameter, contrast) for contrast in (10.0, 20.0, 40.0) for diameter in (4.0, 6.0, 10.0)
)
#: half side in mm of the square in the middle that holds nothing
_EVEN_MM = 28.0

Image = NDArray[np.float32]
Denoise = Callable[[Image], Image]


def judge_details(
    denoise: Denoise, exposure: Exposure, *, size: int = 512, times: int = 8, seed: int = 9_700_001
) -> dict[str, Any]:
    """Edge widths, recovered contrasts and the even area's noise, over `times` exposures of one object."""
    axis = (PIXEL_MM * 512 / size * (np.arange(size) - (size - 1) / 2)).astype(np.float32)
    plane = Plane(axis, axis, 0.0, PIXEL_MM * 512 / size)
    truth = draw(plane)
    rng = np.random.default_rng([seed, 33])
    noise = low_dose_noise(
        Radon(size, plane.pixel_mm, views_for(size)), np.repeat(truth[None], times, axis=0), exposure, rng
    )
    noisy = truth + noise
    cleaned = np.stack([denoise(image) for image in noisy])
    edges = {}
    for name, (_, centre) in EDGES.items():
        widths = [edge_width(image.mean(axis=0), plane, centre) for image in (truth[None], noisy, cleaned)]
        edges[name] = dict(
            zip(("truth_mm", "low_dose_mm", "net_mm"), (round(w, 2) for w in widths), strict=True)
        )
    kept = {
        f"{d:g} mm {c:+g} HU": round(_contrast(cleaned.mean(axis=0), plane, n) / c, 3)
        for n, (d, c) in enumerate(LOW_CONTRASTS)
    }
    return {
        "dose": exposure.dose,
        "exposures": times,
        "edge_10_90": edges,
        "contrast_kept": kept,
        "even": _even(noisy, cleaned, plane),
    }


def draw(plane: Plane) -> Image:
    """Exact HU (row, column)."""
    x, y = plane.x_mm[None, :], plane.y_mm[:, None]
    hu: Image = np.full(plane.shape, -1000.0, dtype=np.float32)
    hu += plane.coverage(superellipse_distance(x, y, _BODY_MM, _BODY_MM, 2.0)) * np.float32(1000.0)
    for contrast, (cx, cy) in EDGES.values():
        hu += _disc(plane, (cx, cy), _EDGE_RADIUS_MM) * np.float32(contrast)
    for number, (diameter, contrast) in enumerate(LOW_CONTRASTS):
        hu += _disc(plane, _place(number), diameter / 2) * np.float32(contrast)
    return hu


def edge_width(image: Image, plane: Plane, centre: tuple[float, float]) -> float:
    """Distance in mm between 10 % and 90 % of the edge of a large disc, from pixels sorted by their distance
    to it.
    """
    x, y = plane.x_mm[None, :] - centre[0], plane.y_mm[:, None] - centre[1]
    distance = np.hypot(x, y) - _EDGE_RADIUS_MM
    near = np.abs(distance) < 6.0
    step = 0.1
    place = np.round(distance[near] / step).astype(int)
    bins = np.arange(place.min(), place.max() + 1)
    totals = np.bincount(place - bins[0], weights=image[near], minlength=len(bins))
    counts = np.bincount(place - bins[0], minlength=len(bins))
    profile = np.interp(bins, bins[counts > 0], totals[counts > 0] / counts[counts > 0])
    inside, outside = profile[bins * step < -4.0].mean(), profile[bins * step > 4.0].mean()
    share = np.maximum.accumulate((profile - inside) / (outside - inside))
    low, high = (float(np.interp(level, share, bins * step)) for level in (0.1, 0.9))
    return high - low


def _contrast(image: Image, plane: Plane, number: int) -> float:
    """Mean of the middle of a low contrast over its ring."""
    diameter, (cx, cy) = LOW_CONTRASTS[number][0], _place(number)
    away = np.hypot(plane.x_mm[None, :] - cx, plane.y_mm[:, None] - cy)
    inner = away < max(0.3 * diameter, 0.8 * plane.pixel_mm)
    ring = (away > diameter / 2 + 2.0) & (away < diameter / 2 + 5.0)
    return float(image[inner].mean() - image[ring].mean())


def _even(noisy: NDArray[Any], cleaned: NDArray[Any], plane: Plane) -> dict[str, float]:
    """Noise of the even middle before and after, also of means over about 5 mm: what the net leaves there
    must not grow.
    """
    rows, columns = np.abs(plane.y_mm) < _EVEN_MM, np.abs(plane.x_mm) < _EVEN_MM
    sd: dict[str, float] = {}
    for name, images in (("low_dose", noisy), ("net", cleaned)):
        smooth = np.stack([gaussian_filter(image, 2.1 / plane.pixel_mm) for image in images])
        fine, coarse = (stack[:, rows][:, :, columns] for stack in (images, smooth))
        sd |= {
            f"{name}_sd_hu": round(float(fine.std()), 2),
            f"{name}_sd_of_5mm_means_hu": round(float(coarse.std()), 2),
        }
        sd[f"{name}_mean_hu"] = round(float(fine.mean()), 2)
    return sd


def _disc(plane: Plane, centre: tuple[float, float], radius: float) -> Image:
    away = np.hypot(plane.x_mm[None, :] - np.float32(centre[0]), plane.y_mm[:, None] - np.float32(centre[1]))
    return plane.coverage(away - np.float32(radius))


def _place(number: int) -> tuple[float, float]:
    """Low contrasts stand on an arc over the even middle."""
    angle = np.pi * (1.16 + 0.085 * number)
    return float(62.0 * np.cos(angle)), float(62.0 * np.sin(angle))
