"""Objects that are no images, from the archive to what a person sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from app.archive.service import ArchiveService
from app.domain.document import Heading, Page, Paragraph, PdfDocument, Table
from app.domain.image import ImageStack
from app.domain.object_kind import ObjectKind
from app.domain.person import Actor
from app.domain.pixel import PixelSpacing, SpacingSource
from app.domain.waveform import Waveform
from app.errors import Refused
from app.objects.service import ObjectService
from app.session.station import Station
from app.viewing.contours import meets
from tests.dicom.objects.made_objects import SERIES, base, ct_images, key_objects, seg
from tests.dicom.objects.test_encapsulated import encapsulated, two_pages
from tests.dicom.objects.test_segmentation_reader import BINARY, IMAGE_GRID, LABELMAP, blobs
from tests.dicom.objects.test_structure_set import structure_set
from tests.dicom.objects.test_structured_report_reader import report
from tests.dicom.objects.test_waveform_reader import ecg
from tests.support.real_data import real_data
from tests.support.stacks import frame_of, stack_of

STUDY = "1.2.826.0.1.3680043.8.498.3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four CT images, and whatever a test puts beside them."""
    made = tmp_path / "in"
    made.mkdir()
    for n, ds in enumerate(ct_images()):
        ds.save_as(made / f"ct{n}.dcm", enforce_file_format=True)
    return made


def only(station: Station, actor: Actor, modality: str) -> tuple[ObjectService, object]:
    """The service and the one object of a modality."""
    service = station.get(ObjectService)
    series = [s for s in station.get(ArchiveService).series(actor, STUDY) if s.modality == modality]
    (entry,) = [entry for one in series for entry in service.entries(actor, one.series_uid)]
    return service, entry


def test_each_object_opens_as_what_it_is(station: Station, doctor: Actor, folder: Path) -> None:
    """Pages, a PDF, curves; images are no objects."""
    report(folder / "sr.dcm")
    encapsulated(folder / "pdf.dcm", two_pages())
    ecg(folder / "ecg.dcm")
    structure_set(folder / "rs.dcm")
    plan = base("1.2.840.10008.5.1.4.1.1.481.5", "1.2.3.10", "RTPLAN")
    plan.RTPlanLabel = "计划一"
    plan.save_as(folder / "plan.dcm", enforce_file_format=True)
    station.get(ArchiveService).import_paths(doctor, [folder])
    service = station.get(ObjectService)
    assert service.entries(doctor, SERIES) == ()
    opened = {}
    for modality in ("SR", "DOC", "ECG", "RTSTRUCT", "RTPLAN"):
        service, entry = only(station, doctor, modality)
        opened[modality] = service.open(doctor, entry)
    page = opened["SR"]
    assert isinstance(page, Page)
    texts = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "右肺上叶结节\n建议复查" in texts
    assert any(isinstance(block, Table) and block.rows[0][1] == "12.50 mm" for block in page.blocks)
    assert isinstance(opened["DOC"], PdfDocument)
    assert isinstance(opened["ECG"], Waveform)
    structures = opened["RTSTRUCT"]
    assert isinstance(structures, Page)
    assert any(
        isinstance(b, Table) and [r[1] for r in b.rows] == ["左肺", "Iso", "Empty"] for b in structures.blocks
    )
    assert isinstance(opened["RTPLAN"], Page)
    service, pdf = only(station, doctor, "DOC")
    assert service.page_picture(doctor, pdf, 1, 90).pixels.shape == (60, 90, 3)


def test_raw_data_is_refused_by_what_it_is(station: Station, doctor: Actor, folder: Path) -> None:
    """Not opened as a page of numbers."""
    raw = base("1.2.840.10008.5.1.4.1.1.66", "1.2.3.11", "MR")
    raw.SeriesInstanceUID = f"{SERIES}.66"
    raw.save_as(folder / "raw.dcm", enforce_file_format=True)
    station.get(ArchiveService).import_paths(doctor, [folder])
    service, entry = only(station, doctor, "MR")
    with pytest.raises(Refused):
        service.open(doctor, entry)


def test_a_foreign_segmentation_and_structure_set_lie_over_their_images(
    station: Station, doctor: Actor, folder: Path
) -> None:
    """Overlaps have a label of their own: no voxel of any segment is lost."""
    masks = blobs(2)
    seg(folder / "seg.dcm", ct_images(), masks, BINARY, 2)
    structure_set(folder / "rs.dcm")
    archive = station.get(ArchiveService)
    archive.import_paths(doctor, [folder])
    shown = archive.display_sets(doctor, SERIES).sets[0]
    service = station.get(ObjectService)
    layers = {one.entry.kind: one for one in service.layers_for(doctor, STUDY, shown)}
    assert set(layers) == {ObjectKind.SEGMENTATION, ObjectKind.STRUCTURE_SET}
    assert layers[ObjectKind.SEGMENTATION].count == 2
    found = service.labels_over(doctor, layers[ObjectKind.SEGMENTATION], IMAGE_GRID)
    numbers = {segment.label: segment.number for segment in found.segments}
    both = masks[..., 0] & masks[..., 1]
    assert np.array_equal(found.labels == numbers["segment 1"], masks[..., 0] & ~both & 1)
    assert np.array_equal(found.labels == numbers["segment 2"], masks[..., 1] & ~both & 1)
    assert np.array_equal(found.labels == numbers["segment 1 + segment 2"], both)
    contours = service.contours(doctor, layers[ObjectKind.STRUCTURE_SET])
    assert [one.name for one in contours.structures] == ["左肺", "Iso", "Empty"]
    named = np.zeros(len(contours.contours), bool)
    assert not meets(contours, stack_at(10.0), named)  # the contours lie at z = 5 mm
    assert meets(contours, stack_at(5.0), named)


