"""Overlay planes of imported images lie over them in the reading room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.archive.service import ArchiveService
from app.viewing.layers import OverlayLayer
from app.viewing.screen import SliceView
from tests.dicom.objects.made_objects import ct_images
from tests.dicom.test_overlays import with_overlay
from tests.services.test_objects import STUDY
from tests.widgets.conftest import Room

pytestmark = pytest.mark.window


def test_planes_come_with_the_images_and_go_with_them(room: Room, tmp_path: Path) -> None:
    """Two of four slices have one; `O` is possible then; another study has none of them."""
    images = ct_images()
    drawn = np.zeros((images[0].Rows, images[0].Columns), np.uint8)
    drawn[2:4, 3:7] = 1
    for n, ds in enumerate(images):
        path = tmp_path / f"ct{n}.dcm"
        ds.save_as(path, enforce_file_format=True)
        if n in (1, 2):
            with_overlay(path, 0x6000, drawn, _1500=("LO", "Lesion"))
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [tmp_path])
    room.session.archive_changed.emit(STUDY)
    assert not room.commands.get("view.overlay").enabled()
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY))
    room.wait(lambda: room.commands.get("view.overlay").enabled())
    planes = [v for v in room.session.screen.viewports.values() if isinstance(v.view, SliceView)]
    assert planes
    for viewport in planes:
        layer = viewport.layer(OverlayLayer)
        assert layer is not None
        assert set(layer.planes) == {(images[n].SOPInstanceUID, 0) for n in (1, 2)}
        ((plane,), _) = layer.planes.values()
        assert (plane.origin, plane.shape, plane.label) == ((3, 4), (2, 4), "Lesion")
    room.commands.run("view.overlay")
    assert not room.session.screen.overlays_visible
    room.open_small_study(of=2)
    assert not any(v.is_drawn_over for v in room.session.screen.viewports.values())
