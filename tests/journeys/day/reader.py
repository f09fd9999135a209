"""Somebody who reads in the real window by mouse and key, and acts by what stands on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QMenu, QToolButton, QWidget

from app.annotation.listing import MarkRow
from app.annotation.mark_table import MarkTable
from app.i18n import Language
from app.notifications import Level
from app.reading.hanging_controller import HangingController
from app.viewing.resolve import Resolved
from app.viewing.screen import Screen, ViewportId
from tests.journeys.conftest import Driver
from viewers.viewport import ViewportTile
from widgets.elements import Clickable
from widgets.panels.archive.worklist import WorklistWorkspace
from widgets.panels.reading.layout_picker import LayoutPicker
from widgets.panels.reading.read_workspace import ReadWorkspace
from widgets.shell.palette import Palette

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton
PLAIN, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)
Place = tuple[float, float]
DialogType = TypeVar("DialogType", bound=QDialog)


@dataclass
class Reader:
    """`driver` has the window and waits; acts wait until what they began has ended."""

    driver: Driver
    language: Language
    #: errors and warnings that were expected
    expected: int = field(default=0)

    def says(self, zh: str, en: str) -> str:
        """The words of this window's language."""
        return zh if self.language == "zh" else en

    @property
    def screen(self) -> Screen:
        """The views."""
        return self.driver.window.session.screen

    @property
    def read(self) -> ReadWorkspace:
        """The reading workspace."""
        found = self.driver.window.main.workspaces["read"]
        assert isinstance(found, ReadWorkspace)
        return found

    @property
    def worklist(self) -> WorklistWorkspace:
        """The list."""
        found = self.driver.window.main.workspaces["worklist"]
        assert isinstance(found, WorklistWorkspace)
        return found

    @property
    def marks(self) -> Sequence[MarkRow]:
        """Rows of the table of marks."""
        return self.driver.window.session.get(MarkTable).rows

    def told(self) -> list[str]:
        """Errors and warnings since the last time."""
        rows = self.driver.station.notifications.rows
        bad = [n.message for n in rows if n.level in (Level.ERROR, Level.WARNING)]
        new, self.expected = bad[self.expected :], len(bad)
        return new

    # -- waiting --------------------------------------------------------------------------------------------

    def until(self, reached: Callable[[], bool], timeout_s: float = 60) -> None:
        """Let the window live until something is so."""
        self.driver.until(reached, timeout_s)

    def settle(self) -> None:
        """Until nothing runs and everything is painted."""
        self.until(lambda: not self.driver.station.jobs.active)
        for _ in range(6):
            self.driver.window.process_events(0.005)
        self.until(lambda: not self.driver.station.jobs.active)

    def to_front(self) -> None:
        """Keys go to this window."""
        self.driver.window.main.activateWindow()
        self.until(self.driver.window.main.isActiveWindow, 10)

    # -- opening --------------------------------------------------------------------------------------------

    def find(self, words: str, count: int) -> None:
        """Go to the list and type in its search field; so many studies are left, the first one is chosen."""
        self.to_front()
        self.key(Qt.Key.Key_1, ALT)
        self.key(Qt.Key.Key_F, CTRL)
        line, model = QApplication.focusWidget(), self.worklist.model
        assert line is self.worklist.search_line
        QTest.keyClicks(line, words)
        self.until(lambda: model.rowCount() == count and self.worklist.listed.is_idle)
        self.key(Qt.Key.Key_Down)

    def open(self, words: str, count: int = 1, held: Qt.KeyboardModifier = PLAIN) -> Screen:
        """Find a study and open it by Enter, as it hangs by itself; the keys are in its active view then."""
        self.find(words, count)
        chosen = self.worklist.chosen()
        assert chosen is not None
        self.key(Qt.Key.Key_Return, held)
        session = self.driver.window.session
        hanging = session.get(HangingController)
        self.until(lambda: session.workspaces.current == "read")
        self.until(lambda: session.study.is_open(chosen.study.study_uid) and hanging.match is not None)
        self.settle()
        self.until(lambda: isinstance(QApplication.focusWidget(), ViewportTile), 5)
        return session.screen

    def close(self) -> None:
        """Put the study away."""
        self.command(self.says("guanbijiancha", "close study"), self.says("关闭检查", "Close study"))

    def command(self, typed: str, title: str) -> None:
        """By the palette of commands: letters are typed, and the row that is chosen by them is run."""
        self.key(Qt.Key.Key_K, CTRL)
        palette = next(one for one in self.driver.window.main.findChildren(Palette) if one.isVisible())
        assert QApplication.focusWidget() is palette.line
        QTest.keyClicks(palette.line, typed)
        assert palette.list.currentItem().text().split("    ")[0] == title
        self.key(Qt.Key.Key_Return)

    # -- keys -----------------------------------------------------------------------------------------------

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
        """To whatever has the focus; it is somewhere."""
        focus = QApplication.focusWidget()
        assert focus is not None, "the keys go nowhere"
        QTest.keyClick(focus, key, held)
        self.settle()

    # -- views ----------------------------------------------------------------------------------------------

    def tile(self, viewport_id: str) -> ViewportTile:
        """The tile of a view."""
        viewer = self.read.viewer
        found = viewer.tiles[ViewportId(viewport_id)]  # type: ignore[union-attr]
        assert isinstance(found, ViewportTile)
        return found

    def shown(self, viewport_id: str) -> Resolved:
        """What a tile shows."""
        found = self.tile(viewport_id).resolved()
        assert found is not None
        return found

    def wheel(self, viewport_id: str, notches: int, held: Qt.KeyboardModifier = PLAIN) -> None:
        """Turn it over the middle of a view."""
        tile = self.tile(viewport_id)
        at, phase = QPointF(tile.rect().center()), Qt.ScrollPhase.NoScrollPhase
        turn = QPoint(0, -120 * notches)
        event = QWheelEvent(at, tile.mapToGlobal(at), QPoint(), turn, NONE, held, phase, False)
        QApplication.sendEvent(tile, event)
        self.settle()

    def drag(self, viewport_id: str, start: Place, *by: Place, button: Qt.MouseButton = LEFT) -> None:
        """From a place of the tile, in shares of it, so many pixels on, through each of the steps."""
        tile = self.tile(viewport_id)
        here = QPointF(start[0] * tile.width(), start[1] * tile.height())
        there = [here + QPointF(*step) for step in by]
        self._mouse(tile, QEvent.Type.MouseButtonPress, here, button)
        for at in there:
            self._mouse(tile, QEvent.Type.MouseMove, at, button)
        self._mouse(tile, QEvent.Type.MouseButtonRelease, there[-1] if there else here, button)
        self.settle()

    def click(self, viewport_id: str, place: Place, button: Qt.MouseButton = LEFT) -> None:
        """On a place of a view, in shares of it."""
        self.drag(viewport_id, place, button=button)

    def click_at(self, viewport_id: str, at: QPointF) -> None:
        """On a pixel of a view."""
        tile = self.tile(viewport_id)
        self._mouse(tile, QEvent.Type.MouseButtonPress, at, LEFT)
        self._mouse(tile, QEvent.Type.MouseButtonRelease, at, LEFT)
        self.settle()

    def double_click(self, viewport_id: str) -> None:
        """On the middle of a view."""
        QTest.mouseDClick(self.tile(viewport_id), LEFT, PLAIN, self.tile(viewport_id).rect().center())
        self.settle()

    @staticmethod
    def _mouse(tile: QWidget, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        moved, released = kind == QEvent.Type.MouseMove, kind == QEvent.Type.MouseButtonRelease
        which, held = NONE if moved else button, NONE if released else button
        QApplication.sendEvent(tile, QMouseEvent(kind, at, tile.mapToGlobal(at), which, held, PLAIN))

    # -- buttons, menus, dialogs ----------------------------------------------------------------------------

    def button(self, words: str, within: QWidget | None = None) -> QWidget:
        """What is seen and can be pressed and has these words on it, or else in its tool tip or its name."""
        ground = within or self.driver.window.main
        seen = [
            one
            for one in ground.findChildren(QWidget)
            if isinstance(one, QAbstractButton | Clickable) and one.isVisible()
        ]
        on = [one for one in seen if isinstance(one, QAbstractButton) and one.text().strip() == words]
        told = [one for one in seen if words in (one.toolTip().split("  ")[0], one.accessibleName())]
        assert on or told, f"nothing that can be pressed says {words!r}"
        return (on or told)[0]

    def unfolded(self, date: str) -> QWidget:
        """What the strip shows of the prior of a day."""
        heads = self.read.strip.findChildren(QAbstractButton)
        head = next(one for one in heads if date in one.accessibleName())
        found = head.parentWidget()
        assert found is not None
        return found

    @staticmethod
    def names_in(ground: QWidget) -> str:
        """All that is written in a part of the window, and what its buttons are called."""
        seen = [one for one in ground.findChildren(QWidget) if one.isVisible()]
        texts = [one.text() for one in seen if isinstance(one, QAbstractButton | QLabel)]
        return "\n".join([*texts, *(one.accessibleName() for one in seen)])

    def press(self, words: str, within: QWidget | None = None) -> None:
        """Click a button by its words."""
        found = self.button(words, within)
        assert found.isEnabled(), words
        QTest.mouseClick(found, LEFT)
        self.settle()

    def from_menu(self, viewport_id: str, *rows: str) -> None:
        """The menu of a view by the right button, then its rows by their words."""
        self.click(viewport_id, (0.5, 0.5), RIGHT)
        self._through(rows)
        self.settle()

    def from_button(self, words: str, *rows: str) -> None:
        """The menu of a button, which holds the program until something of it is chosen."""
        found = self.button(words)
        assert isinstance(found, QToolButton)
        QTimer.singleShot(0, found, lambda: self._through(rows))  # the menu holds what opened it
        QTest.mouseClick(found, LEFT)
        self.settle()

    def lay_out(self, rows: int, columns: int) -> None:
        """A grid, by the layout button and its cells."""
        found = self.button(self.says("视图布局", "Lay out views"), self.read.tools)
        assert isinstance(found, LayoutPicker)
        cell = found.grid.cell(rows - 1, columns - 1).center()

        def choose() -> None:
            QTest.mouseMove(found.grid, cell)
            QTest.mouseClick(found.grid, LEFT, PLAIN, cell)

        QTimer.singleShot(0, found, choose)  # the menu holds what opened it
        QTest.mouseClick(found, LEFT)
        self.settle()

    @staticmethod
    def rows_of(menu: QMenu) -> list[str]:
        """What can be read in a menu, without keys."""
        return [
            action.text().split("\t")[0] for action in menu.actions() if action.isVisible() and action.text()
        ]

    def _through(self, rows: Sequence[str]) -> None:
        for words in rows:
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu), f"no menu is open for {words!r}"
            found = [one for one in menu.actions() if one.isVisible() and one.text().split("\t")[0] == words]
            assert found, f"{words!r} is not among {self.rows_of(menu)}"
            assert found[0].isEnabled(), f"{words!r} cannot be chosen"
            inner = found[0].menu()
            QTest.mouseClick(menu, LEFT, PLAIN, menu.actionGeometry(found[0]).center())
            if isinstance(inner, QMenu):
                self.until(inner.isVisible, 5)

    def dialog(self, kind: type[DialogType]) -> DialogType:
        """The open dialog of a kind."""
        open_ones = [one for one in self.driver.window.main.findChildren(kind) if one.isVisible()]
        assert open_ones, f"no {kind.__name__} is open"
        return open_ones[0]
