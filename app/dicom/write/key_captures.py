"""Key images on planes that are no source image, as captures that a key object selection can name."""

from __future__ import annotations

import io
from collections.abc import Mapping
from collections.abc import Sequence as SequenceOf
from pathlib import Path

from PIL import Image
from pydicom.dataset import Dataset

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.composite import composite
from app.dicom.write.encapsulated import report_moment
from app.dicom.write.secondary_capture import (
    MULTI_FRAME_CAPTURE,
    SECONDARY_CAPTURE,
    Shown,
    capture_uid,
    write_secondary_capture,
)
from app.dicom.write.sr_document import first_source
from app.domain.anchor import PlaneAnchor, source_image
from app.domain.key_object import KeyImage
from app.domain.layers import ImageReference
from app.domain.picture import CapturedPicture
from app.domain.provenance import derived_uid
from app.domain.report import Report
from app.domain.study import SopUid
from app.errors import BadInput

_SERIES_NUMBER = 9921
_TITLES = {"zh": "关键图像截图", "en": "Key image captures"}


def captured_keys(report: Report) -> tuple[KeyImage, ...]:
    """Key images on planes through a volume, in their order: none of the study's images shows them."""
    return tuple(key for key in report.key_images if source_image(key.anchor) is None)


def capture_reference(report: Report, header: SourceHeader) -> Dataset:
    """The capture of a report's `captured_keys` as a data set that holds what a reference needs."""
    keys = captured_keys(report)
    several = len(keys) > 1
    sop_class = MULTI_FRAME_CAPTURE if several else SECONDARY_CAPTURE
    ds = composite(header, sop_class_uid=sop_class, sop_uid=capture_uid(_series_uid(report), report.version))
    ds.PatientName = ds.ReferringPhysicianName = ""  # put in as they are afterwards
    ds.Modality = "OT"
    ds.SeriesInstanceUID, ds.SeriesNumber, ds.InstanceNumber = _series_uid(report), _SERIES_NUMBER, 1
    if several:
        ds.NumberOfFrames = len(keys)
    ds.Rows = ds.Columns = 1
    return ds


def write_key_captures(
    path: Path, report: Report, pictures: Mapping[str, bytes], sources: SequenceOf[SourceHeader]
) -> str:
    """Write the pictures (PNG by key id) of `captured_keys` as frames of one object; its SOP Instance UID.

    Frames are of one size: smaller pictures stand in the middle of black.  `BadInput` for a key image without
    a readable picture.
    """
    keys = captured_keys(report)
    images = [_image(pictures, key) for key in keys]
    size = (max(i.width for i in images), max(i.height for i in images)) if images else (0, 0)
    shown: list[Shown] = [
        (_framed(image, size), _sources(key, sources)) for image, key in zip(images, keys, strict=True)
    ]
    return write_secondary_capture(
        path,
        shown,
        first_source(sources),
        description=_TITLES["zh" if report.language.startswith("zh") else "en"],
        burned_in=False,
        is_lossy=any(one.lossy == "01" for one in sources),
        made_at=report_moment(report),
        series_uid=_series_uid(report),
        series_number=_SERIES_NUMBER,
        number=report.version,
    )


def _series_uid(report: Report) -> str:
    return derived_uid("key-captures-series", report.report_id)


def _image(pictures: Mapping[str, bytes], key: KeyImage) -> Image.Image:
    try:
        return Image.open(io.BytesIO(pictures[key.key_id])).convert("RGB")
    except (LookupError, OSError, ValueError) as error:
        raise BadInput("The picture of a key image is missing or damaged.") from error


def _framed(image: Image.Image, size: tuple[int, int]) -> CapturedPicture:
    frame = Image.new("RGB", size)
    frame.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return CapturedPicture(size[1], size[0], frame.tobytes())


def _sources(key: KeyImage, sources: SequenceOf[SourceHeader]) -> list[ImageReference]:
    """The images of the volume that the plane goes through; the nearest where the series is not at hand."""
    anchor = key.anchor
    images = [
        ImageReference(SopUid(image.sop_uid), sop_class_uid=image.sop_class_uid)
        for header in sources
        if header.series_uid == anchor.series_uid
        for image in header.images
    ]
    if images or not isinstance(anchor, PlaneAnchor) or anchor.nearest is None:
        return images
    return [ImageReference(anchor.nearest.sop_uid, sop_class_uid=anchor.nearest.sop_class_uid)]
