"""The kinds of objects that are no images, and how each is read and shown."""

from __future__ import annotations

from app.dicom.read.objects.attributes import read_attributes
from app.dicom.read.objects.encapsulated import read_cda, read_pdf
from app.dicom.read.objects.loader import ObjectLoader
from app.dicom.read.objects.presentation_state import read_presentation
from app.dicom.read.objects.segmentation import read_labels
from app.dicom.read.objects.structure_set import read_structures
from app.dicom.read.objects.structured_report import read_report
from app.dicom.read.objects.summary import (
    presentation_summary,
    report_summary,
    segments_summary,
    structures_summary,
)
from app.dicom.read.objects.waveform import read_waveform
from app.domain.object_kind import ObjectKind
from app.objects.pages import presentation_page, report_page, segments_page, structures_page

LOADERS: tuple[ObjectLoader, ...] = (
    ObjectLoader(
        ObjectKind.SEGMENTATION,
        read_labels,
        page=lambda found, _: segments_page(found),
        summary=segments_summary,
    ),
    ObjectLoader(
        ObjectKind.STRUCTURE_SET,
        read_structures,
        page=lambda found, _: structures_page(found),
        summary=structures_summary,
    ),
    ObjectLoader(
        ObjectKind.PRESENTATION_STATE,
        read_presentation,
        page=lambda found, here: presentation_page(found, here(found.reference)),
        summary=presentation_summary,
    ),
    ObjectLoader(
        ObjectKind.KEY_OBJECTS,
        read_report,
        page=lambda found, here: report_page(found, here(found.reference)),
        summary=report_summary,
    ),
    ObjectLoader(
        ObjectKind.STRUCTURED_REPORT,
        read_report,
        page=lambda found, here: report_page(found, here(found.reference)),
        summary=report_summary,
    ),
    ObjectLoader(ObjectKind.PDF, read_pdf),
    ObjectLoader(ObjectKind.CLINICAL_DOCUMENT, read_cda),
    ObjectLoader(ObjectKind.WAVEFORM, read_waveform),
    ObjectLoader(ObjectKind.ATTRIBUTES, read_attributes),
)
