"""Anchors: where things were drawn, found again in volumes and stacks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.domain.anchor import Anchor, FrameAnchor, GridAnchor, PlaneAnchor
from app.domain.display_set import Axis, AxisKind, Correction
from app.domain.geometry import Grid
from app.domain.image import Image
from app.domain.quantity import Quantity
from app.domain.study import Series, SeriesUid, SopUid, StudyUid
from app.domain.volume import FrameReference, Volume, Voxels
from app.viewing.anchors import AnchorPlace, anchor_label, place_of, screen_anchor
from app.viewing.layers import ShapeAnnotation
from app.viewing.mark_places import marks_on
from app.viewing.screen import SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, frame_at, shown_image
from tests.support.capabilities import shape
from tests.support.stacks import mammogram, ultrasound
from tests.support.volumes import AXIAL_AXES, random_axes

SAGITTAL_AXES = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
#: slices that lean by 15 degrees, as a tilted gantry takes them
LEANING_AXES = ((0.0, np.sin(np.radians(15)), np.cos(np.radians(15))), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
STUDY, SERIES = StudyUid("1.2"), SeriesUid("1.2.4")
SHAPE = (5, 9, 7)


def _volume(
    axes: tuple[tuple[float, float, float], ...] = AXIAL_AXES,
    *,
    times: int = 3,
    shape: tuple[int, int, int] = SHAPE,
    uid: str = "1.2.4",
) -> Volume:
    """Echoes of one series; image (time, slice) is `uid`.time.slice, numbered from 101."""
    references = tuple(
        tuple(
            FrameReference(SopUid(f"{uid}.{t}.{s}"), "1.2.840.10008.5.1.4.1.1.4", number=101 + t * 10 + s)
            for s in range(shape[0])
        )
        for t in range(times)
    )
    return Volume(
        grid=Grid(shape, (4.0, 1.5, 2.0), (-20.0, 11.0, 7.0), axes),  # type: ignore[arg-type]
        voxels=Voxels(np.zeros((times, *shape), np.int16)),
        quantity=Quantity.ARBITRARY,
        modality="MR",
        series_uid=SERIES,
        frame_of_reference_uid="1.2.9",
        references=references,
        axis=Axis(AxisKind.ECHO, tuple(range(10, 10 + 5 * times, 5)), "ms") if times > 1 else None,
    )


def _anchor(image: Image, view: View, further: int = 0) -> Anchor:
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, view)
    viewport.study_uid, viewport.further = STUDY, further
    shown = shown_image(viewport)
    assert shown is not None
    return anchor_of(viewport, shown)


def _shown_at(image: Volume, anchor: Anchor) -> list[tuple[int, int, int]]:
    """(axis, index, position) of every plane on which a shape with the anchor shows."""
    on_screen = screen_anchor(anchor, image)
    if on_screen is None:
        return []
    viewport = Viewport(ViewportId("1"))
    viewport.show(image, SliceView(0))
    found = []
    for axis, count in enumerate(image.grid.shape):
        for index in range(count):
            for further in range(image.voxels.ready.shape[0]):
                viewport.view, viewport.further = SliceView(axis, float(index)), further
                shown = shown_image(viewport)
                assert shown is not None
                if marks_on(viewport, shown, [ShapeAnnotation("1", shape("length"), on_screen)]):
                    found.append((axis, index, further))
    return found


@pytest.mark.parametrize("axes", [AXIAL_AXES, SAGITTAL_AXES, LEANING_AXES, random_axes(1), random_axes(2)])
@pytest.mark.parametrize("axis", range(3))
def test_a_plane_is_found_again_at_its_position_only(
    axes: tuple[tuple[float, float, float], ...], axis: int
) -> None:
    """Transverse, sagittal, oblique and leaning acquisitions: the plane and the echo it was drawn on, no
    other.
    """
    volume = _volume(axes)
    anchor = _anchor(volume, SliceView(axis, 3.0), 2)
    assert isinstance(anchor, FrameAnchor if axis == 0 else PlaneAnchor)
    assert place_of(anchor, volume) == AnchorPlace(SliceView(axis, 3.0), 2)
    assert _shown_at(volume, anchor) == [(axis, 3, 2)]


def test_the_plane_of_a_sagittal_acquisition_is_its_true_place() -> None:
    """Across the rows of sagittal images lie transverse planes."""
    anchor = _anchor(_volume(SAGITTAL_AXES, times=1), SliceView(1, 4.0))
    assert isinstance(anchor, PlaneAnchor)
    assert np.cross(anchor.right, anchor.down).tolist() == [0.0, 0.0, 1.0]
    assert anchor.origin_mm[2] == pytest.approx(7.0 - 4 * 1.5)
    assert anchor_label(anchor, []) == "轴位"


def test_images_that_came_later_move_nothing() -> None:
    """Two more echoes in front of those that were there, a slice more at each end: plane and echo stay."""
    volume = _volume()
    anchors = [_anchor(volume, SliceView(axis, 3.0), 1) for axis in range(3)]
    one = FrameReference(SopUid("1.2.4.9.9"))
    rows = tuple((one, *row, one) for row in (*(((one,) * 5,) * 2), *volume.references))
    grid = replace(volume.grid, shape=(7, 9, 7), origin_mm=(-20.0, 11.0, 3.0))
    larger = replace(volume, grid=grid, voxels=Voxels(np.zeros((5, 7, 9, 7), np.int16)), references=rows)
    assert [place_of(anchor, larger) for anchor in anchors] == [
        AnchorPlace(SliceView(axis, 4.0 if axis == 0 else 3.0), 3) for axis in range(3)
    ]


def test_planes_of_another_volume_of_the_series_are_not_taken() -> None:
    """Magnitude and phase of one series lie in one place: what was drawn on one is not on the other."""
    one, other = _volume(), _volume(uid="1.2.5")
    for axis in range(3):
        anchor = _anchor(one, SliceView(axis, 1.0), 1)
        assert place_of(anchor, other) is None
        assert _shown_at(other, anchor) == []


def test_volumes_that_were_made_of_no_images_go_by_the_number_of_the_position() -> None:
    volume = replace(_volume(), references=())
    anchor = _anchor(volume, SliceView(0, 2.0), 1)
    assert isinstance(anchor, PlaneAnchor)
    assert anchor.nearest is None
    assert place_of(anchor, volume) == AnchorPlace(SliceView(0, 2.0), 1)
    shorter = replace(volume, voxels=Voxels(np.zeros((1, *SHAPE), np.int16)))
    assert place_of(anchor, shorter) is None


def test_a_plane_outside_the_volume_or_in_another_space_is_not_found() -> None:
    volume = _volume()
    anchor = _anchor(volume, SliceView(2, 6.0))
    assert place_of(anchor, replace(volume, frame_of_reference_uid="1.2.8")) is None
    narrow = _volume(shape=(5, 9, 5))
    assert place_of(anchor, narrow) is None
    turned = replace(volume, grid=replace(volume.grid, axes=random_axes(3)))  # type: ignore[arg-type]
    assert place_of(anchor, turned) is None
    assert place_of(anchor, replace(volume, series_uid=SeriesUid("1.2.3"))) is None


def test_slices_of_a_resampled_volume_are_planes() -> None:
    volume = replace(_volume(times=1), correction=Correction.RESAMPLED)
    anchor = _anchor(volume, SliceView(0, 2.0))
    assert isinstance(anchor, PlaneAnchor)
    assert anchor.nearest is not None
    assert anchor.nearest.sop_uid == "1.2.4.0.2"
    assert _shown_at(volume, anchor) == [(0, 2, 0)]


def test_a_slice_of_a_mosaic_is_not_the_whole_mosaic() -> None:
    """All slices of one time are tiles of one image: a shape shows on the tile on which it was drawn, also
    one that was stored with the image alone.
    """
    plain = _volume()
    tiles = tuple((FrameReference(SopUid(f"1.2.4.{t}")),) * 5 for t in range(3))
    volume = replace(plain, references=tiles)
    anchor = _anchor(volume, SliceView(0, 3.0), 1)
    assert isinstance(anchor, PlaneAnchor)
    assert _shown_at(volume, anchor) == [(0, 3, 1)]
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(0, 3.0))
    shown = shown_image(viewport)
    assert shown is not None
    assert frame_at(viewport, shown) == ("1.2.4.0", "", None), "the object that is shown is the mosaic"
    stored = FrameAnchor(STUDY, SERIES, SopUid("1.2.4.1"))
    x, y, z = volume.grid.to_lps((3, 2, 2))
    on_screen = screen_anchor(stored, volume, [(float(x), float(y), float(z))])
    assert on_screen is not None
    assert _shown_at(volume, on_screen) == [(0, 3, 1)]


def test_frames_of_one_object_are_told_apart_by_time_and_slice() -> None:
    """An enhanced object holds all times and slices as its frames."""
    plain = _volume()
    frames = tuple(
        tuple(FrameReference(SopUid("1.2.4.1"), frame=t * 5 + s + 1) for s in range(5)) for t in range(3)
    )
    volume = replace(plain, references=frames)
    anchor = _anchor(volume, SliceView(0, 3.0), 2)
    assert isinstance(anchor, FrameAnchor)
    assert (anchor.sop_uid, anchor.frame) == ("1.2.4.1", 14)
    assert _shown_at(volume, anchor) == [(0, 3, 2)]
    across = _anchor(volume, SliceView(1, 3.0), 1)
    assert _shown_at(volume, across) == [(1, 3, 1)]


@pytest.mark.parametrize("axis", range(3))
def test_planes_of_earlier_documents_are_looked_up_in_the_volume(axis: int) -> None:
    """They were named by the grid's axis and shown at the first position."""
    volume = _volume(SAGITTAL_AXES)
    anchor = GridAnchor(STUDY, SERIES, "1.2.9", axis, 2.25)
    assert place_of(anchor, volume) == AnchorPlace(SliceView(axis, 2.0))
    assert _shown_at(volume, anchor) == [(axis, 2, 0)]
    found = screen_anchor(anchor, volume)
    assert isinstance(found, PlaneAnchor)
    assert found == screen_anchor(found, volume)
    assert anchor_label(anchor, []) == "第 3 层"
    assert place_of(anchor, ultrasound(3, uid="1.2.4")) == (AnchorPlace(StackView(2)) if axis == 0 else None)


