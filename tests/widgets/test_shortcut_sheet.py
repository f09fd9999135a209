"""F1: every key that does something, found by what people type."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.widgets.conftest import Room
from widgets.command_ui import key_text
from widgets.shell.shortcut_sheet import ShortcutSheet

pytestmark = pytest.mark.window


def test_the_sheet_has_every_key_and_is_searched(room: Room) -> None:
    """By pinyin, by key, by name; what fits nothing is said."""
    room.window.activateWindow()
    room.wait(room.window.isActiveWindow)
    room.bot.keyClick(room.window, Qt.Key.Key_F1)  # type: ignore[attr-defined]
    room.wait(lambda: bool(room.window.findChildren(ShortcutSheet)))
    (sheet,) = room.window.findChildren(ShortcutSheet)
    keys = {row.key for row in sheet.shown()}
    assert {key_text(command.key) for command in room.commands.all() if command.key} <= keys
    sheet.search.setText("feichuang")
    assert [row.title for row in sheet.shown()] == ["肺窗 · CT"]
    sheet.search.setText("ctrl+t")
    assert [row.title for row in sheet.shown()] == ["显示标签"]
    sheet.search.setText("没有这样的键")
    assert sheet.shown() == []
    assert sheet.none.isVisible()
    sheet.search.clear()
    assert {row.key for row in sheet.shown()} == keys
    room.bot.keyClick(sheet, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
