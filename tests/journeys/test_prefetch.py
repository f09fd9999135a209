"""The other series of a study are loaded while nobody waits."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.dicom.write.ct_series import write_ct_series
from app.domain.provenance import derived_uid
from app.domain.study import SeriesUid
from app.imaging.store import ImageStore, StoreStatistics
from app.reading.settings import ReadingSettings
from tests.journeys.conftest import Driver
from tests.support.small_study import GRID, identity, values

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _more_series(driver: Driver, folder: Path) -> None:
    """Two others beside the small study's own, with fewer slices."""
    study, first = identity()
    for number, slices in ((3, 12), (4, 8)):
        uid = SeriesUid(derived_uid("test", str(number), "series"))
        series = replace(first, series_uid=uid, number=number, description=f"series {number}")
        grid = replace(GRID, shape=(slices, *GRID.shape[1:]))
        write_ct_series(folder / str(number), study, series, grid, values()[:slices])
    driver.wait(driver.run("study.import", [folder]))


def _idle(driver: Driver) -> StoreStatistics:
    """Figures when nothing runs any more and what was begun after it neither."""
    quiet = 0
    while quiet < 20:
        driver.until(lambda: not driver.station.jobs.active)
        driver.window.process_events(0.005)
        quiet = 0 if driver.station.jobs.active else quiet + 1
    return driver.station.get(ImageStore).statistics


def test_the_next_series_is_there_when_it_is_asked_for(driver: Driver, tmp_path: Path) -> None:
    """All three are in memory, one is held; going on loads nothing."""
    _more_series(driver, tmp_path)
    driver.open_study()
    before = _idle(driver)
    assert (before.images, driver.station.get(ImageStore).held) == (3, 1)
    driver.run("series.next")
    driver.until(lambda: driver.window.session.loaded.required.grid.shape[0] == 12)
    assert driver.window.session.loaded.is_complete
    after = _idle(driver)
    assert (after.images, after.misses, after.hits) == (3, before.misses, before.hits + 1)


def test_nothing_is_loaded_ahead_where_it_is_not_wanted(driver: Driver, tmp_path: Path) -> None:
    driver.station.settings.set(driver.window.session.user.actor, ReadingSettings(prefetch=False))
    _more_series(driver, tmp_path)
    driver.open_study()
    assert _idle(driver).images == 1


def test_loading_ahead_ends_with_the_study(driver: Driver, tmp_path: Path) -> None:
    """What stands in the queue when the study is closed is not loaded; nor is what was begun kept on."""
    _more_series(driver, tmp_path)
    gate = threading.Event()
    try:
        driver.station.jobs.submit_ahead("", lambda **_: gate.wait(60))
        driver.open_study()
        driver.run("study.close")
    finally:
        gate.set()
    assert _idle(driver).images == 1
