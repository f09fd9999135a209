"""What the frames of a series make."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from app.domain.display_set import AxisKind, Correction, DisplaySet
from app.domain.frame import Frame
from app.domain.pixel import LookupTable, PixelFormat
from app.domain.quantity import Quantity
from app.i18n import catalogue
from tests.dicom.frame_series import SAGITTAL, facts, found, frame, slices, with_uid

NOON = datetime(2026, 1, 2, 12)  # noqa: DTZ001  (DICOM local time)


def heights(one: DisplaySet) -> list[float]:
    """Height of each frame in the order shown."""
    return [f.position_mm[2] for f in one.frames if f.position_mm is not None]


# -- order -------------------------------------------------------------------------------------------------


def test_transverse_slices_run_from_head_to_feet() -> None:
    """Whatever the scanner's numbers: the first slice is the highest; the numbers stay the scanner's."""
    (one,) = found(slices((-5, 0, 5, 10))).sets
    assert one.geometry is not None
    assert heights(one) == [10.0, 5.0, 0.0, -5.0]
    assert one.geometry.places == ((0, 1, 2, 3),)
    assert one.geometry.grid.origin_mm == (0.0, 0.0, 10.0)
    assert one.geometry.grid.axes[0] == (0.0, 0.0, -1.0)
    assert [f.number for f in one.frames] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("orientation", "axis", "expected"),
    [(SAGITTAL, 0, [-4.0, 0.0, 4.0]), ((1.0, 0, 0, 0, 0, -1.0), 1, [-4.0, 0.0, 4.0])],
)
def test_sagittal_from_the_right_and_coronal_from_the_front(
    orientation: tuple[float, ...], axis: int, expected: list[float]
) -> None:
    places = [tuple(at if i == axis else 0.0 for i in range(3)) for at in (4.0, -4.0, 0.0)]
    made = [frame(n, place, orientation=orientation) for n, place in enumerate(places)]  # type: ignore[arg-type]
    (one,) = found(made).sets
    assert [f.position_mm[axis] for f in one.frames if f.position_mm] == expected


def test_mirrored_columns_change_no_order() -> None:
    """Cosines of a patient who lay prone: the slices still run from head to feet."""
    (one,) = found(slices((0, 5, 10), orientation=(-1.0, 0, 0, 0, 1.0, 0))).sets
    assert heights(one) == [10.0, 5.0, 0.0]


# -- distances ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "text", "count", "correction"),
    [
        (slices((0, 5, 10, 20, 25)), "missing", 6, Correction.NONE),
        (slices(range(0, 50, 5), tilt=0.2), "tilted", 10, Correction.SHEARED),
        (slices((0, 5, 11, 14.5, 20, 27)), "varies", 6, Correction.RESAMPLED),
    ],
)
def test_geometry_is_told(frames: list[Frame], text: str, count: int, correction: Correction) -> None:
    """Missing slices, uneven distances, a tilted gantry: as warnings with figures, in Chinese too."""
    one = next(s for s in found(frames).sets if s.geometry is not None)
    (warning,) = one.warnings
    assert text in warning[0]
    assert "{" not in catalogue()[warning[0]].format(**warning[1])
    assert one.geometry is not None
    assert (one.geometry.grid.shape[0], one.geometry.correction) == (count, correction)


def test_a_missing_slice_has_its_empty_place() -> None:
    (one,) = found(slices((0, 5, 10, 20, 25))).sets
    assert one.geometry is not None
    assert one.geometry.places == ((0, 1, -1, 2, 3, 4),)
    assert one.geometry.grid.spacing_mm[0] == pytest.approx(5.0)


def test_a_tilted_stack_keeps_every_position() -> None:
    """15 degrees: the grid leans, and each slice lies where its image says."""
    frames = slices(range(0, 60, 5), tilt=float(np.tan(np.radians(15))))
    (one,) = found(frames).sets
    assert one.geometry is not None
    for s, f in enumerate(one.frames):
        assert np.allclose(one.geometry.grid.to_lps((s, 0, 0)), f.position_mm, atol=1e-6)
    grid = one.geometry.grid
    assert grid.slice_distance_mm == pytest.approx(5.0)
    assert grid.spacing_mm[0] * np.cos(np.radians(15)) == pytest.approx(5.0)


def test_uneven_slices_are_shown_as_they_are_and_resampled() -> None:
    originals, resampled = found(slices((0, 5, 11, 14.5, 20, 27))).sets
    assert (originals.is_first, resampled.is_first) == (True, True), "the first stack, the first volume"
    assert originals.geometry is None
    assert heights(originals) == [27.0, 20.0, 14.5, 11.0, 5.0, 0.0]
    assert resampled.geometry is not None
    ends = [resampled.geometry.grid.to_lps((s, 0, 0))[2] for s in (0, -1 + resampled.geometry.grid.shape[0])]
    assert ends == pytest.approx([27.0, 0.0])


@pytest.mark.parametrize(
    ("positions", "parts"),
    [
        ([*range(12), *range(95, 105)], [12, 10]),
        ([*range(0, 30, 5), *range(35, 80, 10)], [6, 5]),
        ([*range(0, 60, 2), *range(200, 260, 2)], [30, 30]),
        ([*range(8), 60.0], [8, 1]),
    ],
)
def test_runs_of_slices_are_parts(positions: list[float], parts: list[int]) -> None:
    """Leaps, thin and thick slices: each part at its true place, a slice by itself as an image."""
    sets = found(slices(positions)).sets
    assert [one.is_first for one in sets].count(True) == len({one.kind for one in sets})
    assert sets[0].is_first
    assert sorted((len(s.frames) for s in sets), reverse=True) == parts
    for one in sets:
        assert one.kind == ("volume" if len(one.frames) > 1 else "stack")
        if one.geometry is not None:
            assert one.geometry.grid.to_lps((0, 0, 0))[2] == heights(one)[0]
            assert one.geometry.grid.to_lps((len(one.frames) - 1, 0, 0))[2] == pytest.approx(heights(one)[-1])


def test_slices_beside_each_other_are_two_stacks() -> None:
    """Two fields of view of one orientation, shifted sideways."""
    left = slices(range(0, 40, 5))
    right = [
        replace(
            f,
            sop_uid=f"1.3.{n}",
            sha256=f"{n:064x}",
            number=20 + n,
            position_mm=(100.0, 3.0, f.position_mm[2]),  # type: ignore[index]
        )
        for n, f in enumerate(slices(range(0, 40, 5)))
    ]
    sets = found([*left, *right]).sets
    assert [len(s.frames) for s in sets] == [8, 8]
    assert {s.geometry.grid.origin_mm[0] for s in sets if s.geometry} == {0.0, 100.0}


# -- what tells frames apart -------------------------------------------------------------------------------


def test_echoes_of_the_same_slices_are_an_axis_and_others_are_volumes() -> None:
    first, second = slices((0, 5, 10), echo_ms=10.0), slices((0, 5, 10), first=10, echo_ms=20.0)
    (one,) = found([*second, *first]).sets
    assert one.axis is not None
    assert (one.axis.kind, one.axis.values, one.axis.unit) == (AxisKind.ECHO, (10.0, 20.0), "ms")
    long, short = found(
        [*slices(range(0, 25, 5), echo_ms=10.0), *slices((0, 5, 10), first=10, echo_ms=90.0)]
    ).sets
    assert (len(long.frames), len(short.frames)) == (5, 3)
    assert [s.title[0][1]["value"] for s in (long, short)] == ["10", "90"]


def test_b_values_with_directions_are_one_axis() -> None:
    frames = slices((0, 5, 10), b_value=0.0)
    for n, gradient in enumerate(((1.0, 0, 0), (0, 1.0, 0))):
        frames += slices((0, 5, 10), first=10 * (n + 1), b_value=1000.0 + n, gradient=gradient)
    (one,) = found(frames).sets
    assert one.axis is not None
    assert (one.axis.kind, one.axis.values) == (AxisKind.B_VALUE, (0.0, 1000.0, 1001.0))
    assert one.axis.labels[0] == ""
    assert len(set(one.axis.labels)) == 3


@pytest.mark.parametrize("by", ["temporal_index", "acquired_at", "trigger_ms", "phase_percent"])
def test_phases_are_told_apart_by_each_field(by: str) -> None:
    """Instance numbers say nothing here: they are mixed."""
    numbers = random.Random(7).sample(range(100), 12)
    frames = []
    for phase in range(3):
        value = NOON + timedelta(seconds=phase) if by == "acquired_at" else phase * 10
        for z in range(4):
            frames.append(frame(numbers.pop(), (0.0, 0.0, 5.0 * z), **{by: value}))
    (one,) = found(frames).sets
    assert one.geometry is not None
    assert one.axis is not None
    assert len(one.axis) == 3
    for t, row in enumerate(one.geometry.places):
        values = {getattr(one.frames[i].distinction, by) for i in row}
        assert len(values) == 1, "no phase holds an image of another"
        assert len(row) == 4
        assert t == (values.pop() - NOON).seconds if by == "acquired_at" else t == values.pop() / 10


def test_heart_phases_with_delays_of_their_own_at_each_slice() -> None:
    """The heart beats differently for each slice: phases are the order of the delays at each place."""
    rng = random.Random(3)
    frames = [
        frame(10 * z + t, (0.0, 0.0, 8.0 * z), trigger_ms=t * 40.0 + rng.uniform(0, 15))
        for z in range(5)
        for t in range(6)
    ]
    (one,) = found(frames).sets
    assert one.geometry is not None
    assert one.axis is not None
    assert (one.axis.kind, len(one.axis)) == (AxisKind.PHASE, 6)
    assert all(a < b for a, b in zip(one.axis.values, one.axis.values[1:], strict=False))


def test_a_missing_image_of_one_phase_costs_itself() -> None:
    frames = [
        frame(10 * t + z, (0.0, 0.0, 5.0 * z), acquired_at=NOON + timedelta(seconds=t))
        for t in range(3)
        for z in range(4)
    ]
    (one,) = found(frames[:5] + frames[6:]).sets
    assert one.geometry is not None
    assert [row.count(-1) for row in one.geometry.places] == [0, 1, 0]


def test_magnitude_and_phase_are_two_volumes() -> None:
    kinds = [("ORIGINAL", "PRIMARY", part, "ND") for part in "MP"]
    sets = found(
        [f for n, k in enumerate(kinds) for f in slices((0, 5, 10), first=10 * n, image_type=k)]
    ).sets
    assert [s.title for s in sets] == [(("{value}", {"value": "M"}),), (("{value}", {"value": "P"}),)]


def test_overlapping_acquisitions_are_two_volumes() -> None:
    sets = found(
        [
            *slices(range(0, 50, 5), acquisition_number=1),
            *slices(range(40, 70, 5), first=50, acquisition_number=2),
        ]
    ).sets
    assert [len(s.frames) for s in sets] == [10, 6]


def test_localizers_are_images_and_come_last() -> None:
    scout = slices((0, 100, 200), first=0, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    first, last = found([*scout, *slices((1, 2), first=10)]).sets
    assert (first.kind, last.kind, len(last.frames)) == ("volume", "stack", 3)
    assert last.quantity is Quantity.ARBITRARY


# -- frames of reference, duplicates, odd ones -------------------------------------------------------------


def test_a_frame_of_reference_for_each_image_still_makes_a_volume() -> None:
    frames = [replace(f, frame_of_reference_uid=f"1.9.{n}") for n, f in enumerate(slices(range(275)))]
    (one,) = found(frames).sets
    assert one.geometry is not None
    assert one.geometry.grid.shape[0] == 275
    assert one.warnings[0][1] == {"n": "275"}


def test_two_frames_of_reference_stay_two_and_the_first_is_always_the_same() -> None:
    halves = [slices(range(0, 25, 5), first=1 + 5 * n, frame_of_reference_uid=f"1.9.{n}") for n in range(2)]
    for order in (halves, halves[::-1]):
        one, other = found([f for half in order for f in half]).sets
        assert (one.frames[0].frame_of_reference_uid, other.frames[0].frame_of_reference_uid) == (
            "1.9.0",
            "1.9.1",
        )
        assert "frames of reference" in one.warnings[0][0]


def test_a_duplicate_is_counted_and_an_odd_image_stands_alone() -> None:
    frames = slices(range(0, 40, 5))
    copies = [replace(one, pixel_digest=frames[3].sha256) for one in facts([with_uid(frames[3], "1.7")])]
    from app.dicom.read.display_sets import display_sets

    held = display_sets([*facts(frames), *copies], study_uid="1", series_uid="2")
    assert [len(s.frames) for s in held.sets] == [8]
    (left,) = held.left_out
    assert len(left.sop_uids) == 1
    turned = replace(with_uid(frames[3], "1.7"), orientation=SAGITTAL)
    volume, alone = found([*frames, turned]).sets
    assert (len(volume.frames), volume.kind, len(alone.frames), alone.kind) == (8, "volume", 1, "stack")


def test_another_image_at_a_taken_place_is_not_lost() -> None:
    """Other pixels at the same place, with nothing that tells why: shown by themselves."""
    frames = slices(range(0, 40, 5))
    sets = found([*frames, with_uid(frames[3], "1.7")]).sets
    assert [len(s.frames) for s in sets] == [8, 1]


# -- quantities --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "quantity"),
    [
        ({}, Quantity.HU),
        ({"value_type": "", "transform": None}, Quantity.ARBITRARY),
        ({"value_type": "STORED", "transform": None}, Quantity.ARBITRARY),
        ({"value_type": "US"}, Quantity.HU),
        ({"value_type": "US", "image_type": ("DERIVED", "SECONDARY", "AXIAL", "CBF")}, Quantity.ARBITRARY),
        ({"value_type": "", "transform": LookupTable(0, 16, b"\1\0\2\0")}, Quantity.ARBITRARY),
        ({"value_type": "HU", "transform": LookupTable(0, 16, b"\1\0\2\0")}, Quantity.HU),
        ({"value_type": "", "image_type": ("DERIVED", "SECONDARY", "REFORMATTED")}, Quantity.HU),
    ],
)
def test_hounsfield_units_need_evidence(changes: dict[str, object], quantity: Quantity) -> None:
    """What is missing is named; a Rescale Type that is absent means HU in a CT image (PS3.3 C.8.2.1)."""
    (one,) = found(slices((0, 5, 10), **changes)).sets
    assert one.quantity is quantity
    assert bool(one.warnings) == (quantity is Quantity.ARBITRARY)
    assert all(template in catalogue() for template, _ in one.warnings)


# -- invariants --------------------------------------------------------------------------------------------


def _random_series(rng: random.Random) -> list[Frame]:
    """Stacks of all kinds, thinned out, with odd images between them."""
    frames: list[Frame] = []
    for _ in range(rng.randint(1, 4)):
        count, gap = rng.randint(1, 12), rng.choice([1.25, 5.0, rng.uniform(0.5, 9)])
        at = [rng.choice([0.0, 3.0, 200.0]) + gap * n for n in range(count)]
        if rng.random() < 0.3:
            at = [z + rng.uniform(0, gap / 2) for z in at]
        changes: dict[str, object] = rng.choice(
            [
                {}, {"echo_ms": rng.choice([10.0, 20.0])}, {"b_value": rng.choice([0.0, 1000.0])},
                {"acquired_at": NOON + timedelta(seconds=rng.randint(0, 3))}, {"orientation": SAGITTAL},
                {"temporal_index": rng.randint(1, 3)}, {"frame_of_reference_uid": rng.choice(["1.9", "1.8"])},
                {"image_type": ("ORIGINAL", "PRIMARY", "LOCALIZER")}, {"tilt": rng.choice([0.1, 0.3, 4.0])},
                {"pixel_format": PixelFormat("RGB", 3, 8, 8, 7)}, {"number": None},
            ]
        )  # fmt: skip
        tilt = changes.pop("tilt", 0.0)
        assert isinstance(tilt, float)
        if "pixel_format" in changes or "number" in changes:
            kept = slices(at, first=1 + len(frames), tilt=tilt)
            frames += [replace(f, **changes) for f in kept]  # type: ignore[arg-type]
        else:
            frames += slices(at, first=1 + len(frames), tilt=tilt, **changes)
    frames = [f for f in frames if rng.random() > 0.1]
    if frames and rng.random() < 0.3:
        frames.append(replace(with_uid(rng.choice(frames), "1.77"), position_mm=None))
    return frames


@pytest.mark.parametrize("seed", range(120))
def test_every_frame_is_in_one_display_set_in_whatever_order_they_come(seed: int) -> None:
    """Nothing vanishes, nothing is shown twice (but by a resampled volume), and the order of arrival changes
    nothing: the same sets, the same order, the same identifiers.
    """
    rng = random.Random(seed)
    frames = _random_series(rng)
    held = found(frames)
    shown = [
        f
        for s in held.sets
        if not (s.geometry and s.geometry.correction is Correction.RESAMPLED)
        for f in s.frames
    ]
    left = sum(len(one.sop_uids) for one in held.left_out)
    assert Counter(str(f.sop_uid) for f in shown) == Counter({str(f.sop_uid) for f in frames})
    assert (len(shown), left) == (len(frames), 0)
    assert len({s.display_set_id for s in held.sets}) == len({str(s.title) for s in held.sets})
    assert len({s.display_set_id for s in held.sets}) == len(held.sets)
    for one in held.sets:
        if one.geometry is not None and one.geometry.correction is not Correction.RESAMPLED:
            members = [i for row in one.geometry.places for i in row if i >= 0]
            assert sorted(members) == list(range(len(one.frames)))
            for row in one.geometry.places:
                at = [(s, one.frames[i].position_mm) for s, i in enumerate(row) if i >= 0]
                for s, position in at:
                    assert np.abs(one.geometry.grid.to_lps((s, 0, 0)) - position).max() < 0.5
    rng.shuffle(frames)
    assert found(frames) == held
