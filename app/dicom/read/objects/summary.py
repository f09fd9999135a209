"""What an object that lies over images is called, how much it holds, and what it lies over: its header
only, but for reports, whose marks are counted.  All of it runs in bounded children.
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


@dataclass(frozen=True, slots=True)
class LayerSummary:
    """Title, number of segments, structures or annotations, and what they lie over."""

    title: str
    count: int
    reference: SpatialReference


def segments_summary(path: Path, name: str) -> LayerSummary:
    """Of a segmentation."""
    with object_header(path, name) as (header, _):
        # number 0 is the background of label maps
        held = [one for one in header.items(0x00620002) if one.short(0x00620004)]
        return LayerSummary(_title(header), len(held), named_reference(header))


def structures_summary(path: Path, name: str) -> LayerSummary:
    """Of a structure set."""
    with object_header(path, name) as (header, _):
        return LayerSummary(_title(header), len(header.items(0x30060020)), structure_reference(header))


def presentation_summary(path: Path, name: str) -> LayerSummary:
    """Of a presentation state."""
    with object_header(path, name) as (header, _):
        count = len(header.items(0x00700001))
        return LayerSummary(presentation_title(header), count, presentation_reference(header))


def report_summary(path: Path, name: str) -> LayerSummary | None:
    """Of a structured report or key object selection; None of one that says nothing of a place."""
    with object_header(path, name) as (header, _):
        marks = marks_of(header, name)
        title = header.text(0x0008103E) or marks.title
        return LayerSummary(title, marks.count, marks.reference) if marks.count else None


def _title(header: Header) -> str:
    return header.text(0x0008103E) or header.text(0x30060002)
