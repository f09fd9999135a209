"""The frame: it builds in both languages, fits the smallest screen, and its keys act."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from app.errors import BadInput
from app.notifications import Level
from app.reporting.controller import ReportController
from tests.widgets.conftest import Room
from widgets.icons import has_icon

pytestmark = pytest.mark.window

WORKSPACES = ("worklist", "read", "report", "directory")


def clipped(window: QWidget) -> list[str]:
    """Visible labels and buttons whose text does not fit; those that are cut on purpose have a tooltip and
    say so.
    """
    found = []
    for kind in (QLabel, QPushButton, QToolButton):
        for widget in window.findChildren(kind):
            if (
                not widget.isVisible()
                or not widget.text()
                or widget.property("elided")
                or widget.visibleRegion().isEmpty()
            ):
                continue
            wrapped = isinstance(widget, QLabel) and widget.wordWrap()
            too_high = wrapped and widget.heightForWidth(widget.width()) > widget.height()
            too_wide = not wrapped and widget.sizeHint().width() > widget.width()
            if too_high or too_wide:
                found.append(f"{widget.text()!r} {widget.sizeHint().toTuple()} in {widget.size().toTuple()}")
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_clipped_on_the_smallest_screen(make_room: Callable[..., Room], language: str) -> None:
    """ui.md, Check: 1366×768, both languages, with data and empty: nothing clipped, window no larger than the
    screen.
    """
    room = make_room(language)
    for name in WORKSPACES:
        room.commands.run(f"workspace.{name}")
        room.bot.wait(120)  # type: ignore[attr-defined]
        assert clipped(room.window) == [], f"{name}, empty, {language}"
    room.open_small_study()
    room.open_report()
    for name in WORKSPACES:
        room.commands.run(f"workspace.{name}")
        room.bot.wait(250)  # type: ignore[attr-defined]
        assert clipped(room.window) == [], f"{name}, with data, {language}"
    assert room.window.size().toTuple() == (1366, 768)


def test_every_command_has_its_icon(room: Room) -> None:
    """A command that names an icon finds it."""
    assert [c.icon for c in room.commands.all() if c.icon and not has_icon(c.icon)] == []


def test_keys_act_in_their_workspace_only(room: Room) -> None:
    """D takes the length tool while reading, and is a letter everywhere else."""
    room.open_small_study()
    screen = room.session.screen
    room.bot.keyClick(room.window, Qt.Key.Key_D)  # type: ignore[attr-defined]
    room.wait(lambda: screen.tool == "length")
    room.commands.run("workspace.worklist")
    room.window.workspaces["worklist"].table.setFocus()
    room.bot.keyClick(room.window.workspaces["worklist"].table, Qt.Key.Key_E)  # type: ignore[attr-defined]
    room.bot.wait(30)  # type: ignore[attr-defined]
    assert screen.tool == "length"
    room.bot.keyClick(room.window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)  # type: ignore[attr-defined]
    room.wait(lambda: room.session.workspaces.current == "report")


def test_keys_are_letters_while_somebody_writes(room: Room) -> None:
    """While a text editor has the focus no command's key ui."""
    room.open_small_study()
    room.commands.run("tool.pan")
    room.commands.run("workspace.worklist")
    line = room.window.workspaces["worklist"].search_line
    line.setFocus()
    room.bot.keyClicks(line, "dez")  # type: ignore[attr-defined]
    assert line.text() == "dez"
    assert room.session.screen.tool == "pan"


