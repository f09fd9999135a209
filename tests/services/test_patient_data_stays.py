"""A patient's name and number are in the archive and in what is given out on purpose; not in logs, file names
or a defect's text.
"""

from __future__ import annotations

import logging
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.directory.service import DirectoryService
from app.domain.person import Role
from app.domain.report import Section, SectionKind, Text
from app.domain.study import Patient, StudyFilter
from app.errors import Refused, Unavailable, UserError
from app.jobs import Job
from app.logs import without_values
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from tests.services.conftest import Staff
from tests.services.test_directory_service import _settle
from tests.support.small_study import write_small_study

#: name (in both scripts), number and birth date of the patient, as they may be written
CANARY = ("Kanarienvogel", "金丝雀", "CANARY4711", "19310201", "1931-02-01")
_PATIENT = Patient(
    "CANARY4711", "Kanarienvogel^Jin=金^丝雀", birth_date=datetime(1931, 2, 1, tzinfo=UTC).date(), sex="F"
)


def _ended(job: Job[Any]) -> Exception | None:
    try:
        job.wait(60)
    except Exception as error:  # noqa: BLE001
        return error
    return None


def test_no_log_and_no_file_name_tells_the_patient(staff: Staff, tmp_path: Path) -> None:
    """GB/T 35273, requirements 3.3.1b: import, a failed one, a search, a report, its export and defects that
    quote the patient.
    """
    home, out = tmp_path / "home", tmp_path / "out"
    with open_station(staff.copy_to(home), language="zh") as station:
        author, reviewer = staff.actors[Role.REPORTING], staff.actors[Role.REVIEWING]
        study, _ = write_small_study(tmp_path / "in" / "金丝雀 CANARY4711", "canary", patient=_PATIENT)
        source = next((tmp_path / "in").rglob("*.dcm"))
        bad = tmp_path / "bad" / "Kanarienvogel"
        bad.mkdir(parents=True)
        (bad / "金丝雀.dcm").write_bytes(source.read_bytes()[:900])
        (bad / "CANARY4711.zip").write_bytes(b"PK\x03\x04 no archive")
        with zipfile.ZipFile(bad / "Kanarienvogel.zip", "w") as archive:
            archive.writestr("金丝雀.dcm", source.read_bytes()[:700])
        for folder in (tmp_path / "in", tmp_path / "bad"):
            assert _ended(station.get(ArchiveService).start_import(author, [folder])) is None
        assert [
            row.study.study_uid for row in station.get(ArchiveService).studies(author, StudyFilter("金丝雀"))
        ] == [study.study_uid]
        _settle(station, None)
        with pytest.raises(Unavailable):
            station.get(DirectoryService).search(
                staff.actors[Role.CATALOGUING], "金丝雀 CANARY4711", "county"
            )

        report = station.get(ReportService).open(author, study.study_uid)
        words = {
            SectionKind.FINDINGS: "金丝雀：双肺未见异常密度影。",
            SectionKind.IMPRESSION: "未见明显异常。",
        }
        sections = tuple(
            Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
        )
        report = station.get(ReportService).save(author, replace(report, sections=sections))
        with pytest.raises(Refused):
            station.get(ReportService).save(author, replace(report, revision=0))
        station.get(ReportService).sign(author, report.report_id, staff.keys[Role.REPORTING])
        station.get(ReportService).approve(reviewer, report.report_id, staff.keys[Role.REVIEWING])
        station.get(ReportOutput).export(reviewer, report.report_id, out)

        def quotes(*, progress: Any, cancelled: Any) -> None:
            try:
                int(CANARY[0])
            except ValueError as error:
                raise KeyError(CANARY[2]) from error

        def twice(*, progress: Any, cancelled: Any) -> None:
            with station.folder.database.write() as tx:
                columns = "study_uid, patient_id, patient_name, imported_at"
                for _ in range(2):
                    tx.connection.exec_driver_sql(
                        f"INSERT INTO study ({columns}) VALUES (?, ?, ?, '')", ("1.2", CANARY[2], CANARY[1])
                    )

        assert isinstance(_ended(station.jobs.submit("a defect", quotes)), KeyError)
        assert isinstance(_ended(station.jobs.submit("金丝雀", twice)), IntegrityError)
        logging.getLogger("httpx").info("HTTP Request: GET http://county/search?q=金丝雀")
    log = (home / "logs" / "yingshu.log").read_text(encoding="utf-8")
    assert log.count("failed by a defect") == 2, "the log was written"
    assert "KeyError" in log
    assert "ValueError" in log
    assert "test_patient_data_stays.py" in log, "where it happened is told"
    places = [str(p.relative_to(tmp_path)) for folder in (home, out) for p in folder.rglob("*")]
    for canary in CANARY:
        assert canary not in log
        assert not [p for p in places if canary in p]
    with open_station(home, language="zh") as again, again.folder.database.read() as tx:
        audit = str(tx.audit.rows(1000))
    assert not [canary for canary in CANARY if canary in audit]


def test_an_error_without_its_words_still_says_what_and_where() -> None:
    """What a person passes on to the maker: kinds, causes, places, the template of a refusal, no value."""

    def parse() -> None:
        int(CANARY[0])

    def open_file() -> None:
        try:
            parse()
        except ValueError as error:
            raise UserError("The file {name} is odd.", name=CANARY[1]) from error

    with pytest.raises(UserError) as met:
        open_file()
    told = without_values(met.value)
    assert "The file {name} is odd." in told
    assert "ValueError" in told
    assert "in parse" in told
    assert not [
        canary
        for canary in CANARY
        if canary in told.replace("int(CANARY[0])", "").replace('name="金丝雀"', "")
    ]
