"""Lesions and spheres of a volume saved as a segmentation in the study, and shown again."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread

from app.archive.service import ArchiveService
from app.domain.object_kind import ObjectKind
from app.domain.segmentation import Segmentation
from app.objects.layers import LayersController
from app.viewing.layers import LabelLayer, RegionLayer
from app.viewing.screen import Drawn, SliceView, Viewport
from app.viewing.shown_image import anchor_of, shown_image
from tests.dicom.test_dicom_writers import faults
from tests.support.capabilities import shape
from tests.widgets.conftest import Room

pytestmark = pytest.mark.window


def axial(room: Room) -> Viewport:
    views = room.session.screen.viewports.values()
    return next(v for v in views if isinstance(v.view, SliceView) and v.view.axis == 0)


def draw_sphere(room: Room, at: tuple[float, float], reach: float) -> None:
    screen, viewport = room.session.screen, axial(room)
    shown = shown_image(viewport)
    assert shown is not None
    points = (at, (at[0] + reach, at[1]))
    mm = tuple(found for x, y in points if (found := shown.plane.to_lps(x, y)) is not None)
    screen.drawn.emit(Drawn(viewport.viewport_id, shape("sphere"), anchor_of(viewport, shown), points, mm))


def test_regions_are_saved_and_shown_again(room: Room) -> None:
    """A valid object whose segments have the marks' tracking UIDs; over the images they are the regions."""
    room.open_small_study()
    room.wait(lambda: room.session.loaded.is_complete)
    session = room.session
    session.screen.active = axial(room).viewport_id
    assert not room.commands.get("regions.save").enabled()
    for at, reach in (((10.0, 10.0), 4.0), ((20.0, 18.0), 5.0)):
        draw_sphere(room, at, reach)
    assert room.commands.get("regions.save").enabled()
    layer = axial(room).layer(RegionLayer)
    assert layer is not None
    drawn = {one.tracking_uid: one for one in layer.regions}
    assert len(drawn) == 2
    room.done(room.commands.run("regions.save"))
    layers = session.get(LayersController)
    room.wait(lambda: any(one.entry.kind is ObjectKind.SEGMENTATION for one in layers.available))
    found = next(one for one in layers.available if one.entry.kind is ObjectKind.SEGMENTATION)
    archive = session.station.get(ArchiveService)
    (instance,) = archive.instances(session.user.actor, found.entry.series_uid)
    with archive.lease(instance.sha256) as path:
        assert faults(path) == []
        ds = dcmread(path)
    assert [s.TrackingUID for s in ds.SegmentSequence] == list(drawn)
    room.commands.run("layer.show", found)
    room.wait(lambda: layers.is_shown(found))
    shown = axial(room).layer(LabelLayer)
    assert shown is not None
    assert isinstance(shown.segmentation, Segmentation)
    for number, region in enumerate(drawn.values(), 1):
        whole = np.zeros(shown.segmentation.grid.shape, bool)
        whole[region.region.box] = region.region.mask
        assert np.array_equal(shown.segmentation.labels == number, whole)
