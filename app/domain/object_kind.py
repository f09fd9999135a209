"""What an object opens as, by its SOP Class."""

from __future__ import annotations

from enum import StrEnum

_STORAGE = "1.2.840.10008.5.1.4.1.1."


class ObjectKind(StrEnum):
    """What a person gets to see of an object.  The titles are translation keys."""

    SEGMENTATION = "Segmentation"
    STRUCTURE_SET = "Structure set"
    PRESENTATION_STATE = "Presentation state"
    KEY_OBJECTS = "Key object selection"
    STRUCTURED_REPORT = "Structured report"
    PDF = "PDF document"
    CLINICAL_DOCUMENT = "Clinical document"
    WAVEFORM = "Waveform"
    ATTRIBUTES = "Attributes of the object"
    RAW_DATA = "Raw data of the scanner"
    SPECTRA = "Spectra"

    @property
    def is_report(self) -> bool:
        """A content tree, whose marks are shown over images."""
        return self in (ObjectKind.KEY_OBJECTS, ObjectKind.STRUCTURED_REPORT)


_KINDS = {
    "66": ObjectKind.RAW_DATA,
    "4.2": ObjectKind.SPECTRA,
    "66.4": ObjectKind.SEGMENTATION,
    "66.7": ObjectKind.SEGMENTATION,
    "481.3": ObjectKind.STRUCTURE_SET,
    "11.1": ObjectKind.PRESENTATION_STATE,
    "11.2": ObjectKind.PRESENTATION_STATE,
    "11.3": ObjectKind.PRESENTATION_STATE,
    "11.5": ObjectKind.PRESENTATION_STATE,
    "88.59": ObjectKind.KEY_OBJECTS,
    "104.1": ObjectKind.PDF,
    "104.2": ObjectKind.CLINICAL_DOCUMENT,
}
_FAMILIES = {"88": ObjectKind.STRUCTURED_REPORT, "9": ObjectKind.WAVEFORM}


def object_kind(sop_class_uid: str) -> ObjectKind:
    """Kind of an object that is no image; of any class that is not known, a page of its attributes."""
    if not sop_class_uid.startswith(_STORAGE):
        return ObjectKind.ATTRIBUTES
    rest = sop_class_uid.removeprefix(_STORAGE)
    return _KINDS.get(rest) or _FAMILIES.get(rest.split(".")[0]) or ObjectKind.ATTRIBUTES
