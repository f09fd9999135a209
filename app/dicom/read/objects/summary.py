"""What an object that lies over images is called, how much it holds, and what it lies over: its header
only, but for reports, whose marks are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.dicom.read.header import Header
from app.dicom.read.objects.opening import object_header
from app.dicom.read.objects.presentation_state import presentation_reference, presentation_title
from app.dicom.read.objects.report_marks import marks_of
from app.dicom.read.objects.segmentation import named_reference
from app.dicom.read.objects.structure_set import structure_reference
from app.domain.layers import SpatialReference
from app.domain.object_kind import ObjectKind, object_kind

_COUNTED = {
    ObjectKind.SEGMENTATION: 0x00620002,
    ObjectKind.STRUCTURE_SET: 0x30060020,
    ObjectKind.PRESENTATION_STATE: 0x00700001,
}
_REFERENCES = {
    ObjectKind.SEGMENTATION: named_reference,
    ObjectKind.STRUCTURE_SET: structure_reference,
    ObjectKind.PRESENTATION_STATE: presentation_reference,
}


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """Title, number of segments, structures or annotations, and what they lie over."""

    title: str
    count: int
    reference: SpatialReference


def read_summary(path: Path, name: str) -> LayerSummary | None:
    """None where the object does not lie over images.  Runs in a bounded child."""
    with object_header(path, name) as (header, _):
        kind = object_kind(header.uid(0x00080016))
        if kind in (ObjectKind.STRUCTURED_REPORT, ObjectKind.KEY_OBJECTS):
            return _of_report(header, name)
        if kind not in _COUNTED:
            return None
        title = header.text(0x0008103E) or header.text(0x30060002)
        if kind is ObjectKind.PRESENTATION_STATE:
            title = presentation_title(header)
        held = header.items(_COUNTED[kind])
        if kind is ObjectKind.SEGMENTATION:
            held = [one for one in held if one.short(0x00620004)]  # number 0 is the background of label maps
        return LayerSummary(title, len(held), _REFERENCES[kind](header))


def _of_report(header: Header, name: str) -> LayerSummary | None:
    """None of a report that says nothing of a place."""
    marks = marks_of(header, name)
    title = header.text(0x0008103E) or marks.title
    return LayerSummary(title, marks.count, marks.reference) if marks.count else None
