"""A series laid out as tiles, read page by page as a film, and the layout back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.domain.volume import Volume
from app.errors import Refused
from app.imaging.store import ImageStore
from app.viewing.layouts import layout
from app.viewing.links import index_of
from app.viewing.screen import Screen, StudyRole
from tests.journeys.conftest import Driver
from tests.journeys.test_linked_by_offset import with_prior
from tests.support.screen import AXIAL, draw

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _key(driver: Driver, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)
    driver.window.main.workspaces["read"].viewer.setFocus()  # type: ignore[union-attr]
    QTest.keyClick(QApplication.focusWidget(), key, held)
    driver.look()


def _shown(screen: Screen) -> list[int]:
    return [index_of(one) for one in screen.viewports.values() if one.image is not None]


def test_a_series_is_read_as_tiles(driver: Driver) -> None:
    """Alt+T; wheel by rows, Page Up and Page Down by pages, window for all; a mark that is gone to turns the
    page; undone and done again; another grid of the picker; Alt+T gives the layout back.
    """
    driver.open_study()
    driver.until(lambda: not driver.station.jobs.active)
    driver.look()
    screen = driver.window.session.screen
    viewer = driver.window.main.workspaces["read"].viewer
    own = screen.volume
    assert isinstance(own, Volume)
    draw(screen, [own.grid.to_lps([21, 40, c]) for c in (30, 50)])
    (mark,) = driver.window.session.study.annotations.measurements
    planes = [one.view for one in screen.viewports.values()]
    driver.run("layout.set", "grid-2x2")
    driver.run("layout.mpr")
    _key(driver, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert (len(viewer.tiles), _shown(screen)) == (12, list(range(12, 24)))  # type: ignore[union-attr]
    _key(driver, Qt.Key.Key_Home)
    tile = viewer.tiles[screen.active]  # type: ignore[union-attr]
    at, none = QPointF(tile.rect().center()), Qt.MouseButton.NoButton
    turned = QWheelEvent(
        at,
        tile.mapToGlobal(at),
        QPoint(),
        QPoint(0, -120),
        none,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(tile, turned)
    assert _shown(screen) == list(range(4, 16))
    for key, first in ((Qt.Key.Key_PageDown, 12), (Qt.Key.Key_Up, 8), (Qt.Key.Key_Home, 0)):
        _key(driver, key)
        assert _shown(screen) == list(range(first, first + 12))
    driver.run("window.bone")
    assert {one.window_label for one in screen.viewports.values()} == {"Bone window"}
    driver.run("measurement.show", mark.tracking_uid)
    driver.look()
    assert 21 in _shown(screen)
    assert _shown(screen) == list(range(_shown(screen)[0], _shown(screen)[0] + 12))
    with pytest.raises(Refused):
        driver.run("hanging.keep", "tiles")
    _key(driver, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (screen.layout, screen.same_look) == (layout("mpr"), False)
    _key(driver, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    driver.run("layout.set", "grid-4x5")
    assert _shown(screen) == list(range(20))
    _key(driver, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert screen.layout == layout("mpr")
    assert [type(one.view) for one in screen.viewports.values()] == [type(view) for view in planes]
    assert screen.viewports[AXIAL].window_label != "Bone window"


def test_a_prior_takes_no_tiles(driver: Driver, tmp_path: Path) -> None:
    """The study beside its prior, then the prior's series as tiles, marked as what it is; its study's series
    takes the tiles; the prior chosen again stands beside.  Nothing stays in memory when the study is closed.
    """
    screen = with_prior(driver, tmp_path)
    session = driver.window.session
    prior = next(one for one in screen.viewports.values() if one.role is StudyRole.PRIOR)
    own, earlier = (str(one.image.series_uid) for one in screen.viewports.values())  # type: ignore[union-attr]
    screen.active = prior.viewport_id
    driver.run("view.tiles")
    assert {one.role for one in screen.viewports.values()} == {StudyRole.PRIOR}
    driver.wait(driver.run("series.show", own))
    assert {one.role for one in screen.viewports.values()} == {StudyRole.CURRENT}
    assert _shown(screen) == list(range(12))
    driver.wait(driver.run("series.show", earlier))
    assert [one.role for one in screen.viewports.values()] == [StudyRole.CURRENT, StudyRole.PRIOR]
    assert screen.tiling is None
    driver.run("view.tiles")
    driver.run("study.close")
    driver.until(lambda: not driver.station.jobs.active)
    assert (session.screen.tiling, driver.station.get(ImageStore).held) == (None, 0)
