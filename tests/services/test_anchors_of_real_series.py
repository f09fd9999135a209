"""Shapes on real series of several makers: mosaics, enhanced objects, diffusion, echoes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.domain.anchor import Anchor, FrameAnchor, PlaneAnchor
from app.domain.display_set import DisplaySet
from app.domain.image import Image, ImageStack
from app.domain.person import Actor, Role
from app.domain.study import StudyUid
from app.reading.service import ReadingService
from app.viewing.anchors import AnchorPlace, place_of, screen_anchor, set_of
from app.viewing.mark_places import marks_on
from app.viewing.screen import ShapeAnnotation, SliceView, StackView, Viewport, ViewportId
from app.viewing.shown_image import anchor_of, shown_image
from tests.support.capabilities import shape
from tests.support.real_data import real_data

_DOCTOR = Actor("reader", "测试", frozenset({Role.REPORTING}))


def _ends(count: int) -> list[int]:
    return sorted({0, count // 2, count - 1})


def _some_places(image: Image) -> Iterator[AnchorPlace]:
    if isinstance(image, ImageStack):
        yield from (AnchorPlace(StackView(i)) for i in _ends(len(image.frames)))
        return
    for further in _ends(image.voxels.ready.shape[0]):
        for axis, count in enumerate(image.grid.shape):
            yield from (AnchorPlace(SliceView(axis, float(i)), further) for i in _ends(count))


def _beside(place: AnchorPlace, image: Image) -> Iterator[AnchorPlace]:
    """All images of a stack; all planes of a volume that are parallel, at all positions."""
    if isinstance(image, ImageStack):
        yield from (AnchorPlace(StackView(i)) for i in range(len(image.frames)))
        return
    assert isinstance(place.view, SliceView)
    axis = place.view.axis
    for further in range(image.voxels.ready.shape[0]):
        yield from (AnchorPlace(SliceView(axis, float(i)), further) for i in range(image.grid.shape[axis]))


class _Drawn:
    """A viewport on a display set, in which shapes are drawn and looked for."""

    def __init__(self, image: Image, found: DisplaySet) -> None:
        self._image = image
        self._viewport = Viewport(ViewportId("1"))
        self._viewport.show(image, StackView(), display_set=found)
        self._viewport.study_uid = StudyUid("1.2")

    def anchor(self, place: AnchorPlace) -> Anchor:
        self._viewport.view, self._viewport.further = place.view, place.further
        shown = shown_image(self._viewport)
        assert shown is not None
        return anchor_of(self._viewport, shown)

    def places(self, anchor: Anchor, place: AnchorPlace) -> list[AnchorPlace]:
        on_screen = screen_anchor(anchor, self._image)
        assert on_screen is not None
        found = []
        for other in _beside(place, self._image):
            self._viewport.view, self._viewport.further = other.view, other.further
            shown = shown_image(self._viewport)
            assert shown is not None
            if marks_on(self._viewport, shown, [ShapeAnnotation("1", shape("length"), on_screen)]):
                found.append(other)
        return found


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "kinds", "positions"),
    [
        ("siemens_mosaic_fmri", {PlaneAnchor}, 2),
        ("uih_umr770_dti", {PlaneAnchor}, 17),
        ("ge_mr750_dti", {FrameAnchor, PlaneAnchor}, 2),
        ("philips_achieva_enhanced", {FrameAnchor, PlaneAnchor}, 1),
        ("siemens_prisma_multiecho", {PlaneAnchor}, 3),
        ("siemens_vida_xa10_enhanced", {FrameAnchor, PlaneAnchor}, 4),
    ],
)
def test_each_plane_is_found_in_its_display_set_and_nowhere_else(
    name: str, kinds: set[type], positions: int, tmp_path: Path
) -> None:
    """Slices of a mosaic are planes; the positions of the further axis are all gone through."""
    drawn: set[type] = set()
    most = 0
    with open_station(tmp_path / "home", language="zh") as station:
        archive, reading = station.get(ArchiveService), station.get(ReadingService)
        summary = archive.import_paths(_DOCTOR, [real_data("mr_vendors") / name])
        for series in (one for uid in summary.studies for one in archive.series(_DOCTOR, uid)):
            sets = archive.display_sets(_DOCTOR, series.series_uid).sets
            for found in sets:
                _, lease = reading.acquire(_DOCTOR, series.series_uid, found.display_set_id)
                lease.wait()
                image = lease.image
                shapes = _Drawn(image, found)
                for place in _some_places(image):
                    anchor = shapes.anchor(place)
                    assert place_of(anchor, image) == place
                    held = set_of(anchor, sets)
                    assert held is not None
                    assert held.display_set_id == found.display_set_id
                    assert shapes.places(anchor, place) == [place]
                    drawn.add(type(anchor))
                    most = max(most, place.further + 1)
                lease.release()
    assert (drawn, most) == (kinds, positions)
