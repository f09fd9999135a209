"""What was on the screen, as a secondary capture image (PS3.3 A.8.1) that names the images it was made of."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.codes import SOURCE_FOR_PROCESSING
from app.dicom.write.composite import (
    MANUFACTURER,
    MODEL,
    code_item,
    composite,
    contribution,
    decimal,
    put_equipment,
    save,
    software_version,
)
from app.dicom.write.encapsulated import clock, day
from app.domain.layers import ImageReference
from app.domain.picture import CapturedPicture
from app.domain.provenance import derived_uid
from app.errors import BadInput

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_DERIVATION = "Screen of the workstation, 8 bits; true values are those of the sources"


def write_secondary_capture(
    path: Path,
    picture: CapturedPicture,
    header: SourceHeader,
    shown: SequenceOf[ImageReference],
    *,
    description: str,
    burned_in: bool,
    is_lossy: bool,
    made_at: datetime,
    series_uid: str,
    series_number: int,
    number: int = 1,
) -> str:
    """Write a picture of `shown` images; returns its SOP Instance UID.

    `burned_in`: it can be read in the pixels who the patient is.  `is_lossy`: a shown image has lost detail
    before.
    """
    if len(picture.rgb) != picture.rows * picture.columns * 3:
        raise BadInput("The picture is not whole.")
    sop_uid = derived_uid("secondary-capture", series_uid, str(number))
    ds = composite(header, sop_class_uid=SECONDARY_CAPTURE, sop_uid=sop_uid)
    put_equipment(ds)
    ds.Modality = "OT"
    ds.SeriesInstanceUID, ds.SeriesNumber = series_uid, series_number
    ds.SeriesDate, ds.SeriesTime = day(made_at), clock(made_at)
    ds.SeriesDescription = description[:64]
    ds.Laterality = header.laterality  # Type 2C: of paired parts of the body
    _put_capture(ds, made_at)
    ds.InstanceNumber, ds.PatientOrientation = number, ""
    ds.ImageType = ["DERIVED", "SECONDARY"]
    ds.ContentDate, ds.ContentTime = day(made_at), clock(made_at)
    ds.DerivationDescription = _DERIVATION
    ds.SourceImageSequence = Sequence([_source(one) for one in shown])
    ds.BurnedInAnnotation = "YES" if burned_in else "NO"
    ds.LossyImageCompression = "01" if is_lossy else "00"
    if is_lossy:
        ds.LossyImageCompressionRatio = header.lossy_ratio or "1"
        ds.LossyImageCompressionMethod = header.lossy_method or "ISO_10918_1"
    ds.ContributingEquipmentSequence = Sequence([contribution(None)])
    _put_pixels(ds, picture)
    save(path, ds)
    return sop_uid


def _put_capture(ds: Dataset, made_at: datetime) -> None:
    """SC Equipment, and when it was taken (PS3.3 C.8.6)."""
    ds.ConversionType = "WSD"
    ds.SecondaryCaptureDeviceManufacturer = MANUFACTURER
    ds.SecondaryCaptureDeviceManufacturerModelName = MODEL
    ds.SecondaryCaptureDeviceSoftwareVersions = software_version()
    ds.DateOfSecondaryCapture, ds.TimeOfSecondaryCapture = day(made_at), clock(made_at)


def _source(image: ImageReference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class_uid, image.sop_uid
    if image.frames:
        item.ReferencedFrameNumber = list(image.frames)
    item.PurposeOfReferenceCodeSequence = Sequence([code_item(SOURCE_FOR_PROCESSING)])
    return item


def _put_pixels(ds: Dataset, picture: CapturedPicture) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.Rows, ds.Columns = picture.rows, picture.columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    if picture.spacing_mm is not None:
        ds.PixelSpacing = [decimal(mm) for mm in picture.spacing_mm]
    ds.PixelData = picture.rgb + b"\0" * (len(picture.rgb) % 2)
