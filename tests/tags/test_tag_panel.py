"""The tag browser in the window, by mouse and key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.i18n import tr
from app.tags.controller import PANEL, TagController
from app.tags.service import Choice
from app.viewing.layouts import layout
from app.viewing.screen import SliceView
from tests.support.screen import go_to_slice
from tests.widgets.conftest import Room
from widgets.panels.tags.model import Column
from widgets.panels.tags.panel import TagPanel


def panel_of(room: Room) -> TagPanel:
    found = room.window.findChild(TagPanel)
    assert found is not None
    return found


def press(room: Room, key: Qt.Key, widget: QWidget | None = None) -> None:
    """Press a key with Ctrl, in the window or in one of its parts."""
    bot: QtBot = room.bot  # type: ignore[assignment]
    bot.keyClick(widget or room.window, key, Qt.KeyboardModifier.ControlModifier)


def click(room: Room, widget: QWidget) -> None:
    bot: QtBot = room.bot  # type: ignore[assignment]
    bot.mouseClick(widget, Qt.MouseButton.LeftButton)


def browse(room: Room) -> TagPanel:
    """Open the small study, go to reading, and open the browser by its key."""
    room.open_small_study()
    room.session.workspaces.show("read")
    return open_by_key(room)


def open_by_key(room: Room) -> TagPanel:
    press(room, Qt.Key.Key_T)
    panel = panel_of(room)
    room.wait(lambda: panel.isVisible() and bool(panel.model.listing.lines))
    return panel


def shown_tags(panel: TagPanel) -> list[str]:
    rows = range(panel.model.rowCount())
    return [panel.model.index(row, Column.TAG).data() for row in rows]


def value_of(panel: TagPanel, tag: str) -> str:
    return str(panel.model.index(shown_tags(panel).index(tag), Column.VALUE).data())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_by_key(make_room: Callable[..., Room], language: str) -> None:
    """Ctrl+T opens it with the search in hand, Escape gives the focus and the dock back."""
    room = make_room(language)
    room.open_small_study()
    room.session.workspaces.show("read")
    read = room.window.workspaces["read"]
    before, front = QApplication.focusWidget(), read.tabs.currentWidget()  # type: ignore[attr-defined]
    panel = open_by_key(room)
    assert panel.search.hasFocus()
    room.bot.keyClicks(panel.search, "kvp")  # type: ignore[attr-defined]
    room.wait(lambda: shown_tags(panel) == ["0018,0060"])
    name = panel.model.index(0, Column.NAME).data()
    assert name == ("管电压" if language == "zh" else "KVP")
    assert value_of(panel, "0018,0060").startswith("120")
    room.bot.keyClick(panel.search, Qt.Key.Key_Escape)  # type: ignore[attr-defined]
    assert not panel.isVisible()
    assert QApplication.focusWidget() is before
    assert read.tabs.currentWidget() is front  # type: ignore[attr-defined]


def test_it_follows_the_shown_slice(room: Room) -> None:
    panel = browse(room)
    volume = room.session.screen.volume
    assert volume is not None
    for slice_ in (3, 17):
        go_to_slice(room.session.screen, float(slice_))
        room.wait(lambda uid=volume.sop_uids[slice_]: value_of(panel, "0008,0018") == uid)
    room.session.panels.close()
    go_to_slice(room.session.screen, 5.0)
    assert not room.session.get(TagController).loading


def test_what_differs_in_the_series_by_mouse(room: Room) -> None:
    """The filter goes to the whole series by itself; each value is counted."""
    panel = browse(room)
    click(room, panel.differing)
    room.wait(lambda: panel.model.listing.of_series)
    assert panel.whole_series.isChecked()
    tags = shown_tags(panel)
    assert {"0008,0018", "0020,0013", "0020,0032"} <= set(tags)
    assert "0018,0060" not in tags
    assert "24" in value_of(panel, "0020,0013")
    click(room, panel.this_image)
    room.wait(lambda: not panel.model.listing.of_series)


def test_compared_with_the_next_image(room: Room) -> None:
    panel = browse(room)
    click(room, panel.compare)
    room.wait(lambda: any(menu.isVisible() for menu in panel.findChildren(QMenu)))
    menu = next(menu for menu in panel.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == tr("Image after")).trigger()
    menu.close()
    room.wait(lambda: panel.model.listing.compared)
    row = shown_tags(panel).index("0020,0013")
    values = [panel.model.index(row, column).data() for column in (Column.VALUE, Column.OTHER)]
    assert int(values[1]) - int(values[0]) == 1
    click(room, panel.compare)
    room.wait(lambda: not panel.model.listing.compared)


def test_copied_as_it_is_written(room: Room) -> None:
    panel = browse(room)
    row = shown_tags(panel).index("0010,0010")
    panel.tree.setCurrentIndex(panel.model.index(row, 0))
    panel.tree.setFocus()
    press(room, Qt.Key.Key_C, panel.tree)
    assert QApplication.clipboard().text() == "Wang^Xiaoming=王^小明"
    panel.copy_row()
    assert QApplication.clipboard().text() == "(0010,0010)\tPN\t患者姓名\tWang^Xiaoming=王^小明"
    panel.copy_all()
    assert len(QApplication.clipboard().text().splitlines()) == len(panel.model.listing.lines)


def test_how_the_image_is_shown(room: Room) -> None:
    panel = browse(room)
    told = {line.title: line.text for line in room.session.get(TagController).browsed.image}
    assert told["尺寸依据"] == "3.5 mm：像素间距（患者体内）"
    assert "窗宽 400 窗位 40" in told["灰阶"]
    assert told["保真"] == "无损，像素与原始一致"
    assert panel.image.isVisible()


def test_a_chosen_object_stays_until_the_images_are_followed(room: Room) -> None:
    """By command, as the strip and other panels ask for it."""
    panel = browse(room)
    volume = room.session.screen.volume
    assert volume is not None
    room.commands.run("tags.show", volume.sop_uids[20])
    room.wait(lambda: value_of(panel, "0008,0018") == volume.sop_uids[20])
    go_to_slice(room.session.screen, 2.0)
    assert panel.back.isVisible()
    click(room, panel.back)
    room.wait(lambda: value_of(panel, "0008,0018") == volume.sop_uids[2])
    assert room.session.panels.current == PANEL


def test_the_image_of_another_viewport_is_offered(room: Room) -> None:
    """Two slices side by side: the other one comes first among what may be compared."""
    browse(room)
    screen, tags = room.session.screen, room.session.get(TagController)
    screen.lay_out(layout("grid-1x2"))
    first, second = screen.shown
    volume = screen.volume
    assert volume is not None
    first.show(volume, SliceView(0, 4.0))
    second.show(volume, SliceView(0, 19.0))
    screen.active = first.viewport_id
    room.wait(lambda: str(getattr(tags.browsed.instance, "sop_uid", "")) == volume.sop_uids[4])
    offered: list[Choice] = []
    tags.find_choices(offered.extend)
    room.wait(lambda: bool(offered))
    assert offered[0].sop_uid == volume.sop_uids[19]
    assert offered[0].name.startswith("另一视口")
    room.commands.run("tags.compare", offered[0].sop_uid, offered[0].series_uid)
    room.wait(lambda: str(getattr(tags.browsed.other, "sop_uid", "")) == volume.sop_uids[19])
