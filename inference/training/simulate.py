"""Training data out of the generator: clean slices with several exposures, and labelled volumes.

Everything is redrawn that a scanner or a body may change: anatomy, pixel size, contrast, dose, reconstruction
kernel.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from inference.phantom_source import cut_slice, views_for
from inference.physics.head_phantom import HeadPhantom
from inference.physics.noise import Exposure, low_dose_noise
from inference.physics.phantom import ChestPhantom
from inference.physics.radon import Radon
from inference.physics.shapes import Plane
from inference.training.variation import Labelled, vary

SLICE_PIXELS = 512
LabelledVolume = tuple[NDArray[np.int16], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Clean HU (slice, row, column) and noise of exposures (slice, exposure, row, column), both int16."""

    clean: NDArray[np.int16]
    noise: NDArray[np.int16]


def draw_exposure(rng: np.random.Generator) -> Exposure:
    """Any dose from a thirtieth to over a full one, any kernel from soft tissue to lung and bone."""
    dose = float(np.exp(rng.uniform(np.log(0.032), np.log(1.35))))
    kind = rng.random()
    if kind < 0.45:
        return Exposure(dose, float(rng.uniform(4, 12)), float(rng.uniform(0.55, 0.9)), 0.0)
    if kind < 0.75:
        return Exposure(
            dose, float(rng.uniform(4, 12)), float(rng.uniform(0.85, 1.0)), float(rng.uniform(0.2, 1.2))
        )
    return Exposure(dose, float(rng.uniform(4, 12)), 0.0, float(rng.uniform(0.0, 0.8)))


def slices_of_chest(
    seed: int, count: int, exposures: int, size: int = SLICE_PIXELS, exposure: Exposure | None = None
) -> Slices:
    """`count` slices of one chest at random heights, each exposed `exposures` times, at random or as
    given.
    """
    rng = np.random.default_rng([seed, 21])
    sizes = [(float(rng.uniform(4, 24)), float(rng.uniform(-300, 150))) for _ in range(3)]
    phantom = ChestPhantom(seed, nodules=tuple(sizes))
    pixel = float(rng.uniform(0.55, 0.92)) * SLICE_PIXELS / size
    thickness = float(rng.choice([1.0, 1.25, 2.5, 2.5, 5.0]))
    heights = rng.uniform(-175, 140, count)
    grid = Grid(
        (1, size, size),
        (thickness, pixel, pixel),
        (
            -pixel * (size - 1) / 2 + float(rng.uniform(-12, 12)),
            -pixel * (size - 1) / 2 + float(rng.uniform(-8, 16)),
            0.0,
        ),
        ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
    )
    clean = np.stack([cut_slice(phantom, grid, float(z))[0] for z in heights])
    return _exposed(clean, pixel, exposures, rng, exposure)


def slices_of_head(seed: int, count: int, exposure: Exposure, size: int = SLICE_PIXELS) -> Slices:
    """The same of the head, which is never trained on, at one given exposure."""
    rng = np.random.default_rng([seed, 22])
    pixel = 0.45 * SLICE_PIXELS / size
    axis = (pixel * (np.arange(size) - (size - 1) / 2)).astype(np.float32)
    phantom = HeadPhantom(seed)
    clean = np.stack([phantom.cut(Plane(axis, axis, float(z), pixel)) for z in rng.uniform(-40, 60, count)])
    noise = low_dose_noise(Radon(size, pixel, views_for(size)), clean, exposure, rng)
    return Slices(_int16(clean), _int16(noise)[:, None])


def training_slices(seeds: range | list[int], per_seed: int, exposures: int, processes: int) -> Slices:
    """Slices of many chests, made by several processes."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(slices_of_chest, seeds, [per_seed] * len(seeds), [exposures] * len(seeds)))
    return Slices(np.concatenate([p.clean for p in parts]), np.concatenate([p.noise for p in parts]))


def labelled_volumes(
    seed: int, pitch_mm: float, shape: tuple[int, int, int], variations: int
) -> list[LabelledVolume]:
    """A chest on an isotropic grid, as it is and in `variations`: other bodies, findings, scanners
    (`variation.vary`).

    Each is HU and labels (1 right lung, 2 left lung), both (slice, row, column). Position and extent in z
    differ by seed.
    """
    rng = np.random.default_rng([seed, 23])
    sizes = [(float(rng.uniform(4, 30)), float(rng.uniform(-300, 150))) for _ in range(3)]
    phantom = ChestPhantom(seed, nodules=tuple(sizes))
    middle = rng.uniform(-16, 16, 3) + np.array([0.0, 4.0, float(rng.uniform(-70, 40))])
    z, y, x = (
        (centre + pitch_mm * (np.arange(n) - (n - 1) / 2)).astype(np.float32)
        for centre, n in zip(middle[::-1], shape, strict=True)
    )
    hu, cover = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    for number, height in enumerate(z):
        hu[number], cover[number] = phantom.cut(Plane(x, y, float(height), pitch_mm))
    made = []
    for number in range(variations + 1):
        chest = Labelled(hu.copy(), cover * (x < 0), cover * (x >= 0), z, y, x)
        if number:
            vary(chest, np.random.default_rng([seed, 24, number]))
        else:
            chest.hu += rng.normal(0.0, float(rng.uniform(2, 60)), shape).astype(np.float32)
        labels = np.where(chest.right > 0.5, 1, np.where(chest.left > 0.5, 2, 0)).astype(np.uint8)
        made.append((_int16(chest.hu), labels))
    return made


def _exposed(
    clean: NDArray[np.float32],
    pixel_mm: float,
    exposures: int,
    rng: np.random.Generator,
    exposure: Exposure | None,
) -> Slices:
    radon = Radon(clean.shape[1], pixel_mm, views_for(clean.shape[1]))
    noise = np.empty((len(clean), exposures, *clean.shape[1:]), dtype=np.int16)
    for number in range(exposures):
        for start in range(0, len(clean), 2):  # every pair of slices has its own dose and kernel
            part = slice(start, start + 2)
            noise[part, number] = _int16(
                low_dose_noise(radon, clean[part], exposure or draw_exposure(rng), rng)
            )
    return Slices(_int16(clean), noise)


def _int16(values: NDArray[np.floating]) -> NDArray[np.int16]:
    out: NDArray[np.int16] = np.clip(np.rint(values), -32768, 32767).astype(np.int16)
    return out
