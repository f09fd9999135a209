"""An empty station asks for its first person, in a real window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.people.service import PeopleService
from widgets.shell.first_person import FirstPersonDialog

pytestmark = pytest.mark.window


def test_the_first_person_is_made_and_sits_down(qtbot: QtBot, tmp_path: Path) -> None:
    """People from the first start: passwords must agree, the person becomes administrator and may sign."""
    with open_station(tmp_path / "home", language="zh") as station:
        window = SessionWindow(station, quiet=True)
        try:
            dialog = FirstPersonDialog(window.main.ui, window.main)
            dialog.name.setText("赵医生")
            dialog.login.setText("zhao")
            dialog.password.setText("Ying-shu-2026")
            dialog.again.setText("something else")
            dialog.try_it()
            assert not dialog.problem.isHidden()
            assert station.get(PeopleService).empty()
            dialog.again.setText("Ying-shu-2026")
            dialog.try_it()
            qtbot.waitUntil(lambda: window.session.user.is_logged_in)
            assert window.session.user.actor.roles == {Role.ADMINISTRATOR, Role.REPORTING}
            assert not station.get(PeopleService).empty()
        finally:
            window.close()


def test_a_refusal_ends_with_its_cause_and_enter_creates_from_a_tick_box(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """What is typed anew is not told to be wrong; Space changes a role, Enter does the dialog's act."""
    with open_station(tmp_path / "home", language="zh") as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            dialog = FirstPersonDialog(window.main.ui, window.main)
            dialog.open()
            qtbot.waitUntil(lambda: dialog.isActiveWindow() and dialog.name.hasFocus())
            for line, text in (
                (dialog.name, "Zhao"),
                (dialog.login, "zhao"),
                (dialog.password, "short"),
                (dialog.again, "short"),
            ):
                QTest.keyClicks(line, text)
            QTest.keyClick(dialog.again, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda: not dialog.problem.isHidden())
            QTest.keyClicks(dialog.again, "-Ying-2026")
            assert dialog.problem.isHidden()
            QTest.keyClick(dialog.again, Qt.Key.Key_Return)
            assert not dialog.problem.isHidden(), "told again: the two differ"
            QTest.keyClicks(dialog.password, "-Ying-2026")
            assert dialog.problem.isHidden()
            box = dialog.roles[Role.REVIEWING]
            box.setFocus()
            QTest.keyClick(box, Qt.Key.Key_Space)
            QTest.keyClick(box, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda: window.session.user.is_logged_in)
            assert window.session.user.actor.roles == {Role.ADMINISTRATOR, Role.REPORTING, Role.REVIEWING}
        finally:
            window.close()
