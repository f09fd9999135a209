"""Data sets of images with attributes given by keyword, and what is read of them once they are files."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from app.dicom.read.display_sets import display_sets
from app.dicom.read.frames import object_facts
from app.dicom.read.header import Header
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.prescan import prescan
from app.domain.display_set import SeriesDisplaySets, TranslatableText
from app.i18n import catalogue
from tests.dicom.dicom_objects import CT

PET = "1.2.840.10008.5.1.4.1.1.128"

SIZE = (4, 6)


def items(*members: dict[str, Any]) -> list[Dataset]:
    """Items of a sequence."""
    made = []
    for attributes in members:
        item = Dataset()
        for name, value in attributes.items():
            setattr(item, name, value)
        made.append(item)
    return made


def image(n: int = 1, *, sop_class: str = CT, modality: str = "CT", **attributes: Any) -> Dataset:
    """A transverse slice of 4 × 6 pixels, 2.5 mm from the last; None takes an attribute away."""
    data = Dataset()
    usual: dict[str, Any] = {
        "SOPClassUID": sop_class, "SOPInstanceUID": f"1.2.{n}", "Modality": modality, "InstanceNumber": n,
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"], "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2", "Rows": SIZE[0], "Columns": SIZE[1], "BitsAllocated": 16,
        "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0, "ImagePositionPatient": [0, 0, 2.5 * n],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "PixelSpacing": [0.9, 0.7],
    }  # fmt: skip
    frames = int(attributes.get("NumberOfFrames", 1))
    for name, value in (usual | attributes).items():
        if value is not None:
            setattr(data, name, value)
    words = np.full((frames, *SIZE), n, "<u2") * int(data.SamplesPerPixel)
    data.PixelData = words.tobytes() * int(data.SamplesPerPixel)
    return data


def pet(n: int, **attributes: Any) -> Dataset:
    """A PET image whose SUV is known: injected at nine, scanned at ten."""
    injection = items({
        "RadionuclideTotalDose": 3.7e8, "RadionuclideHalfLife": 6586.2,
        "RadiopharmaceuticalStartTime": "090000",
    })  # fmt: skip
    usual: dict[str, Any] = {
        "Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ["ATTN", "DECY"], "PatientWeight": 70,
        "SeriesDate": "20240102", "SeriesTime": "100000", "AcquisitionDate": "20240102",
        "AcquisitionTime": "100000", "RescaleSlope": 2, "RescaleIntercept": 0,
        "RadiopharmaceuticalInformationSequence": injection,
    }  # fmt: skip
    return image(n, sop_class=PET, modality="PT", **(usual | attributes))


def written(data: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """A data set as a file."""
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    implicit = syntax == ImplicitVRLittleEndian
    data.save_as(out, implicit_vr=implicit, little_endian=True, enforce_file_format=True)
    return out.getvalue()


def facts(data: Dataset, syntax: UID = ExplicitVRLittleEndian) -> ObjectFacts:
    """What is read of a data set once it is a file."""
    whole = written(data, syntax)
    found = prescan(whole)
    return object_facts(Header.of(found), found, hashlib.sha256(whole).hexdigest(), str(data.SOPInstanceUID))


def held(*images: Dataset) -> SeriesDisplaySets:
    """The display sets of a series."""
    return display_sets([facts(one) for one in images], study_uid="1.5", series_uid="1.6")


def words(told: tuple[TranslatableText, ...]) -> str:
    """Warnings in English, each held against its Chinese."""
    for template, params in told:
        assert "{" not in catalogue()[template].format(**params)
    return " ".join(template.format(**params) for template, params in told)
