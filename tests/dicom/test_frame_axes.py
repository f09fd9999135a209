"""Frames at one place are told apart by whatever tells them, and never mixed where images are missing."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.display_set import AxisKind, DisplaySet
from app.domain.frame import Frame
from tests.dicom.frame_series import found, frame, slices
from tests.dicom.made_headers import held, image, items

NOON = datetime(2026, 1, 2, 12)  # noqa: DTZ001  (DICOM local time)
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"


def cine(telling: Callable[[int, int], dict[str, Any]], *, places: int = 6, times: int = 5) -> list[Frame]:
    """A frame for each place and time; which time it is stands in its Slice Location."""
    return [
        frame(1 + z * times + t, (0.0, 0.0, 8.0 * z), location_mm=float(t), **telling(z, t))
        for z in range(places)
        for t in range(times)
    ]


def times_of(one: DisplaySet) -> list[set[float]]:
    """The times that stand in each row of places."""
    assert one.geometry is not None
    return [{one.frames[i].location_mm or 0.0 for i in row if i >= 0} for row in one.geometry.places]


JITTER = [random.Random(5).uniform(0, 9) for _ in range(6)]


@pytest.mark.parametrize("missing", [[(2, 0)], [(2, 2)], [(2, 4)], [(1, 1), (4, 3)], [(3, 0), (3, 3)]])
@pytest.mark.parametrize(
    "telling",
    [
        lambda z, t: {"trigger_ms": 40.0 * t + JITTER[z]},
        lambda z, t: {"acquired_at": NOON + timedelta(seconds=60.0 * z + t + JITTER[z] / 60)},
        lambda z, t: {},  # Instance Numbers: place by place
    ],
)
def test_missing_images_mix_no_times(
    telling: Callable[[int, int], dict[str, Any]], missing: list[tuple[int, int]]
) -> None:
    """Each place has its own times: without one of them the later ones do not take its place."""
    lost = {1 + z * 5 + t for z, t in missing}
    (one,) = found([f for f in cine(telling) if f.number not in lost]).sets
    assert times_of(one) == [{0.0}, {1.0}, {2.0}, {3.0}, {4.0}]
    assert one.geometry is not None
    assert sum(row.count(-1) for row in one.geometry.places) == len(missing)


def test_a_field_that_tells_all_but_a_missing_image_counts_more_than_one_that_tells_nothing() -> None:
    """Acquisition times differ for each image; Acquisition Number tells the times, at one place but two of
    them.
    """
    frames = cine(lambda z, t: {"acquired_at": NOON + timedelta(seconds=7 * t + z), "acquisition_number": t})
    (one,) = found([f for f in frames if f.number != 13]).sets
    assert times_of(one) == [{0.0}, {1.0}, {2.0}, {3.0}, {4.0}]


def test_images_that_nothing_tells_apart_say_so() -> None:
    frames = [f for f in cine(lambda z, t: {}) if f.number not in (2, 3, 4, 5, 8, 9, 14, 15, 20, 25)]
    assert all("do not say what tells" in one.warnings[0][0] for one in found(frames).sets if one.geometry)


@pytest.mark.parametrize("field", ["acquisition_number", "temporal_index", "contrast"])
def test_slices_between_those_of_another_acquisition_are_a_volume_of_their_own(field: str) -> None:
    """Together they would be one uneven volume, interpolated between two times."""
    first = slices([2.5 * n for n in range(8)], **{field: "A" if field == "contrast" else 1})
    other = slices([0.9 + 2.5 * n for n in range(8)], first=20, **{field: "B" if field == "contrast" else 2})
    sets = found([*first, *other]).sets
    assert [len(one.frames) for one in sets] == [8, 8]
    assert all(one.geometry is not None and one.geometry.grid.spacing_mm[0] == 2.5 for one in sets)
    halves = [slices(range(n, 16, 2), first=20 * n, acquisition_number=n) for n in range(2)]
    (one,) = found([f for half in halves for f in half]).sets  # even and odd slices of one stack
    assert one.geometry is not None
    assert one.geometry.grid.shape[0] == 16


def test_acquisitions_of_other_ranges_are_volumes_and_not_times() -> None:
    first = slices(range(0, 40, 5), acquisition_number=1)
    sets = found([*first, *slices(range(20, 60, 5), first=50, acquisition_number=2)]).sets
    assert [(len(one.frames), one.axis) for one in sets] == [(8, None), (8, None)]
    (one,) = found([*first, *slices(range(0, 40, 5), first=50, acquisition_number=2)]).sets
    assert one.axis is not None
    assert len(one.axis) == 2


def test_frames_are_told_apart_by_the_dimensions_of_their_object() -> None:
    """A dimension of the maker's own; the frames lie in no order in the object."""
    order = [(z, t) for z in range(4) for t in range(3)]
    random.Random(2).shuffle(order)
    data = image(
        sop_class=ENHANCED_MR, modality="MR", NumberOfFrames=len(order), ImagePositionPatient=None,
        ImageOrientationPatient=None, PixelSpacing=None,
    )  # fmt: skip
    data.DimensionIndexSequence = items(
        {"DimensionIndexPointer": 0x00209057}, {"DimensionIndexPointer": 0x20051030}
    )
    data.SharedFunctionalGroupsSequence = items({
        "PixelMeasuresSequence": items({"PixelSpacing": [0.9, 0.7]}),
        "PlaneOrientationSequence": items({"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}),
    })  # fmt: skip
    data.PerFrameFunctionalGroupsSequence = items(*(
        {
            "PlanePositionSequence": items({"ImagePositionPatient": [0, 0, 5 * z]}),
            "FrameContentSequence": items({"DimensionIndexValues": [z + 1, t + 1]}),
        }
        for z, t in order
    ))  # fmt: skip
    (one,) = held(data).sets
    assert one.geometry is not None
    rows = [{order[one.frames[i].index][1] for i in row} for row in one.geometry.places]
    assert rows == [{0}, {1}, {2}]


@pytest.mark.parametrize("field", ["reference_s", "content_at"])
def test_times_of_a_dynamic_scan(field: str) -> None:
    """Acquisition Time is that of the whole scan; Frame Reference Time or Content Time tells."""

    def telling(_: int, t: int) -> dict[str, Any]:
        seconds = 150.0 + 300.0 * t
        return {
            "acquired_at": NOON,
            field: seconds if field == "reference_s" else NOON + timedelta(seconds=seconds),
        }

    (one,) = found(cine(telling)).sets
    assert one.axis is not None
    assert (one.axis.kind, one.axis.unit) == (AxisKind.TIME, "s")
    assert one.axis.values == (0.0, 300.0, 600.0, 900.0, 1200.0)
    assert times_of(one) == [{0.0}, {1.0}, {2.0}, {3.0}, {4.0}]
    assert one.warnings == ()


@pytest.mark.parametrize("field", ["temporal_index", "trigger_ms", "acquired_at"])
@pytest.mark.parametrize(
    "missing", [[(0, 1), (1, 1), (1, 3)], [(0, 0), (2, 0), (1, 4)], [(0, 2), (1, 2), (2, 3)]]
)
def test_times_that_are_told_are_not_mixed_whatever_is_missing(
    field: str, missing: list[tuple[int, int]]
) -> None:
    """Three places, five times: so many images are missing that their order tells nothing."""
    moment = field == "acquired_at"
    frames = cine(lambda _, t: {field: NOON + timedelta(seconds=t) if moment else t}, places=3)
    left = [one for n, one in enumerate(frames) if divmod(n, 5) not in missing]
    sets = found(left).sets
    assert sum(len(one.frames) for one in sets) == len(left)
    for one in sets:
        rows = times_of(one) if one.geometry is not None else [{f.location_mm or 0.0} for f in one.frames]
        assert all(len(row) == 1 for row in rows)


def test_a_scan_that_was_stopped_keeps_its_whole_times() -> None:
    """The last time has three slices of ten: it stands alone."""
    frames = cine(lambda _, t: {"temporal_index": t}, places=10, times=4)
    whole, last = found([one for one in frames if one.location_mm != 3.0 or one.position_mm[2] < 20]).sets  # type: ignore[index]
    assert (whole.axis.values if whole.axis else (), len(whole.frames)) == ((0.0, 1.0, 2.0), 30)
    assert (times_of(last), len(last.frames)) == ([{3.0}], 3)
    assert whole.warnings == last.warnings == ()


def test_slices_taken_in_two_shots_are_of_one_time() -> None:
    """Each acquisition time is that of every second slice."""
    shots = cine(lambda z, t: {"acquired_at": NOON + timedelta(seconds=2 * t + z % 2)}, places=10, times=4)
    (one,) = found(shots).sets
    assert one.axis is not None
    assert one.axis.values == (0.0, 2.0, 4.0, 6.0)
    assert times_of(one) == [{0.0}, {1.0}, {2.0}, {3.0}]


def test_two_stations_that_overlap_are_two_volumes() -> None:
    """No time of either lacks half its slices."""
    lower = slices((5.0 * n for n in range(20)), acquired_at=NOON)
    upper = slices((5.0 * n for n in range(18, 38)), first=101, acquired_at=NOON + timedelta(seconds=60))
    assert [len(one.frames) for one in found([*lower, *upper]).sets] == [20, 20]


@pytest.mark.parametrize("missing", [(), (7, 20)])
@pytest.mark.parametrize(
    ("other", "titles"),
    [
        (lambda n: {"tube_kv": 80.0 + 60 * n}, ["80 kV", "140 kV"]),
        (lambda n: {"contrast": ("", "GADOLINIUM")[n]}, ["", "GADOLINIUM"]),
        (lambda n: {"image_type": ("ORIGINAL", "PRIMARY", ("M", "P")[n])}, ["M", "P"]),
    ],
)
def test_what_two_values_tell_together_makes_a_series_for_one_of_them(
    missing: tuple[int, ...], other: Callable[[int], dict[str, Any]], titles: list[str]
) -> None:
    """Six places, three times, two of something else."""
    told = [{"temporal_index": t, **other(n)} for t in range(3) for n in range(2)]
    frames = cine(lambda _, n: told[n], times=6)
    sets = found([one for n, one in enumerate(frames) if n not in missing]).sets
    assert sum(len(one.frames) for one in sets) == 36 - len(missing)
    for one in sets:
        assert one.axis is not None
        assert (one.axis.kind, one.axis.values) == (AxisKind.TIME, (0.0, 1.0, 2.0))
        assert all(len(row) == 1 for row in times_of(one))
    said = [" ".join(template.format(**params) for template, params in one.title) for one in sets]
    assert len(said) == 2
    assert all(any(title in one for one in said) for title in titles)
