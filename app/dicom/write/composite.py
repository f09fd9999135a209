"""The modules that every object of ours has, and how it comes to the disk.

Same input, same bytes: nothing here asks the clock or makes a random UID.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from app.dicom.read.source_header import SourceHeader, SourceImage
from app.dicom.write.codes import SHORT_VALUE
from app.domain.coding import Code
from app.domain.provenance import Algorithm, derived_uid
from app.errors import Unavailable

MANUFACTURER = "影枢 YingShu"
MODEL = "YingShu"
SERIAL = "YINGSHU"
UTF8 = "ISO_IR 192"
#: goes with every object that leaves the station, in words that any reader shows
SAFETY = "Research software, not a registered medical device; not to be used alone for diagnosis"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
IMPLEMENTATION_UID = derived_uid("implementation", "yingshu")
IMPLEMENTATION_VERSION = "YINGSHU_1"


def software_version() -> str:
    """Version of the product; that of the source tree where it is not installed."""
    try:
        return metadata.version("yingshu")
    except metadata.PackageNotFoundError:
        text = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
        found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
        return found.group(1) if found else "0"


def composite(header: SourceHeader, *, sop_class_uid: str, sop_uid: str) -> Dataset:
    """SOP Common, Patient and General Study (PS3.3 C.12.1, C.7.1.1, C.7.2.1)."""
    ds = Dataset()
    ds.SpecificCharacterSet = UTF8
    ds.SOPClassUID = sop_class_uid
    ds.SOPInstanceUID = sop_uid
    put_patient_and_study(ds, header)
    return ds


def put_patient_and_study(ds: Dataset, header: SourceHeader) -> None:
    """The study-level attributes, repeated in every object of the study."""
    ds.PatientName = header.patient_name
    ds.PatientID = header.patient_id
    if header.issuer:
        ds.IssuerOfPatientID = header.issuer
    ds.PatientBirthDate = header.birth_date
    ds.PatientSex = header.sex
    if age := _age(header.patient_age):
        ds.PatientAge = age
    ds.StudyInstanceUID = header.study_uid
    ds.StudyDate = header.study_date
    ds.StudyTime = header.study_time
    ds.StudyID = header.study_id
    ds.AccessionNumber = header.accession_number
    ds.ReferringPhysicianName = header.referring_physician
    if header.study_description:
        ds.StudyDescription = header.study_description


def _age(text: str) -> str:
    """An age as the standard writes it (AS), three digits and a unit; "" where the source's cannot be."""
    found = re.fullmatch(r"0*(\d{1,3})\s*([DWMY])", text.strip().upper())
    return f"{found[1]:0>3}{found[2]}" if found else ""


def person_name(name: str) -> str:
    """PN of a name as people write it: one component, closed by a caret so that it is not taken for an old
    free form; "" of none.
    """
    plain = name.replace("\\", " ").strip()
    return plain if not plain or "^" in plain or "=" in plain else f"{plain}^"


def put_equipment(ds: Dataset) -> None:
    """General and Enhanced General Equipment: ours, for the object is ours."""
    ds.Manufacturer = MANUFACTURER
    ds.ManufacturerModelName = MODEL
    ds.DeviceSerialNumber = SERIAL
    ds.SoftwareVersions = software_version()


def code_item(concept: Code) -> Dataset:
    """A code sequence item (PS3.3 section 8.8)."""
    item = Dataset()
    if len(concept.value) > SHORT_VALUE:
        item.LongCodeValue = concept.value
    else:
        item.CodeValue = concept.value
    item.CodingSchemeDesignator = concept.scheme
    if concept.version:
        item.CodingSchemeVersion = concept.version
    item.CodeMeaning = concept.meaning[:64] or concept.value
    return item


def contribution(algorithm: Algorithm | None) -> Dataset:
    """An item of Contributing Equipment Sequence: the product, and the method that it ran."""
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = Sequence([code_item(Code("109102", "DCM", "Processing Equipment"))])
    put_equipment(item)
    item.ContributionDescription = f"{method_text(algorithm)}; {SAFETY}" if algorithm is not None else SAFETY
    return item


def method_text(algorithm: Algorithm) -> str:
    """Method, version and weights of a result, in words."""
    weights = f", weights sha256 {algorithm.weights_sha256[:12]}" if algorithm.weights_sha256 else ""
    return f"{algorithm.name} ({algorithm.method_id}) {algorithm.version}{weights}"


def evidence(header: SourceHeader, images: Iterable[SourceImage]) -> Iterator[Dataset]:
    """Source objects as data sets that hold nothing but the named attributes."""
    for image in images:
        ds = composite(header, sop_class_uid=image.sop_class_uid, sop_uid=image.sop_uid)
        ds.PatientName = ds.ReferringPhysicianName = (
            ""  # put in as they are afterwards: real names have any form
        )
        ds.Modality = header.modality
        ds.SeriesInstanceUID = header.series_uid
        ds.SeriesNumber = header.series_number
        ds.InstanceNumber = image.number
        if header.frame_of_reference_uid:
            ds.FrameOfReferenceUID = header.frame_of_reference_uid
            ds.PositionReferenceIndicator = header.position_reference
        if image.frames > 1:
            ds.NumberOfFrames = image.frames
        ds.Rows, ds.Columns = image.rows, image.columns
        if image.position_mm and image.orientation and image.spacing_mm:
            ds.ImagePositionPatient = [decimal(v) for v in image.position_mm]
            ds.ImageOrientationPatient = [decimal(v) for v in image.orientation]
            ds.PixelSpacing = [decimal(v) for v in image.spacing_mm]
            ds.SliceThickness = header.slice_thickness or None
        yield ds


def decimal(value: float) -> str:
    """A decimal string of at most 16 characters."""
    for digits in range(12, 0, -1):
        text = f"{value + 0.0:.{digits}g}"
        if len(text) <= 16:
            return text
    return "0"


def save(path: Path, ds: Dataset) -> Path:
    """Write in Explicit VR Little Endian: whole or not at all."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = IMPLEMENTATION_UID
    ds.file_meta.ImplementationVersionName = IMPLEMENTATION_VERSION
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True, implicit_vr=False, little_endian=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    try:
        with open(unfinished, "wb") as file:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise Unavailable(
            "{name} could not be written: {cause}.",
            name=path.name,
            cause=error.strerror or type(error).__name__,
        ) from error
    return path
