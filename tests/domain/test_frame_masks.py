"""Segments on single images: by the images that they name, or by their place in the patient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.coding import Code
from app.domain.frame_masks import labels_on_frames
from app.domain.layers import (
    ImageReference,
    MaskKind,
    MaskPlanes,
    SegmentationImage,
    SegmentMask,
    SpatialReference,
)
from app.domain.pixel import PixelSpacing, SpacingSource
from app.domain.segmentation import Segment
from app.domain.study import SopUid
from app.errors import BadInput
from tests.support.stacks import frame_of

CODE = Code("1", "99T", "Thing")
PIXELS = np.zeros((12, 16), np.uint8)


def mask(number: int, first: tuple[int, int, int], values: NDArray[np.uint8]) -> SegmentMask:
    return SegmentMask.of(Segment(number, f"s{number}", CODE, CODE, (9, 9, 9)), first, values)


def object_of(*masks: SegmentMask, **facts: Any) -> SegmentationImage:
    return SegmentationImage("SEG", MaskKind.BINARY, 12, 16, masks, SpatialReference(), **facts)


def test_masks_lie_on_the_frames_that_they_name() -> None:
    """Two frames of a cine of three; overlaps have a label of their own, the same on all frames."""
    frames = [frame_of(PIXELS, 1, index=n, frames_in_object=3) for n in range(3)]
    one = mask(1, (0, 2, 3), np.ones((2, 4, 5), np.uint8))
    two = mask(2, (1, 4, 6), np.ones((1, 3, 6), np.uint8))
    images = (ImageReference(SopUid("1.2.5.1"), (1,)), ImageReference(SopUid("1.2.5.1"), (3,)))
    found = object_of(one, two, frame_images=images)
    made = labels_on_frames(found, found.masks, frames)
    numbers = {segment.label: segment.number for segment in made.segments}
    first, middle, last = made.labels
    assert middle is None
    assert first is not None
    assert last is not None
    expected = np.zeros((12, 16), np.uint8)
    expected[2:6, 3:8] = numbers["s1"]
    assert np.array_equal(first, expected)
    expected[4:7, 6:12] = numbers["s2"]
    expected[4:6, 6:8] = numbers["s1 + s2"]
    assert np.array_equal(last, expected)
    assert made.images_of(numbers["s1"]) == (0, 2)


def test_masks_lie_where_they_are_in_the_patient() -> None:
    """An image of half the spacing that is turned; one beside the masks has none."""
    planes = MaskPlanes(12, 16, (1.0, 1.0), (1.0, 0, 0), (0, 1.0, 0), ((0.0, 0.0, 5.0),), 2.0)
    found = object_of(mask(1, (0, 2, 3), np.ones((1, 4, 5), np.uint8)), planes=planes)
    pixels = np.zeros((40, 40), np.uint8)
    place: dict[str, Any] = {
        "spacing": PixelSpacing((0.5, 0.5), SpacingSource.PATIENT),
        "orientation": (0.0, 1.0, 0.0, 1.0, 0.0, 0.0),  # columns run to the back, rows to the left
        "slice_thickness_mm": 1.0,
    }
    near = frame_of(pixels, 1, position_mm=(-0.25, -0.25, 5.2), **place)
    far = frame_of(pixels, 2, position_mm=(-0.25, -0.25, 9.0), **place)
    loose = frame_of(pixels, 3)
    made = labels_on_frames(found, found.masks, [near, far, loose])
    assert made.labels[1:] == (None, None)
    drawn = np.argwhere(made.labels[0])
    points = np.stack((drawn[:, 0] * 0.5 - 0.25, drawn[:, 1] * 0.5 - 0.25), axis=1)  # x, y
    assert (points.min(axis=0) >= (2.5, 1.5)).all()
    assert (points.max(axis=0) <= (7.5, 5.5)).all()
    assert len(drawn) == 4 * 4 * 5
    with pytest.raises(BadInput):
        labels_on_frames(found, found.masks, [far, loose])
