"""Names of files that are given out say which study, and never who."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.report import Report
from app.domain.study import Patient
from app.reporting.file_names import export_stem
from tests.reporting.report_samples import chest_report


def _of(accession: str, study_id: str, *, at: datetime | None) -> Report:
    report = chest_report()
    patient = Patient("P-0042", "Wang^Xiaoming=王^小明")
    header = replace(
        report.header, patient=patient, accession_number=accession, study_id=study_id, study_at=at
    )
    return replace(report, header=header, version=2, updated_at=datetime(2026, 11, 21, tzinfo=UTC))


@pytest.mark.parametrize(
    ("accession", "study_id", "named"),
    [
        ("ACC123", "S1", "ACC123"),
        ("", "S1", "S1"),
        ("../a b/c:*?", "S1", "a-b-c"),
        ("Wang Xiaoming", "S1", "S1"),
        ("王小明", "P-0042", ""),
        ("院号 2026/7", "", "院号-2026-7"),
        ("x" * 200, "", "x" * 40),
    ],
)
def test_the_study_is_named_and_nobody_else(accession: str, study_id: str, named: str) -> None:
    """Characters that a file system or a shell reads otherwise are left out; a name there is not taken."""
    report = _of(accession, study_id, at=datetime(2026, 11, 18, 10, 30, tzinfo=UTC))
    study, day, version = export_stem(report).rsplit("_", 2)
    assert (day, version) == ("20261118", "v2")
    assert study == named or (not named and len(study) == 12 and study.isalnum())


def test_a_study_without_a_day_has_the_reports() -> None:
    """A film that was scanned has no study date."""
    assert export_stem(_of("A1", "", at=None)) == "A1_20261121_v2"
