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
from app.domain.coding import Code
from app.domain.layers import ImageReference
from app.domain.picture import CapturedPicture
from app.domain.provenance import derived_uid
from app.errors import BadInput

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
MULTI_FRAME_CAPTURE = "1.2.840.10008.5.1.4.1.1.7.4"
_RESAMPLING = Code("113085", "DCM", "Spatial resampling")
_DERIVATION = "Screen of the workstation, 8 bits; true values are those of the sources"
#: a picture, and the images that it shows
Shown = tuple[CapturedPicture, SequenceOf[ImageReference]]


def write_secondary_capture(
    path: Path,
    pictures: SequenceOf[Shown],
    header: SourceHeader,
    *,
    description: str,
    burned_in: bool,
    is_lossy: bool,
    made_at: datetime,
    series_uid: str,
    series_number: int,
    number: int = 1,
) -> str:
    """Write pictures of one size, several as the frames of one object; returns its SOP Instance UID.

    `burned_in`: it can be read in the pixels who the patient is.  `is_lossy`: a shown image has lost detail
    before.  `BadInput` where there is no picture, one is not whole or of another size.
    """
    _require_whole(pictures)
    several = len(pictures) > 1
    sop_uid = capture_uid(series_uid, number)
    sop_class = MULTI_FRAME_CAPTURE if several else SECONDARY_CAPTURE
    ds = composite(header, sop_class_uid=sop_class, sop_uid=sop_uid)
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
    named = dict.fromkeys(image for _, shown in pictures for image in shown)
    ds.SourceImageSequence = Sequence([_source(one) for one in named])
    ds.BurnedInAnnotation = "YES" if burned_in else "NO"
    ds.LossyImageCompression = "01" if is_lossy else "00"
    if is_lossy:
        ds.LossyImageCompressionRatio = header.lossy_ratio or "1"
        ds.LossyImageCompressionMethod = header.lossy_method or "ISO_10918_1"
    ds.ContributingEquipmentSequence = Sequence([contribution(None)])
    _put_pixels(ds, [picture for picture, _ in pictures])
    if several:
        _put_frames(ds, pictures)
    save(path, ds)
    return sop_uid


def capture_uid(series_uid: str, number: int) -> str:
    """The SOP Instance UID of the capture of a number in its series."""
    return derived_uid("secondary-capture", series_uid, str(number))


def _require_whole(pictures: SequenceOf[Shown]) -> None:
    if not pictures:
        raise BadInput("There is no picture.")
    if any(len(one.rgb) != one.rows * one.columns * 3 for one, _ in pictures):
        raise BadInput("The picture is not whole.")
    if len({(one.rows, one.columns) for one, _ in pictures}) > 1:
        raise BadInput("The pictures are not of one size.")


def _put_frames(ds: Dataset, pictures: SequenceOf[Shown]) -> None:
    """Frames as pages (PS3.3 C.8.6.3), each with the images that it shows (C.7.6.16.2.6)."""
    ds.NumberOfFrames = len(pictures)
    ds.FrameIncrementPointer = 0x00182001
    ds.PageNumberVector = [str(n) for n in range(1, len(pictures) + 1)]
    ds.SharedFunctionalGroupsSequence = Sequence([Dataset()])
    frames = []
    for _, shown in pictures:
        derivation = Dataset()
        derivation.DerivationDescription = _DERIVATION
        derivation.DerivationCodeSequence = Sequence([code_item(_RESAMPLING)])
        derivation.SourceImageSequence = Sequence([_source(one) for one in shown])
        frame = Dataset()
        frame.DerivationImageSequence = Sequence([derivation])
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)


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


def _put_pixels(ds: Dataset, pictures: SequenceOf[CapturedPicture]) -> None:
    first, rgb = pictures[0], b"".join(one.rgb for one in pictures)
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.Rows, ds.Columns = first.rows, first.columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    if len(pictures) == 1 and first.spacing_mm is not None:
        ds.PixelSpacing = [decimal(mm) for mm in first.spacing_mm]
    ds.PixelData = rgb + b"\0" * (len(rgb) % 2)
