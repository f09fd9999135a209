"""Series that are larger than the memory for images, in the window: opened, scrolled, cut, rendered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from app.archive.service import ArchiveService
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.geometry import Grid
from app.domain.person import Role
from app.domain.plane_slabs import Slab
from app.domain.presentation import Window
from app.domain.volume import SharedVoxels, Volume
from app.errors import Cancelled
from app.imaging.store import ImageStore
from app.processes.limits import GIB, MIB
from app.viewing.screen import SliceView, ViewportId
from app.viewing.shown_image import shown_image, slice_values
from tests.journeys.conftest import Driver
from tests.support.homes import PreparedHome, StudyHome
from tests.support.many_slices import ManySlices, write_many_slices
from tests.support.screen import AXIAL, CORONAL, PLANES, SAGITTAL, go_to_slice
from tests.support.small_study import GRID, values
from viewers.render.tile import RenderingTile
from widgets.panels.reading.memory_status import MemoryStatus

pytestmark = pytest.mark.window


def _driver(home: Path, prepared: PreparedHome, study_uid: str) -> Iterator[Driver]:
    with open_station(home, language="zh") as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*prepared.logins[Role.REPORTING])
            yield Driver(window, station, prepared.logins, study_uid)
        finally:
            window.close()


@pytest.fixture
def small(study_home: StudyHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """The small study, and less memory for images than it takes."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    monkeypatch.setenv("YINGSHU_STORAGE_IMAGE_MEMORY_GIB", "0.0003")
    yield from _driver(study_home.copy_to(tmp_path / "home"), study_home, study_home.study_uid)
    assert list((tmp_path / "home" / "temp").glob("images/*")) == []


def _see(driver: Driver, viewport_id: ViewportId, index: int) -> np.ndarray:  # type: ignore[type-arg]
    """Scroll to a plane and wait until it is there: its values as they hang."""
    screen = driver.window.session.screen
    go_to_slice(screen, float(index), viewport_id)
    viewport = screen.viewports[viewport_id]
    driver.until(lambda: (at := shown_image(viewport)) is not None and at.ready and at.fraction == 1)
    assert isinstance(viewport.image, Volume)
    assert isinstance(viewport.view, SliceView)
    return slice_values(viewport.image, viewport.view, index)


def test_it_is_read_like_any_other(small: Driver) -> None:
    """Every tenth plane of each direction is right, forwards and backwards; the status tells of the disk."""
    small.open_study()
    session, truth = small.window.session, values()[::-1]  # from the head to the feet
    volume = session.loaded.required
    assert isinstance(volume.voxels, SharedVoxels)
    assert volume.voxels.in_file
    (status,) = small.window.main.findChildren(MemoryStatus)
    small.until(lambda: "磁盘 0.00 GB" in status.text())
    for axis, viewport_id in enumerate(PLANES):
        asked = range(0, GRID.shape[axis], 10)
        for index in (*asked, *reversed(asked)):
            seen = _see(small, viewport_id, index)
            whole = np.take(truth, index, axis)
            assert sorted(seen.shape) == sorted(whole.shape)
            assert np.array_equal(np.sort(seen, axis=None), np.sort(whole, axis=None)), (axis, index)
    assert volume.voxels.planes is not None
    assert volume.voxels.planes.used_bytes <= 2 * volume.voxels.planes.room_bytes
    small.run("study.close")
    small.until(lambda: not small.station.jobs.active)
    assert small.station.get(ImageStore).held == 0
    _starts_without_what_was_left(small, Path(volume.voxels.descriptor.name))


def _starts_without_what_was_left(driver: Driver, file: Path) -> None:
    """Another program that opens the data folder removes the files of one that was killed, and those only."""
    left = file.with_name("-".join([*file.name.split("-")[:3], "1", "1"]))
    left.write_bytes(bytes(8))
    with open_station(driver.station.folder.path, language="zh"):
        assert not left.exists()
        assert file.exists()


def test_the_full_range_is_read_in_the_background(small: Driver) -> None:
    """Of all slices, on another thread; it is a change of the view like any other, and comes too late for
    images that have gone.
    """
    small.open_study()
    session, truth = small.window.session, values()
    viewport = session.screen.viewports[AXIAL]
    small.until(lambda: session.loaded.is_complete)
    session.screen.active = AXIAL
    before = viewport.window
    small.run("window.full")
    assert viewport.window == before, "the window's thread reads no file"
    small.until(lambda: viewport.window != before)
    window = viewport.window
    assert isinstance(window, Window)
    assert (window.low, window.high) == (truth.min(), truth.max())
    small.run("view.undo")
    assert viewport.window == before
    small.run("window.full")
    small.run("study.close")
    small.until(lambda: small.station.get(ImageStore).held == 0)
    assert viewport.window == before


