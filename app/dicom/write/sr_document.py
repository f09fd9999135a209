"""What measurement reports and key object selections have in common."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader, SourceImage
from app.dicom.write.composite import UTF8, contribution, put_patient_and_study
from app.domain.provenance import derived_uid
from app.errors import BadInput


def find_image(sources: SequenceOf[SourceHeader], sop_uid: str) -> tuple[SourceHeader, SourceImage]:
    """The source of an image and the image."""
    for header in sources:
        for image in header.images:
            if image.sop_uid == sop_uid:
                return header, image
    raise BadInput("The report refers to an image that is not in the study.")


def first_source(sources: SequenceOf[SourceHeader]) -> SourceHeader:
    """The source whose patient and study stand in the document."""
    if not sources:
        raise BadInput("The report names no images of its study.")
    return sources[0]


def settle_document(ds: Dataset, header: SourceHeader, sop_uid: str) -> None:
    """Patient and study as in the other objects; no clock, no random UID."""
    ds.SpecificCharacterSet = UTF8
    put_patient_and_study(ds, header)
    for keyword in ("InstanceCreationDate", "InstanceCreationTime", "InstanceCreatorUID"):
        if keyword in ds:
            delattr(ds, keyword)
    ds.ContributingEquipmentSequence = Sequence([contribution(None)])
    _observation_uids(ds, sop_uid)


def _observation_uids(ds: Dataset, sop_uid: str) -> None:
    for number, item in enumerate(_content(ds)):
        if "ObservationUID" in item:
            item.ObservationUID = derived_uid("observation", sop_uid, str(number))


def _content(ds: Dataset) -> list[Dataset]:
    found = []
    pending = list(reversed(ds.get("ContentSequence", [])))
    while pending:
        item = pending.pop()
        found.append(item)
        pending.extend(reversed(item.get("ContentSequence", [])))
    return found