def test_planes_of_earlier_documents_are_those_of_the_volume_that_was_opened() -> None:
    """Only the first one of a series could be; its grid may have gained slices, which the points know."""
    volume = _volume(SAGITTAL_AXES)
    anchor = GridAnchor(STUDY, SERIES, "1.2.9", 0, 2.0)
    assert place_of(anchor, replace(volume, is_first=False)) is None
    x, y, z = (float(v) for v in volume.grid.to_lps((2, 4, 4)))
    before = volume.grid.to_lps((-1, 0, 0))
    grid = replace(volume.grid, origin_mm=(float(before[0]), float(before[1]), float(before[2])))
    grown = replace(volume, grid=grid)
    found = screen_anchor(anchor, grown, [(x, y, z)])
    assert found is not None
    assert place_of(found, grown) == AnchorPlace(SliceView(0, 3.0))
    assert screen_anchor(anchor, volume, [(x + 400.0, y, z)]) is None


def test_frames_of_a_stack_are_found_by_object_and_frame() -> None:
    cine = ultrasound(6)
    anchor = _anchor(cine, StackView(4))
    assert isinstance(anchor, FrameAnchor)
    assert place_of(anchor, cine) == AnchorPlace(StackView(4))
    assert place_of(replace(anchor, frame=7), cine) is None
    single = mammogram()
    only = _anchor(single, StackView())
    assert isinstance(only, FrameAnchor)
    assert only.frame is None
    # an image with one frame may be stored with its number
    assert place_of(replace(only, frame=1), single) == AnchorPlace(StackView())
    first = screen_anchor(GridAnchor(STUDY, SeriesUid("1.2.6"), "", 0, 0.0), single)
    assert isinstance(first, FrameAnchor)
    assert first.sop_uid == only.sop_uid


