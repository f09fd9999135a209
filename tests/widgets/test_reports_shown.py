"""Marks of structured reports and key objects of others over the images, with who made them."""

from __future__ import annotations

from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from app.archive.service import ArchiveService
from app.domain.object_kind import ObjectKind
from app.objects.layers import LayersController
from app.viewing.layers import ReportLayer
from app.viewing.resolve import facts_of, resolve
from app.viewing.screen import SliceView, Viewport
from tests.dicom.objects.made_objects import FRAME_OF_REFERENCE, SERIES, ct_images, key_objects
from tests.services.test_objects import STUDY
from tests.support.painted import painted
from tests.widgets.conftest import Room
from widgets.objects.page_view import PageView

pytestmark = pytest.mark.window


def measured(images: list[Dataset]) -> Dataset:
    """A report of another maker: a length on the second image, a point in space on the third."""
    line = hd.sr.CoordinatesForMeasurement(
        hd.sr.GraphicTypeValues.POLYLINE,
        np.array(((2.0, 3.0), (20.0, 12.0))),
        hd.sr.SourceImageForRegion(images[1].SOPClassUID, images[1].SOPInstanceUID),
    )
    x, y, z = images[2].ImagePositionPatient
    place = hd.sr.CoordinatesForMeasurement3D(
        hd.sr.GraphicTypeValues3D.POINT, np.array(((x + 5, y + 5, z),)), FRAME_OF_REFERENCE
    )
    groups = [
        hd.sr.MeasurementsAndQualitativeEvaluations(
            tracking_identifier=hd.sr.TrackingIdentifier(uid=f"{SERIES}.90.{n}", identifier=f"病灶{n}"),
            measurements=[
                hd.sr.Measurement(
                    codes.SCT.Diameter, 12.5, codes.UCUM.Millimeter, referenced_coordinates=[at]
                )
            ],
        )
        for n, at in enumerate((line, place), 1)
    ]
    person = hd.sr.ObserverContext(
        codes.DCM.Person, hd.sr.PersonObserverIdentifyingAttributes(name="Han^Meimei")
    )
    content = hd.sr.MeasurementReport(
        observation_context=hd.sr.ObservationContext(observer_person_context=person),
        procedure_reported=hd.sr.CodedConcept("363679005", "SCT", "Imaging procedure"),
        imaging_measurements=groups,
    )
    ds: Dataset = hd.sr.Comprehensive3DSR(
        evidence=images,
        content=content[0],
        series_instance_uid=f"{SERIES}.90",
        series_number=90,
        sop_instance_uid=f"{SERIES}.90.9",
        instance_number=1,
        manufacturer="Other Works",
    )
    ds.SpecificCharacterSet = "ISO_IR 192"
    return ds


def opened(room: Room, folder: Path) -> LayersController:
    images = ct_images(4, 40, 64)
    for n, made in enumerate((*images, measured(images), key_objects(images[1:2], "请对比既往"))):
        made.save_as(folder / f"{n}.dcm", enforce_file_format=True)
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [folder])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY))
    room.wait(lambda: room.session.loaded.is_complete)
    layers = room.session.get(LayersController)
    room.wait(lambda: len(layers.available) == 2)
    return layers


def show(room: Room, layers: LayersController, kind: ObjectKind) -> None:
    layer = next(one for one in layers.available if one.entry.kind is kind)
    room.commands.run("layer.show", layer)
    room.wait(lambda: layers.is_shown(layer))


def axial(room: Room) -> Viewport:
    views = room.session.screen.viewports.values()
    return next(v for v in views if isinstance(v.view, SliceView) and v.view.axis == 0)


def told(room: Room, viewport: Viewport) -> str:
    shown = resolve(viewport, facts_of(room.session.screen, viewport.viewport_id), (600, 600))
    assert shown is not None
    return " | ".join(line.text for line in shown.corners.bottom_right)


def slice_of(viewport: Viewport, number: int) -> int:
    """Where the volume has the image of an Instance Number."""
    volume = viewport.image
    places = [volume.reference(0, n) for n in range(4)]  # type: ignore[union-attr]
    return next(n for n, one in enumerate(places) if one is not None and one.number == number)


def test_marks_lie_on_their_images_with_their_maker(room: Room, tmp_path: Path) -> None:
    """On the image of the line and on the slice of the point, on no other; the corner says whose they are."""
    layers = opened(room, tmp_path)
    viewport = axial(room)
    plain = {}
    for number in range(1, 5):
        viewport.view = SliceView(0, slice_of(viewport, number))
        plain[number] = painted(viewport)[1]
    show(room, layers, ObjectKind.STRUCTURED_REPORT)
    assert viewport.layer(ReportLayer) is not None
    changed = {}
    for number in range(1, 5):
        viewport.view = SliceView(0, slice_of(viewport, number))
        changed[number] = bool((painted(viewport)[1] != plain[number]).any())
    assert changed == {1: False, 2: True, 3: True, 4: False}
    assert "Other Works" in told(room, viewport)
    room.session.screen.overlays_visible = False
    assert "Other Works" not in told(room, viewport)


def test_a_key_object_tells_of_its_image(room: Room, tmp_path: Path) -> None:
    layers = opened(room, tmp_path)
    show(room, layers, ObjectKind.KEY_OBJECTS)
    viewport = axial(room)
    said = {}
    for number in (1, 2):
        viewport.view = SliceView(0, slice_of(viewport, number))
        said[number] = "请对比既往" in told(room, viewport)
    assert said == {1: False, 2: True}


def test_the_page_of_a_report_shows_its_marks(room: Room, tmp_path: Path) -> None:
    """A button, where the active images are those of the report."""
    layers = opened(room, tmp_path)
    report = next(one for one in layers.available if one.entry.kind is ObjectKind.STRUCTURED_REPORT)
    page = room.window.workspaces["read"].object  # type: ignore[attr-defined]
    room.done(room.commands.run("object.open", report.entry.series_uid))
    room.wait(lambda: isinstance(page.content, PageView))
    assert page.apply.isVisible()
    page.apply.click()
    room.wait(lambda: layers.is_shown(report))
    assert not page.isVisible()
