"""Projection, reconstruction and noise."""

from __future__ import annotations

import numpy as np

from inference.physics.noise import FULL_DOSE_PHOTONS, WATER_PER_MM, Exposure, count_noise, low_dose_noise
from inference.physics.radon import Radon


def _disc(size: int, radius: float, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    y, x = np.mgrid[:size, :size] - float(size // 2)
    return np.clip(radius - np.hypot(y - at[0], x - at[1]) + 0.5, 0.0, 1.0).astype(np.float32)


def test_adjoint_is_the_transpose_of_the_projection() -> None:
    """⟨Ax, y⟩ = ⟨x, Aᵀy⟩ to 1e-4 (acceptance of CT operators, 5.2.1)."""
    rng = np.random.default_rng(5)
    radon = Radon(96, 1.3, 75)
    x = rng.standard_normal((3, 96, 96)).astype(np.float32)
    y = rng.standard_normal((3, 75, radon.bins)).astype(np.float32)
    forward = float((radon.project(x).astype(float) * y).sum())
    backward = float((x.astype(float) * radon.adjoint(y)).sum())
    assert abs(forward - backward) <= 1e-4 * abs(forward)


def test_projection_of_a_disc_is_its_chord() -> None:
    """Line integrals are lengths in mm times attenuation, whatever the angle."""
    radon = Radon(256, 0.8, 40)
    sinogram = radon.project(_disc(256, 80.0)[None] * 0.02)[0]
    centre = sinogram[:, radon.bins // 2]
    np.testing.assert_allclose(centre, 160 * 0.8 * 0.02, rtol=0.01)


def test_reconstruction_gives_the_disc_back() -> None:
    """FBP of a disc of water off the middle: within 5 HU inside, nothing outside."""
    radon = Radon(256, 1.0, 300)
    disc = _disc(256, 70.0, (12.0, -20.0))
    found = radon.filtered_backprojection(radon.project(disc[None] * WATER_PER_MM))[0] / WATER_PER_MM * 1000
    y, x = np.mgrid[:256, :256] - 128.0
    away = np.hypot(y - 12, x + 20)
    assert abs(found[away < 60].mean() - 1000) < 2
    assert found[away < 60].std() < 5
    assert abs(found[(away > 80) & (away < 95)].mean()) < 2


def test_two_slices_do_not_leak_into_each_other() -> None:
    """Slices travel in pairs as real and imaginary part: each is what it would be alone."""
    radon = Radon(64, 1.0, 50)
    first, second = _disc(64, 20.0), _disc(64, 9.0, (8.0, 3.0))
    both = radon.project(np.stack([first, second]))
    np.testing.assert_allclose(both[1], radon.project(second[None])[0], atol=1e-3)


def test_counts_follow_poisson() -> None:
    """Behind 0.5 of attenuation the error's SD is that of a Poisson count plus electronics."""
    rng = np.random.default_rng(1)
    photons, electronic = 20_000.0, 30.0
    error = count_noise(np.full((200, 500), 0.5, dtype=np.float32), photons, electronic, rng)
    expected = photons * np.exp(-0.5)
    assert abs(float(error.std()) - np.sqrt(expected + electronic**2) / expected) < 2e-4


def test_a_quarter_of_the_dose_doubles_the_noise() -> None:
    """SD goes with one over the root of the dose."""
    radon = Radon(128, 2.0, 140)
    water = _disc(128, 50.0)[None].repeat(4, axis=0) * 1000 - 1000
    inside = _disc(128, 40.0) > 0.5
    spread = [
        low_dose_noise(radon, water, Exposure(dose, electronic=0.0), np.random.default_rng(2))[
            :, inside
        ].std()
        for dose in (0.4, 0.1)
    ]
    assert 1.85 < spread[1] / spread[0] < 2.15


def test_bone_makes_streaks() -> None:
    """Between two discs of bone the noise is stronger than above them: the low dose's streaks."""
    radon = Radon(128, 2.0, 160)
    body = _disc(128, 55.0) * 1000 - 1000
    body += (_disc(128, 7.0, (0, -28)) + _disc(128, 7.0, (0, 28))) * 1400
    exposure = Exposure(2000 / FULL_DOSE_PHOTONS)
    noise = low_dose_noise(radon, np.repeat(body[None], 6, axis=0), exposure, np.random.default_rng(3))
    between, above = noise[:, 61:67, 50:78].std(), noise[:, 28:34, 50:78].std()
    assert between > 1.15 * above
