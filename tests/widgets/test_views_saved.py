"""Marks and the view saved as a presentation state in the study, and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread

from app.archive.service import ArchiveService
from app.domain.geometry import PointPx
from app.domain.presentation import Window
from app.domain.worklist import WorklistColumn
from app.objects.layers import LayersController
from app.objects.service import ObjectService
from app.viewing.grey_levels import shown_voi
from app.viewing.layers import PresentationLayer
from app.viewing.screen import Drawn
from app.viewing.shown_image import anchor_of, shown_image
from tests.dicom.objects.made_states import grey_image, state_for
from tests.dicom.test_dicom_writers import faults
from tests.services.test_objects import STUDY
from tests.support.capabilities import shape
from tests.widgets.conftest import Room
from widgets.panels.archive.study_cells import cell_text
from widgets.panels.archive.worklist import WorklistWorkspace
from widgets.panels.reading.read_workspace import ReadWorkspace

pytestmark = pytest.mark.window


def opened(room: Room, folder: Path, *others: object) -> ReadWorkspace:
    for n, made in enumerate((grey_image(), *others)):
        made.save_as(folder / f"{n}.dcm", enforce_file_format=True)  # type: ignore[attr-defined]
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [folder])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY, series_uid=grey_image().SeriesInstanceUID))
    room.wait(lambda: room.session.loaded.is_complete)
    found = room.window.workspaces["read"]
    assert isinstance(found, ReadWorkspace)
    return found


def draw(room: Room, shape_id: str, points: tuple[PointPx, ...], words: str = "") -> None:
    screen = room.session.screen
    shown = shown_image(screen.active_viewport)
    assert shown is not None
    anchor = anchor_of(screen.active_viewport, shown)
    screen.drawn.emit(Drawn(screen.active, shape(shape_id), anchor, points, (), words))


def test_marks_and_the_view_are_saved_and_come_back(room: Room, tmp_path: Path) -> None:
    """A new series of the study, valid, that names its image; applied after the marks were deleted, it shows
    them; beside the marks themselves nothing is drawn twice.
    """
    reading = opened(room, tmp_path)
    session, screen = room.session, room.session.screen
    draw(room, "length", ((10.0, 10.0), (50.0, 20.0)))
    draw(room, "note", ((30.0, 25.0),), "随访")
    viewport = screen.active_viewport
    viewport.window, viewport.turns = Window(1000, 700), 1
    room.done(room.commands.run("presentation.save"))
    layers = session.get(LayersController)
    room.wait(lambda: len(layers.available) == 1 and len(reading.strip.objects) == 1)
    objects, actor = session.station.get(ObjectService), session.user.actor
    (entry,) = objects.entries(actor, next(iter(reading.strip.objects)))
    (instance,) = session.station.get(ArchiveService).instances(actor, entry.series_uid)
    with session.station.get(ArchiveService).lease(instance.sha256) as path:
        assert faults(path) == []
        ds = dcmread(path)
    marks = {one.tracking_uid for one in session.study.annotations.measurements}
    written = {g.TrackingUID for a in ds.GraphicAnnotationSequence for g in a.GraphicObjectSequence}
    assert written == marks
    assert str(ds.ContentCreatorName) == f"{actor.name}^"
    viewport.reset_view()
    viewport.window = None
    room.commands.run("layer.show", layers.available[0])
    room.wait(lambda: viewport.layer(PresentationLayer) is not None)
    shown = shown_image(viewport)
    assert shown is not None
    assert shown_voi(viewport, shown) == Window(1000, 700)
    (presented,) = viewport.layer(PresentationLayer).images.values()  # type: ignore[union-attr]
    assert {g.tracking_uid for a in presented.annotations for g in a.graphics} == marks
    assert presented.state.turns == 1
    out = tmp_path / "out"
    out.mkdir()
    room.done(room.commands.run("object.open", entry.series_uid))
    room.wait(lambda: reading.object.content is not None)
    assert reading.object.export.isVisible()
    assert "W 700 L 1000" in reading.object.content.toPlainText()  # type: ignore[union-attr,attr-defined]
    worklist = room.window.workspaces["worklist"]
    assert isinstance(worklist, WorklistWorkspace)
    room.commands.run("workspace.worklist")
    room.wait(lambda: "1 个序列 · 1 幅" in worklist.preview.sums.text())
    row = worklist.chosen()
    assert row is not None
    assert row.study.n_series == 2
    assert "PR" not in cell_text(row, WorklistColumn.MODALITY)
    room.done(room.commands.run("object.export", str(out)))
    (file,) = out.iterdir()
    assert "PR" in file.name
    assert dcmread(file).SOPInstanceUID == ds.SOPInstanceUID


def test_a_state_for_other_images_says_so_on_its_page(room: Room, tmp_path: Path) -> None:
    other = grey_image(number=9)
    reading = opened(room, tmp_path, state_for(other))
    (card,) = reading.strip.objects.values()
    card.clicked.emit()
    room.wait(lambda: reading.object.content is not None)
    assert reading.object.content is not None
    assert "本检查中有 0 幅" in reading.object.content.toPlainText()  # type: ignore[attr-defined]
