"""What the header said is kept at import; one UID for two things keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from sqlalchemy import text

from app.archive.kept_contents import KeptContents, SeriesContents
from app.archive.service import ArchiveService
from app.dicom.read.facts_document import FORM, pack_facts, unpack_facts
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.image_source import ObjectImages
from app.dicom.read.loader import ImageLoader
from app.domain.display_set import SeriesDisplaySets
from app.domain.file_blocks import BlockFiles
from app.domain.person import Actor
from app.errors import Unavailable
from app.imaging.memory import window_of
from app.imaging.store import ImageStore
from app.jobs import JobRunner
from app.processes.dicom import DicomProcesses
from app.processes.limits import GIB
from app.reading.service import ReadingService
from app.session.station import Station
from app.storage.folder import DataFolder
from tests.dicom.dicom_objects import written
from tests.support.archive_rows import a_series, a_study
from tests.support.real_data import real_data
from tests.support.small_study import write_small_study
from tests.support.stacks import frame_of, stack_of


@pytest.fixture
def services(station: Station) -> Iterator[tuple[ArchiveService, ReadingService, DicomProcesses]]:
    """Archive and reading over the station's folder, with processes of their own."""
    folder: DataFolder = station.folder
    jobs = JobRunner()
    with DicomProcesses() as processes:
        archive = ArchiveService(folder, jobs, processes)
        files = BlockFiles(folder.images, window_of(GIB))
        images = ImageStore(ObjectImages(ImageLoader(processes.decoders), archive, files), jobs, GIB)
        yield archive, ReadingService(archive, images), processes
        jobs.close()
        images.close()


def test_opening_reads_no_header(
    services: tuple[ArchiveService, ReadingService, DicomProcesses], doctor: Actor, study_uid: str
) -> None:
    """All parsers have ended: whatever asks one of them is refused."""
    archive, reading, processes = services
    series = archive.series(doctor, study_uid)[0]
    processes.parsers.close()
    with reading.acquire(doctor, series.series_uid)[1] as lease:
        lease.wait()
        assert lease.volume.voxels.complete
        assert lease.volume.details["KVP"] == "120"
        assert len(archive.source(doctor, series.series_uid).images) == len(lease.volume.sop_uids)


def test_objects_of_an_earlier_version_are_read_once(
    services: tuple[ArchiveService, ReadingService, DicomProcesses],
    station: Station,
    doctor: Actor,
    study_uid: str,
) -> None:
    """Without facts, or with facts of another form: the first opening reads and keeps them."""
    archive, _, processes = services
    series = archive.series(doctor, study_uid)[0]
    before = archive.display_sets(doctor, series.series_uid)
    with station.folder.database.write() as tx:
        tx.connection.execute(text("UPDATE object_facts SET form = 0"))
        one = text("DELETE FROM object_facts WHERE sop_uid = (SELECT min(sop_uid) FROM object_facts)")
        tx.connection.execute(one)
    later = ArchiveService(station.folder, station.jobs, processes)  # as after a restart
    assert later.display_sets(doctor, series.series_uid) == before
    with station.folder.database.read() as tx:
        assert {kept.form for kept in tx.facts.of_series(series.series_uid).values()} == {FORM}
    processes.parsers.close()
    later = ArchiveService(station.folder, station.jobs, processes)
    assert later.display_sets(doctor, series.series_uid) == before


def test_opening_again_builds_nothing(
    services: tuple[ArchiveService, ReadingService, DicomProcesses],
    station: Station,
    doctor: Actor,
    tmp_path: Path,
) -> None:
    """What a series holds is built once, and anew when an import has added to it."""
    archive, _, _ = services
    paths, _ = written(tmp_path / "ct", 6)
    uid = archive.series(doctor, archive.import_paths(doctor, paths[:4]).studies[0])[0].series_uid
    four = archive.display_sets(doctor, uid)
    assert archive.display_sets(doctor, uid) is four
    archive.import_paths(doctor, paths[:4])
    assert archive.display_sets(doctor, uid) is four, "nothing was added"
    archive.import_paths(doctor, paths[4:])
    six = archive.display_sets(doctor, uid)
    assert [len(held.sets[0].frames) for held in (four, six)] == [4, 6]


def test_contents_are_kept_up_to_so_many_frames() -> None:
    """The series that was asked for longest ago goes first; a large one stays alone."""
    kept = KeptContents(most_frames=10)
    for name, frames in (("1.1", 4), ("1.2", 5)):
        kept.put(_contents(name, frames))
    assert kept.get(_contents("1.1", 4).series) is not None
    assert kept.get(replace(_contents("1.1", 4).series, n_instances=5)) is None, "it has another object"
    kept.put(_contents("1.3", 3))
    assert [kept.get(_contents(name, 0).series) is not None for name in ("1.1", "1.2", "1.3")] == [
        True,
        False,
        True,
    ]
    kept.put(_contents("1.4", 99))
    assert [kept.get(_contents(name, 0).series) is not None for name in ("1.1", "1.3", "1.4")] == [
        False,
        False,
        True,
    ]


