"""The check of a monitor in the window: the pattern in its pixels, what is kept, and when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from shiboken6 import isValid

from app.reading.monitors import MonitorController, overdue
from app.reading.settings import ReadingSettings
from app.viewing.display_pattern import check_pattern, luminance_field
from app.viewing.gsdf import LEVELS, jnd_index, luminance
from app.viewing.monitors import DisplayCheck, Monitor
from tests.widgets.conftest import PASSWORD, Room
from widgets.panels.reading.display_check import DisplayCheckDialog, monitors

pytestmark = pytest.mark.window


def test_a_check_is_due_after_so_many_days() -> None:
    one, two = Monitor("1", "left", (10, 10)), Monitor("2", "right", (10, 10))
    now = datetime(2026, 11, 28, tzinfo=UTC)
    checks = {"1": DisplayCheck("1", now - timedelta(days=31), "x")}
    assert overdue(checks, [one, two], 0, now) == []
    assert overdue(checks, [one, two], 30, now) == [(one, checks["1"]), (two, None)]
    assert overdue(checks, [one, two], 40, now) == [(two, None)]


def test_a_monitor_is_checked_and_remembered(room: Room) -> None:
    """What was not ticked is kept as failed, a word among the figures refused; the reminder ends with it."""
    store = room.session.station.settings
    wanted = store.get(ReadingSettings).model_copy(update={"display_check_days": 30})
    store.set(room.session.user.actor, wanted)
    room.session.user.log_in("doctor", PASSWORD)
    told = [row.message for row in room.session.station.notifications.rows]
    assert sum("从未检查" in text for text in told) == len(monitors())

    dialog = DisplayCheckDialog(room.window.ui, room.window)
    dialog.show()
    dialog.measured.setText("0.5 x")
    dialog.try_it()
    assert "“x”" in dialog.problem.text.text()
    for name, box in dialog.boxes.items():
        box.setChecked(name != "ramps")
    steps = np.linspace(jnd_index(0.5), jnd_index(400.0), len(LEVELS))
    dialog.measured.setText(" ".join(f"{luminance(step):.5f}" for step in steps))
    dialog.try_it()
    room.wait(lambda: not isValid(dialog))
    (check,) = room.session.get(MonitorController).checks.values()
    assert (check.failed, check.by, check.passed) == (("ramps",), "演示甲", False)
    assert check.deviation == pytest.approx(0, abs=0.01)
    assert not any("从未检查" in row.message for row in room.session.station.notifications.rows)
    again = DisplayCheckDialog(room.window.ui, room.window)
    assert "演示甲 · 未通过" in again.last.text()
    again.reject()


def test_the_pattern_is_shown_pixel_by_pixel(room: Room) -> None:
    """Nothing is smoothed or scaled; Space goes through the luminance steps and back, Escape closes."""
    dialog = DisplayCheckDialog(room.window.ui, room.window)
    dialog.show()
    dialog.show_pattern()
    window = dialog.pattern
    assert window is not None
    room.wait(window.isVisible)
    room.wait(lambda: window.size() == window.screen().size())

    def shown() -> np.ndarray:
        image = window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : image.width()].copy()

    assert np.array_equal(shown(), check_pattern(*window.size().toTuple()))
    room.bot.keyClick(window, Qt.Key.Key_Left)  # type: ignore[attr-defined]
    assert np.array_equal(shown(), luminance_field(*window.size().toTuple(), 255))
    room.bot.keyClick(window, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert window.page == 0
    room.bot.keyClick(window, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
    room.wait(lambda: dialog.pattern is None)
    dialog.reject()
