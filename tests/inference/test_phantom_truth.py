"""The demo study's truth is exact, and the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.inference import PhantomStudy
from app.errors import BadInput, Cancelled
from app.jobs import never_cancelled, no_progress
from inference.phantom_source import DEMO_SEED, make_phantom_study
from inference.physics.phantom import ChestPhantom
from inference.physics.shapes import Plane
from inference.training.seeds import HELD_OUT_CHESTS, HELD_OUT_HEADS, training_seeds


def _study(seed: int) -> PhantomStudy:
    return make_phantom_study(
        seed=seed,
        shape=(4, 96, 96),
        spacing_mm=(40.0, 3.7, 3.7),
        dose=0.2,
        progress=no_progress,
        cancelled=never_cancelled,
    )


def test_the_same_seed_gives_the_same_voxels() -> None:
    """Deterministic (issue 3, step 3); another seed is another chest."""
    first, second, other = _study(DEMO_SEED), _study(DEMO_SEED), _study(11)
    assert np.array_equal(first.low_dose, second.low_dose)
    assert np.array_equal(first.noise_free, second.noise_free)
    assert not np.array_equal(first.noise_free, other.noise_free)


def test_nodules_have_their_size_and_density() -> None:
    """Half-height diameter within 0.25 mm of truth, HU at the middle within 15 (three nodules in the
    lungs).
    """
    phantom = ChestPhantom(DEMO_SEED)
    assert [n.diameter_mm for n in phantom.nodules] == [15.0, 10.0, 8.0]
    for nodule in phantom.nodules:
        x, y, z = nodule.centre_mm
        across = (x + np.arange(-14, 14, 0.25)).astype(np.float32)
        hu, lung = phantom.cut(Plane(across, np.array([y], dtype=np.float32), z, 0.25))
        half = (nodule.hu + phantom.build.lung_hu) / 2
        middle = int(np.abs(across - x).argmin())
        left = middle - int(np.argmax(hu[0, middle::-1] < half))
        right = middle + int(np.argmax(hu[0, middle:] < half))
        assert abs((right - left - 1) * 0.25 - nodule.diameter_mm) <= 0.5
        assert abs(float(hu[0, middle]) - nodule.hu) < 15
        assert lung[0, middle] > 0.99


def test_tissues_are_there(chest: PhantomStudy) -> None:
    """Air, lung, fat, soft tissue and bone each take their share; the lungs have a believable volume."""
    hu = chest.noise_free
    for low, high, share in (
        (-1000, -990, 0.2),
        (-950, -750, 0.05),
        (-130, -70, 0.02),
        (0, 110, 0.05),
        (300, 1200, 0.003),
    ):
        assert ((hu >= low) & (hu <= high)).mean() > share
    litres = chest.lungs.sum() * chest.grid.voxel_mm3 / 1e6
    assert 3.5 < litres < 8
    assert -900 < np.median(hu[chest.lungs > 0]) < -750


def test_noise_is_unbiased_and_streaks_at_the_shoulders(chest: PhantomStudy) -> None:
    """Low dose minus truth has mean near 0 in the body, and more noise where the body is widest in bone."""
    error = chest.low_dose.astype(float) - chest.noise_free
    body = chest.noise_free > -200
    assert abs(error[body].mean()) < 2.5
    assert error[body].std() > 3


def test_training_never_sees_the_demo_or_the_held_out() -> None:
    """The demo's seed and anatomy are excluded from training (issue 3, step 9)."""
    seen = {
        seed for run in range(1, 40) for seed in (training_seeds(400, run)[0], training_seeds(400, run)[-1])
    }
    assert not seen & {DEMO_SEED, *HELD_OUT_CHESTS, *HELD_OUT_HEADS}
    assert DEMO_SEED not in HELD_OUT_CHESTS
    with pytest.raises(ValueError, match="held-out"):
        training_seeds(
            10,
            DEMO_SEED // 10_000 - 100 + 0
            if DEMO_SEED % 10_000 < 10
            else (HELD_OUT_CHESTS[0] - 1_000_000) // 10_000,
        )


def test_a_grid_that_cannot_hold_it_is_refused() -> None:
    """Bad input names limit and found value."""
    with pytest.raises(BadInput, match="at least 64"):
        make_phantom_study(
            seed=1,
            shape=(6, 32, 32),
            spacing_mm=(5, 5, 5),
            dose=0.2,
            progress=no_progress,
            cancelled=never_cancelled,
        )
    with pytest.raises(BadInput, match="dose"):
        make_phantom_study(
            seed=1,
            shape=(6, 64, 64),
            spacing_mm=(5, 5, 5),
            dose=0.0,
            progress=no_progress,
            cancelled=never_cancelled,
        )


def test_making_it_can_be_cancelled() -> None:
    """A long job heeds cancel at once."""
    with pytest.raises(Cancelled):
        make_phantom_study(
            seed=1,
            shape=(4, 96, 96),
            spacing_mm=(40.0, 3.7, 3.7),
            dose=0.2,
            progress=no_progress,
            cancelled=lambda: True,
        )