def test_words_tell_plane_number_and_position() -> None:
    """The scanner's numbers for acquired slices; the echo where there are several."""
    volume = _volume()
    acquired, across = _anchor(volume, SliceView(0, 3.0), 1), _anchor(volume, SliceView(1, 3.0), 2)
    assert anchor_label(acquired, [mammogram(), volume]) == "轴位 114 · 回波 2 / 3 · 15 ms"
    assert anchor_label(across, [volume]) == "冠状位 4 · 回波 3 / 3 · 20 ms"
    assert anchor_label(acquired, [mammogram()]) == "图 114"
    assert anchor_label(across, []) == "冠状位"
    assert anchor_label(_anchor(_volume(times=1), SliceView(0, 3.0)), [_volume(times=1)]) == "轴位 104"
    assert anchor_label(FrameAnchor(STUDY, SERIES, SopUid("1.9")), [volume]) == "其他序列的图像"


def test_words_tell_projections_and_series_apart() -> None:
    """Four mammograms are image 1 each: their views name them on the screen, their series elsewhere."""
    right, left = mammogram("R", "CC", uid="1.2.61"), mammogram("L", "MLO", uid="1.2.62")
    anchors = [_anchor(image, StackView()) for image in (right, left)]
    assert [anchor_label(one, [left, right]) for one in anchors] == ["R CC", "L MLO"]
    series = [
        Series(SeriesUid(uid), STUDY, "MG", n, name)
        for n, (uid, name) in enumerate((("1.2.61", "R CC"), ("1.2.62", "L MLO")))
    ]
    assert anchor_label(anchors[1], [right], series) == "L MLO · 图 1"
    assert anchor_label(anchors[1], [right], series[:1]) == "图 1", "one series needs no name"