def _contents(uid: str, frames: int) -> SeriesContents:
    pixels = np.zeros((2, 2), np.uint16)
    stack = stack_of([pixels] * frames, [frame_of(pixels, n) for n in range(frames)], uid=uid)
    return SeriesContents(a_series(a_study(), uid), SeriesDisplaySets((stack.display_set,)), None)


def test_an_object_that_is_gone_costs_itself(
    services: tuple[ArchiveService, ReadingService, DicomProcesses],
    station: Station,
    doctor: Actor,
    study_uid: str,
) -> None:
    archive, _, _ = services
    series = archive.series(doctor, study_uid)[0]
    instances = archive.instances(doctor, series.series_uid)
    with station.folder.database.write() as tx:
        tx.connection.execute(text("DELETE FROM object_facts"))
    station.folder.objects.path_of(instances[0].sha256).unlink()
    held = archive.display_sets(doctor, series.series_uid)
    assert len(held.sets[0].frames) == len(instances) - 1
    assert [len(left.sop_uids) for left in held.left_out] == [1]
    assert archive.display_sets(doctor, series.series_uid) is not held, "it may be there the next time"


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    """Every kind of object: what is kept is what was read."""
    with DicomProcesses() as processes:
        folders = [real_data(name) for name in ("odd_cases", "dicom_kinds/highdicom", "mr_vendors/hyperfine")]
        taken = [
            one
            for one in scan(folders, parsers=processes.parsers, workdir=tmp_path)
            if isinstance(one, ScannedFile)
        ]
    assert len(taken) > 150
    for one in taken:
        facts = unpack_facts(one.documents.facts)
        assert facts.sop_uid == one.instance.sop_uid
        assert unpack_facts(pack_facts(facts)) == facts


def test_one_series_uid_of_two_patients(station: Station, doctor: Actor) -> None:
    """Never mixed: two studies, both readable, a notice; importing again adds nothing."""
    folder = real_data("odd_cases") / "same_series_two_patients"
    summary = station.get(ArchiveService).import_paths(doctor, [folder])
    assert (summary.added, len(summary.studies)) == (6, 2)
    assert [notice.reason for notice in summary.notices] == ["uid-twice"]
    patients = set()
    for uid in summary.studies:
        (series,) = station.get(ArchiveService).series(doctor, uid)
        _, lease = station.get(ReadingService).acquire_volume(doctor, series.series_uid)
        lease.wait()
        volume = lease.volume
        assert volume.grid.shape[0] == 3
        stored = {dcmread(f).SOPInstanceUID: dcmread(f) for f in sorted(folder.glob("*.dcm"))}
        patients.add(stored[volume.sop_uids[0]].PatientID)
        assert len({stored[one].PatientID for one in volume.sop_uids}) == 1
        lease.release()
    assert len(patients) == 2
    again = station.get(ArchiveService).import_paths(doctor, [folder])
    assert (again.added, again.known) == (0, 6)


def test_one_study_uid_of_two_patients(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """A study that another patient's files name is another study here."""
    write_small_study(tmp_path / "one")
    for n, path in enumerate(sorted((tmp_path / "one").rglob("*.dcm"))):
        ds = dcmread(path)
        ds.PatientID, ds.PatientName = "SOMEBODY-ELSE", "Wu^Ren"
        ds.SeriesInstanceUID += ".7"
        ds.SOPInstanceUID += ".7"
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        (tmp_path / "two").mkdir(exist_ok=True)
        ds.save_as(tmp_path / "two" / f"{n}.dcm")
    first = station.get(ArchiveService).import_paths(doctor, [tmp_path / "one"])
    second = station.get(ArchiveService).import_paths(doctor, [tmp_path / "two"])
    assert first.studies != second.studies
    ids = [
        station.get(ArchiveService).study(doctor, uid).patient.patient_id
        for uid in (*first.studies, *second.studies)
    ]
    assert len(set(ids)) == 2
    assert station.get(ArchiveService).study(doctor, second.studies[0]).dicom_uid == first.studies[0]


def test_one_object_uid_with_two_contents(station: Station, doctor: Actor, tmp_path: Path) -> None:
    """Both are kept and can be seen: the second at the same place as an image of its own."""
    paths, _ = written(tmp_path / "ct", 6)
    ds = dcmread(paths[2])
    ds.PixelData = np.full((30, 37), 77, np.int16).tobytes()
    ds.save_as(tmp_path / "other.dcm")
    summary = station.get(ArchiveService).import_paths(doctor, [tmp_path / "ct", tmp_path / "other.dcm"])
    assert summary.added == 7
    assert [notice.reason for notice in summary.notices] == ["uid-twice"]
    (series,) = station.get(ArchiveService).series(doctor, summary.studies[0])
    held = station.get(ArchiveService).display_sets(doctor, series.series_uid)
    assert [len(one.frames) for one in held.sets] == [6, 1]
    assert held.sets[0].frames[3].sop_uid == held.sets[1].frames[0].sop_uid


def test_closed_parsers_refuse(services: tuple[ArchiveService, ReadingService, DicomProcesses]) -> None:
    """The measure of the tests above: a closed pool takes no call."""
    processes = services[2]
    processes.parsers.close()
    with pytest.raises(Unavailable):
        processes.parsers.call(len, (), about="x")
