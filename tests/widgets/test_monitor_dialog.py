"""The bar on the glass: dragged or moved by keys, kept for the monitor, known after the next start."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.reading.monitors import MonitorController, MonitorService
from tests.widgets.conftest import Room
from widgets.panels.reading.monitor_dialog import MonitorDialog

pytestmark = pytest.mark.window


def test_a_monitor_is_calibrated_with_a_card(make_room: Callable[..., Room]) -> None:
    """What the bar says is refused where no monitor is like that, else kept and known at once."""
    room = make_room("en")
    room.commands.run("workspace.read")
    menu = room.window.workspaces["read"].tools.menus["size"].menu()
    menu.aboutToShow.emit()
    assert "monitor.calibrate" in [action.data() for action in menu.actions() if action.isVisible()]
    room.commands.run("monitor.calibrate")
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MonitorDialog))
    room.wait(dialog.isVisible)
    monitor = dialog.monitor
    dialog.bar.put(300)
    dialog.bar.setFocus()
    QTest.keyClick(dialog.bar, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(dialog.bar, Qt.Key.Key_Left)
    assert dialog.bar.length_px == 309
    dialog.length_mm.setValue(400)
    dialog.bar.put(60)
    dialog.take.click()
    room.wait(lambda: "for a millimetre" in dialog.problem.text.text())
    assert room.session.screen.calibrations == {}
    dialog.length_mm.setValue(85.6)
    dialog.bar.put(342.4)
    assert "0.2500 mm" in dialog.found.text()
    dialog.take.click()
    room.wait(lambda: monitor.key in room.session.screen.calibrations)
    assert room.session.screen.calibrations[monitor.key].px_per_mm == pytest.approx(4.0)
    stored = room.session.station.get(MonitorService).calibrations(room.session.user.actor)
    assert stored[monitor.key].holds_for(monitor)
    room.session.screen.calibrations = {}
    room.session.get(MonitorController).load()
    assert room.session.screen.calibrations == stored


def test_the_magnifier_is_out_while_its_key_is_held(make_room: Callable[..., Room]) -> None:
    """A tap leaves it out; a key that was held puts it away when it is let go; other keys do not."""
    room = make_room()
    room.open_small_study()
    room.commands.run("workspace.read")
    screen, window = room.session.screen, room.window
    for hold_ms, stays in ((1_000_000, True), (0, False)):
        window.keys.shortcuts.hold_ms = hold_ms
        screen.magnifier = False
        window.keys.shortcuts.press("G")
        assert screen.magnifier
        for key, repeats in ((Qt.Key.Key_D, False), (Qt.Key.Key_G, True)):
            event = QKeyEvent(QEvent.Type.KeyRelease, key, Qt.KeyboardModifier.NoModifier, "", repeats)
            QApplication.sendEvent(window, event)
            assert screen.magnifier
        QTest.keyRelease(window, Qt.Key.Key_G)
        assert screen.magnifier is stays
    screen.magnifier = True
    QTest.keyRelease(window, Qt.Key.Key_G)
    assert screen.magnifier, "it was taken out otherwise"