def test_planes_go_on_after_one_was_given_up(small: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A volume that is taken away while its planes are gathered holds up no other's."""
    small.open_study()
    _see(small, CORONAL, 0)
    small.until(lambda: not small.station.jobs.active)
    gather, calls = SharedVoxels.gather, []

    def given_up_first(*args: Any) -> Slab:
        calls.append(args)
        if len(calls) == 1:
            raise Cancelled
        return gather(*args)

    monkeypatch.setattr(SharedVoxels, "gather", given_up_first)
    _see(small, CORONAL, GRID.shape[1] - 1)
    assert len(calls) >= 2
    small.run("study.close")
    small.until(lambda: not small.station.jobs.active)


def test_it_is_closed_while_it_fills_and_while_planes_are_gathered(small: Driver) -> None:
    """Opened and closed at every moment: nothing is told, nothing is held, no file stays at the end."""
    told = len(small.station.notifications.rows)
    for turns in range(0, 60, 6):
        small.run("study.open", small.study_uid)
        small.run("workspace.read")
        for _ in range(turns):
            small.window.process_events(0.002)
        small.run("study.close")
    small.until(lambda: not small.station.jobs.active)
    small.look()
    assert small.station.get(ImageStore).held == 0
    assert len(small.station.notifications.rows) == told


# -- 3,000 slices of 512² -----------------------------------------------------------------------------------


@dataclass
class _Memory:
    """The most that the window and its children take, pages that several share counted once."""

    peak: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        own = psutil.Process()
        while not self._ended.wait(0.1):
            taken = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    taken += process.memory_full_info().pss
                except psutil.Error:  # it has ended
                    continue
            self.peak = max(self.peak, taken)

    def __enter__(self) -> _Memory:
        self._thread = threading.Thread(target=self.watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


@pytest.fixture(scope="module")
def many(people_home: PreparedHome, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, ManySlices]:
    """A data folder with 3,000 slices of 512², 1.5 GiB of values."""
    folder, made = tmp_path_factory.mktemp("many"), ManySlices(3000, 512)
    study, _ = write_many_slices(folder / "dicom", made)
    home = people_home.copy_to(folder / "home")
    with open_station(home, language="zh") as station:
        station.get(ArchiveService).import_paths(people_home.actors[Role.REPORTING], [folder / "dicom"])
    return home, study.study_uid, made


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("budget_gib", "beside_gib"), [(4.0, 0.0), (0.5, 0.75)])
def test_three_thousand_slices(
    people_home: PreparedHome,
    many: tuple[Path, str, ManySlices],
    monkeypatch: pytest.MonkeyPatch,
    budget_gib: float,
    beside_gib: float,
) -> None:
    """All slices right, planes of all directions, the rendering: the window and all its children take no more
    than the budget in addition, and where that is small what the rendering takes (its process with two
    blocks, copies on the way there) and the worker of the methods.
    """
    home, study_uid, truth = many
    monkeypatch.setenv("YINGSHU_STORAGE_IMAGE_MEMORY_GIB", str(budget_gib))
    for driver in _driver(home, people_home, study_uid):
        driver.look()
        with _Memory() as before:
            driver.look()
        with _Memory() as during:
            driver.open_study()
            volume = driver.window.session.loaded.required
            assert isinstance(volume.voxels, SharedVoxels)
            assert volume.voxels.in_file == (budget_gib < 1.5)
            for s in range(truth.shape[0]):
                assert np.array_equal(volume.at()[s], truth[s]), s
            for index in range(0, 3000, 300):
                assert _see(driver, AXIAL, index).shape == (512, 512)
            for index in (*range(200, 260, 5), *range(300, 240, -5)):
                assert _same(_see(driver, CORONAL, index)[:, 100], truth.line(index, 100))
                assert _same(_see(driver, SAGITTAL, index)[:, 100], truth.line(100, index))
            _rendered(driver, volume.grid)
        taken = during.peak - before.peak
        print(f"{budget_gib} GiB: {before.peak / MIB:.0f} MiB before, at most {taken / MIB:.0f} MiB more")
        assert taken <= (budget_gib + beside_gib) * GIB


def _same(seen: np.ndarray, line: np.ndarray) -> bool:  # type: ignore[type-arg]
    """A column of a plane is the line of all slices, from the head to the feet."""
    return bool(np.array_equal(seen, line))


def _rendered(driver: Driver, grid: Grid) -> None:
    """The rendering comes, and says that it is reduced."""
    (tile,) = driver.window.main.findChildren(RenderingTile)
    driver.until(lambda: bool(tile.failure) or (tile.frame is not None and tile.frame.fine), 120)
    if not tile.failure:  # no OpenGL here
        assert tile.frame is not None
        assert tile.frame.shape < grid.shape
        assert "降采样至" in tile.corners().bottom_right[-1].text
