"""The demo study: a chest with exact truth, taken at low dose."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.inference import PhantomStudy
from app.errors import BadInput, Cancelled
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.physics.noise import Exposure, low_dose_noise
from inference.physics.phantom import DEMO_SEED, ChestPhantom
from inference.physics.radon import Radon
from inference.physics.shapes import Plane

__all__ = ["DEMO_SEED", "cut_slice", "make_phantom_study", "views_for"]

#: middle of the study in the phantom's frame
_MIDDLE_Z_MM = -10.0
#: a slice is the mean of cuts at most this far apart
_CUT_PITCH_MM = 1.3
_SHARE_OF_ANATOMY = 0.4
_SLICES_AT_ONCE = 8
_SMALLEST = (4, 64, 64)


def make_phantom_study(
    *,
    seed: int,
    shape: tuple[int, int, int],
    spacing_mm: tuple[float, float, float],
    dose: float,
    progress: Progress,
    cancelled: Cancelling,
) -> PhantomStudy:
    """The chest of `seed` on a grid of `shape` (slices, rows, columns), at `dose` (1 is a diagnostic chest
    CT).

    Slices run from foot to head, rows to the back, columns to the patient's left. The same arguments give
    the same voxels. Raises `BadInput` for a grid that cannot hold it and `Cancelled`.
    """
    _check(shape, spacing_mm, dose)
    grid = _grid(shape, spacing_mm)
    z_positions = grid.origin_mm[2] + spacing_mm[0] * np.arange(shape[0])
    phantom = ChestPhantom(seed, snap_z=lambda z: float(z_positions[np.abs(z_positions - z).argmin()]))
    truth = np.empty(shape, dtype=np.int16)
    lungs = np.empty(shape, dtype=np.uint8)
    for number, z in enumerate(z_positions):
        if cancelled():
            raise Cancelled
        hu, lung = cut_slice(phantom, grid, float(z))
        truth[number] = np.rint(hu)
        lungs[number] = lung > 0.5
        progress(_SHARE_OF_ANATOMY * (number + 1) / shape[0], number + 1, shape[0])
    noisy = _expose(truth, spacing_mm[2], Exposure(dose), seed, progress, cancelled)
    description = {
        "phantom": "chest",
        "seed": seed,
        "dose": dose,
        "lung_hu": phantom.build.lung_hu,
        "blood_hu": phantom.build.blood,
        "nodules": len(phantom.nodules),
    }
    return PhantomStudy(grid, noisy, truth, lungs, phantom.nodules, seed, description)


def cut_slice(
    phantom: ChestPhantom, grid: Grid, z_mm: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """HU and lung coverage of one slice of the grid's thickness, each (row, column)."""
    thickness, row_mm, column_mm = grid.spacing_mm
    x = (grid.origin_mm[0] + column_mm * np.arange(grid.shape[2])).astype(np.float32)
    y = (grid.origin_mm[1] + row_mm * np.arange(grid.shape[1])).astype(np.float32)
    cuts = min(3, max(1, math.ceil(thickness / _CUT_PITCH_MM)))
    heights = z_mm + thickness * ((np.arange(cuts) + 0.5) / cuts - 0.5)
    parts = [phantom.cut(Plane(x, y, float(height), column_mm)) for height in heights]
    return (
        np.mean([p[0] for p in parts], axis=0, dtype=np.float32),
        np.mean([p[1] for p in parts], axis=0, dtype=np.float32),
    )


def _expose(
    truth: NDArray[np.int16],
    pixel_mm: float,
    exposure: Exposure,
    seed: int,
    progress: Progress,
    cancelled: Cancelling,
) -> NDArray[np.int16]:
    """The truth with the noise of its exposure."""
    radon = Radon(truth.shape[1], pixel_mm, views=views_for(truth.shape[1]))
    out = np.empty_like(truth)
    for start in range(0, len(truth), _SLICES_AT_ONCE):
        if cancelled():
            raise Cancelled
        part = slice(start, min(start + _SLICES_AT_ONCE, len(truth)))
        rng = np.random.default_rng([seed, 3, start])
        noise = low_dose_noise(radon, truth[part], exposure, rng)
        out[part] = np.clip(np.rint(truth[part] + noise), -1024, 3071)
        progress(_SHARE_OF_ANATOMY + (1 - _SHARE_OF_ANATOMY) * part.stop / len(truth), part.stop, len(truth))
    return out


def views_for(size: int) -> int:
    """Views over 180° for slices of `size` pixels: enough that noise is not under-sampled where the body
    is.
    """
    return max(90, round(size * 1.1))


def _grid(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Grid:
    slices, rows, columns = shape
    origin = (
        -spacing_mm[2] * (columns - 1) / 2,
        -spacing_mm[1] * (rows - 1) / 2 + 8.0,  # the table is under the body
        _MIDDLE_Z_MM - spacing_mm[0] * (slices - 1) / 2,
    )
    return Grid(shape, spacing_mm, origin, ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)))


def _check(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], dose: float) -> None:
    if any(found < least for found, least in zip(shape, _SMALLEST, strict=True)) or shape[1] != shape[2]:
        raise BadInput(
            "The phantom needs square slices of at least 64 pixels and at least 4 slices; found {shape}.",
            shape=shape,
        )
    if abs(spacing_mm[1] - spacing_mm[2]) > 1e-6 or min(spacing_mm) <= 0:
        raise BadInput(
            "The phantom needs square pixels of positive size; found {spacing} mm.", spacing=spacing_mm
        )
    if not 0.001 <= dose <= 10:
        raise BadInput(
            "The dose must lie between 0.001 and 10 of a diagnostic chest CT; found {dose}.", dose=dose
        )
