"""The disk is full: for each act the place, what is needed and what is left are told; nothing half-written
stays; then it goes on.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.analysis.service import AnalysisService
from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.domain.person import Role
from app.domain.report import Report, Section, SectionKind, Text
from app.errors import Unavailable
from app.reading.service import ReadingService
from app.reporting.output import ReportOutput
from app.reporting.service import ReportService
from app.session.station import Station
from tests.services.test_directory_service import _final
from tests.support.homes import StudyHome
from tests.support.small_disk import fill, small_disk
from tests.support.small_study import GRID, write_small_study

LUNGS, DENOISE = "ct/lungs-classical", "ct/red-unet"


def _counts(station: Station) -> tuple[int, ...]:
    with station.folder.database.read() as tx:
        tables = ("study", "series", "instance", "result", "report", "annotation_layer")
        return tuple(
            tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0 for table in tables
        )


def test_a_full_disk_is_told_and_everything_goes_on_when_there_is_room(
    study_home: StudyHome, tmp_path: Path
) -> None:
    """Bad input, full disk: import, archive import, derived images, segmentation, export, autosave."""
    write_small_study(tmp_path / "other", "other")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for path in (tmp_path / "other").iterdir():
            archive.write(path, path.name)
    author, reviewer, study_uid = (
        study_home.actors[Role.REPORTING],
        study_home.actors[Role.REVIEWING],
        study_home.study_uid,
    )
    with small_disk(tmp_path / "disk", "12m") as disk:
        with open_station(study_home.copy_to(disk / "home"), language="en") as station:
            _final(station, study_home, study_uid)
            before, temp = _counts(station), disk / "home" / "temp"
            objects = set(station.folder.objects)
            said = r"The disk that holds .*disk.* is full: \d+\.\d MB are needed, \d+\.\d MB are left"

            filler = fill(disk, leave=60_000)
            for given in ("other", "other.zip"):
                with pytest.raises(Unavailable, match=said):
                    station.get(ArchiveService).import_paths(author, [tmp_path / given])
                assert (_counts(station), list(temp.iterdir())) == (before, [])
            assert set(station.folder.objects) == objects

            report_id = station.get(ReportService).find(author, study_uid).report_id  # type: ignore[union-attr]
            fill(disk, leave=20_000)
            with pytest.raises(Unavailable) as told:
                station.get(ReportOutput).export(reviewer, report_id, disk / "out" / "new")
            assert "disk/out/new is full" in str(told.value)
            assert not (disk / "out").exists()
            (disk / "given").mkdir()
            (disk / "given" / "report.pdf").write_bytes(b"of yesterday")
            with pytest.raises(Unavailable, match=r"disk/given is full"):
                station.get(ReportOutput).export(reviewer, report_id, disk / "given")
            assert [(p.name, p.read_bytes()) for p in (disk / "given").iterdir()] == [
                ("report.pdf", b"of yesterday")
            ]

            series = station.get(ArchiveService).series(author, study_uid)[0]
            _, lease = station.get(ReadingService).acquire_volume(author, series.series_uid)
            volume = lease.volume
            try:
                lease.wait()
                plan = station.get(AnalysisService).plan(author, volume, LUNGS)
                ran: list[float] = []
                with pytest.raises(Unavailable, match=r"disk.* is full"):
                    station.get(AnalysisService).run(
                        author, volume, plan, study_uid, progress=lambda f, d=0, t=0: ran.append(f)
                    )
                assert ran, "a segmentation's size is not known before"
                with pytest.raises(Unavailable, match=said):  # images' is: it is told before minutes of work
                    station.get(AnalysisService).run(
                        author,
                        volume,
                        replace(plan, method_id=DENOISE),
                        study_uid,
                        progress=lambda f, d=0, t=0: pytest.fail("it ran"),
                    )
                assert (_counts(station), list(temp.iterdir())) == (before, [])

                filler.unlink()
                other = station.get(ArchiveService).import_paths(author, [tmp_path / "other.zip"])
                assert other.added == GRID.shape[0]
                draft = station.get(ReportService).open(author, other.studies[0])
                kept = station.get(ReportService).save(author, _with(draft, "First words."))
                fill(disk)
                with pytest.raises(Unavailable, match=r"disk.* is full"):
                    station.get(ReportService).save(author, _with(kept, "Much more. " * 300_000))
                assert station.get(ReportService).find(author, other.studies[0]) == kept
                filler.unlink()
                assert (
                    station.get(ReportService).save(author, _with(kept, "More words.")).revision
                    == kept.revision + 1
                )
                assert (
                    station.get(AnalysisService).run(author, volume, plan, study_uid).study_uid == study_uid
                )
                assert (
                    station.get(ReportOutput)
                    .export(reviewer, report_id, disk / "given")
                    .files["pdf"]
                    .read_bytes()[:4]
                    == b"%PDF"
                )
            finally:
                lease.release()
            with station.folder.database.read() as tx:
                assert tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                assert tx.audit.verify().ok
                outcomes = [event.outcome for event in tx.audit.rows(action="study.import")]
                assert outcomes == ["done", "begun", "failed", "failed", "done", "begun"]
                assert set(station.folder.objects) == tx.studies.known_objects()
            assert not [name for name in os.listdir(disk / "given") if name.endswith(".part")]
        fill(disk)
        with pytest.raises(Unavailable, match=r"disk.* is full"), open_station(disk / "home", language="en"):
            pass
        filler.unlink()
        with open_station(disk / "home", language="en") as station:
            assert len(station.get(ArchiveService).studies(author)) == 2


def _with(report: Report, words: str) -> Report:
    sections = tuple(
        Section(s.kind, (Text(words),)) if s.kind is SectionKind.FINDINGS else s for s in report.sections
    )
    return replace(report, sections=sections)


def test_a_place_that_cannot_be_a_folder_is_told(tmp_path: Path) -> None:
    """A file in the way, a name too long: words, not a defect."""
    from app.storage.files import written_together

    (tmp_path / "file").write_bytes(b"x")
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        with pytest.raises(Unavailable, match="cannot be written"), written_together(out, overwrite=True):
            pass
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
