"""Images of one series whose headers differ in what tells nothing, or in what tells them apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from app.dicom.read.display_sets import display_sets
from app.domain.display_set import AxisKind, Correction
from app.domain.quantity import Quantity
from tests.dicom.made_headers import facts, held, image, words

MR = "1.2.840.10008.5.1.4.1.1.4"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"RescaleType": None}, ""),
        ({"PixelSpacing": [0.90001, 0.70001]}, ""),
        ({"FrameOfReferenceUID": None}, "Images without a Frame of Reference: 2"),
    ],
)
def test_slices_that_say_less_or_nearly_the_same_are_of_one_volume(
    changes: dict[str, Any], told: str
) -> None:
    usual: dict[str, Any] = {
        "RescaleSlope": 1, "RescaleIntercept": -1024, "RescaleType": "HU", "FrameOfReferenceUID": "1.9",
        "PixelSpacing": [0.89995, 0.7],
    }  # fmt: skip
    (one,) = held(*(image(n, **(usual | (changes if n % 2 == 0 else {}))) for n in range(1, 6))).sets
    assert one.geometry is not None
    assert (one.geometry.grid.shape[0], one.quantity) == (5, Quantity.HU)
    assert words(one.warnings).startswith(told)


@pytest.mark.parametrize(
    ("attribute", "values", "expected"),
    [
        ("KVP", (80, 140), (AxisKind.COMPONENT, (80.0, 140.0), "kV")),
        ("FlipAngle", (5, 15), (AxisKind.COMPONENT, (5.0, 15.0), "deg")),
        ("SequenceName", ("ep_b50", "*ep_b1000t"), (AxisKind.B_VALUE, (50.0, 1000.0), "s/mm2")),
    ],
)
def test_images_at_one_place_are_told_apart_by_how_they_were_taken(
    attribute: str, values: tuple[Any, ...], expected: tuple[AxisKind, tuple[float, ...], str]
) -> None:
    images = []
    for part, value in enumerate(values):
        for n in range(4):
            places = {"ImagePositionPatient": [0, 0, 5 * n], attribute: value, "Manufacturer": "SIEMENS"}
            images.append(image(10 * part + n, sop_class=MR, modality="MR", **places))
    (one,) = held(*images).sets
    assert one.axis is not None
    assert (one.axis.kind, one.axis.values, one.axis.unit) == expected
    assert one.warnings == ()


@pytest.mark.parametrize(("apart_mm", "is_volume"), [(5.0, True), (29.0, True), (300.0, False)])
def test_two_slices_far_apart_are_images_and_no_volume(apart_mm: float, is_volume: bool) -> None:
    """Nothing is known between them; three at such distances tell how far slices of the series lie apart."""
    images = [image(n, ImagePositionPatient=[0, 0, apart_mm * n]) for n in range(3)]
    (one,) = held(*images[:2]).sets
    assert (one.geometry is not None, len(one.frames)) == (is_volume, 2)
    (one,) = held(*images).sets
    assert one.geometry is not None


@pytest.mark.parametrize("degrees", [(0.0, 0.2, 0.0, 0.0), (0.1, -0.2, 0.15, 0.0)])
def test_noise_in_the_orientation_parts_no_volume(degrees: tuple[float, ...]) -> None:
    """Up to 0.6°, as other viewers have it; that is told."""
    images = [image(n, ImageOrientationPatient=_turned(degrees[n % len(degrees)])) for n in range(1, 13)]
    (one,) = held(*images).sets
    assert one.geometry is not None
    assert one.geometry.grid.shape[0] == 12
    assert "The orientation of the slices varies by up to 0." in words(one.warnings)


def test_volumes_that_motion_turned_stay_apart() -> None:
    images = [
        image(
            10 * turn + n, sop_class=MR, modality="MR", ImageOrientationPatient=_turned(0.15 * turn),
            ImagePositionPatient=[0.3 * turn, 0.2 * turn, 2.5 * n + 0.1 * turn],
        )
        for turn in range(3)
        for n in range(1, 7)
    ]  # fmt: skip
    found = held(*images).sets
    assert [len(one.frames) for one in found] == [6, 6, 6]
    assert all(one.geometry is not None and not one.warnings for one in found)


def _turned(degrees: float) -> list[str]:
    """Cosines of rows and columns turned in their plane."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [f"{value:.6f}" for value in (cos, sin, 0.0, -sin, cos, 0.0)]


def test_an_image_in_several_encodings_is_shown_once() -> None:
    """The one that is not compressed, whatever the order."""
    plain = [facts(image(n)) for n in (1, 2, 3)]
    packed = [
        replace(
            one, pixel_digest=f"{one.pixel_digest[:-1]}x", transfer_syntax="1.2.840.10008.1.2.4.90",
            frames=tuple(replace(f, sha256=f"{f.sha256[:-1]}x", is_compressed=True) for f in one.frames),
        )
        for one in plain
    ]  # fmt: skip
    for given in ([*plain, *packed], [*packed, *plain]):
        found = display_sets(given, study_uid="1.5", series_uid="1.6")
        (one,) = found.sets
        assert [frame.is_compressed for frame in one.frames] == [False] * 3
        (left,) = found.left_out
        assert "in another encoding" in words((left.reason,))
        assert len(left.sop_uids) == 3


def test_images_that_share_a_uid_are_told() -> None:
    """Marks are kept by UID."""
    other = image(1, ImagePositionPatient=[0, 0, 50])
    found = held(image(1), image(2), image(3), other).sets
    assert "Images whose UID other images of the series have too: 1" in words(found[0].warnings)


@pytest.mark.parametrize("odd", [{4: 0.3}, {2: -0.4, 6: 0.5}])
def test_an_odd_slice_ends_no_part(odd: dict[int, float]) -> None:
    """One a little beside its place: all are kept, at their true places, and as one volume that is told."""
    images = [image(n, ImagePositionPatient=[0, 0, 2.5 * n + odd.get(n, 0.0)]) for n in range(1, 10)]
    originals, resampled = held(*images).sets
    assert originals.geometry is None
    assert len(originals.frames) == len(resampled.frames) == 9
    assert resampled.geometry is not None
    assert resampled.geometry.correction is Correction.RESAMPLED
    assert "values were interpolated" in words(resampled.warnings)


def test_missing_slices_are_told_where_they_are_in_the_patient() -> None:
    """Axial slices are counted from head to feet, and told by their heights."""
    images = [image(n, ImagePositionPatient=[0, 0, 2.5 * n]) for n in range(1, 12) if n not in (5, 6)]
    (one,) = held(*images).sets
    assert "Slices missing between 10.0 mm and 17.5 mm: 2" in words(one.warnings)
