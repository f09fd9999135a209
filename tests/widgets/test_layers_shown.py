"""Structure sets and segments of other objects in the reading room, over volumes and over single images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from app.archive.service import ArchiveService
from app.domain.object_kind import ObjectKind
from app.domain.segmentation import StackSegmentation
from app.objects.layers import LayersController
from app.viewing.layers import ContourLayer, LabelLayer
from app.viewing.screen import SliceView, StackView
from tests.dicom.objects.made_objects import SERIES, base, ct_images, item, seg
from tests.dicom.objects.test_segmentation_reader import BINARY, blobs
from tests.dicom.objects.test_structure_set import structure_set
from tests.services.test_objects import STUDY
from tests.widgets.conftest import Room
from widgets.objects.contours_list import ContoursList
from widgets.panels.analysis.segmentation_panel import figures_of

pytestmark = pytest.mark.window


def opened(room: Room, folder: Path, *, count: int) -> LayersController:
    """The folder's study in the reading room, when so many layers are known."""
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [folder])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY))
    layers = room.session.get(LayersController)
    room.wait(lambda: len(layers.available) == count)
    return layers


def show(room: Room, layers: LayersController, kind: ObjectKind) -> None:
    layer = next(one for one in layers.available if one.entry.kind is kind)
    room.commands.run("layer.show", layer)
    room.wait(lambda: layers.is_shown(layer))


def test_structures_and_segments_lie_over_one_volume(room: Room, tmp_path: Path) -> None:
    """Both at once; each structure has a row, its volume, and can be hidden for itself."""
    for n, ds in enumerate(ct_images(rows=20, columns=24)):
        ds.ImagePositionPatient = [-3.0, -3.0, 2.5 * n]
        ds.save_as(tmp_path / f"ct{n}.dcm", enforce_file_format=True)
    structure_set(tmp_path / "rs.dcm")
    images = ct_images(rows=20, columns=24)
    for n, ds in enumerate(images):
        ds.ImagePositionPatient = [-3.0, -3.0, 2.5 * n]
    masks = np.zeros((4, 20, 24, 1), np.uint8)
    masks[1:3, 4:9, 5:11] = 1
    seg(tmp_path / "seg.dcm", images, masks, BINARY, 1)
    layers = opened(room, tmp_path, count=2)
    show(room, layers, ObjectKind.STRUCTURE_SET)
    show(room, layers, ObjectKind.SEGMENTATION)
    assert all(layers.is_shown(one) for one in layers.available)
    planes = [v for v in room.session.screen.viewports.values() if isinstance(v.view, SliceView)]
    assert all(v.layer(ContourLayer) and v.layer(LabelLayer) for v in planes)
    panel = room.window.workspaces["read"].panels["segmentation"]  # type: ignore[attr-defined]
    room.session.panels.show("segmentation")
    rows = panel.findChild(ContoursList)
    assert rows is not None
    assert rows.rows.count() == 3
    rows._toggle(3)
    assert all(v.layer(ContourLayer).hidden == {3} for v in planes)  # type: ignore[union-attr]
    rows._go(7)
    structures = next(one for one in layers.available if one.entry.kind is ObjectKind.STRUCTURE_SET)
    room.commands.run("layer.hide", structures)
    assert not layers.is_shown(structures)
    assert all(v.layer(ContourLayer) is None and v.layer(LabelLayer) for v in planes)


def ultrasound() -> Dataset:
    """Three grey frames without a place in the patient."""
    ds = base("1.2.840.10008.5.1.4.1.1.3.1", "1.2.826.0.1.3680043.8.498.80.1", "US")
    ds.Rows, ds.Columns, ds.NumberOfFrames, ds.SamplesPerPixel = 12, 16, 3, 1
    ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8, 8, 7
    ds.FrameTime = "40"
    ds.PixelData = np.zeros((3, 12, 16), np.uint8).tobytes()
    return ds


def segments_of(image: Dataset) -> Dataset:
    """One segment on the first and the third frame."""
    ds = base("1.2.840.10008.5.1.4.1.1.66.4", "1.2.826.0.1.3680043.8.498.80.2", "SEG")
    ds.Rows, ds.Columns, ds.NumberOfFrames, ds.SamplesPerPixel = 12, 16, 2, 1
    ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 1, 1, 0
    ds.SegmentationType, ds.SeriesDescription = "BINARY", "Nodule"
    kind = item(CodeValue="49755003", CodingSchemeDesignator="SCT", CodeMeaning="Morphologically abnormal")
    ds.SegmentSequence = [
        item(
            SegmentNumber=1,
            SegmentLabel="结节",
            SegmentAlgorithmType="MANUAL",
            SegmentedPropertyCategoryCodeSequence=[kind],
            SegmentedPropertyTypeCodeSequence=[kind],
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = []
    for frame in (1, 3):
        source = item(
            ReferencedSOPClassUID=image.SOPClassUID,
            ReferencedSOPInstanceUID=image.SOPInstanceUID,
            ReferencedFrameNumber=frame,
        )
        ds.PerFrameFunctionalGroupsSequence.append(
            item(
                SegmentIdentificationSequence=[item(ReferencedSegmentNumber=1)],
                DerivationImageSequence=[item(SourceImageSequence=[source])],
            )
        )
    named = item(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=image.SeriesInstanceUID, ReferencedInstanceSequence=[named])
    ]
    bits = np.zeros((2, 12, 16), np.uint8)
    bits[:, 3:7, 4:10] = 1
    ds.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes()
    return ds


def test_segments_lie_over_the_frames_of_a_cine(room: Room, tmp_path: Path) -> None:
    """On the frames that they name; the list says on how many."""
    image = ultrasound()
    image.save_as(tmp_path / "us.dcm", enforce_file_format=True)
    segments_of(image).save_as(tmp_path / "seg.dcm", enforce_file_format=True)
    layers = opened(room, tmp_path, count=1)
    show(room, layers, ObjectKind.SEGMENTATION)
    viewport = room.session.screen.active_viewport
    assert isinstance(viewport.view, StackView)
    layer = viewport.layer(LabelLayer)
    assert layer is not None
    assert isinstance(layer.segmentation, StackSegmentation)
    first, second, third = layer.segmentation.labels
    assert second is None
    assert first is not None
    assert np.array_equal(first, third)  # type: ignore[arg-type]
    assert first[3:7, 4:10].all()
    assert first.sum() == 24
    assert figures_of(layer.segmentation) == {1: "2 幅"}
    room.commands.run("layer.hide", layers.available[0])
    assert viewport.layer(LabelLayer) is None


def test_segments_of_slices_lie_over_one_slice_alone(room: Room, tmp_path: Path) -> None:
    """A study of a single slice is a stack: the plane of the segments that is its own shows there."""
    images = ct_images()
    images[2].save_as(tmp_path / "ct.dcm", enforce_file_format=True)
    seg(tmp_path / "seg.dcm", images, blobs(1), BINARY, 1)
    assert images[2].SeriesInstanceUID == SERIES
    layers = opened(room, tmp_path, count=1)
    show(room, layers, ObjectKind.SEGMENTATION)
    layer = room.session.screen.active_viewport.layer(LabelLayer)
    assert layer is not None
    assert isinstance(layer.segmentation, StackSegmentation)
    (labels,) = layer.segmentation.labels
    assert labels is not None
    assert np.array_equal(labels, blobs(1)[2, ..., 0])
