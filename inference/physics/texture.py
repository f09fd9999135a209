"""Grain of tissue: a periodic cube of correlated noise with several scales, cut by planes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from inference.physics.shapes import Floats, Plane

_SIDE = 128
_PITCH_MM = 1.5
#: (correlation length in mm, share of the variance)
_SCALES = ((1.6, 0.45), (4.0, 0.35), (11.0, 0.20))


class Texture:
    """Values of mean 0 and SD 1, continuous in space, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 7])
        frequency = fft.fftfreq(_SIDE, _PITCH_MM)
        half = fft.rfftfreq(_SIDE, _PITCH_MM)
        squared = frequency[:, None, None] ** 2 + frequency[None, :, None] ** 2 + half[None, None, :] ** 2
        total: NDArray[np.float64] = np.zeros((_SIDE,) * 3)
        for length, share in _SCALES:
            white = fft.rfftn(rng.standard_normal((_SIDE,) * 3, dtype=np.float32), workers=2)
            field = fft.irfftn(
                white * np.exp(-0.5 * squared * (np.pi * length) ** 2), s=(_SIDE,) * 3, workers=2
            )
            total += np.sqrt(share) * field / field.std()
        self._cube: Floats = total.astype(np.float32)

    def cut(self, plane: Plane) -> Floats:
        """(row, column) on `plane`, linear between the cube's points."""
        place = plane.z_mm / _PITCH_MM
        low = int(np.floor(place))
        share = np.float32(place - low)
        sheet = self._cube[low % _SIDE] * (1 - share) + self._cube[(low + 1) % _SIDE] * share
        out: Floats = _weights(plane.y_mm) @ sheet @ _weights(plane.x_mm).T
        return out


def _weights(positions_mm: Floats) -> Floats:
    """(position, point) matrix of periodic linear interpolation."""
    place = positions_mm.astype(np.float64) / _PITCH_MM
    low = np.floor(place).astype(int)
    share = (place - low).astype(np.float32)
    out = np.zeros((len(place), _SIDE), dtype=np.float32)
    rows = np.arange(len(place))
    out[rows, low % _SIDE] = 1 - share
    out[rows, (low + 1) % _SIDE] += share
    return out
