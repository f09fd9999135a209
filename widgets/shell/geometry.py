"""Where a window stands: on a screen that is there, as it stood last."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from app.session.window_places import Area
from app.viewing.monitors import Monitor, monitor_of

#: room for the title of a window, which lies above it
_TITLE_PX = 32
#: windows that lie over each other: share of the screen, and how far each is moved from the one before
_CASCADED, _STEP_PX, _FAR_PX = 0.75, 48, 288
#: share of two windows that lies over the other, from which on they are taken for one
_SAME = 0.9


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


def keep_on_a_screen(window: QWidget) -> bool:
    """Bring a window whose screen is gone to one that is there; whether it had to be."""
    if window.isVisible() and not window.isMinimized() and not is_on_a_screen(window.frameGeometry()):
        fills = window.isMaximized()
        window.showNormal()
        to_the_middle(window)
        if fills:
            window.showMaximized()
        return True
    return False


def area_of(window: QWidget) -> Area | None:
    """A window's place from the upper left of its screen; None where it fills the screen."""
    screen = window.screen().availableGeometry()
    if window.isMaximized() or window.isFullScreen() or window.geometry() == screen:
        return None
    place = window.geometry()
    return place.x() - screen.x(), place.y() - screen.y(), place.width(), place.height()


def area_beside(room: QRect, others: Sequence[QRect], least: QSize) -> Area | None:
    """A place for one more window in the room of a screen, on which none of the others lies exactly: half of
    it where that is no smaller than `least`, else a little further down and right than the others.  None
    where no other stands there.
    """
    here = [other for other in others if _overlap(room, other) > 0.5]
    if not here:
        return None
    inner = room.adjusted(0, _TITLE_PX, 0, 0)
    places = [place for place in _halves(inner) if _holds(place, least)]
    share = QSize(round(inner.width() * _CASCADED), round(inner.height() * _CASCADED))
    size = share.expandedTo(least).boundedTo(inner.size())
    for by in range(_STEP_PX, _FAR_PX, _STEP_PX):
        right, down = min(by, inner.width() - size.width()), min(by, inner.height() - size.height())
        places.append(QRect(inner.topLeft() + QPoint(right, down), size))
    free = (place for place in places if not any(covers(place, other) for other in here))
    found = next(free, places[-1])
    return found.x() - room.x(), found.y() - room.y(), found.width(), found.height()


def covers(one: QRect, other: QRect) -> bool:
    """Two windows lie on top of each other: hardly anything of either can be seen beside the other."""
    return min(_overlap(one, other), _overlap(other, one)) > _SAME


def _halves(room: QRect) -> tuple[QRect, QRect]:
    """The right and the left half of a screen; of one that stands upright the lower and the upper one."""
    if room.height() > room.width():
        high = room.height() // 2
        below = QRect(room.x(), room.y() + high, room.width(), room.height() - high)
        return below, QRect(room.x(), room.y(), room.width(), high)
    wide = room.width() // 2
    right = QRect(room.x() + wide, room.y(), room.width() - wide, room.height())
    return right, QRect(room.x(), room.y(), wide, room.height())


def _holds(place: QRect, least: QSize) -> bool:
    return place.width() >= least.width() and place.height() >= least.height()


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
