"""Series that are larger than the memory for images: opened, whole, right, and never all in memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.dicom.read.image_source import ObjectImages
from app.dicom.read.loader import ImageLoader
from app.domain import blocks
from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.file_blocks import BlockFiles
from app.imaging.memory import window_of
from app.imaging.store import ImageStore, Lease
from app.jobs import JobRunner
from app.processes.dicom import DicomProcesses
from app.processes.limits import MIB
from tests.dicom.test_volume_loading import indexed
from tests.support.leased_objects import FilesByAddress
from tests.support.many_slices import ManySlices, write_many_slices

COUNT, SIDE = 100, 384
BUDGET = 20 * MIB

pytestmark = pytest.mark.skipif(not blocks.FOLDER.is_dir(), reason="no /dev/shm here")


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> tuple[DisplaySet, FilesByAddress]:
    """100 slices of 384², 28 MiB of values."""
    folder = tmp_path_factory.mktemp("many")
    write_many_slices(folder / "dicom", ManySlices(COUNT, SIDE))
    with DicomProcesses() as processes:
        return indexed(processes, folder / "dicom", folder)


@pytest.fixture
def store(series: tuple[DisplaySet, FilesByAddress], tmp_path: Path) -> Iterator[ImageStore]:
    jobs, window = JobRunner(), window_of(BUDGET)
    with DicomProcesses() as processes:
        files = BlockFiles(tmp_path / "images", window)
        made = ImageStore(
            ObjectImages(ImageLoader(processes.decoders), series[1], files), jobs, BUDGET, window
        )
        yield made
        jobs.close()
        made.close()
    assert list(files.folder.glob("*")) == []


def _shared_bytes() -> int:
    """What this process has mapped of files and of shared memory."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * os.sysconf("SC_PAGE_SIZE")


def test_all_slices_are_right_and_few_are_in_memory(
    store: ImageStore, series: tuple[DisplaySet, FilesByAddress]
) -> None:
    """Through all slices twice: never more of them in the process than what is left for files."""
    truth = ManySlices(COUNT, SIDE)
    with store.acquire(series[0]) as lease:
        volume = lease.volume
        assert volume.voxels.ready.sum() < COUNT or lease.job.ended
        lease.wait()
        before, most = _shared_bytes(), 0
        for s in [*range(COUNT), *reversed(range(COUNT))]:
            assert np.array_equal(volume.at()[s], truth[s]), s
            most = max(most, _shared_bytes() - before)
        found = store.statistics
        assert found.file_bytes == COUNT * SIDE * SIDE * 2 > BUDGET
        assert found.held_bytes <= BUDGET
        assert most <= 2 * window_of(BUDGET), f"{most / MIB:.1f} MiB"


def test_what_is_on_the_screen_stays_beside_many_others(
    store: ImageStore, series: tuple[DisplaySet, FilesByAddress]
) -> None:
    """A lease is held while parts of the series are opened one after the other, in memory and in files."""
    truth, found = ManySlices(COUNT, SIDE), series[0]
    parts = [_part(found, first, first + 40) for first in range(0, COUNT - 39, 15)]
    held: list[Lease] = [store.acquire(found), store.acquire(parts[0])]
    for lease in held:
        lease.wait()
    for part in parts[1:]:
        with store.acquire(part) as lease:
            lease.wait()
            assert np.array_equal(lease.volume.at()[39], truth[int(part.display_set_id) + 39])
        assert store.statistics.held_bytes <= BUDGET
    for lease in held:
        assert all(np.array_equal(one, truth[s]) for s, one in enumerate(lease.volume.at()))
        lease.release()


def _part(found: DisplaySet, first: int, end: int) -> DisplaySet:
    """Some slices of a series as a display set of their own."""
    assert found.geometry is not None
    grid = found.geometry.grid
    origin = grid.to_lps((first, 0, 0))
    part = replace(grid, shape=(end - first, *grid.shape[1:]), origin_mm=tuple(float(x) for x in origin))
    places = tuple(row[first:end] for row in found.geometry.places)
    geometry = replace(found.geometry, grid=part, places=places)
    return replace(found, geometry=geometry, display_set_id=DisplaySetId(str(first)))
