"""Workspaces on another monitor: put there, named, moved back when it goes, hidden when nobody may look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.session.window_places import WINDOWS_MENU
from tests.support.virtual_monitors import Area, VirtualMonitors, is_virtual, virtual_monitors
from tests.widgets.conftest import PASSWORD, Room
from widgets.shell.geometry import area_beside, covers
from widgets.shell.settings_dialog import SettingsDialog
from widgets.shell.workspace_window import WorkspaceWindow

pytestmark = pytest.mark.window

LEFT, RIGHT = (0, 0, 1366, 1080), (1366, 0, 554, 1080)


@contextmanager
def divided(qtbot: QtBot, areas: dict[str, Area]) -> Iterator[VirtualMonitors]:
    """The display is these monitors, as the toolkit sees it too."""
    if not is_virtual():
        pytest.skip("this would divide a person's monitor")

    def seen() -> list[str]:
        return sorted(screen.name() for screen in QGuiApplication.screens())

    with virtual_monitors(areas) as made:
        qtbot.waitUntil(lambda: seen() == sorted(areas))
        yield made
    qtbot.waitUntil(lambda: seen() == ["screen"])


@pytest.fixture
def monitors(qapp: QApplication, qtbot: QtBot) -> Iterator[VirtualMonitors]:
    """The display is two monitors; the window comes to stand on the left one."""
    with divided(qtbot, {"LEFT": LEFT, "RIGHT": RIGHT}) as made:
        yield made


@pytest.fixture
def two(monitors: VirtualMonitors, room: Room) -> Room:
    """A window with the small study, on the left monitor."""
    room.window.move(0, 0)
    room.open_small_study()
    room.commands.run("workspace.read")
    return room


def out(room: Room, name: str = "read") -> WorkspaceWindow:
    """The window that a workspace stands in."""
    found = room.window.windows.of(name)
    assert found is not None
    return found


def test_reading_goes_to_the_other_monitor_and_keys_work_there(two: Room) -> None:
    """Alt+M: the images go whole, with the patient's name and the safety notice; the main window shows what
    was before, and keys mean the window that has the focus.
    """
    main, screen = two.window, two.session.screen
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    window = out(two)
    two.wait(window.isActiveWindow)
    assert window.screen().name() == "RIGHT"
    assert window.minimumSizeHint().width() < 1080, "it fits a monitor that stands upright"
    assert window.workspace is main.workspaces["read"]
    assert window.patient.name.whole() == main.patient.name.whole() != ""
    assert window.tray.safety.isVisible()
    assert main.current is main.workspaces["worklist"]
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_D)
    assert screen.tool == "length"
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    two.wait(window.keys.palette.line.hasFocus)
    QTest.keyClick(window.keys.palette.line, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    two.wait(main.isActiveWindow)
    assert two.session.workspaces.current == "worklist"
    QTest.keyClick(main.workspaces["worklist"].table, Qt.Key.Key_E)
    assert screen.tool == "length", "a letter of the images' window is none of the list's"
    main.rail.buttons["read"].click()
    two.wait(window.isActiveWindow)
    assert main.rail.buttons["worklist"].isChecked()
    window.close()
    assert main.current is main.workspaces["read"]
    assert not window.isVisible()
    assert two.commands.get("read.main-window").on()
    assert len(two.commands.of_menu(WINDOWS_MENU)) == 7


def test_it_comes_back_when_the_monitor_goes_and_returns_with_it(
    two: Room, monitors: VirtualMonitors
) -> None:
    main, notifications = two.window, two.session.station.notifications

    def told() -> list[str]:
        return [row.message for row in notifications.rows if "RIGHT" in row.message]

    two.commands.run("read.own-window")
    two.wait(out(two).isActiveWindow)
    monitors.unplug("RIGHT")
    two.wait(lambda: main.windows.of("read") is None)
    assert main.current is main.workspaces["read"]
    two.wait(lambda: ["已断开" in text for text in told()] == [True])
    two.commands.run("workspace.worklist")
    monitors.plug("RIGHT", RIGHT)
    two.wait(lambda: main.windows.of("read") is not None)
    assert out(two).screen().name() == "RIGHT"
    assert two.session.workspaces.current == "worklist", "who works at the list is left there"
    two.wait(
        lambda: ["已恢复" in row.message for row in notifications.rows if "RIGHT" in row.message] == [True]
    )
    main.setGeometry(1400, 0, 1366, 768)
    monitors.unplug("RIGHT")
    two.wait(lambda: main.x() < LEFT[2] // 2)  # it is not left where no monitor is


def test_nobody_sees_a_patient_who_may_not(two: Room) -> None:
    """Locking hides each window and unlocking shows it; logging out empties it; the place is the
    person's.
    """
    main, user = two.window, two.session.user
    two.commands.run("read.own-window")
    window = out(two)
    user.lock()
    assert not window.isVisible()
    user.log_in("doctor", PASSWORD)
    assert window.isVisible()
    user.log_out()
    assert not window.isVisible()
    assert window.patient.name.whole() == "未打开检查"
    assert main.windows.of("read") is None
    user.log_in("doctor", PASSWORD)
    assert out(two).isVisible()
    main.close()
    assert not window.isVisible()


def test_a_question_holds_the_windows_on_all_monitors(two: Room) -> None:
    """The offset that is asked for is that of the active view: no other is chosen meanwhile elsewhere."""
    two.commands.run("read.own-window")
    window = out(two)
    two.wait(window.isActiveWindow)
    two.window.open_settings()
    (dialog,) = two.window.findChildren(SettingsDialog)
    two.wait(dialog.isActiveWindow)
    clicked: list[bool] = []
    window.patient.dock_toggle.clicked.connect(lambda on: clicked.append(on))
    handle, toggle = window.windowHandle(), window.patient.dock_toggle
    at = toggle.mapTo(window, toggle.rect().center())

    def click() -> None:
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)

    click()
    assert clicked == []
    dialog.reject()
    click()
    assert clicked == [False]


def test_the_report_s_window_is_moved_and_remembered(two: Room) -> None:
    """A window that was dragged stands there again; asked for once more it goes on to the next monitor."""
    two.open_report()
    two.commands.run("report.in-window")
    window = out(two, "report")
    two.wait(window.isActiveWindow)
    window.setGeometry(100, 50, 1100, 700)
    two.wait(lambda: two.session.windows.out["report"].area == (100, 50, 1100, 700))
    assert two.session.windows.out["report"].name == "LEFT"
    two.session.user.log_out()
    two.session.user.log_in("doctor", PASSWORD)
    assert window.geometry().getRect() == (100, 50, 1100, 700)
    two.commands.run("report.in-window")
    two.wait(lambda: window.screen().name() == "RIGHT" and window.isActiveWindow())
    assert window.y() == 0, "it fills the next monitor"


def test_views_are_shared_out_over_both_monitors(two: Room, monitors: VirtualMonitors) -> None:
    """Alt+S: the right half of the layout in a window of its own, whose keys are those of reading; all views
    are together again when it is closed or its monitor goes.
    """
    main, screen = two.window, two.session.screen
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    window = out(two, "images")
    assert screen.parts == 2
    assert window.screen().name() == "RIGHT"
    assert window.patient.name.whole() == main.patient.name.whole()
    assert main.current is main.workspaces["read"]
    window.come()
    two.wait(window.isActiveWindow)
    QTest.keyClick(window, Qt.Key.Key_D)
    assert screen.tool == "length"
    window.close()
    assert screen.parts == 1
    assert not window.isVisible()
    two.commands.run("read.two-monitors")
    assert window.isVisible()
    monitors.unplug("RIGHT")
    two.wait(lambda: screen.parts == 1 and not window.isVisible())
    monitors.plug("RIGHT", RIGHT)
    two.wait(lambda: screen.parts == 2 and window.isVisible())
    two.session.user.log_out()
    assert (screen.parts, window.isVisible()) == (1, False)


def test_windows_on_one_monitor_are_seen_beside_each_other(qtbot: QtBot, room: Room) -> None:
    """Of one monitor the second window takes the right half, the third the left one; the main window stays as
    it stands.
    """
    with divided(qtbot, {"ONLY": (0, 0, 1920, 1080)}):
        room.window.setGeometry(0, 0, 1920, 1080)
        room.open_small_study()
        room.commands.run("read.two-monitors")
        room.commands.run("report.in-window")
        room.wait(lambda: out(room, "report").isVisible() and out(room, "images").isVisible())
        images, report = (out(room, name).geometry() for name in ("images", "report"))
        assert (images.left(), images.right()) == (960, 1919)
        assert (report.left(), report.right()) == (0, 959)
        assert room.window.geometry().getRect() == (0, 0, 1920, 1080)
        room.commands.run("read.two-monitors")
        room.commands.run("read.own-window")
        room.wait(lambda: out(room).isVisible())
        assert out(room).x() == 960, "the half that is free"


@pytest.mark.parametrize(
    ("width", "height", "least"), [(1920, 1080, 600), (1080, 1920, 600), (1366, 768, 900)]
)
def test_there_is_a_place_for_each_window(width: int, height: int, least: int) -> None:
    """Halves first, of a monitor that stands upright one above the other; then apart, within the monitor, as
    large as they must be; none lies on another.
    """
    room, smallest = QRect(-width, 0, width, height), QSize(least, 400)
    assert area_beside(room, [QRect(5000, 0, 9, 9)], smallest) is None
    stand = [room]
    for _ in range(4):
        area = area_beside(room, stand, smallest)
        assert area is not None
        place = QRect(*area).translated(room.topLeft())
        assert room.contains(place)
        assert place.width() >= least
        assert not any(covers(place, other) for other in stand)
        stand.append(place)


def test_a_window_makes_way_for_the_one_that_comes_back(qtbot: QtBot, room: Room) -> None:
    """The main window's monitor goes: it moves to the one that a window of its own fills."""
    area = (0, 0, 1920, 1080)
    with divided(qtbot, {"STAYS": area, "GOES": (1920, 0, 1920, 1080)}) as monitors:
        room.window.setGeometry(1920, 0, 1920, 1080)
        room.open_small_study()
        room.commands.run("read.own-window")
        room.wait(lambda: out(room).geometry().getRect() == area)
        monitors.unplug("GOES")
        room.wait(lambda: room.window.geometry().getRect() == area)
        room.wait(lambda: (out(room).x(), out(room).width()) == (960, 960))


