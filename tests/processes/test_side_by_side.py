"""An import goes on while a series is opened, and one series is decoded by two children."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import JPEGLSLossless, RLELossless

from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.folder_index import ScannedFile, scan
from app.dicom.read.loader import ImageLoader
from app.domain.display_set import DisplaySet
from app.domain.study import Notice
from app.domain.volume import Volume
from app.errors import BadInput, Cancelled
from app.jobs import never_cancelled, no_progress
from app.processes.dicom import DicomProcesses, dicom_pool
from app.processes.limits import DECODER, MIB, Limits
from app.processes.turns import Priority
from tests.dicom import dicom_objects as objects
from tests.support.leased_objects import FilesByAddress

ENTRIES = 2000


@pytest.fixture(params=[1, 2], ids=["one child", "two children"])
def processes(request: pytest.FixtureRequest) -> Iterator[DicomProcesses]:
    with DicomProcesses(dicom_pool(size=request.param), dicom_pool(DECODER, request.param)) as pools:
        yield pools


def indexed(processes: DicomProcesses, folder: Path) -> tuple[DisplaySet, FilesByAddress]:
    found = scan([folder], parsers=processes.parsers, workdir=folder, priority=Priority.INTERACTIVE)
    taken = [one for one in found if isinstance(one, ScannedFile)]
    paths = {one.sha256: one.path for one in taken}
    series = taken[0].series
    facts = [unpack_facts(one.documents.facts) for one in taken]
    held = display_sets(facts, study_uid=series.study_uid, series_uid=series.series_uid)
    return held.sets[0], FilesByAddress(paths)


def compressed(folder: Path, syntax: str, slices: int) -> None:
    """The series of `objects.written`, encoded."""
    for path in objects.written(folder, slices)[0]:
        data = dcmread(path)
        data.compress(syntax, generate_instance_uid=False)
        data.save_as(path)


def test_what_a_reader_waits_for_comes_next(processes: DicomProcesses, tmp_path: Path) -> None:
    """Asked for before the filling begins, or while it goes on: from there outwards, and all in the end."""
    compressed(tmp_path / "ct", RLELossless, 80)
    found, stored_at = indexed(processes, tmp_path / "ct")
    loader = ImageLoader(processes.decoders)
    asked, aimed = loader.open_volume(found, stored_at)
    aimed.aim(70)
    seen: list[set[int]] = []
    aimed.run(progress=lambda *_: seen.append(_ready(asked)), cancelled=never_cancelled)
    assert 70 in seen[0]
    assert seen[-1] == set(range(80))
    if processes.decoders.size > 1:  # one child is told between two reports: all of these come in one
        later, filling = loader.open_volume(found, stored_at)
        seen.clear()

        def report(*_: object) -> None:
            filling.aim(0)
            seen.append(_ready(later))

        filling.run(progress=report, cancelled=never_cancelled)
        first = next(ready for ready in seen if 0 in ready)
        assert not first & set(range(60, 80)), "the filling began in the middle and went down first"
        assert seen[-1] == set(range(80))
        assert np.array_equal(later.at(), asked.at())
        later.voxels.close()
    asked.voxels.close()


def _ready(volume: Volume) -> set[int]:
    return {int(s) for s in np.flatnonzero(volume.voxels.ready[0])}


def archive_of(path: Path, entries: int) -> None:
    with zipfile.ZipFile(path, "w") as out:
        for n in range(entries):
            out.writestr(f"{n:05d}.dcm", objects.part10(objects.identity(n) + objects.image()))


def test_a_series_opens_while_an_archive_is_imported(processes: DicomProcesses, tmp_path: Path) -> None:
    """The import has done some and waits for what is opened; with one child as with two. All of it is
    taken.
    """
    (tmp_path / "work").mkdir()
    archive_of(tmp_path / "many.zip", ENTRIES)
    objects.written(tmp_path / "ct", 12)
    begun, opened = threading.Event(), threading.Event()
    taken: list[ScannedFile | Notice] = []

    def take() -> None:
        found = scan([tmp_path / "many.zip"], parsers=processes.parsers, workdir=tmp_path / "work")
        for one in found:
            taken.append(one)
            if len(taken) == ENTRIES // 10:
                begun.set()
            if len(taken) == ENTRIES - ENTRIES // 10:
                assert opened.wait(60)

    importing = threading.Thread(target=take)
    importing.start()
    try:
        assert begun.wait(60)
        series, stored_at = indexed(processes, tmp_path / "ct")
        volume, task = ImageLoader(processes.decoders).open_volume(series, stored_at)
        task.run(progress=no_progress, cancelled=never_cancelled)
        assert importing.is_alive()
        assert np.array_equal(volume.at(), objects.values(12)[::-1])
        volume.voxels.close()
    finally:
        opened.set()
        importing.join()
    assert len({one.sha256 for one in taken if isinstance(one, ScannedFile)}) == ENTRIES == len(taken)


def test_only_the_entry_that_ends_the_child_is_blamed(tmp_path: Path) -> None:
    """180 MiB of data set in a small entry, in the middle of a step."""
    body = objects.identity(9) + objects.element(0x00091010, "OB", b"\0" * (180 * MIB))
    (tmp_path / "work").mkdir()
    archive_of(tmp_path / "some.zip", 40)
    with zipfile.ZipFile(tmp_path / "some.zip", "a") as out:
        out.writestr("heavy.dcm", objects.part10(objects.deflated(body), objects.DEFLATED))
        for n in range(40, 50):
            out.writestr(f"{n:05d}.dcm", objects.part10(objects.identity(n) + objects.image()))
    pool = dicom_pool(Limits(silence_s=20.0, resident_bytes=150 * MIB), 1)
    try:
        found = list(scan([tmp_path / "some.zip"], parsers=pool, workdir=tmp_path / "work"))
    finally:
        pool.close()
    names = [one.display_path for one in found if isinstance(one, ScannedFile)]
    assert names == [f"some.zip/{n:05d}.dcm" for n in range(50)]
    (notice,) = [one for one in found if isinstance(one, Notice)]
    assert notice.path == "some.zip/heavy.dcm"


def test_an_archive_that_went_away_is_one_notice(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    archive_of(tmp_path / "gone.zip", 300)
    pool = dicom_pool(size=1)
    try:
        found = scan([tmp_path / "gone.zip"], parsers=pool, workdir=tmp_path / "work")
        first = next(found)
        (tmp_path / "gone.zip").unlink()
        rest = list(found)
    finally:
        pool.close()
    assert isinstance(first, ScannedFile)
    (notice,) = [one for one in rest if isinstance(one, Notice)]
    assert notice.path == "gone.zip"
    assert len(rest) < 300


@pytest.mark.parametrize("syntax", [JPEGLSLossless, RLELossless])
def test_compressed_series_are_whole(processes: DicomProcesses, tmp_path: Path, syntax: str) -> None:
    """Whoever decodes: the asked slice first, slices told of when they are ready, all values there."""
    compressed(tmp_path, syntax, 60)
    series, stored_at = indexed(processes, tmp_path)
    assert series.frames[0].is_compressed
    volume, task = ImageLoader(processes.decoders).open_volume(series, stored_at, first=40)
    told: list[int] = []

    def look(_: float, done: int = 0, total: int = 0) -> None:
        told.append(done)
        assert volume.voxels.ready[0, 40], "the asked slice comes first"
        assert np.count_nonzero(volume.voxels.ready[0]) >= done, "what is told of is ready"

    assert task.run(progress=look, cancelled=never_cancelled) == 60
    assert told == sorted(told)
    assert told[-1] == 60
    assert np.array_equal(volume.at(), objects.values(60)[::-1])
    assert len(processes.decoders.pids) == processes.decoders.size
    volume.voxels.close()


def test_uncompressed_series_need_one_child(tmp_path: Path) -> None:
    objects.written(tmp_path, 30)
    with DicomProcesses() as processes:
        series, stored_at = indexed(processes, tmp_path)
        volume, task = ImageLoader(processes.decoders).open_volume(series, stored_at)
        task.run(progress=no_progress, cancelled=never_cancelled)
        assert not series.frames[0].is_compressed
        assert volume.voxels.complete
        assert len(processes.decoders.pids) == 1
        volume.voxels.close()


def test_a_damaged_slice_ends_the_load_in_words(processes: DicomProcesses, tmp_path: Path) -> None:
    """Whichever child meets it; no child is kept."""
    compressed(tmp_path, RLELossless, 60)
    series, stored_at = indexed(processes, tmp_path)
    stored_at.paths[series.frames[5].sha256].unlink()
    volume, task = ImageLoader(processes.decoders).open_volume(series, stored_at)
    with pytest.raises(BadInput, match="CT"):
        task.run(progress=no_progress, cancelled=never_cancelled)
    with pytest.raises(Cancelled):
        task.run(progress=no_progress, cancelled=volume.voxels.ready.any)
    assert not any(thread.name == "decoding" for thread in threading.enumerate())
    volume.voxels.close()


def test_two_series_share_one_child(tmp_path: Path) -> None:
    """The second is whole although the first was there before it: neither holds the child to its end."""
    compressed(tmp_path / "long", JPEGLSLossless, 400)
    objects.written(tmp_path / "short", 4)
    with DicomProcesses(decoders=dicom_pool(DECODER, 1)) as processes:
        long, short = (
            ImageLoader(processes.decoders).open_volume(*indexed(processes, tmp_path / name))
            for name in ("long", "short")
        )
        first = threading.Event()
        loading = threading.Thread(
            target=long[1].run,
            kwargs={
                "progress": lambda fraction, done=0, total=0: wait_for_the_second(),
                "cancelled": never_cancelled,
            },
        )

        def wait_for_the_second() -> None:
            if not first.is_set():
                first.set()
                while not processes.decoders.others_wait(Priority.INTERACTIVE):
                    threading.Event().wait(0.005)

        loading.start()
        assert first.wait(60)
        short[1].run(progress=no_progress, cancelled=never_cancelled)
        assert short[0].voxels.complete
        assert not long[0].voxels.complete
        loading.join()
        assert long[0].voxels.complete
        for volume, _ in (long, short):
            volume.voxels.close()
