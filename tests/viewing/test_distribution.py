"""Histograms of regions: every value is counted once, and bars are alike."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from app.annotation.measured_regions import MeasuredRegions
from app.annotation.measuring import distribution_of, make_measurement
from app.domain.quantity import Quantity
from app.domain.study import StudyUid
from app.viewing.draft import drawn_at
from app.viewing.screen import SliceView, Viewport, ViewportId
from app.viewing.shapes.concepts import value_unit
from app.viewing.shapes.distribution import MOST_BARS, distribution
from tests.support.capabilities import SHAPES, shape
from tests.support.volumes import volume_of

HU = value_unit(Quantity.HU)


@pytest.mark.parametrize(("count", "bars"), [(1, 1), (30, 30), (64, 64), (65, 33), (1000, 63)])
def test_bars_of_whole_numbers_hold_as_many_numbers_each(count: int, bars: int) -> None:
    """Values that are there once each make even bars, but for the last one."""
    found = distribution(np.arange(count, dtype=np.float64) - 500, HU)
    assert (len(found.counts), found.size, found.low) == (bars, count, -500.5)
    assert len(set(found.counts[:-1])) <= 1


def test_fractions_are_spread_over_all_bars() -> None:
    values = np.random.default_rng(4).normal(3.0, 0.5, 20_000)
    found = distribution(values, HU)
    truth, _ = np.histogram(values, MOST_BARS)
    assert found.counts == tuple(truth)
    assert (found.low, found.high) == (values.min(), values.max())


def test_a_region_on_the_screen_has_a_histogram() -> None:
    """Of the image it was drawn on, whichever one is in view; none on images that are not there."""
    values = np.zeros((3, 40, 40), np.int16)
    values[1, :, :20], values[1, :, 20:] = 100, 103
    volume = volume_of(values, (1.0, 1.0, 1.0))
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(0, 1.0))
    viewport.study_uid = StudyUid("1.2")
    corners = [
        tuple(float(x) for x in volume.grid.to_lps((1, r - 0.5, c - 0.5)))
        for r, c in ((10, 10), (10, 30), (20, 30), (20, 10))
    ]
    drawn = drawn_at(viewport, shape("rectangle"), corners, (300, 300))  # type: ignore[arg-type]
    made = make_measurement(viewport, drawn, made_by="x", at=datetime.now(UTC))
    viewport.view = SliceView(0, 2.0)
    found = distribution_of(viewport, made, MeasuredRegions(SHAPES))
    assert found is not None
    assert (found.counts, found.low, found.high) == ((100, 0, 0, 100), 99.5, 103.5)
    other = Viewport(ViewportId("2"))
    assert distribution_of(other, made, MeasuredRegions(SHAPES)) is None