def stack_at(z_mm: float) -> ImageStack:
    """One image across the patient."""
    pixels = np.zeros((20, 20), np.uint8)
    spacing = PixelSpacing((1.0, 1.0), SpacingSource.PATIENT)
    place = {"position_mm": (-2.0, -2.0, z_mm), "orientation": (1.0, 0, 0, 0, 1.0, 0)}
    return stack_of([pixels], [frame_of(pixels, spacing=spacing, **place)])


def test_hundreds_of_segments_come_in_parts(station: Station, doctor: Actor, folder: Path) -> None:
    """All 300 can be reached."""
    labels = (np.arange(4 * 12 * 10).reshape(4, 12, 10) % 301).astype(np.uint16)
    seg(folder / "seg.dcm", ct_images(), labels, LABELMAP, 300)
    archive = station.get(ArchiveService)
    archive.import_paths(doctor, [folder])
    service = station.get(ObjectService)
    shown = archive.display_sets(doctor, SERIES).sets[0]
    parts = service.layers_for(doctor, STUDY, shown)
    assert [(part.first, part.last) for part in parts] == [(0, 255), (255, 300)]
    names = set()
    for part in parts:
        found = service.labels_over(doctor, part, IMAGE_GRID)
        for segment in found.segments:
            number = int(segment.label.removeprefix("segment "))
            assert np.array_equal(found.labels == segment.number, labels == number)
            names.add(number)
    assert names == set(range(1, 301))


def test_a_layer_of_another_place_is_not_offered(station: Station, doctor: Actor, folder: Path) -> None:
    """Neither its images nor their frame of reference are those that are shown."""
    others = ct_images()
    for n, ds in enumerate(others):
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.77.{n}"
        ds.SeriesInstanceUID, ds.FrameOfReferenceUID = f"{SERIES}.77", "1.2.3.78"
    seg(folder / "seg.dcm", others, blobs(1), BINARY, 1)
    archive = station.get(ArchiveService)
    archive.import_paths(doctor, [folder])
    shown = archive.display_sets(doctor, SERIES).sets[0]
    assert station.get(ObjectService).layers_for(doctor, STUDY, shown) == ()


def test_key_objects_are_a_page(station: Station, doctor: Actor, folder: Path) -> None:
    """Title, text, how many images."""
    images = ct_images()
    key_objects(images[:2], "look here").save_as(folder / "ko.dcm")
    station.get(ArchiveService).import_paths(doctor, [folder])
    service, entry = only(station, doctor, "KO")
    page = service.open(doctor, entry)
    assert isinstance(page, Page)
    texts = [block.text for block in page.blocks if isinstance(block, Paragraph)]
    assert "look here" in texts
    assert "2" in texts
    assert not any(isinstance(block, Heading) for block in page.blocks)
    assert [image.sop_uid for image in page.images] == [image.SOPInstanceUID for image in images[:2]]


@pytest.mark.real_data
def test_real_segments_come_to_their_images_as_the_arrays_they_were_made_from(
    station: Station, doctor: Actor
) -> None:
    """Five segments of another maker, some of which overlap, voxel by voxel over the CT that they name."""
    folder = real_data("dicom_seg_sr_rt") / "dcmqi" / "segmentations"
    archive = station.get(ArchiveService)
    archive.import_paths(doctor, [folder / "ct-3slice", folder / "partial_overlaps.dcm"])
    (study_uid,) = {row.study.study_uid for row in archive.studies(doctor)}
    series = next(s for s in archive.series(doctor, study_uid) if s.modality == "CT")
    shown = archive.display_sets(doctor, series.series_uid).sets[0]
    service = station.get(ObjectService)
    (layer,) = service.layers_for(doctor, study_uid, shown)
    assert shown.geometry is not None
    grid = shown.geometry.grid
    found = service.labels_over(doctor, layer, grid)
    counted = dict.fromkeys(("GREEN", "ORANGE", "PURPLE", "LIGHT_BLUE", "DARK_BLUE"), 0)
    for segment in found.segments:
        for name in segment.label.split(" + "):
            counted[name] += int(np.count_nonzero(found.labels == segment.number))
    image = pydicom.dcmread(folder / "partial_overlaps.dcm")
    names = [one.SegmentLabel for one in image.SegmentSequence]
    truth = dict.fromkeys(counted, 0)
    for item, frame in zip(image.PerFrameFunctionalGroupsSequence, image.pixel_array, strict=True):
        number = item.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        truth[names[number - 1]] += int(frame.sum())
    assert counted == truth
