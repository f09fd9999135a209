"""The guard refuses what a method was not made for, with limit and found value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.geometry import Grid
from app.domain.inference import PhantomStudy, Verdict
from app.domain.quantity import Quantity
from app.domain.volume import Volume, Voxels
from app.i18n import catalogue
from inference import guard, registry
from tests.inference.conftest import ct_volume

DENOISE = registry.find("ct/red-unet").envelope
LUNGS = registry.find("ct/lungs-classical").envelope


def _turned(grid: Grid) -> Grid:
    """The same grid as a coronal stack."""
    return replace(grid, axes=((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)))


def _warned(volume: Volume, **params: str) -> Volume:
    return replace(volume, warnings=(("loader's words", params),))


def _refused(volume: Volume, envelope: object) -> dict[str, str]:
    verdict, reasons = guard.judge(volume, envelope)  # type: ignore[arg-type]
    assert verdict is Verdict.REFUSE, reasons
    assert reasons[0].template in catalogue()
    reasons[0].template.format(**reasons[0].params)
    return reasons[0].params


def test_a_chest_ct_is_accepted(chest: PhantomStudy) -> None:
    """No reason, no warning."""
    assert guard.judge(ct_volume(chest), LUNGS) == (Verdict.ACCEPT, ())


def test_fine_images_are_accepted_for_denoising(fine: PhantomStudy) -> None:
    """Spacing of slices beyond the range refuses; within it nothing is said."""
    assert _refused(ct_volume(fine), DENOISE)["limit"] == "0.3–10"
    close = replace(fine.grid, spacing_mm=(2.5, 0.93, 0.93))
    assert guard.judge(ct_volume(fine, grid=close), DENOISE)[0] is Verdict.ACCEPT


def test_mr_is_refused(chest: PhantomStudy) -> None:
    """MR into a CT method (rule 3)."""
    params = _refused(ct_volume(chest, modality="MR", quantity=Quantity.ARBITRARY), LUNGS)
    assert params == {"limit": "CT", "found": "MR"}


def test_unscaled_values_are_refused(chest: PhantomStudy) -> None:
    """HU offset of 1024 forgotten, or applied twice."""
    for offset in (1024, -1024):
        shifted = Voxels((chest.low_dose.astype(np.int32) + offset)[None])
        assert "found" in _refused(ct_volume(chest, voxels=shifted), LUNGS)


@pytest.mark.parametrize(
    ("params", "found"),
    [({"deg": "12.0"}, "12.0"), ({"n": "2", "first": "10.0", "last": "20.0"}, "2")],
    ids=["tilt", "missing slice"],
)
def test_tilt_and_missing_slices(chest: PhantomStudy, params: dict[str, str], found: str) -> None:
    """Refused where volumes are measured; a warning where images are treated one by one."""
    volume = _warned(ct_volume(chest), **params)
    assert _refused(volume, LUNGS)["found"] == found
    slicewise = replace(LUNGS, slicewise=True)
    assert guard.judge(volume, slicewise)[0] is Verdict.WARN


def test_uneven_slices_warn(chest: PhantomStudy) -> None:
    """Uneven spacing is uncertain, not meaningless."""
    verdict, reasons = guard.judge(_warned(ct_volume(chest), low="2.4", high="2.7", mean="2.5"), LUNGS)
    assert verdict is Verdict.WARN
    assert reasons[0].params["found"] == "2.4–2.7"


def test_other_body_part_warns(chest: PhantomStudy) -> None:
    """A head CT, and images that do not say what they show."""
    for part, word in (("HEAD", "HEAD"), ("", None)):
        verdict, reasons = guard.judge(ct_volume(chest, body_part=part), LUNGS)
        assert verdict is Verdict.WARN
        assert word is None or reasons[0].params["found"] == word


def test_coronal_stack_is_refused(chest: PhantomStudy) -> None:
    """Orientation is geometry, not statistics."""
    assert _refused(ct_volume(chest, grid=_turned(chest.grid)), LUNGS)["found"] == "90"


def test_small_wide_and_unfinished_are_refused(chest: PhantomStudy) -> None:
    """Too few slices; pixels out of range; slices that have not arrived."""
    few = replace(chest.grid, shape=(5, *chest.grid.shape[1:]))
    assert (
        _refused(ct_volume(chest, grid=few, voxels=Voxels(chest.low_dose[None, :5])), LUNGS)["limit"]
        == "12×64×64"
    )
    wide = replace(chest.grid, spacing_mm=(5.5, 6.0, 6.0))
    assert _refused(ct_volume(chest, grid=wide), LUNGS)["found"] == "6"
    ready = np.ones((1, chest.grid.shape[0]), dtype=bool)
    ready[0, 3] = False
    assert _refused(ct_volume(chest, voxels=Voxels(chest.low_dose[None], ready)), LUNGS)["found"] == "97"


def _told(volume: Volume, **details: str) -> Volume:
    return replace(volume, details=details)


@pytest.fixture
def close(fine: PhantomStudy) -> Volume:
    """Fine slices as a usual series."""
    return ct_volume(fine, grid=replace(fine.grid, spacing_mm=(2.5, 0.93, 0.93)))


@pytest.mark.parametrize(
    ("details", "found"),
    [
        ({"sop_class_uid": "1.2.840.10008.5.1.4.1.1.7"}, "Secondary Capture"),
        ({"sop_class_uid": "1.2.840.10008.5.1.4.1.1.128"}, "1.2.840.10008.5.1.4.1.1.128"),
        ({"ImageType": "DERIVED\\SECONDARY\\REFORMATTED\\MIP"}, "MIP"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\LOCALIZER"}, "LOCALIZER"),
    ],
    ids=["capture", "other class", "projection", "localizer"],
)
def test_objects_of_another_kind_are_refused(
    close: Volume, chest: PhantomStudy, details: dict[str, str], found: str
) -> None:
    """What only looks like slices of HU is refused for every method."""
    assert _refused(_told(close, **details), DENOISE)["found"] == found
    assert _refused(_told(ct_volume(chest), **details), LUNGS)["found"] == found


@pytest.mark.parametrize(
    "details",
    [
        {"DerivationCodeSequence": "113076\\113087"},
        {"DerivationDescription": "Low-dose CT denoising (residual encoder-decoder) (ct/red-unet) 1.0.0"},
        {"DerivationDescription": "Edge preserving Smoothing, level 3"},
        {"DerivationDescription": "图像降噪"},
    ],
    ids=["code", "ours", "another maker's", "Chinese"],
)
def test_denoised_images_are_not_denoised_again(
    close: Volume, chest: PhantomStudy, details: dict[str, str]
) -> None:
    """The noise that the net knows is gone; lungs may still be outlined on such images."""
    denoised = {"ImageType": "DERIVED\\SECONDARY\\AXIAL"} | details
    _refused(_told(close, **denoised), DENOISE)
    assert guard.judge(_told(ct_volume(chest), **denoised), LUNGS)[0] is Verdict.ACCEPT


def test_computed_images_warn(close: Volume) -> None:
    """A reformat is derived but not smoothed: uncertain.  Images as scanned pass without a word."""
    verdict, reasons = guard.judge(
        _told(close, ImageType="DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE"), DENOISE
    )
    assert verdict is Verdict.WARN
    assert "DERIVED" in reasons[0].params["found"]
    original = _told(
        close,
        ImageType="ORIGINAL\\PRIMARY\\AXIAL",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        PatientAge="061Y",
    )
    assert guard.judge(original, DENOISE) == (Verdict.ACCEPT, ())


@pytest.mark.parametrize(("age", "found"), [("015Y", "15"), ("018M", "1.5"), ("010D", "0.027")])
def test_children_warn(chest: PhantomStudy, age: str, found: str) -> None:
    """No child was among the generated bodies."""
    verdict, reasons = guard.judge(_told(ct_volume(chest), PatientAge=age), LUNGS)
    assert verdict is Verdict.WARN
    assert reasons[0].params == {"limit": "16", "found": found}
    assert reasons[0].template in catalogue()


def test_a_part_of_the_chest_warns(chest: PhantomStudy) -> None:
    """Few centimetres along the body hold no whole lung."""
    part = Voxels(chest.low_dose[None, 12:24])
    grid = replace(chest.grid, shape=(12, *chest.grid.shape[1:]))
    verdict, reasons = guard.judge(ct_volume(chest, grid=grid, voxels=part), LUNGS)
    assert verdict is Verdict.WARN
    assert reasons[0].params == {"limit": "120", "found": "114"}


def test_values_that_are_no_numbers_are_refused(close: Volume) -> None:
    """One NaN or infinity among floating values would spread; the slices are counted."""
    values = close.voxels.array.astype(np.float32)
    values[0, 2, 5, 5], values[0, 7, 100, 3] = np.nan, np.inf
    assert _refused(replace(close, voxels=Voxels(values)), DENOISE) == {"found": "2"}


def test_noise_level_is_measured(chest: PhantomStudy) -> None:
    """The guard's estimate of noise follows noise that was added."""
    rng = np.random.default_rng(0)
    base = chest.noise_free[20:40]
    levels = [guard.noise_level(base + rng.normal(0, sd, base.shape)) for sd in (20.0, 60.0)]
    assert 15 < (levels[0] or 0) < 30
    assert 45 < (levels[1] or 0) < 75
