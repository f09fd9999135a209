"""Measured values against analytic truth."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from app.domain.geometry import Grid
from app.domain.roi import RoiKind
from app.domain.volume import Quantity, Volume, Voxels
from app.errors import BadInput
from app.session.measuring import anchor_of, describe, make_measurement, measure, reshape
from app.viewing.state import Drawn, Plane
from tests.support.volumes import random_axes, volume_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _ramp(axes: tuple[tuple[float, float, float], ...], spacing: tuple[float, float, float] = (3.0, 0.6, 0.9)) -> Volume:
    """HU = 10·row + 1000·slice, on any axes."""
    values = np.zeros((5, 120, 90), np.int16)
    values += (10 * np.arange(120))[None, :, None].astype(np.int16)
    values += (1000 * np.arange(5))[:, None, None].astype(np.int16)
    return volume_of(values, spacing, axes)


def _ellipse(grid: Grid, at: tuple[float, float, float], rows: float, columns: float) -> tuple[tuple[float, float, float], ...]:
    s, r, c = at
    ends = ((s, r, c - columns), (s, r, c + columns), (s, r - rows, c), (s, r + rows, c))
    return tuple(tuple(float(v) for v in grid.to_lps(e)) for e in ends)  # type: ignore[return-value]


@pytest.mark.parametrize("seed", range(6))
def test_length_is_the_distance_in_the_patient(seed: int) -> None:
    """Millimetres on an oblique anisotropic grid, exactly (4.4.2 measurement)."""
    grid = _ramp(random_axes(seed)).grid
    ends = tuple(tuple(float(v) for v in grid.to_lps(i)) for i in ((2, 10, 20), (2, 50, 70)))
    (value,) = measure(_ramp(random_axes(seed)), RoiKind.LENGTH, ends, Plane.AXIAL, 2)  # type: ignore[arg-type]
    assert value.value == pytest.approx(math.hypot(40 * 0.6, 50 * 0.9), abs=1e-9)
    assert (value.concept.value, value.unit.value) == ("410668003", "mm")


@pytest.mark.parametrize("seed", range(6))
def test_ellipse_statistics_are_those_of_its_pixels(seed: int) -> None:
    """Mean of a ramp is its value at the centre; SD, minimum and maximum are those of a brute-force mask; area is π·a·b."""
    volume = _ramp(random_axes(seed))
    at, rows, columns = (3.0, 60.0, 45.0), 17.4, 12.7
    values = {
        v.concept.meaning: v.value for v in measure(volume, RoiKind.ELLIPSE, _ellipse(volume.grid, at, rows, columns), Plane.AXIAL, 3)
    }
    r, c = np.mgrid[:120, :90]
    mask = ((r - 60) / rows) ** 2 + ((c - 45) / columns) ** 2 <= 1
    truth = volume.at()[3][mask].astype(float)
    assert values["Mean"] == pytest.approx(3600, abs=1e-6)
    assert values["Standard Deviation"] == pytest.approx(truth.std(ddof=1))
    assert (values["Minimum"], values["Maximum"]) == (truth.min(), truth.max())
    assert values["Area"] == pytest.approx(math.pi * rows * 0.6 * columns * 0.9)


def test_a_turned_ellipse_on_a_ramp() -> None:
    """Turned by 30°, off the pixel grid: mean within half a pixel's step, SD that of a uniform ellipse (b′/2 along the ramp) within 2 %."""
    volume = _ramp(random_axes(3), (2.0, 1.0, 1.0))
    turn, a, b = np.radians(30), 30.0, 14.0
    along, beside = np.array([0, np.sin(turn), np.cos(turn)]), np.array([0, np.cos(turn), -np.sin(turn)])
    centre = np.array([2, 60.3, 45.2])
    ends = [centre - a * along, centre + a * along, centre - b * beside, centre + b * beside]
    points = tuple(tuple(float(v) for v in volume.grid.to_lps(e)) for e in ends)
    mean, sd, *_ = (v.value for v in measure(volume, RoiKind.ELLIPSE, points, Plane.AXIAL, 2))  # type: ignore[arg-type]
    assert mean == pytest.approx(2603, abs=5)
    assert sd == pytest.approx(10 * math.hypot(a * np.sin(turn), b * np.cos(turn)) / 2, rel=0.02)


