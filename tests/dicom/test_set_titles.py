"""Display sets of one series have titles that tell them apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

import pytest

from app.dicom.read.display_sets import display_sets
from app.domain.display_set import DisplaySet
from app.domain.frame import Distinction, Frame
from app.domain.pixel import PixelFormat
from app.domain.study import SopUid
from tests.dicom.frame_series import SAGITTAL, facts, frame, slices

AT = datetime(2026, 1, 2, 10, 31, 5)  # noqa: DTZ001
COLOUR = PixelFormat("RGB", samples=3)


def _sets(frames: list[Frame]) -> tuple[DisplaySet, ...]:
    """Of frames that make an object where they share a UID."""
    objects: dict[str, list[Frame]] = defaultdict(list)
    for one in frames:
        objects[one.sop_uid].append(one)
    held = [
        replace(facts(members[:1])[0], frames=tuple(members), pixel_digest=uid)
        for uid, members in objects.items()
    ]
    return display_sets(held, study_uid="1.5", series_uid="1.6").sets


def _multiframe(number: int, count: int, **changes: object) -> list[Frame]:
    """Frames of one object without a place."""
    one = frame(number, None, orientation=None, frames_in_object=count)
    return [replace(one, index=n, **changes) for n in range(count)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("frames", "titles"),
    [
        (slices(range(5)), [[]]),
        (
            slices(range(6)) + slices(range(6), first=7, frame_of_reference_uid="1.8"),
            [["frame of reference 1"], ["frame of reference 2"]],
        ),
        (
            slices(range(0, 30, 5)) + slices(range(100, 180, 10), first=20),
            [["slices every 10 mm"], ["slices every 5 mm"]],
        ),
        (
            slices(range(6)) + slices(range(100, 105), first=7),
            [["0 … 5 mm"], ["100 … 104 mm"]],
        ),
        (
            slices(range(6)) + slices(range(-3, 0), first=7, orientation=SAGITTAL),
            [["Axial"], ["Sagittal"]],
        ),
        (
            slices(range(6)) + [replace(one, rows=32, columns=48) for one in slices(range(5), first=7)],
            [["64 × 64"], ["48 × 32"]],
        ),
        (slices((0, 1, 2, 5, 6, 7.3, 9)), [[], ["interpolated volume"]]),
        (
            _multiframe(3, 4) + _multiframe(7, 4) + _multiframe(9, 2, pixel_format=COLOUR),
            [["image no. 3"], ["image no. 7"], ["colour"]],
        ),
        (
            _multiframe(3, 4, distinction=Distinction(acquired_at=AT))
            + [replace(one, sop_uid=SopUid("1.7")) for one in _multiframe(3, 4)],
            [["at 10:31:05"], []],
        ),
        (
            slices(range(5))[:1] + slices(range(3), first=5, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER")),
            [[], ["Localizer"]],
        ),
    ],
    ids=[
        "one", "frames of reference", "distance", "place", "plane", "matrix", "interpolated", "cine", "time",
        "localizer",
    ],
)  # fmt: skip
def test_what_tells_them_apart_is_the_title(frames: list[Frame], titles: list[list[str]]) -> None:
    sets = _sets(frames)
    assert [[template.format(**params) for template, params in one.title] for one in sets] == titles


def test_what_nothing_tells_apart_is_counted() -> None:
    """Three objects alike in everything but their pixels."""
    sets = _sets([replace(one, sop_uid=SopUid(f"1.7.{n}")) for n in range(3) for one in _multiframe(1, 2)])
    assert [one.title for one in sets] == [
        (("{n} of {total}", {"n": n, "total": "3"}),) for n in ("1", "2", "3")
    ]
