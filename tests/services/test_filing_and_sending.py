"""Filing results whole, giving files out whole, secrets at rest, the outbox without a person."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from app.analysis.service import AnalysisService
from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.demo.directory import SYSTEM, demo_directory
from app.demo.people import demo_people
from app.demo.run import clear
from app.directory.service import DirectoryService
from app.directory.settings import DirectorySettings
from app.domain.person import Actor, Role
from app.domain.provenance import ReviewState
from app.domain.report import Section, SectionKind, Text
from app.domain.study import StudyFilter
from app.errors import Cancelled, FilesThere, Refused, Unavailable
from app.people.service import PeopleService
from app.ports import InferenceEngine
from app.reading.service import ReadingService
from app.reporting.service import ReportService
from app.session.station import Station
from app.storage import layout
from app.storage.files import written_together
from tests.services.conftest import Staff
from tests.services.test_directory_service import _final, _settle

LUNGS = "ct/lungs-classical"


def _blocks() -> set[str]:
    return {p.name for p in Path("/dev/shm").glob(f"yingshu-*-{os.getpid()}-*")}


def test_a_cancel_while_filing_leaves_neither_objects_nor_a_result(
    station: Station, doctor: Actor, study_uid: str
) -> None:
    """5.3.3: objects, result, flow step and audit row are one transaction; a discarded result run again is
    unconfirmed, audited.
    """
    series = station.get(ArchiveService).series(doctor, study_uid)[0]
    _, lease = station.get(ReadingService).acquire_volume(doctor, series.series_uid)
    volume = lease.volume
    lease.wait()
    before = _blocks()
    try:
        plan = station.get(AnalysisService).plan(doctor, volume, LUNGS)
        reached: list[float] = []

        def progress(fraction: float, done: int = 0, total: int = 0) -> None:
            reached.append(fraction)

        with pytest.raises(Cancelled):
            station.get(AnalysisService).run(
                doctor,
                volume,
                plan,
                study_uid,
                progress=progress,
                cancelled=lambda: bool(reached) and reached[-1] >= 0.95,
            )
        assert reached[-1] >= 0.95
        assert [s.series_uid for s in station.get(ArchiveService).series(doctor, study_uid)] == [
            series.series_uid
        ]
        assert station.get(AnalysisService).results(doctor, study_uid) == ()
        first = station.get(AnalysisService).run(doctor, volume, plan, study_uid)
        station.get(AnalysisService).review(doctor, first.result_id, ReviewState.DISCARDED)
        again = station.get(AnalysisService).run(doctor, volume, plan, study_uid)
        assert (again.result_id, again.review) == (first.result_id, ReviewState.UNCONFIRMED)
        with station.folder.database.read() as tx:
            runs = tx.audit.rows(action="analysis.run")
            assert [e.outcome for e in runs] == ["done", "done"]
            assert tx.audit.verify().ok
    finally:
        lease.release()
    assert _blocks() <= before


@pytest.mark.usefixtures("impatient")
def test_a_run_that_fails_says_why_though_its_row_cannot_be_written(
    station: Station, doctor: Actor, study_uid: str
) -> None:
    """The worker has ended and another program holds the database: the end of the worker is what is told."""
    series = station.get(ArchiveService).series(doctor, study_uid)[0]
    _, lease = station.get(ReadingService).acquire_volume(doctor, series.series_uid)
    with lease:
        lease.wait()
        plan = station.get(AnalysisService).plan(doctor, lease.volume, LUNGS)
        station.get(InferenceEngine).close()
        with closing(sqlite3.connect(station.folder.database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable) as told:
                station.get(AnalysisService).run(doctor, lease.volume, plan, study_uid)
            other.execute("ROLLBACK")
    assert "locked" not in str(told.value)


def test_files_are_given_out_all_or_none(tmp_path: Path) -> None:
    """A write that fails half-way leaves the folder as it was, or not there; a good one leaves no temporary
    name.
    """
    out = tmp_path / "new" / "given"
    with pytest.raises(Unavailable):
        _give(out, {"report.pdf": b"half"}, Unavailable("The disk is full."))
    assert not (tmp_path / "new").exists()
    _give(out, {"report.pdf": b"old"})
    with pytest.raises(Cancelled):
        _give(out, {"report.pdf": b"new", "report.cda.xml": b"new"}, Cancelled())
    with pytest.raises(FilesThere, match=r"report\.pdf"):
        _give(out, {"report.pdf": b"new", "report.cda.xml": b"new"}, overwrite=False)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {"report.pdf": b"old"}


def _give(
    out: Path, files: Mapping[str, bytes], failure: Exception | None = None, *, overwrite: bool = True
) -> None:
    with written_together(out, overwrite=overwrite) as stage:
        for name, data in files.items():
            (stage / name).write_bytes(data)
        if failure is not None:
            raise failure


def test_nobody_signs_what_was_edited_elsewhere_meanwhile(
    station: Station, staff: Staff, study_uid: str
) -> None:
    """3.3.3: the export of a report is audited before its files have names; one report for a study however
    often it is opened.
    """
    author = staff.actors[Role.REPORTING]
    report = station.get(ReportService).open(author, study_uid)
    assert station.get(ReportService).open(author, study_uid) == report
    words = {SectionKind.FINDINGS: "双肺未见异常密度影。", SectionKind.IMPRESSION: "未见明显异常。"}
    sections = tuple(
        Section(s.kind, (Text(words[s.kind]),)) if s.kind in words else s for s in report.sections
    )
    station.get(ReportService).save(author, replace(report, sections=sections))

    class _EditedMeanwhile:
        """The author's key, whose use takes as long as somebody else's edit."""

        public_base64 = staff.keys[Role.REPORTING].public_base64
        person_id = author.person_id

        def sign(self, content: str) -> str:
            found = station.get(ReportService).find(author, study_uid)
            assert found is not None
            station.get(ReportService).save(author, replace(found, language=found.language))
            return staff.keys[Role.REPORTING].sign(content)

    with pytest.raises(Refused):
        station.get(ReportService).sign(author, report.report_id, _EditedMeanwhile())  # type: ignore[arg-type]
    found = station.get(ReportService).find(author, study_uid)
    assert found is not None
    assert found.state == "draft"


def test_the_directory_password_is_sealed_at_rest(tmp_path: Path) -> None:
    """GB/T 22239 8.1.4.8: no plain password in the database; its key is readable by its owner alone; an old
    row is sealed.
    """
    home = tmp_path / "home"
    with open_station(home, language="en") as station:
        station.settings.set(SYSTEM, DirectorySettings(account="county", password="Sesam-öffne-dich-1"))
    assert (home / "settings.key").stat().st_mode & 0o777 == 0o600
    held = b"".join(p.read_bytes() for p in (home / "database").rglob("*") if p.is_file())
    assert b"Sesam" not in held
    with open_station(home, language="en") as station:
        assert station.settings.get(DirectorySettings).password == "Sesam-öffne-dich-1"
        with station.folder.database.write() as tx:
            tx.settings.set("directory", {"account": "county", "password": "old-plain-7"})
    with open_station(home, language="en") as station:
        assert station.settings.get(DirectorySettings).password == "old-plain-7"
    db = sqlite3.connect(home / "database" / layout.DATABASE_FILE)
    assert "old-plain" not in str(db.execute("SELECT document FROM setting").fetchall())
    db.close()
    (home / "settings.key").unlink()
    with open_station(home, language="en") as station:
        assert station.settings.get(DirectorySettings).password == ""


def test_the_outbox_is_sent_without_a_person_when_the_county_is_back(
    station: Station, staff: Staff, study_uid: str, tmp_path: Path
) -> None:
    """4.4.2: the station sends by itself what a cataloguer has registered; nothing twice."""
    cataloguer = staff.actors[Role.CATALOGUING]
    _final(station, staff, study_uid)
    _settle(station, None)
    assert (
        not station.get(DirectoryService)
        .register(cataloguer, study_uid, station.get(DirectoryService).propose(cataloguer, study_uid))
        .sent
    )
    assert station.get(DirectoryService).send_unattended() == 0
    with demo_directory(tmp_path / "directory") as directory:
        _settle(station, directory)
        assert station.get(DirectoryService).send_unattended() == 1
        assert station.get(DirectoryService).send_unattended() == 0
    assert len(station.get(DirectoryService).identifiers(cataloguer, study_uid)) == 1


def test_the_demo_keeps_away_from_a_real_station(station: Station, tmp_path: Path) -> None:
    """The demo neither takes over a station's people nor its directory address; its passwords are its owner's
    alone to read.
    """
    station.get(PeopleService).add_first("chief", "主任", "Passwort-77")
    with pytest.raises(Refused):
        demo_people(station, tmp_path)
    with open_station(tmp_path / "demo", language="zh") as demo:
        made = demo_people(demo, tmp_path / "demo")
        assert demo_people(demo, tmp_path / "demo") == made
    assert (tmp_path / "demo" / "demo-people.json").stat().st_mode & 0o777 == 0o600


def test_the_main_job_clears_its_own_files_only(tmp_path: Path) -> None:
    """What somebody else keeps in the results' folder stays."""
    for name in ("screens/01.png", "screens/notes.txt", "denoised/0001.dcm", "mine.pdf", "report.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    clear(tmp_path)
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == {"screens/notes.txt", "mine.pdf"}


def test_an_export_of_result_objects_is_audited_and_needs_its_right(
    station: Station, staff: Staff, doctor: Actor, study_uid: str, tmp_path: Path
) -> None:
    """A cataloguer reads, and carries no images out of the station; file names hold no UID and no name."""
    series = station.get(ArchiveService).series(doctor, study_uid)[0]
    _, lease = station.get(ReadingService).acquire_volume(doctor, series.series_uid)
    volume = lease.volume
    try:
        lease.wait()
        result = station.get(AnalysisService).run(
            doctor, volume, station.get(AnalysisService).plan(doctor, volume, LUNGS), study_uid
        )
    finally:
        lease.release()
    with pytest.raises(Refused):
        station.get(AnalysisService).export(staff.actors[Role.CATALOGUING], result, tmp_path / "out")
    (given,) = station.get(AnalysisService).export(doctor, result, tmp_path / "out")
    study = station.get(ArchiveService).study(doctor, study_uid)
    assert given.name == f"{study.accession_number}_{study.started_at:%Y%m%d}_segmentation_0001.dcm"
    assert os.listdir(tmp_path / "out") == [given.name]
    with station.folder.database.read() as tx:
        assert [e.outcome for e in tx.audit.rows(action="result.export")] == ["done"]
    assert station.get(ArchiveService).studies(doctor, StudyFilter())
