"""Where a window stands: on a screen that is there, as it stood last."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from app.session.window_places import Area
from app.viewing.monitors import Monitor, monitor_of


def monitors() -> list[Monitor]:
    """The monitors that are connected, the primary one first."""
    return [monitor_of(screen) for screen in QGuiApplication.screens()]


def screen_of(key: str) -> QScreen | None:
    """The screen of a monitor, by its key."""
    return next((one for one in QGuiApplication.screens() if monitor_of(one).key == key), None)


def is_on_a_screen(frame: QRect) -> bool:
    """More than half of a window can be seen."""
    return any(_overlap(screen.availableGeometry(), frame) > 0.5 for screen in QGuiApplication.screens())


def restore(window: QWidget, saved: object) -> None:
    """The last place on the screen, if it still is on one; else a good size in the middle."""
    if (
        isinstance(saved, QByteArray)
        and window.restoreGeometry(saved)
        and is_on_a_screen(window.frameGeometry())
    ):
        return
    to_the_middle(window)


def to_the_middle(window: QWidget) -> None:
    """A good size in the middle of the primary screen."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    width, height = min(1920, screen.width()), min(1080, screen.height())
    left, top = screen.x() + (screen.width() - width) // 2, screen.y() + (screen.height() - height) // 2
    window.setGeometry(QRect(left, top, width, height))


def keep_on_a_screen(window: QWidget) -> None:
    """Bring a window whose screen is gone to one that is there."""
    if window.isVisible() and not window.isMinimized() and not is_on_a_screen(window.frameGeometry()):
        fills = window.isMaximized()
        window.showNormal()
        to_the_middle(window)
        if fills:
            window.showMaximized()


def area_of(window: QWidget) -> Area | None:
    """A window's place from the upper left of its screen; None where it fills the screen."""
    screen = window.screen().availableGeometry()
    if window.isMaximized() or window.isFullScreen() or window.geometry() == screen:
        return None
    place = window.geometry()
    return place.x() - screen.x(), place.y() - screen.y(), place.width(), place.height()


def put_on(window: QWidget, screen: QScreen, area: Area | None) -> None:
    """Show a window on a screen: at its place there, else filling it."""
    room = screen.availableGeometry()
    if window.isVisible():  # window systems move none that fills a screen
        window.hide()
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.setScreen(screen)
    if area is not None:
        place = QRect(room.x() + area[0], room.y() + area[1], area[2], area[3])
        if _overlap(room, place) > 0.5:
            window.setGeometry(place)
            window.showNormal()
            return
    window.setGeometry(room)  # the window system maximises it on the screen where it stands
    window.showMaximized()


def _overlap(screen: QRect, frame: QRect) -> float:
    """Share of a window that lies on a screen."""
    common = screen.intersected(frame)
    area = frame.width() * frame.height()
    return common.width() * common.height() / area if area and common.isValid() else 0.0
