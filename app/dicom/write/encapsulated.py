"""Encapsulated PDF (PS3.3 A.45.1)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.composite import code_item, composite, put_equipment, save
from app.domain.coding import Code
from app.domain.provenance import derived_uid
from app.domain.report import Report, ReportState
from app.errors import BadInput

ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
#: LOINC "Diagnostic imaging study"
DIAGNOSTIC_IMAGING = Code("18748-4", "LN", "Diagnostic imaging study")
_SERIES_NUMBER = 9930


def write_encapsulated_pdf(
    path: Path, pdf: bytes, report: Report, header: SourceHeader, *, title: str = ""
) -> str:
    """Write the printed report as an object of its study; returns its SOP Instance UID."""
    if not pdf.startswith(b"%PDF-"):
        raise BadInput("The printed report is not a PDF file ({found} bytes).", found=len(pdf))
    title = title or ("影像诊断报告" if report.language.startswith("zh") else "Diagnostic imaging report")
    sop_uid = derived_uid("encapsulated-pdf", *edition(report))
    ds = composite(header, sop_class_uid=ENCAPSULATED_PDF, sop_uid=sop_uid)
    put_equipment(ds)
    at = report_moment(report)
    ds.Modality = "DOC"
    ds.SeriesInstanceUID = derived_uid("encapsulated-pdf-series", report.report_id)
    ds.SeriesNumber = _SERIES_NUMBER
    ds.SeriesDescription = title[:64]
    ds.ConversionType = "WSD"
    ds.InstanceNumber = report.version
    ds.ContentDate, ds.ContentTime = day(at), clock(at)
    ds.AcquisitionDateTime = day(at) + clock(at)
    ds.BurnedInAnnotation = "YES"
    ds.DocumentTitle = title
    ds.VerificationFlag = "VERIFIED" if report.state is ReportState.FINAL else "UNVERIFIED"
    ds.ConceptNameCodeSequence = Sequence([code_item(DIAGNOSTIC_IMAGING)])
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.EncapsulatedDocumentLength = len(pdf)
    ds.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    save(path, ds)
    return sop_uid


def edition(report: Report) -> tuple[str, ...]:
    """What makes one edition of a report: an object of another edition has another UID."""
    return (
        report.report_id,
        str(report.version),
        str(report.revision),
        report.state.value,
        *(s.person_id for s in report.signatures),
    )


def report_moment(report: Report) -> datetime:
    """When the report got its present content: its last signature, else its last edit; in the station's local
    time.
    """
    signed = [signature.signed_at for signature in report.signatures]
    at = max(signed) if signed else report.updated_at or report.created_at or report.header.study_at
    if at is None:
        raise BadInput("The report has no date.")
    return at.astimezone() if at.tzinfo is not None else at


def day(at: datetime) -> str:
    """DA."""
    return at.strftime("%Y%m%d")


def clock(at: datetime) -> str:
    """TM, whole seconds."""
    return at.strftime("%H%M%S")
