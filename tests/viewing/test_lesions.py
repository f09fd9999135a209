"""Lesions in PET by one click, on a phantom whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from app.annotation.measured_regions import MeasuredRegions
from app.annotation.measuring import describe, details, distribution_of, make_measurement
from app.domain.geometry import Grid
from app.domain.measurement import Measurement
from app.domain.quantity import Quantity
from app.domain.study import StudyUid
from app.domain.volume import Volume, Voxels
from app.errors import LimitExceeded, Refused
from app.viewing.draft import drawn_at
from app.viewing.screen import SliceView, Viewport, ViewportId
from tests.support.capabilities import SHAPES, shape
from tests.support.stacks import mammogram
from tests.support.volumes import volume_of

HOT, WARM, LIVER, BODY = (20, 40, 30), (20, 40, 70), (50, 40, 50), (35, 10, 10)
RADIUS_MM = 14.0


def _phantom() -> Volume:
    """SUV 1; balls of SUV 10 and of SUV 3, 28 mm wide; a liver of SUV 2 whose noise has an SD of 0.25."""
    volume = volume_of(np.zeros((70, 80, 100), np.int16), (2.0, 2.0, 2.0))
    places = np.stack(np.indices(volume.grid.shape), axis=-1)
    values = np.ones(volume.grid.shape, dtype=np.float32)
    for middle, suv, radius in ((HOT, 10.0, RADIUS_MM), (WARM, 3.0, RADIUS_MM), (LIVER, 2.0, 24.0)):
        away = 2.0 * np.linalg.norm(places - np.array(middle), axis=-1)
        values[away <= radius] = suv
    noise = np.where(np.indices(volume.grid.shape).sum(axis=0) % 2 == 0, 0.25, -0.25)
    values[values == 2.0] += noise[values == 2.0]
    return replace(volume, quantity=Quantity.SUV_BW, modality="PT", voxels=Voxels(values[None]))


def _clicked(
    volume: Volume,
    shape_id: str,
    at: tuple[int, int, int],
    *,
    axis: int = 0,
    known: tuple[Measurement, ...] = (),
) -> Measurement:
    viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(axis, float(at[axis])))
    viewport.study_uid = StudyUid("1.2")
    point = tuple(float(x) for x in volume.grid.to_lps(at))
    drawn = drawn_at(viewport, shape(shape_id), [point], (400, 400))  # type: ignore[list-item]
    return make_measurement(viewport, drawn, made_by="x", at=datetime.now(UTC), known=known)


def _found(measurement: Measurement) -> dict[str, float]:
    return {value.concept.meaning: value.value for value in measurement.values}


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("shape_id", ["voi-relative", "voi-fixed"])
def test_a_ball_of_one_uptake(shape_id: str, axis: int) -> None:
    """A click beside its middle, on any plane: all values 10, the volume of a ball."""
    made = _clicked(_phantom(), shape_id, (HOT[0], HOT[1] + 3, HOT[2] - 2), axis=axis)
    found = _found(made)
    size_ml = 4 / 3 * math.pi * RADIUS_MM**3 / 1000
    assert [found[name] for name in ("Maximum", "Peak Value Within ROI", "Mean")] == pytest.approx([10.0] * 3)
    assert found["Standard Deviation"] == pytest.approx(0, abs=1e-6)
    assert found["Metabolic Volume"] == pytest.approx(size_ml, rel=0.02)
    assert found["Total Lesion Glycolysis"] == pytest.approx(10 * found["Metabolic Volume"])
    assert found["Threshold Value"] == pytest.approx(4.1 if shape_id == "voi-relative" else 2.5)
    assert describe(made, SHAPES)[0] == "V1  SUVmax 10.00  peak 10.00（bw）"
    assert len(details(made, SHAPES)) == 2


def test_percist_takes_its_threshold_from_the_liver() -> None:
    """1.5 × 2 + 2 × 0.25 = 3.5: the ball of SUV 10 is over it, that of SUV 3 is told to be below."""
    volume = _phantom()
    with pytest.raises(Refused, match="needs the uptake of the liver"):
        _clicked(volume, "voi-percist", HOT)
    liver = _clicked(volume, "liver-reference", LIVER)
    found = _found(liver)
    assert (found["Mean"], found["Standard Deviation"]) == pytest.approx((2.0, 0.25), rel=0.01)
    assert found["Volume"] == pytest.approx(4 / 3 * math.pi * 15**3 / 1000, rel=0.02)
    hot = _found(_clicked(volume, "voi-percist", HOT, known=(liver,)))
    assert hot["Threshold Value"] == pytest.approx(3.5, rel=0.01)
    assert hot["Mean"] == pytest.approx(10.0)
    with pytest.raises(Refused, match=r"SUV 3\.00; the threshold is SUV 3\.5"):
        _clicked(volume, "voi-percist", WARM, known=(liver,))
    assert _found(_clicked(volume, "voi-fixed", WARM))["Maximum"] == pytest.approx(3.0)


def test_the_region_is_found_again_from_what_is_stored() -> None:
    """Voxels are not stored: point and threshold make the same ones in images that are opened again."""
    volume, again = _phantom(), _phantom()
    made = _clicked(volume, "voi-relative", HOT)
    first, second = (
        MeasuredRegions(SHAPES).layer(one, (made,), made.tracking_uid) for one in (volume, again)
    )
    (one,), (other,) = first.regions, second.regions
    assert one.region.first == other.region.first
    assert (one.region.mask == other.region.mask).all()
    assert one.selected
    assert one.region.voxels * volume.grid.voxel_mm3 / 1000 == pytest.approx(_found(made)["Metabolic Volume"])
    regions = MeasuredRegions(SHAPES)
    assert (
        regions.layer(volume, (made,), "").regions[0].region
        is regions.layer(volume, (made,), "x").regions[0].region
    )
    viewport = Viewport(ViewportId("1"), image=volume, view=SliceView(2, 3.0))
    spread = distribution_of(viewport, made, regions)
    assert spread is not None
    assert spread.size == one.region.voxels


def test_what_has_no_suv_is_refused_with_its_reason() -> None:
    volume = _phantom()
    told = (("No SUV: {attribute} is missing or cannot be read.", {"attribute": "Patient's Weight"}),)
    with pytest.raises(Refused) as caught:
        _clicked(replace(volume, quantity=Quantity.ACTIVITY, warnings=told), "voi-fixed", HOT)
    assert (caught.value.hint, caught.value.params) == told[0]
    with pytest.raises(Refused, match="no SUV"):
        _clicked(replace(volume, quantity=Quantity.HU), "liver-reference", HOT)
    ready = np.ones((1, 70), dtype=bool)
    ready[0, 60] = False
    loading = replace(volume, voxels=Voxels(volume.voxels.array, ready))
    with pytest.raises(Refused, match="still loading"):
        _clicked(loading, "voi-fixed", HOT)
    film = mammogram()
    viewport = Viewport(ViewportId("1"))
    viewport.show(film, viewport.view)
    assert MeasuredRegions(SHAPES).layer(film, (_clicked(volume, "voi-fixed", HOT),), "").regions == ()


def test_background_and_what_runs_into_something_hotter_are_refused() -> None:
    """The body at 41 % of itself is everything; a lesion that is joined to a hotter place takes its threshold
    from there.
    """
    volume = _phantom()
    big = replace(volume, grid=Grid(volume.grid.shape, (8.0, 8.0, 8.0), (0, 0, 0), volume.grid.axes))
    with pytest.raises(LimitExceeded, match="larger than 3000 mL"):
        _clicked(big, "voi-relative", BODY)
    joined = volume.at().copy()
    joined[HOT[0], HOT[1], HOT[2] : WARM[2]] = np.maximum(joined[HOT[0], HOT[1], HOT[2] : WARM[2]], 2.0)
    with pytest.raises(Refused, match=r"hotter place, of SUV 10\.00"):
        _clicked(replace(volume, voxels=Voxels(joined[None])), "voi-relative", WARM)
