"""Low dose as it arises: photons counted behind the body, electronics, logarithm, filtered backprojection.

The noise of an image is ``FBP(noisy) − FBP(clean)``, which is the FBP of the noise in the line integrals, for
FBP is linear; so it is added to the exact anatomy, and that anatomy stays the exact truth. Rays through bone
lose more photons: the streaks of low dose come of themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.physics.radon import Floats, Kernel, Radon

#: attenuation of water at an effective 70 keV, per mm (NIST XCOM)
WATER_PER_MM = 0.0193
#: photons in air to a bin of 1 mm at full dose, behind a usual bowtie filter
FULL_DOSE_PHOTONS = 1.3e5


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a slice is taken.  `dose` 1 is a diagnostic chest CT; `electronic` is the noise of the electronics
    in photons.
    """

    dose: float
    electronic: float = 8.0
    kernel_cutoff: float = 0.85
    kernel_sharpness: float = 0.0

    @property
    def kernel(self) -> Kernel:
        """The reconstruction kernel."""
        return Kernel(self.kernel_cutoff, self.kernel_sharpness)


def low_dose_noise(radon: Radon, hu: NDArray[Any], exposure: Exposure, rng: np.random.Generator) -> Floats:
    """Noise in HU, (slice, row, column), that `exposure` lays over exact slices `hu` of the same shape."""
    attenuation = np.clip(hu / 1000.0 + 1.0, 0.0, None).astype(np.float32) * np.float32(WATER_PER_MM)
    clean = radon.project(attenuation)
    photons = FULL_DOSE_PHOTONS * exposure.dose * radon.pixel_mm * 1000 / radon.views
    error = count_noise(clean, photons, exposure.electronic, rng)
    return radon.filtered_backprojection(error, exposure.kernel) * np.float32(1000.0 / WATER_PER_MM)


def count_noise(
    line_integrals: Floats, photons: float, electronic: float, rng: np.random.Generator
) -> Floats:
    """Error of measured line integrals: Poisson counts behind the object plus normal noise of the
    electronics.
    """
    expected = np.exp(-np.clip(line_integrals, 0.0, None)) * np.float32(photons)
    counts = rng.poisson(expected) + electronic * rng.standard_normal(expected.shape, dtype=np.float32)
    measured = -np.log(np.clip(counts, 1.0, None) / photons)
    error: Floats = (measured + np.log(expected / photons)).astype(np.float32)
    return error
