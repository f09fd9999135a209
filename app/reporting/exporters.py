"""The report as a person and another hospital's system read it: PDF, CDA, PDF as a DICOM object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.encapsulated import write_encapsulated_pdf
from app.domain.anchor import FrameAnchor
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.exporters import ReportContent, ReportExporter
from app.reporting.cda import write_cda
from app.storage.files import write_atomically


def _write_pdf(path: Path, content: ReportContent) -> None:
    write_atomically(path, content.pdf)


def _write_cda(path: Path, content: ReportContent) -> None:
    examined = _examined(content.sources)
    made = write_cda(content.report, content.pictures, content.letterhead, examined=examined)
    write_atomically(path, made)


def _write_encapsulated(path: Path, content: ReportContent) -> None:
    write_encapsulated_pdf(path, content.pdf, content.report, content.sources[0])


def _examined(sources: Sequence[SourceHeader]) -> list[FrameAnchor]:
    """The first image of each series that the report rests on."""
    firsts = [(source, source.images[0]) for source in sources if source.images]
    return [
        FrameAnchor(
            StudyUid(source.study_uid),
            SeriesUid(source.series_uid),
            SopUid(image.sop_uid),
            image.sop_class_uid,
            frame_of_reference_uid=source.frame_of_reference_uid,
        )
        for source, image in firsts
    ]


EXPORTERS = (
    ReportExporter("pdf", "report", ".pdf", _write_pdf),
    ReportExporter("cda", "report", ".cda.xml", _write_cda),
    ReportExporter("encapsulated-pdf", "report", ".pdf.dcm", _write_encapsulated),
)
