"""Measurements and key images of a report as DICOM objects."""

from __future__ import annotations

from pathlib import Path

from app.domain.anchor import source_image
from app.domain.provenance import ReviewState
from app.domain.report import Report
from app.exporters import ReportContent, ReportExporter


def _is_coded(report: Report) -> bool:
    """It has a measurement or a coded finding that is no machine's draft."""
    reviews = {one.review for one in report.measurements} | {one.review for one in report.findings}
    return ReviewState.ACCEPTED in reviews


def _has_key_images(report: Report) -> bool:
    return bool(report.key_images)


def _has_captures(report: Report) -> bool:
    return any(source_image(key.anchor) is None for key in report.key_images)


def _write_measurements(path: Path, content: ReportContent) -> None:
    from app.dicom.write.measurement_report import write_measurement_report  # not when the window starts

    organization = content.letterhead.hospital
    write_measurement_report(path, content.report, content.sources, organization=organization)


def _write_key_images(path: Path, content: ReportContent) -> None:
    from app.dicom.write.key_objects import write_key_objects  # not when the window starts

    write_key_objects(path, content.report, content.sources)


def _write_captures(path: Path, content: ReportContent) -> None:
    from app.dicom.write.key_captures import write_key_captures  # not when the window starts

    write_key_captures(path, content.report, content.pictures, content.sources)


EXPORTERS = (
    ReportExporter("sr", "report", ".sr.dcm", _write_measurements, _is_coded),
    ReportExporter("key-objects", "key-objects", ".dcm", _write_key_images, _has_key_images),
    ReportExporter("key-captures", "key-captures", ".dcm", _write_captures, _has_captures),
)
