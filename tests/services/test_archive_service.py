"""Import, browse, load: the archive of a station."""

from __future__ import annotations

import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from app.archive.service import ArchiveService
from app.domain.person import Actor, Role
from app.domain.study import FlowState, FlowStep, Patient, StudyFilter
from app.errors import Cancelled, NotAllowed, NotFound
from app.imaging.store import ImageStore
from app.reading.service import ReadingService
from app.session.station import Station
from tests.support.small_study import GRID, PATIENT, values, write_small_study


def test_importing_twice_adds_nothing(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """3.1.1: what is here byte for byte is counted as known."""
    write_small_study(tmp_path / "dicom")
    first = station.get(ArchiveService).import_paths(doctor, [tmp_path / "dicom"])
    again = station.get(ArchiveService).import_paths(doctor, [tmp_path / "dicom"])
    assert (first.added, first.known) == (GRID.shape[0], 0)
    assert (again.added, again.known) == (0, GRID.shape[0])
    assert len(station.get(ArchiveService).studies(doctor)) == 1


def test_original_bytes_are_kept(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """3.1.4: a source object is never altered."""
    _, series = write_small_study(tmp_path / "dicom")
    station.get(ArchiveService).import_paths(doctor, [tmp_path / "dicom"])
    originals = {path.read_bytes() for path in (tmp_path / "dicom").iterdir()}
    kept = {
        station.folder.objects.path_of(i.sha256).read_bytes()
        for i in station.get(ArchiveService).instances(doctor, series.series_uid)
    }
    assert kept == originals


def test_a_zip_with_strange_files_gives_images_and_notices(
    station: Station, doctor: Actor, tmp_path: Path
) -> None:
    """Bad files become counted notices with reasons, never a stop."""
    write_small_study(tmp_path / "dicom")
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as archive:
        for path in (tmp_path / "dicom").iterdir():
            archive.write(path, f"DICOM/{path.name}")
        archive.writestr("DICOM/readme.txt", "no image")
        whole = next(iter((tmp_path / "dicom").iterdir())).read_bytes()
        archive.writestr("DICOM/cut.dcm", whole[: len(whole) // 3])
    summary = station.get(ArchiveService).import_paths(doctor, [tmp_path / "given.zip"])
    assert summary.added == GRID.shape[0]
    assert {Path(notice.path).name for notice in summary.notices} >= {"readme.txt", "cut.dcm"}
    (told,) = station.get(ArchiveService).notices(doctor)
    assert (told.import_id, told.notices) == (summary.import_id, summary.notices)


def test_a_chinese_name_is_found_however_it_is_typed(station: Station, doctor: Actor, study_uid: str) -> None:
    """The study browser finds parts of names, pinyin, initials, numbers."""
    for text in ("小明", "王", "王小明", "wangxiaoming", "wxm", "T0042", "胸部", "Xiaoming"):
        assert [
            row.study.study_uid for row in station.get(ArchiveService).studies(doctor, StudyFilter(text))
        ] == [study_uid], text
    assert station.get(ArchiveService).studies(doctor, StudyFilter("李小明")) == []


def test_voxels_arrive_as_they_were_written(station: Station, doctor: Actor, study_uid: str) -> None:
    """What the viewers show is what the file holds: HU, order, geometry."""
    series = station.get(ArchiveService).series(doctor, study_uid)[0]
    with station.get(ReadingService).acquire(doctor, series.series_uid)[1] as lease:
        lease.wait()
        assert np.array_equal(lease.volume.at(), values()[::-1]), "from head to feet"
        last = GRID.shape[0] - 1
        assert np.allclose(lease.volume.grid.to_lps((0, 3, 4)), GRID.to_lps((last, 3, 4)))
        assert lease.volume.details["KVP"] == "120"


def test_a_series_is_in_memory_once_for_all_who_look_at_it(
    station: Station, doctor: Actor, study_uid: str
) -> None:
    """As it was written; opened again it is there at once, and the technique with it."""
    reading, images = station.get(ReadingService), station.get(ImageStore)
    uid = station.get(ArchiveService).series(doctor, study_uid)[0].series_uid
    series, one = reading.acquire(doctor, uid)
    one.wait()
    assert (series.series_uid, images.held) == (uid, 1)
    assert np.array_equal(one.volume.at(), values()[::-1])
    one.release()
    with reading.acquire(doctor, uid)[1] as again:
        assert again.job.ended
        assert again.volume.voxels.complete
        assert again.volume.details["KVP"] == "120"
        taken = again.volume.voxels.array.nbytes
        assert images.statistics.held_bytes == taken
    assert (images.held, images.statistics.hits, images.statistics.misses) == (0, 1, 1)
    assert images.statistics.images == 1


def test_flow_and_priors(station: Station, doctor: Actor, study_uid: str, tmp_path: Path) -> None:
    """3.3a and 3.3.1a: acquisition is done, and an earlier study of the same patient is a prior."""
    write_small_study(tmp_path / "other", "earlier")
    write_small_study(tmp_path / "stranger", "stranger", patient=Patient("T0099", PATIENT.name))
    station.get(ArchiveService).import_paths(doctor, [tmp_path / "other", tmp_path / "stranger"])
    row = next(r for r in station.get(ArchiveService).studies(doctor) if r.study.study_uid == study_uid)
    assert row.n_priors == 1
    assert {f.step: f.state for f in row.flow}[FlowStep.ACQUISITION] is FlowState.DONE
    assert len(station.get(ArchiveService).priors(doctor, study_uid)) == 1


def test_cancel_keeps_what_was_committed(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Every long work can be stopped; nothing half-written stays."""
    write_small_study(tmp_path / "dicom")
    with pytest.raises(Cancelled):
        station.get(ArchiveService).import_paths(doctor, [tmp_path / "dicom"], cancelled=lambda: True)
    for row in station.get(ArchiveService).studies(doctor):
        for series in station.get(ArchiveService).series(doctor, row.study.study_uid):
            assert all(
                station.folder.objects.path_of(i.sha256).is_file()
                for i in station.get(ArchiveService).instances(doctor, series.series_uid)
            )
    station.get(ArchiveService).import_paths(doctor, [tmp_path / "dicom"])
    assert station.get(ArchiveService).studies(doctor)[0].study.n_instances == GRID.shape[0]


def test_an_import_that_ends_early_is_on_record_and_one_lost_file_stops_nothing(
    station: Station, doctor: Actor, tmp_path: Path
) -> None:
    """Bad input: a file that went away after it was looked at is a notice; a cancelled import has its notices
    and its audit rows.
    """
    write_small_study(tmp_path / "dicom")
    (tmp_path / "dicom" / "readme.txt").write_text("no image")
    lost = sorted((tmp_path / "dicom").glob("*.dcm"))[3]
    lost_bytes = lost.read_bytes()
    summary = station.get(ArchiveService).import_paths(
        doctor, [tmp_path / "dicom"], progress=lambda f, d=0, t=0: lost.unlink(missing_ok=True)
    )
    assert summary.added == GRID.shape[0] - 1
    assert {n.path for n in summary.notices} == {lost.name, "readme.txt"}
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(True)
        return len(asked) > 4

    lost.write_bytes(lost_bytes)
    with pytest.raises(Cancelled):
        station.get(ArchiveService).import_paths(
            doctor, [tmp_path / "dicom", tmp_path / "dicom"], cancelled=cancelled
        )
    with station.folder.database.read() as tx:
        assert [e.outcome for e in tx.audit.rows(action="study.import")] == ["cancelled", "done", "begun"]
    assert list((station.folder.path / "temp").iterdir()) == []


@pytest.mark.usefixtures("impatient")
def test_work_in_the_background_outlasts_a_locked_database(
    station: Station, doctor: Actor, tmp_path: Path
) -> None:
    """Bad input, locked database: an import waits longer than a person would, heeds a cancel while it waits,
    and then goes through.
    """
    write_small_study(tmp_path / "dicom")
    with closing(sqlite3.connect(station.folder.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waited = threading.Event()
        stopped = station.get(ArchiveService).start_import(doctor, [tmp_path / "dicom"])
        stopped.changed.connect(lambda job: waited.set() if job.fraction == 1 else None)
        assert waited.wait(30)
        stopped.cancel()
        with pytest.raises(Cancelled):
            stopped.wait(30)
        through = station.get(ArchiveService).start_import(doctor, [tmp_path / "dicom"])
        with pytest.raises(TimeoutError):
            through.wait(1.5)
        other.execute("ROLLBACK")
    assert through.wait(30).added == GRID.shape[0]


def test_a_lost_picture_is_made_again(station: Station, doctor: Actor, study_uid: str) -> None:
    """A power cut may take a picture that its row names: the list does not stay without it."""
    series = station.get(ArchiveService).series(doctor, study_uid)[0]
    first = station.get(ArchiveService).thumbnail(doctor, series.series_uid)
    with station.folder.database.read() as tx:
        kept = tx.studies.thumbnail(series.series_uid)
    assert kept is not None
    station.folder.objects.path_of(kept).unlink()
    assert station.get(ArchiveService).thumbnail(doctor, series.series_uid) == first
    assert station.folder.objects.path_of(kept).is_file()


def test_rights_are_checked_in_the_service(station: Station, tmp_path: Path) -> None:
    """Widgets only hide what services refuse."""
    nobody = Actor("x", "nobody", frozenset())
    administrator = Actor("y", "admin", frozenset({Role.ADMINISTRATOR}))
    for actor in (nobody, administrator):
        with pytest.raises(NotAllowed):
            station.get(ArchiveService).import_paths(actor, [tmp_path])
        with pytest.raises(NotAllowed):
            station.get(ArchiveService).studies(actor)


def test_what_is_not_here_is_named(station: Station, doctor: Actor) -> None:
    """A clear message names the thing."""
    with pytest.raises(NotFound, match=r"1\.2\.3"):
        station.get(ArchiveService).study(doctor, "1.2.3")
