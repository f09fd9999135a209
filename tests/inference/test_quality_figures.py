"""PSNR, SSIM and Dice agree with other people's programs."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from inference.quality import dice, noise_sd, psnr, psnr_ssim

WINDOW = (-1000.0, 400.0)


def test_psnr_and_ssim_agree_with_scikit_image() -> None:
    """The same numbers from an independent implementation."""
    rng = np.random.default_rng(0)
    truth = np.clip(rng.normal(-300, 300, (3, 64, 80)), *WINDOW)
    test = np.clip(truth + rng.normal(0, 40, truth.shape), *WINDOW)
    found = psnr_ssim(test, truth, WINDOW)
    assert found[0] == pytest.approx(peak_signal_noise_ratio(truth, test, data_range=1400.0), abs=1e-4)
    published = {
        "gaussian_weights": True,
        "sigma": 1.5,
        "use_sample_covariance": False,
        "data_range": 1400.0,
    }  # Wang 2004
    other = np.mean([structural_similarity(a, b, **published) for a, b in zip(truth, test, strict=True)])
    assert found[1] == pytest.approx(other, abs=1e-6)


def test_equal_images_and_unequal_shapes() -> None:
    """Infinity for equal images; a defect for arrays that do not fit."""
    image = np.zeros((1, 16, 16))
    assert psnr(image, image, WINDOW) == float("inf")
    with pytest.raises(ValueError, match="equal shape"):
        dice(image, image[:, :8])


def test_dice() -> None:
    """Half of the union shared on both sides; two empty masks agree."""
    a, b = np.zeros(10), np.zeros(10)
    assert dice(a, b) == 1.0
    a[:4], b[2:6] = 1, 1
    assert dice(a, b) == pytest.approx(0.5)


def test_noise_sd_finds_what_was_added() -> None:
    """SD of even tissue before and after; no tissue, no figure."""
    rng = np.random.default_rng(0)
    clean = np.full((90, 90), 50.0)
    before, after = noise_sd(clean + rng.normal(0, 30, clean.shape), clean + rng.normal(0, 5, clean.shape))
    assert before == pytest.approx(30, rel=0.1)
    assert after == pytest.approx(5, rel=0.2)
    assert np.isnan(noise_sd(clean - 900, clean - 900)).all()
