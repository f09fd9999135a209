"""Images of one series whose headers differ in what tells nothing, or in what tells them apart."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.display_set import AxisKind
from app.domain.quantity import Quantity
from tests.dicom.made_headers import held, image, words

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
