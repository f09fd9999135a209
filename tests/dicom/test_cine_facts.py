"""How fast a cine wants to be shown, and how it goes on at its ends (PS3.3 C.7.6.5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dicom.test_odd_headers import facts, image

US_MULTI = "1.2.840.10008.5.1.4.1.1.3.1"


@pytest.mark.parametrize(
    ("attributes", "times", "rate"),
    [
        ({}, [None] * 3, None),
        ({"FrameTime": 40}, [40.0] * 3, None),
        ({"FrameTime": 40, "CineRate": 10, "RecommendedDisplayFrameRate": 8}, [40.0] * 3, 8.0),
        ({"CineRate": 10}, [100.0] * 3, None),
        ({"CineRate": 10, "RecommendedDisplayFrameRate": 8}, [100.0] * 3, 8.0),
        ({"RecommendedDisplayFrameRate": 8}, [125.0] * 3, 8.0),
        ({"FrameTime": 40, "FrameTimeVector": [0, 20, 60]}, [20.0, 60.0, 60.0], None),
        ({"FrameTime": 0, "CineRate": 0, "RecommendedDisplayFrameRate": 0}, [None] * 3, None),
    ],
)
def test_times_and_rate_of_a_cine(
    attributes: dict[str, Any], times: list[float | None], rate: float | None
) -> None:
    """Frame Time Vector, Frame Time, Cine Rate are how the images were taken; what is recommended is kept
    beside.
    """
    read = facts(image(sop_class=US_MULTI, modality="US", NumberOfFrames=3, **attributes)).frames
    assert [one.frame_time_ms for one in read] == times
    assert {one.shown_rate_hz for one in read} == {rate}


@pytest.mark.parametrize(("sequencing", "sweeps"), [(None, False), (0, False), (1, True), (2, False)])
def test_a_cine_that_prefers_to_sweep(sequencing: int | None, sweeps: bool) -> None:
    read = facts(
        image(sop_class=US_MULTI, modality="US", NumberOfFrames=2, PreferredPlaybackSequencing=sequencing)
    )
    assert {one.back_and_forth for one in read.frames} == {sweeps}
