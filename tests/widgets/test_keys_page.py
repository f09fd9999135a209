"""Keys and mouse that a person sets in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from shiboken6 import isValid

from app.bootstrap.ui_features import UI_FEATURES
from app.domain.person import Role
from app.people.service import PeopleService
from app.session.habits import key_presets, rivals
from tests.widgets.conftest import PASSWORD, Room
from widgets.shell.settings_dialog import SettingsDialog
from widgets.shell.shortcut_sheet import sheet_rows
from widgets.ui_feature import workspaces_of

pytestmark = pytest.mark.window


def _sheet(room: Room) -> dict[str, str]:
    return {row.title: row.key for row in sheet_rows(room.window.ui, workspaces_of(UI_FEATURES))}


def test_a_key_is_changed_and_in_force_everywhere(room: Room, tmp_path: Path) -> None:
    """The other command's key is named and taken; keyboard, row of tools, tooltip and sheet have it at once;
    the next person does not, and who set it finds it again.
    """
    dialog = SettingsDialog(room.window.ui, room.window)
    page = dialog.keys
    page.choose("tool.zoom")
    page.line.setKeySequence(QKeySequence("Up"))
    assert not page.take.isEnabled()
    page.line.setKeySequence(QKeySequence("W"))
    assert "窗宽窗位" in page.problem.text.text()
    page.set_key()
    page.mouse["right"].setCurrentIndex(page.mouse["right"].findData("window"))
    page.save(tmp_path / "keys.json")
    assert page.doubled() is None
    dialog.save()
    room.wait(lambda: not isValid(dialog))

    room.commands.run("workspace.read")
    screen = room.session.screen
    assert (screen.right_tool, screen.tool) == ("window", "window")
    room.window.activateWindow()
    room.wait(room.window.isActiveWindow)
    room.bot.keyClick(room.window, Qt.Key.Key_W)  # type: ignore[attr-defined]
    room.wait(lambda: screen.tool == "zoom")
    tools = room.window.workspaces["read"].tools.tools
    assert (tools["zoom"].text().strip(), tools["window"].text().strip()) == ("W", "")
    assert tools["zoom"].toolTip().endswith("W")
    sheet = _sheet(room)
    assert (sheet["缩放"], "窗宽窗位；单击打开菜单" in sheet) == ("W", True)
    assert (sheet["纵隔窗 · CT"], sheet["SUV 0–5 · PET SUV"]) == ("1", "1"), "which images a digit is for"

    people = room.session.station.get(PeopleService)
    people.add(room.session.user.actor, "other", "演示乙", [Role.REPORTING], PASSWORD)
    room.session.user.log_in("other", PASSWORD)
    assert (room.commands.key_of("tool.zoom"), screen.right_tool) == ("Z", "zoom")
    assert tools["zoom"].text().strip() == "Z"
    room.session.user.log_in("doctor", PASSWORD)
    assert (room.commands.key_of("tool.zoom"), screen.right_tool) == ("W", "window")

    again = SettingsDialog(room.window.ui, room.window)
    again.keys.reset_all()
    assert again.keys.habits.keys == {}
    again.keys.load(tmp_path / "keys.json")
    assert again.keys.habits == room.session.habits.current
    (tmp_path / "wrong.json").write_text("[]", encoding="utf-8")
    again.keys.load(tmp_path / "wrong.json")
    assert "快捷键文件" in again.keys.problem.text.text()
    again.keys.choose("tool.zoom")
    again.keys.reset_one()
    assert again.keys.habits.keys == {"tool.window": ""}
    again.reject()


def test_no_set_of_keys_has_a_key_twice(room: Room) -> None:
    """Those that commands come with, and each set that can be taken over; every command of a set is there."""
    commands = room.commands.all()
    for keys in ({}, *(preset.keys for preset in key_presets())):
        assert set(keys) <= {command.command_id for command in commands}
        for command in commands:
            key = keys.get(command.command_id, command.key)
            assert not rivals(commands, keys, command, key), (command.command_id, key)
