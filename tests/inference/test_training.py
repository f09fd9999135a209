"""Training is reproducible, and its judges measure what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from inference.nets.encdec import EncDecShape
from inference.physics.noise import Exposure
from inference.training import fit
from inference.training.details import LOW_CONTRASTS, judge_details
from inference.training.simulate import Slices
from inference.training.variation import Labelled, vary

MODELS = Path(__file__).resolve().parents[2] / "resources" / "models"


def _slices() -> Slices:
    rng = np.random.default_rng(3)
    clean = rng.normal(0, 200, (2, 128, 128)).astype(np.int16)
    return Slices(clean, rng.normal(0, 40, (2, 1, 128, 128)).astype(np.int16))


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    """Data, first weights, steps and rate follow the seed alone and never the clock: the weights' files are
    equal, another seed's is not.
    """
    shape = EncDecShape(widths=(4, 8))
    files = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        weights = tmp_path / f"{name}.safetensors"
        batches = fit.denoising_batches(_slices(), seed, batch=2, patch=48)
        run = fit.fit(shape, batches, fit.l1, fit.Recipe(steps=5, seed=seed), weights)
        assert np.isfinite(run.last_loss)
        files.append(weights.read_bytes())
    assert files[0] == files[1]
    assert files[0] != files[2]


def test_the_denoisers_card_tells_a_command_that_fixes_the_result() -> None:
    """Steps, seed, anatomies and threads are in the command; what it ran on is beside it."""
    training = json.loads((MODELS / "ct-red-unet" / "card.json").read_text(encoding="utf-8"))["training"]
    for part in ("--steps", "--seed", "--anatomies", "--threads"):
        assert part in training["command"]
    assert training["steps"] == int(training["command"].split("--steps ")[1].split()[0])
    assert training["torch"]
    assert training["arithmetic"]


def _chest() -> Labelled:
    """Two lungs in a trunk, 8 mm voxels."""
    z, y, x = (8.0 * (np.arange(n, dtype=np.float32) - (n - 1) / 2) for n in (38, 42, 48))
    empty = np.zeros((38, 42, 48), np.float32)
    chest = Labelled(empty - 1000, empty.copy(), empty.copy(), z, y, x)
    chest.hu[chest.away((0, 0, 0), (400, 110, 160)) < 1] = 40
    for cover, side in ((chest.right, -70.0), (chest.left, 70.0)):
        cover[:] = chest.away((0, 0, side), (110, 80, 50)) < 1
        chest.hu[cover > 0] = -850
    return chest


def test_variations_follow_their_seed_and_keep_sides() -> None:
    """The same seed varies alike; right stays right; some variations take lung away (effusion), and none
    leaves the HU range of a scanner.
    """
    shares = []
    for seed in range(12):
        first, second, plain = _chest(), _chest(), _chest()
        vary(first, np.random.default_rng([seed]))
        vary(second, np.random.default_rng([seed]))
        assert np.array_equal(first.hu, second.hu)
        assert np.array_equal(first.right, second.right)
        right, left = (np.nonzero(cover > 0.5)[2].mean() for cover in (first.right, first.left))
        assert right < 24 < left
        assert np.isfinite(first.hu).all()
        shares.append(first.lung.sum() / plain.lung.sum())
    assert min(shares) < 0.8
    assert max(shares) > 1.0


def test_details_tell_sharp_from_blurred() -> None:
    """At a high dose, images left alone keep edges, contrasts and even areas; a blur widens edges and takes
    small contrasts.
    """
    alone, blurred = (
        judge_details(change, Exposure(40.0), size=256, times=2)
        for change in (lambda image: image, lambda image: gaussian_filter(image, 1.5))
    )
    for edge in alone["edge_10_90"].values():
        assert edge["net_mm"] == pytest.approx(edge["truth_mm"], abs=0.1)
    assert all(kept == pytest.approx(1.0, abs=0.25) for kept in list(alone["contrast_kept"].values())[3:])
    assert alone["even"]["net_sd_hu"] == alone["even"]["low_dose_sd_hu"]
    assert abs(alone["even"]["net_mean_hu"]) < 1.0
    assert len(blurred["contrast_kept"]) == len(LOW_CONTRASTS)
    for edge in blurred["edge_10_90"].values():
        assert edge["net_mm"] > 2 * edge["truth_mm"]
    assert blurred["contrast_kept"]["4 mm +40 HU"] < 0.6 < blurred["contrast_kept"]["10 mm +40 HU"] + 0.2
    assert blurred["even"]["net_sd_hu"] < 0.5 * blurred["even"]["low_dose_sd_hu"]
