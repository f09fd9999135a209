"""A prior of another scanner is set level by hand and goes along in millimetres."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.viewing.screen import Screen, ViewportId
from tests.journeys.conftest import Driver
from tests.support.screen import AXIAL, shown_index
from tests.support.small_study import GRID, identity, values, write_ct_series
from widgets.panels.reading.offset_dialog import OffsetDialog
from widgets.panels.reading.view_menu import view_menu

pytestmark = pytest.mark.window
TWO = ViewportId("2")


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def with_prior(driver: Driver, folder: Path) -> Screen:
    """The study beside one of a year before, of another frame of reference, whose slices begin elsewhere."""
    study, series = identity("earlier")
    earlier = replace(study, started_at=study.started_at - timedelta(days=365))  # type: ignore[operator]
    x, y, z = GRID.origin_mm
    write_ct_series(folder, earlier, series, replace(GRID, origin_mm=(x, y, z - 200)), values())
    driver.wait(driver.run("study.import", [folder]))
    driver.open_study()
    driver.run("layout.set", "grid-1x1")
    driver.wait(driver.run("series.show", str(series.series_uid)))
    screen = driver.window.session.screen
    driver.until(lambda: all(v.image.voxels.complete for v in screen.viewports.values()))  # type: ignore[union-attr]
    driver.until(lambda: not driver.station.jobs.active)
    driver.look()
    return screen


def _tile(driver: Driver, viewport_id: ViewportId) -> QWidget:
    return driver.window.main.workspaces["read"].viewer.tiles[viewport_id]  # type: ignore[union-attr,no-any-return]


def _wheel(tile: QWidget, notches: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    at = QPointF(tile.rect().center())
    turn = QPoint(0, -120 * notches)
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, tile.mapToGlobal(at), QPoint(), turn, none, held, phase, False)
    QApplication.sendEvent(tile, event)


def _key(driver: Driver, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)
    driver.window.main.workspaces["read"].viewer.setFocus()  # type: ignore[union-attr]
    QTest.keyClick(QApplication.focusWidget(), key, held)
    driver.look()


def test_a_prior_is_linked_at_the_places_shown(driver: Driver, tmp_path: Path) -> None:
    """Alt and the wheel bring the prior to the level, Alt+J links it there; a typed offset, undone and
    redone; J takes the link away and gives it back with the offset.
    """
    screen = with_prior(driver, tmp_path)
    one, two = (_tile(driver, i) for i in (AXIAL, TWO))

    def chips() -> list[str]:
        return [tile.resolved().header.chips[-1].text for tile in (one, two)]  # type: ignore[attr-defined]

    def shown() -> tuple[int, int]:
        return shown_index(screen), shown_index(screen, TWO)

    assert chips() == ["联动 · 逐幅"] * 2
    begun = shown()
    _wheel(two, 3, Qt.KeyboardModifier.AltModifier)
    assert shown() == (begun[0], begun[1] + 3)
    _key(driver, Qt.Key.Key_J, Qt.KeyboardModifier.AltModifier)
    grids = [screen.viewports[i].image.grid for i in (AXIAL, TWO)]  # type: ignore[union-attr]
    places = [grid.to_lps((index, 0, 0))[2] for grid, index in zip(grids, shown(), strict=True)]
    offset, step = places[1] - places[0], grids[0].to_lps((1, 0, 0))[2] - grids[0].to_lps((0, 0, 0))[2]
    said = f"{offset:.1f}".replace("-", "−")
    assert chips() == [f"联动 · 偏移 +{-offset:.1f} mm", f"联动 · 偏移 {said} mm"]
    _wheel(one, 2)
    assert shown() == (begun[0] + 2, begun[1] + 5)
    screen.active = TWO
    _key(driver, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    dialog = next(d for d in driver.window.main.findChildren(OffsetDialog) if d.isVisible())
    assert dialog.offset_mm.value() == pytest.approx(offset)
    dialog.offset_mm.setValue(offset - step)
    QTest.keyClick(dialog.offset_mm, Qt.Key.Key_Return)
    driver.look()
    assert shown() == (begun[0] + 2, begun[1] + 4)
    _key(driver, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (shown(), chips()[1]) == ((begun[0] + 2, begun[1] + 5), f"联动 · 偏移 {said} mm")
    for _ in range(2):
        _key(driver, Qt.Key.Key_J, Qt.KeyboardModifier.NoModifier)
    assert chips()[1] == f"联动 · 偏移 {said} mm"
    menu = view_menu(driver.window.main.ui, TWO, driver.window.main)
    links = next(a.menu() for a in menu.actions() if a.text() == "视图联动")
    forget = next(a for a in links.actions() if "取消联动偏移" in a.text())
    forget.trigger()
    menu.close()
    assert chips() == ["联动 · 逐幅"] * 2
    _key(driver, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert chips()[1] == f"联动 · 偏移 {said} mm"
    driver.run("study.close")
    assert screen.alignments.rows == ()