def test_space_presses_the_focused_button(room: Room) -> None:
    """Space changes the corner text, but a focused button keeps its own Space."""
    room.open_small_study()
    button = room.window.workspaces["read"].tools.tools["zoom"]
    button.setFocus()
    level = room.session.screen.text_level
    room.bot.keyClick(button, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    room.wait(lambda: room.session.screen.tool == "zoom")
    assert room.session.screen.text_level is level


def test_the_row_of_tools_stands_still(make_room: Callable[..., Room]) -> None:
    """Taking another tool, and a window with longer figures, move no button; the tool in hand is marked."""
    for width in (1366, 1800):
        room = make_room(size=(width, 768))
        room.open_small_study()
        row = room.window.workspaces["read"].tools
        buttons = [button for button in row.findChildren(QToolButton) if button.isVisible()]
        before = [button.geometry() for button in buttons]
        for act in (("tool.length",), ("tool.pan",), ("window.set", -1234.0, 56789.0), ("window.full",)):
            room.commands.run(*act)
            room.bot.wait(50)  # type: ignore[attr-defined]
            assert [button.geometry() for button in buttons] == before, act
        assert [tool for tool, button in row.tools.items() if button.isChecked()] == ["pan"]
        room.window.close()


def test_the_palette_finds_and_runs(room: Room) -> None:
    """Ctrl+K finds a command by Chinese, pinyin, its initials, English and its initials; Enter runs it."""
    for typed in ("测量长度", "cl", "celiang", "length", "ml"):
        assert "tool.length" in [c.command_id for c in room.window.palette_box.found(typed)], typed
    room.bot.keyClick(room.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)  # type: ignore[attr-defined]
    for typed, command_id in (
        ("dianying", "view.cine"),
        ("电影", "view.cine"),
        ("GSPS", "presentation.save"),
    ):
        assert command_id in [c.command_id for c in room.window.palette_box.found(typed)], typed
    named, *others = [c.command_id for c in room.window.palette_box.found("cine")]
    assert (named, others) == ("cine.save", ["view.cine"]), "what is called so comes first"
    palette = room.window.palette_box
    room.wait(palette.isVisible)
    palette.line.setText("qqqq")
    assert palette.hint.text() == "没有符合“qqqq”的命令。"
    palette.line.clear()
    room.bot.keyClicks(palette.line, "zhuandaomulu")  # type: ignore[attr-defined]
    room.bot.keyClick(palette.line, Qt.Key.Key_Return)  # type: ignore[attr-defined]
    room.wait(lambda: room.session.workspaces.current == "directory")
    assert not palette.isVisible()


def test_f6_goes_round_the_regions(room: Room) -> None:
    """F6 moves the focus between the regions of the window and comes back."""
    places = []
    for _ in range(6):
        room.window.keys.next_region(1)
        focus = room.window.focusWidget()
        assert focus is not None
        places.append(focus)
    assert len(set(map(id, places))) >= 3


def test_the_tray_tells_a_directory_that_is_not_set_up_from_one_that_is_silent(room: Room) -> None:
    """ui.md, Words: nothing is said to be offline that nobody has set up; what is not known yet takes no
    room.
    """
    tray = room.window.tray
    room.wait(tray.status["directory"].isVisible)
    assert tray.status["directory"].text() == "目录：未设置"
    assert not tray.status["directory"].property("tone")
    tray.status["directory"].show_reach(0, 3, 2)
    assert (tray.status["directory"].text(), tray.status["directory"].property("tone")) == (
        "目录：离线，待发 2",
        "amber",
    )


def test_an_error_is_told_with_its_hint(room: Room) -> None:
    """ui.md, Words: an error says what happened and what to do next, in the tray and in the list."""
    room.session.station.notifications.add_error(
        BadInput("There is no command {name}.", name="x", hint="Log in first.")
    )
    room.wait(lambda: "没有命令 x" in room.window.tray.message.text())
    assert room.window.tray.message.property("tone") == "danger"
    assert "请先登录" in room.window.tray.message.toolTip()
    room.window.tray.show_messages()
    texts = [label.text() for label in room.window.tray.findChildren(QLabel)]
    assert "没有命令 x。" in texts
    assert "请先登录。" in texts


def test_a_job_shows_its_progress_and_can_be_stopped(room: Room) -> None:
    """ui.md, Words: every long work shows what, how far, how long, and can be stopped."""

    def work(*, progress, cancelled) -> None:  # type: ignore[no-untyped-def]
        from time import sleep

        from app.errors import Cancelled

        for step in range(400):
            progress(step / 400, step, 400)
            if cancelled():
                raise Cancelled
            sleep(0.02)

    job = room.session.station.jobs.submit("整序列降噪", work)
    tray = room.window.tray
    room.wait(
        lambda: (
            tray.job_bar.isVisible()
            and "整序列降噪" in tray.job_text.whole()
            and "/ 400" in tray.job_text.whole()
        )
    )
    room.wait(lambda: "剩余约" in tray.job_left.text())
    tray.job_cancel.click()
    room.wait(lambda: job.ended)
    room.wait(lambda: not tray.job_bar.isVisible())
    assert job.state == "cancelled"


def test_dropping_a_folder_imports_it(room: Room) -> None:
    """Folders, files and archives may be dropped on the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(room.files))])
    event = QDropEvent(
        QPointF(300, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    room.window.dropEvent(event)
    room.wait(lambda: room.window.workspaces["worklist"].model.rowCount() == 1)
    assert any(
        n.level is Level.INFO and "新导入" in n.message for n in room.session.station.notifications.rows
    )


def test_the_window_comes_back_on_the_screen(make_room: Callable[..., Room]) -> None:
    """A window that was left far outside every screen is restored on one."""
    first = make_room()
    first.window.move(9000, 9000)
    first.window.close()
    second = make_room()
    screen = second.window.screen().availableGeometry()
    assert screen.intersects(second.window.frameGeometry())


def test_a_write_by_the_window_s_thread_is_found(room: Room) -> None:
    """What all tests of windows are held to: see `tests.support.window_thread`."""
    room.open_small_study()
    report, reports = room.open_report(), room.session.get(ReportController)
    with pytest.raises(AssertionError, match="window's thread"):
        reports._write(room.session.user.actor, report)
