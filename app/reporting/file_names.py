"""Names of the files that a report is given out as."""

from __future__ import annotations

from app.domain.file_names import study_stem
from app.domain.report import Report


def export_stem(report: Report) -> str:
    """``ACC123_20261118_v2``: the study, its day (else the report's), and the report's version; an addendum
    is named by the version that it adds to.
    """
    header = report.header
    study = study_stem(
        header.patient,
        header.study_uid,
        accession_number=header.accession_number,
        study_id=header.study_id,
        day=header.study_at or report.updated_at,
    )
    if report.is_addendum and report.parent is not None:
        return f"{study}_v{report.parent.version}_addendum-{report.report_id[:8]}"
    return f"{study}_v{report.version}"