def test_planes_across_the_slices_are_measured_on_their_own_pixels() -> None:
    """A coronal ellipse takes the coronal slice's pixels: on a row ramp all are the same value."""
    volume = _ramp(random_axes(1))
    grid = volume.grid
    ends = ((2, 40, 30), (2, 40, 60), (0.5, 40, 45), (3.5, 40, 45))
    points = tuple(tuple(float(v) for v in grid.to_lps(e)) for e in ends)
    values = {v.concept.meaning: v.value for v in measure(volume, RoiKind.ELLIPSE, points, Plane.CORONAL, 40)}  # type: ignore[arg-type]
    assert values["Mean"] == pytest.approx(2400)
    assert values["Area"] == pytest.approx(math.pi * 13.5 * 4.5)


def test_probe_reads_one_voxel_and_refuses_air_outside() -> None:
    """A point has its voxel's value; outside the images there is none."""
    volume = _ramp(random_axes(2))
    inside = tuple(float(v) for v in volume.grid.to_lps((1, 7.4, 3.2)))
    (value,) = measure(volume, RoiKind.POINT, (inside,), Plane.AXIAL, 1)  # type: ignore[arg-type]
    assert (value.value, value.unit.value) == (1070, "[hnsf'U]")
    with pytest.raises(BadInput):
        measure(volume, RoiKind.POINT, ((9e3, 0, 0),), Plane.AXIAL, 1)
    with pytest.raises(BadInput, match="2 points"):
        measure(volume, RoiKind.LENGTH, (inside,), Plane.AXIAL, 1)  # type: ignore[arg-type]


def test_a_measurement_knows_its_image() -> None:
    """On the acquired plane: source image and points in SCOORD pixels; on a plane across it: the plane alone (TID 1410 needs both)."""
    volume = _ramp(random_axes(4))
    grid = volume.grid
    ends = tuple(tuple(float(v) for v in grid.to_lps(i)) for i in ((2, 10, 20), (2, 10, 30)))
    first = make_measurement(volume, Drawn(RoiKind.LENGTH, ends, Plane.AXIAL, 2.0), study_uid="1.2", made_by="x", at=NOW)  # type: ignore[arg-type]
    assert (first.label, first.anchor.sop_uid, first.anchor.sop_class_uid[-2:]) == ("L1", "1.2.3.3", ".2")
    assert np.array(first.roi.points_px) == pytest.approx(np.array(((20.5, 10.5), (30.5, 10.5))))
    assert describe(first) == ("L1  9.0 mm",)
    second = make_measurement(
        volume,
        Drawn(RoiKind.LENGTH, ends, Plane.SAGITTAL, 20.0),
        study_uid="1.2",
        made_by="x",
        at=NOW,
        known=(first,),  # type: ignore[arg-type]
    )
    assert (second.label, second.anchor.sop_uid, second.roi.points_px) == ("L2", None, ())
    assert second.tracking_uid != first.tracking_uid
    assert len(first.tracking_uid) <= 64
    moved = reshape(volume, first, (ends[0], tuple(float(v) for v in grid.to_lps((2, 10, 40)))), at=NOW)  # type: ignore[arg-type]
    assert (moved.tracking_uid, moved.label) == (first.tracking_uid, "L1")
    assert moved.values[0].value == pytest.approx(18.0)
    assert anchor_of(volume, "1.2", Plane.AXIAL, 99.0).sop_uid == "1.2.3.5"


def test_words_beside_an_ellipse() -> None:
    """Chinese lines with a real minus sign; the longer axis comes first whatever way it was drawn."""
    values = np.full((3, 60, 60), -846, np.int16)
    volume = Volume(
        Grid((3, 60, 60), (1, 1, 1), (0, 0, 0), ((0, 0, 1), (0, 1, 0), (1, 0, 0))), Voxels(values[None]), Quantity.HU, "CT", "1.2"
    )  # type: ignore[arg-type]
    points = _ellipse(volume.grid, (1, 30, 30), 20, 10)
    made = make_measurement(volume, Drawn(RoiKind.ELLIPSE, points, Plane.AXIAL, 1.0), study_uid="1", made_by="x", at=NOW)
    assert describe(made) == ("E1  均值 −846  SD 0 HU", "面积 6.3 cm²")
    assert math.dist(*made.roi.points_mm[:2]) == pytest.approx(40)
