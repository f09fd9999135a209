"""A presentation state applied from its page and from the list of layers, and taken off again."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from app.domain.presentation import Window
from app.objects.layers import LayersController
from app.viewing.grey_levels import shown_voi
from app.viewing.layers import PresentationLayer
from app.viewing.screen import SliceView
from app.viewing.shown_image import shown_image
from tests.dicom.objects.made_objects import ct_images
from tests.dicom.objects.made_states import grey_image, state_for, window
from tests.services.test_objects import STUDY
from tests.widgets.conftest import Room
from widgets.objects.layers_list import LayersList
from widgets.panels.reading.read_workspace import ReadWorkspace

pytestmark = pytest.mark.window


@pytest.fixture
def reading(room: Room, tmp_path: Path) -> ReadWorkspace:
    """A study of two series of one image each; two states refer to the second series."""
    images = [grey_image(number=n) for n in (1, 2)]
    states = [
        state_for(images[1], 1, SoftcopyVOILUTSequence=[window(100, 51)], ImageRotation=90),
        state_for(images[1], 2, SoftcopyVOILUTSequence=[window(300, 75)]),
    ]
    for n, made in enumerate((*images, *states)):
        made.save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [tmp_path])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY, series_uid=images[0].SeriesInstanceUID))
    found = room.window.workspaces["read"]
    assert isinstance(found, ReadWorkspace)
    return found


def voi(room: Room) -> object:
    viewport = room.session.screen.active_viewport
    shown = shown_image(viewport)
    return shown_voi(viewport, shown) if shown is not None else None


def test_the_page_applies_it_and_a_key_drops_it(room: Room, reading: ReadWorkspace) -> None:
    """Its images are opened where others show; windows of a reader come after, and go with it."""
    (card,) = reading.strip.objects.values()
    assert not room.commands.get("presentation.drop").enabled()
    card.clicked.emit()
    room.wait(lambda: reading.object.content is not None)
    assert reading.object.apply.isVisible()
    reading.object.apply.click()
    room.wait(lambda: room.commands.get("presentation.drop").enabled())
    assert not reading.object.isVisible()
    assert voi(room) == Window(100, 51)
    room.commands.run("presentation.drop")
    assert room.session.screen.active_viewport.layer(PresentationLayer) is None
    assert voi(room) != Window(100, 51)


def test_one_state_for_an_image_at_a_time(room: Room, reading: ReadWorkspace) -> None:
    """The list of layers names both; the second takes the place of the first."""
    (card,) = reading.strip.objects.values()
    card.clicked.emit()
    room.wait(lambda: reading.object.content is not None)
    reading.object.apply.click()
    layers = room.session.get(LayersController)
    room.wait(lambda: len(layers.available) == 2)
    first, second = layers.available
    assert first.title == "MARKS · 术前"
    assert layers.is_shown(first)
    eyes = reading.panels["segmentation"].findChild(LayersList)
    assert eyes is not None
    eyes.eyes[1].click()
    room.wait(lambda: layers.is_shown(second))
    assert not layers.is_shown(first)
    assert voi(room) == Window(300, 75)
    room.commands.run("study.close")
    assert not layers.is_shown(second)


def test_the_crosshair_goes_along_to_the_slice(room: Room, tmp_path: Path) -> None:
    """A state for the last slice of a volume shows it, and the planes across meet there."""
    images = ct_images(14)
    for n, made in enumerate((*images, state_for(images[13]))):
        made.save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [tmp_path])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY))
    layers = room.session.get(LayersController)
    room.wait(lambda: len(layers.available) == 1)
    room.commands.run("layer.show", layers.available[0])
    room.wait(lambda: layers.is_shown(layers.available[0]))
    screen = room.session.screen
    axial = next(v for v in screen.viewports.values() if isinstance(v.view, SliceView) and not v.view.axis)
    room.wait(lambda: room.session.loaded.is_complete)
    shown = shown_image(axial)
    assert shown is not None
    assert shown.reference is not None
    assert shown.reference.sop_uid == images[13].SOPInstanceUID
    assert screen.crosshair is not None
    assert screen.crosshair.point_mm[2] == pytest.approx(float(images[13].ImagePositionPatient[2]))
