"""Drawn shapes become measurements: their image, their points, their words."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from app.annotation.measuring import describe, make_measurement, mark_of, reshape
from app.domain.anchor import FrameAnchor, PlaneAnchor
from app.domain.geometry import Grid
from app.domain.image import Image
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid, StudyUid
from app.domain.volume import Volume, Voxels
from app.errors import BadInput
from app.viewing.anchors import AnchorPlace, place_of
from app.viewing.draft import Draft, drawn_at
from app.viewing.layers import ShapeLayer
from app.viewing.mark_places import marks_on
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import Reshaped, SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, shown_image
from tests.support.capabilities import SHAPES, shape
from tests.support.stacks import mammogram, ultrasound
from tests.support.volumes import random_axes, volume_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SIZE = (400, 300)


def _ramp(axes: tuple[tuple[float, float, float], ...]) -> Volume:
    """HU = 10·row + 1000·slice, on any axes."""
    values = np.zeros((5, 120, 90), np.int16)
    values += (10 * np.arange(120))[None, :, None].astype(np.int16)
    values += (1000 * np.arange(5))[:, None, None].astype(np.int16)
    return volume_of(values, (3.0, 0.6, 0.9), axes)


def _viewport(image: Image, view: View) -> Viewport:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, view)
    viewport.study_uid = StudyUid("1.2")
    return viewport


def _points(grid: Grid, *indices: tuple[float, float, float]) -> list[tuple[float, float, float]]:
    return [tuple(float(v) for v in grid.to_lps(index)) for index in indices]  # type: ignore[misc]


@pytest.mark.parametrize("seed", range(4))
def test_a_measurement_knows_its_image(seed: int) -> None:
    """On the acquired plane: source image and points in SCOORD pixels; on a plane across it: the plane alone
    (TID 1410).
    """
    volume = _ramp(random_axes(seed))
    grid, viewport = volume.grid, _viewport(volume, SliceView(0, 2.0))
    ends = _points(grid, (2, 10, 20), (2, 10, 30))
    first = make_measurement(viewport, drawn_at(viewport, shape("length"), ends, SIZE), made_by="x", at=NOW)
    assert isinstance(first.anchor, FrameAnchor)
    assert (first.label, first.anchor.sop_uid, first.anchor.sop_class_uid[-2:]) == ("L1", "1.2.3.3", ".2")
    assert first.anchor.study_uid == "1.2"
    assert place_of(first.anchor, volume) == AnchorPlace(SliceView(0, 2.0))
    assert np.array(first.roi.points_px) == pytest.approx(np.array(((20.5, 10.5), (30.5, 10.5))))
    assert np.array(first.roi.points_mm) == pytest.approx(np.array(ends))
    assert describe(first, SHAPES) == ("L1  9.0 mm",)
    viewport.view = SliceView(2, 20.0)
    drawn = drawn_at(viewport, shape("length"), _points(grid, (2, 10, 20), (2, 40, 20)), SIZE)
    second = make_measurement(viewport, drawn, made_by="x", at=NOW, known=(first,))
    assert isinstance(second.anchor, PlaneAnchor)
    assert (second.label, second.roi.points_px) == ("L2", ())
    assert place_of(second.anchor, volume) == AnchorPlace(SliceView(2, 20.0))
    assert second.values[0].value == pytest.approx(18.0)
    assert second.tracking_uid != first.tracking_uid
    assert len(first.tracking_uid) <= 64


def test_a_moved_shape_is_measured_anew() -> None:
    """Tracking UID and label stay."""
    volume = _ramp(random_axes(4))
    viewport = _viewport(volume, SliceView(0, 2.0))
    ends = _points(volume.grid, (2, 10, 20), (2, 10, 30))
    first = make_measurement(viewport, drawn_at(viewport, shape("length"), ends, SIZE), made_by="x", at=NOW)
    farther = tuple(_points(volume.grid, (2, 10, 20), (2, 10, 40)))
    change = Reshaped(viewport.viewport_id, first.tracking_uid, ((20.5, 10.5), (40.5, 10.5)), farther)
    moved = reshape(viewport, first, change, shape("length"), at=NOW)
    assert (moved.tracking_uid, moved.label) == (first.tracking_uid, "L1")
    assert moved.values[0].value == pytest.approx(18.0)
    assert moved.roi.points_mm == farther


def test_a_viewport_that_went_on_meanwhile_changes_no_measurement() -> None:
    """A cine plays, or the wheel turns, while the hand draws: measured is the image on which the shape was
    begun.
    """
    volume = _ramp(random_axes(6))
    viewport = _viewport(volume, SliceView(0, 2.0))
    shown = resolve(viewport, ScreenFacts(), SIZE)
    assert shown is not None
    (point,) = _points(volume.grid, (2, 40, 20))
    at = shown.plane.from_lps(point)
    assert at is not None
    drawn = Draft(shape("probe"), (at,), shown).drawn(viewport)
    for view in (SliceView(0, 4.0), SliceView(1, 7.0)):
        viewport.view = view
        made = make_measurement(viewport, drawn, made_by="x", at=NOW)
        assert made.values[0].value == pytest.approx(2400)
        assert made.anchor == drawn.anchor
        moved = Reshaped(viewport.viewport_id, made.tracking_uid, drawn.points_px, drawn.points_mm)
        assert reshape(viewport, made, moved, drawn.shape, at=NOW).values == made.values


def test_the_mark_of_a_measurement_lies_where_it_was_drawn() -> None:
    """On its source image, and on a plane across the slices; on no other."""
    volume = _ramp(random_axes(5))
    viewport = _viewport(volume, SliceView(0, 2.0))
    made = []
    for view, ends in (
        (SliceView(0, 2.0), ((2, 10, 20), (2, 10, 30))),
        (SliceView(1, 40.0), ((1, 40, 20), (3, 40, 30))),
    ):
        viewport.view = view
        drawn = drawn_at(viewport, shape("length"), _points(volume.grid, *ends), SIZE)
        made.append(make_measurement(viewport, drawn, made_by="x", at=NOW))
    marks = [mark_of(one, volume, SHAPES) for one in made]
    assert [type(mark.anchor) for mark in marks if mark is not None] == [FrameAnchor, PlaneAnchor]
    viewport.put_layer(ShapeLayer(tuple(mark for mark in marks if mark is not None)))
    seen = {}
    for view in (
        SliceView(0, 2.0),
        SliceView(0, 3.0),
        SliceView(1, 40.0),
        SliceView(1, 41.0),
        SliceView(2, 20.0),
    ):
        viewport.view = view
        shown = shown_image(viewport)
        assert shown is not None
        seen[view] = [mark.tracking_uid for mark in marks_on(viewport, shown, viewport.marks)]
    assert list(seen.values()) == [[made[0].tracking_uid], [], [made[1].tracking_uid], [], []]


def test_single_images_are_measured_on_themselves() -> None:
    """A projection at the detector, a frame of a cine without a distance; neither has a place in the
    patient.
    """
    viewport = _viewport(mammogram(), StackView())
    shown = resolve(viewport, ScreenFacts(), SIZE)
    assert shown is not None
    drawn = Draft(shape("length"), ((10.0, 10.0), (110.0, 10.0)), shown).drawn(viewport)
    made = make_measurement(viewport, drawn, made_by="x", at=NOW)
    assert describe(made, SHAPES) == ("L1  9.4 mm",)
    assert isinstance(made.anchor, FrameAnchor)
    assert (made.anchor.frame, made.roi.points_mm) == (None, ())
    assert place_of(made.anchor, viewport.image) == AnchorPlace(StackView(0))  # type: ignore[arg-type]
    cine = _viewport(ultrasound(5), StackView(3))
    shown = resolve(cine, ScreenFacts(), SIZE)
    assert shown is not None
    made = make_measurement(
        cine, Draft(shape("length"), ((10.0, 10.0), (22.0, 10.0)), shown).drawn(cine), made_by="x", at=NOW
    )
    assert describe(made, SHAPES) == ("L1  12 像素",)
    assert isinstance(made.anchor, FrameAnchor)
    assert (made.anchor.frame, made.anchor.sop_uid, made.anchor.number) == (4, "1.2.7.1", 4)
    assert place_of(made.anchor, cine.image) == AnchorPlace(StackView(3))  # type: ignore[arg-type]
    mark = mark_of(made, cine.image, SHAPES)  # type: ignore[arg-type]
    assert mark is not None
    assert mark.points_px == ((10.0, 10.0), (22.0, 10.0))
    with pytest.raises(BadInput, match="no place"):
        drawn_at(cine, shape("length"), [(0, 0, 0), (1, 1, 1)], SIZE)


def test_words_beside_an_ellipse() -> None:
    """Chinese lines with a real minus sign; the longer axis comes first whatever way it was drawn."""
    values = np.full((3, 60, 60), -846, np.int16)
    grid = Grid((3, 60, 60), (1, 1, 1), (0, 0, 0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    volume = Volume(grid, Voxels(values[None]), Quantity.HU, "CT", SeriesUid("1.2"))
    viewport = _viewport(volume, SliceView(0, 1.0))
    points = _points(grid, (1, 30, 20), (1, 30, 40), (1, 10, 30), (1, 50, 30))
    made = make_measurement(viewport, drawn_at(viewport, shape("ellipse"), points, SIZE), made_by="x", at=NOW)
    assert describe(made, SHAPES) == ("E1  均值 −846  SD 0 HU", "面积 6.3 cm²")
    assert math.dist(*made.roi.points_mm[:2]) == pytest.approx(40)


def test_the_anchor_is_that_of_the_last_slice_beyond_the_end() -> None:
    """An index is held within the volume."""
    viewport = _viewport(_ramp(random_axes(4)), SliceView(0, 99.0))
    shown = shown_image(viewport)
    assert shown is not None
    anchor = anchor_of(viewport, shown)
    assert isinstance(anchor, FrameAnchor)
    assert anchor.sop_uid == "1.2.3.5"
