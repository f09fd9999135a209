"""Objects over images, made by highdicom and pydicom for the tests of their readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

FRAME_OF_REFERENCE = "1.2.826.0.1.3680043.8.498.1"
SERIES = "1.2.826.0.1.3680043.8.498.2"


def base(sop_class: str, uid: str, modality: str) -> Dataset:
    """A data set with patient, study, series and SOP, ready to be saved."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = sop_class
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = uid
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID = "Test^One", "P1"
    ds.PatientBirthDate = ds.PatientSex = ds.AccessionNumber = ds.StudyID = ds.ReferringPhysicianName = ""
    ds.StudyDate, ds.StudyTime = "20260102", "030405"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.3"
    ds.SeriesInstanceUID = f"{SERIES}.{sum(map(ord, modality))}"
    ds.Modality, ds.SeriesNumber, ds.InstanceNumber, ds.Manufacturer = modality, 1, 1, "Test"
    return ds


def key_objects(images: Sequence[Dataset], description: str) -> Dataset:
    """A key object selection "Of Interest" of images, made by highdicom."""
    content = hd.ko.KeyObjectSelection(
        document_title=hd.sr.CodedConcept("113000", "DCM", "Of Interest"),
        referenced_objects=images,
        description=description,
    )
    ds = hd.ko.KeyObjectSelectionDocument(
        evidence=images,
        content=content,
        series_instance_uid=f"{SERIES}.8",
        series_number=8,
        sop_instance_uid=f"{SERIES}.8.1",
        instance_number=1,
        manufacturer="Test",
    )
    ds.SpecificCharacterSet = "ISO_IR 192"
    return ds


def ct_images(
    count: int = 4,
    rows: int = 12,
    columns: int = 10,
    *,
    spacing: tuple[float, float, float] = (2.5, 0.8, 0.7),
) -> list[Dataset]:
    """Transverse CT slices, distances (slice, row, column) in mm."""
    images = []
    for n in range(count):
        ds = base(CTImageStorage, f"1.2.826.0.1.3680043.8.498.4.{n + 1}", "CT")
        ds.SeriesInstanceUID, ds.InstanceNumber = SERIES, n + 1
        ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = FRAME_OF_REFERENCE, ""
        ds.ImagePositionPatient = [-3.0, 5.0, 10.0 + n * spacing[0]]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing, ds.SliceThickness = [spacing[1], spacing[2]], spacing[0]
        ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, 1
        ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 1
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
        ds.RescaleSlope, ds.RescaleIntercept = 1, 0
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.PixelData = np.zeros((rows, columns), np.int16).tobytes()
        images.append(ds)
    return images


def descriptions(count: int) -> list[Any]:
    """Descriptions of so many segments."""
    return [
        hd.seg.SegmentDescription(
            n,
            f"segment {n}",
            codes.SCT.Organ,
            codes.SCT.Liver,
            hd.seg.SegmentAlgorithmTypeValues.MANUAL,
            display_color=hd.color.CIELabColor.from_rgb(200, 30 + n % 200, 40),
        )
        for n in range(1, count + 1)
    ]


def seg(
    path: Path, images: Sequence[Dataset], masks: NDArray[Any], kind: Any, count: int, **given: Any
) -> Path:
    """A segmentation of the images, saved."""
    ds = hd.seg.Segmentation(
        list(images),
        masks,
        kind,
        descriptions(count),
        series_instance_uid=f"{SERIES}.5",
        series_number=5,
        sop_instance_uid=f"{SERIES}.6",
        instance_number=1,
        manufacturer="Test",
        manufacturer_model_name="Test",
        software_versions="1",
        device_serial_number="1",
        **given,
    )
    ds.save_as(path)
    return path


def item(**attributes: Any) -> Dataset:
    """A sequence item of so many attributes."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def coded(value: str, scheme: str, meaning: str) -> Dataset:
    """An item of a code sequence."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)
