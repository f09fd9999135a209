"""How images are looked at is undone apart from what is kept: a drag, a command, a drop are a step each."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.session.session import Session
from app.viewing.screen import SliceView
from app.viewing.shown_image import series_uid_of
from app.viewing.snapshot import ScreenSnapshot
from tests.journeys.conftest import Driver
from tests.journeys.test_reading_acts import _draw, _second_series
from tests.support.screen import AXIAL, CORONAL, go_to_slice
from viewers.viewport import ViewportTile
from viewers.viewport_grid import ViewportGrid

pytestmark = pytest.mark.window
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _tile(driver: Driver, name: str = AXIAL) -> ViewportTile:
    (grid,) = (one for one in driver.window.main.findChildren(ViewportGrid) if one.tiles)
    tile = grid.tiles[name]  # type: ignore[index]
    assert isinstance(tile, ViewportTile)
    return tile


def _drag(tile: ViewportTile, button: Qt.MouseButton, *way: tuple[int, int]) -> None:
    middle, none = QPointF(tile.width() / 2, tile.height() / 2), Qt.MouseButton.NoButton
    press, move, up = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease)
    for kind, by, which, held in (
        (press, (0, 0), button, button),
        *((move, by, none, button) for by in way),
        (up, way[-1], button, none),
    ):
        at = middle + QPointF(*by)
        event = QMouseEvent(kind, at, tile.mapToGlobal(at), which, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(tile, event)


def _wheel(tile: ViewportTile, turns: int) -> None:
    at = QPointF(tile.width() / 2, tile.height() / 2)
    for _ in range(turns):
        event = QWheelEvent(
            at, QPointF(tile.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(tile, event)


def _now(session: Session) -> ScreenSnapshot:
    found = ScreenSnapshot.of(session.screen)
    assert found is not None
    return found


def test_each_act_is_a_step_and_marks_stay(driver: Driver) -> None:
    """Window, move, zoom by drag and wheel, turn, flip, preset, reset, plane, maximise, layout: back one by
    one to the beginning, and forth again; measurements are taken back by their own key.
    """
    driver.open_study()
    session = driver.window.session
    screen, tile = session.screen, _tile(driver)
    assert not driver.window.commands.get("view.undo").enabled()
    acts = [
        lambda: _drag(tile, LEFT, (10, 4), (20, 8), (40, 30)),
        lambda: _drag(tile, MIDDLE, (10, 4), (30, 8)),
        lambda: _drag(tile, RIGHT, (0, -10), (0, -40)),
        lambda: _wheel(tile, 3),
        lambda: driver.run("view.rotate-right"),
        lambda: driver.run("view.flip"),
        lambda: driver.run("window.lung"),
        lambda: driver.run("view.reset"),
        lambda: driver.run("view.sagittal"),
        lambda: QTest.mouseDClick(tile, LEFT, pos=QPoint(60, 60)),
        lambda: driver.run("layout.set", "grid-1x2"),
    ]
    states = [_now(session)]
    for act in acts:
        act()
        QApplication.processEvents()
        assert not _now(session).is_as(states[-1])
        states.append(_now(session))
    mark = _draw(driver, 40)
    go_to_slice(screen, 9, AXIAL)
    for state in reversed(states[:-1]):
        driver.run("view.undo")
        assert _now(session).is_as(state)
    assert not driver.window.commands.get("view.undo").enabled()
    assert [one.tracking_uid for one in session.study.annotations.measurements] == [mark]
    driver.run("history.undo")
    assert not session.study.annotations.measurements
    for state in states[1:]:
        driver.run("view.redo")
        assert _now(session).is_as(state)
    assert not driver.window.commands.get("view.redo").enabled()
    driver.run("view.undo")
    driver.run("view.invert")
    assert not driver.window.commands.get("view.redo").enabled(), "a new act is where the line goes on"


def test_scrolling_is_no_step_and_the_place_stays(driver: Driver) -> None:
    """What is gone back to is the look; the image that is shown stays, and the mouse has buttons for it."""
    driver.open_study()
    screen, tile = driver.window.session.screen, _tile(driver)
    tile.scroll_by(3)
    QTest.mousePress(tile, LEFT, pos=QPoint(30, 30))
    QTest.mouseRelease(tile, LEFT, pos=QPoint(30, 30))
    assert not driver.window.commands.get("view.undo").enabled()
    driver.run("view.invert")
    tile.scroll_by(4)
    view = screen.viewports[AXIAL].view
    QTest.mousePress(tile, Qt.MouseButton.BackButton, pos=QPoint(30, 30))
    assert not screen.viewports[AXIAL].invert
    assert screen.viewports[AXIAL].view == view
    QTest.mousePress(tile, Qt.MouseButton.ForwardButton, pos=QPoint(30, 30))
    assert screen.viewports[AXIAL].invert


def test_a_series_that_was_dropped_is_taken_back(driver: Driver, tmp_path: object) -> None:
    """Also when the images before have gone: they are opened again, at their place and with their look."""
    thin = _second_series(driver, tmp_path)  # type: ignore[arg-type]
    driver.open_study()
    session = driver.window.session
    screen = session.screen
    driver.run("layout.set", "grid-1x1")
    first = _now(session)
    driver.run("window.lung")
    screen.act_begun.emit("")
    screen.dropped.emit(AXIAL, thin, "")
    screen.act_ended.emit()
    viewport = screen.viewports[AXIAL]
    driver.until(lambda: viewport.image is not None and series_uid_of(viewport.image) == thin)
    driver.until(lambda: not driver.station.jobs.active)
    assert viewport.window_label != "Lung window"
    after = _now(session)
    driver.run("view.undo")
    driver.until(lambda: viewport.image is not None and series_uid_of(viewport.image) != thin)
    assert viewport.window_label == "Lung window"
    driver.run("view.undo")
    assert _now(session).is_as(first)
    driver.run("view.redo")
    driver.run("view.redo")
    driver.until(lambda: _now(session).is_as(after))
    driver.run("layout.set", "mpr")
    assert isinstance(screen.viewports[CORONAL].view, SliceView)
    driver.run("view.undo")
    assert _now(session).is_as(after)
    driver.run("study.close")
    assert not driver.window.commands.get("view.redo").enabled()
