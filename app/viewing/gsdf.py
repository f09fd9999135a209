"""The Grayscale Standard Display Function (PS3.14), and how far a display is from it.

Luminances are cd/m²; a JND index counts steps that an average eye can just tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.errors import BadInput

_LEAST, _MOST = 0.05, 4000.0
#: fields of the luminance steps that are measured (AAPM TG18-LN), from black to white
LEVELS = tuple(range(0, 256, 15))


def luminance(index: float) -> float:
    """Luminance of a JND index, 1…1023 (PS3.14 equation B.1)."""
    x = math.log(index)
    above = -1.3011877 + x * (8.0242636e-2 + x * (1.3646699e-1 + x * (-2.5468404e-2 + x * 1.3635334e-3)))
    below = 1 + x * (
        -2.5840191e-2 + x * (-1.0320229e-1 + x * (2.8745620e-2 + x * (-3.1978977e-3 + x * 1.2992634e-4)))
    )
    return float(10 ** (above / below))


def jnd_index(value: float) -> float:
    """JND index of a luminance (PS3.14 equation B.3)."""
    x = math.log10(value)
    terms = (
        71.498068, 94.593053, 41.912053, 9.8247004, 0.28175407,
        -1.1878455, -0.18014349, 0.14710899, -0.017046845,
    )  # fmt: skip
    return sum(term * x**power for power, term in enumerate(terms))


def contrast_deviation(measured: Sequence[float]) -> float:
    """The largest share by which the contrast between neighbouring steps of `LEVELS` is off that of the
    function between the darkest and the brightest one (AAPM TG18 4.3.4.2: 10 % for reading, 20 % elsewhere).

    Raises `BadInput` where there are not as many steps, or they do not grow.
    """
    steps = np.asarray(measured, dtype=np.float64)
    if steps.size != len(LEVELS):
        raise BadInput("{n} luminances are needed, found {found}.", n=len(LEVELS), found=steps.size)
    if not (np.diff(steps) > 0).all() or steps[0] < _LEAST or steps[-1] > _MOST:
        raise BadInput(
            "The luminances are to grow from step to step, from {low} to {high} cd/m² at most.",
            low=_LEAST,
            high=_MOST,
        )
    dark, bright = jnd_index(float(steps[0])), jnd_index(float(steps[-1]))
    wanted = np.array([luminance(index) for index in np.linspace(dark, bright, steps.size)])
    return float(np.abs(_contrast(steps) / _contrast(wanted) - 1).max())


def _contrast(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2 * np.diff(steps) / (steps[1:] + steps[:-1]))
