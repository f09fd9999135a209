"""A cine in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.archive.service import ArchiveService
from app.domain.study import StudyFilter
from app.viewing.links import index_of
from app.viewing.screen import Cine, PlayMode
from tests.journeys.conftest import Driver
from tests.support.real_data import real_data
from widgets.panels.reading.view_menu import view_menu

pytestmark = pytest.mark.window


def test_a_cine_is_played_by_key_and_from_the_menu(driver: Driver) -> None:
    """75 frames of an angiography: rate and mode begin as the object says, by key and by the view's menu."""
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)
    folder = real_data("dicom_kinds/go-dicom")
    driver.wait(driver.run("study.import", [folder / "I_000000.dcm"]))
    archive, session = driver.station.get(ArchiveService), driver.window.session
    rows = archive.studies(session.user.actor, StudyFilter())
    (uid,) = [row.study.study_uid for row in rows if "XA" in row.study.modalities]
    driver.wait(driver.run("study.open", uid))
    driver.run("workspace.read")
    driver.until(lambda: session.loaded.is_complete)
    viewport = session.screen.active_viewport
    tile = driver.window.main.workspaces["read"].viewer.tiles[viewport.viewport_id]  # type: ignore[union-attr]
    tile.setFocus()
    for key, modifier in (
        (Qt.Key.Key_Period, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Period, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_Comma, Qt.KeyboardModifier.AltModifier),
        (Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier),
        (Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier),
    ):
        QTest.keyClick(tile, key, modifier)
    assert viewport.cine == Cine(20.0, PlayMode.BOUNCE)
    driver.until(lambda: index_of(viewport) > 2)
    menu = view_menu(driver.window.main.ui, viewport.viewport_id, driver.window.main)
    inner = next(action.menu() for action in menu.actions() if action.text() == "播放范围、速度与方式")
    assert [action.text() for action in inner.actions() if action.isChecked()] == ["往返播放", "20 帧/秒"]
    for text in ("循环播放", "7.5 帧/秒"):
        next(action for action in inner.actions() if action.text() == text).trigger()
    assert viewport.cine == Cine(7.5, PlayMode.LOOP)
    menu.close()
    QTest.keyClick(tile, Qt.Key.Key_C)
    assert viewport.cine is None