def test_views_are_shared_out_over_three_monitors(qtbot: QtBot, room: Room) -> None:
    """Each shows its columns; what is on a monitor that goes is shared out over those that are left."""
    areas: dict[str, Area] = {name: (1920 * n, 0, 1920, 1080) for n, name in enumerate("ABC")}
    with divided(qtbot, areas) as monitors:
        room.window.setGeometry(0, 0, 1920, 1080)
        room.open_small_study()
        room.commands.run("layout.set", "grid-1x3")
        screen = room.session.screen
        room.commands.run("read.three-monitors")
        room.wait(lambda: out(room, "images-3").isVisible())
        assert screen.parts == 3
        windows = [room.window, out(room, "images"), out(room, "images-3")]
        room.wait(lambda: {window.screen().name() for window in windows} == {"A", "B", "C"})
        assert [len(screen.cells_of_part(part)) for part in range(3)] == [1, 1, 1]
        room.commands.run("read.two-monitors")
        assert (screen.parts, room.window.windows.of("images-3")) == (2, None)
        room.commands.run("read.three-monitors")
        gone = out(room, "images").screen().name()
        monitors.unplug(gone)
        room.wait(lambda: screen.parts == 2 and room.window.windows.of("images") is not None)
        taken = (gone, room.window.screen().name())
        room.wait(lambda: out(room, "images").screen().name() not in taken)
        assert not room.commands.get("read.three-monitors").enabled()
        room.commands.run("read.two-monitors")
        assert screen.parts == 1
