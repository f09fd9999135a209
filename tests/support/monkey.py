"""Somebody who presses keys and buttons without plan, and what went wrong meanwhile."""

from __future__ import annotations

import logging
import random
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QLineEdit, QMenu, QWidget

from app.bootstrap.window import SessionWindow

#: what leaves the program or asks another one
LEAVES = frozenset(
    {"window.close", "person.log-out", "person.lock", "study.import", "guide.open", "log.open"}
)
BUTTONS = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton)
MODIFIERS = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PLAIN = (
    *(Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_Delete, Qt.Key.Key_Space),
    *(Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End),
    *(Qt.Key.Key_A, Qt.Key.Key_1, Qt.Key.Key_5, Qt.Key.Key_F6),
)
TEXTS = ("右肺上叶结节 8 mm", "no nodule", "", "0", "-1e9", "x" * 300, "%s{0}\\n", "👍 é ١٢")


@dataclass
class Found:
    """What a run met: defects with their traces, and acts after which nothing moved for long."""

    defects: list[str] = field(default_factory=list)
    stalls: list[tuple[float, str]] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def told(self) -> str:
        """What a failed test says: each defect, and the last acts before the end."""
        return "\n\n".join([*self.defects, *map(str, self.stalls), "last acts:", *self.acts[-12:]])


class _Defects(logging.Handler):
    def __init__(self, found: Found) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        trace = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else ""
        self._found.defects.append(
            f"after {self._found.acts[-3:]}: {record.name}: {record.getMessage()}\n{trace}"
        )


@contextmanager
def _listening(found: Found) -> Iterator[None]:
    handler = _Defects(found)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class Monkey:
    """Acts on a window by key and mouse, from a timer: in dialogs and menus as well.

    `seed` decides everything; `stall_s` is how long one act may keep the window from living. Whoever locks
    the window comes back with `login`.
    """

    def __init__(
        self, window: SessionWindow, seed: int, login: tuple[str, str], *, stall_s: float = 2.0
    ) -> None:
        self._window = window
        self._login = login
        self._chance = random.Random(seed)
        self._stall_s = stall_s
        self._found = Found()
        self._left = 0
        self._depth = 0
        self._at = 0.0
        self._loop = QEventLoop()
        self._keys = [
            QKeySequence(command.key)[0]
            for command in window.commands.all()
            if command.key and command.command_id not in LEAVES
        ]
        #: weight, act
        self._acts: tuple[tuple[int, Callable[[], str]], ...] = (
            (34, self._press_key),
            (30, self._use_tile),
            (16, self._click_something),
            (8, self._choose_command),
            (5, self._type),
            (4, self._change_workspace),
            (2, self._resize),
        )

    def run(self, events: int) -> Found:
        """Do so many things; the window lives between them."""
        self._left, self._at = events, time.monotonic()
        with _listening(self._found):
            QTimer.singleShot(0, self._tick)
            self._loop.exec()
            for _ in range(20):
                self._window.process_events(0.005)
        return self._found

    # -- one act after the other ----------------------------------------------------------------------------

    def _tick(self) -> None:
        now = time.monotonic()
        if now - self._at > self._stall_s:
            self._found.stalls.append((round(now - self._at, 1), " < ".join(self._found.acts[-3:][::-1])))
        if self._left <= 0 and not self._depth and self._nothing_in_front():
            self._loop.quit()
            return
        self._left -= 1
        QTimer.singleShot(1, self._tick)  # first: an act may wait in a loop of its own
        self._depth += 1
        self._at = time.monotonic()
        try:
            self._found.acts.append("…")
            act = self._act()
            self._found.acts[-1] = act
        except Exception:  # noqa: BLE001  (whatever it is, it is what is looked for)
            self._found.defects.append(f"{self._found.acts[-3:]}\n{traceback.format_exc()}")
        finally:
            self._depth -= 1
            self._found.acts = self._found.acts[-40:]

    def _act(self) -> str:
        user = self._window.session.user
        if (
            self._left <= 0
            or self._depth > 3
            or user.is_locked
            or not user.is_logged_in
            or (self._in_front() and self._chance.random() < 0.35)
        ):
            return self._leave()
        acts = [act for _, act in self._acts]
        return self._chance.choices(acts, [weight for weight, _ in self._acts])[0]()

    def _in_front(self) -> QWidget | None:
        return QApplication.activePopupWidget() or QApplication.activeModalWidget()

    def _nothing_in_front(self) -> bool:
        return self._in_front() is None

    def _leave(self) -> str:
        """Close what is in front; a drag has no window of its own and ends with Escape."""
        front, user = self._in_front(), self._window.session.user
        if user.is_locked or not user.is_logged_in:
            user.log_in(*self._login)
            return "log in"
        if isinstance(front, QDialog):
            front.reject()
        elif front is not None:
            front.close()
        else:
            none = Qt.KeyboardModifier.NoModifier
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):  # sent: QTest would let events come
                QApplication.sendEvent(
                    self._window.main.windowHandle(), QKeyEvent(kind, Qt.Key.Key_Escape, none)
                )
        return f"leave {type(front).__name__}"

    # -- what it does ---------------------------------------------------------------------------------------

    def _target(self) -> QWidget:
        front = self._in_front()
        return front or QApplication.focusWidget() or self._window.main

    def _press_key(self) -> str:
        if self._chance.random() < 0.6:
            key = self._chance.choice(self._keys)
            QTest.keyClick(self._target(), key.key(), key.keyboardModifiers())
            return f"key {QKeySequence(key).toString()}"
        plain = self._chance.choice(PLAIN)
        QTest.keyClick(self._target(), plain, self._chance.choice(MODIFIERS))
        return f"key {plain.name}"

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(
            self._chance.randrange(max(widget.width(), 1)), self._chance.randrange(max(widget.height(), 1))
        )

    def _use_tile(self) -> str:
        viewer = getattr(self._window.main.workspaces["read"], "viewer", None)
        tiles = [(i, tile) for i, tile in getattr(viewer, "tiles", {}).items() if tile.isVisible()]
        if not tiles or self._in_front():
            return self._click_something()
        viewport_id, tile = self._chance.choice(tiles)
        button, keys = self._chance.choice(BUTTONS), self._chance.choice(MODIFIERS)
        kind = self._chance.choice(("wheel", "wheel", "click", "double", "drag", "drag", "move"))
        at = self._point(tile)
        if kind == "wheel":
            turn = QPoint(0, self._chance.choice((-120, 120, -720, 720)))
            spot = QPointF(at)
            event = QWheelEvent(
                spot,
                QPointF(tile.mapToGlobal(at)),
                QPoint(),
                turn,
                Qt.MouseButton.NoButton,
                keys,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(tile, event)
        elif kind == "click":
            QTest.mouseClick(tile, button, keys, at)
        elif kind == "double":
            QTest.mouseDClick(tile, button, keys, at)
        elif kind == "move":
            QTest.mouseMove(tile, at)
        else:
            QTest.mousePress(tile, button, keys, at)
            for _ in range(self._chance.randrange(1, 4)):
                QTest.mouseMove(tile, self._point(tile))
            QTest.mouseRelease(tile, button, keys, self._point(tile))
        return f"{kind} {button.name} at {at.x()},{at.y()} of tile {viewport_id}"

    def _click_something(self) -> str:
        within = self._in_front() or self._window.main
        if isinstance(within, QMenu):
            actions = [a for a in within.actions() if a.isEnabled() and not a.isSeparator() and not a.menu()]
            if not actions:
                return self._leave()
            action = self._chance.choice(actions)
            text = action.text()
            within.close()
            action.trigger()
            return f"menu {text}"
        seen = [w for w in within.findChildren(QWidget) if w.isVisible() and w.isEnabled() and w.width() > 4]
        buttons = [w for w in seen if isinstance(w, QAbstractButton | QComboBox)]
        pool = buttons if buttons and self._chance.random() < 0.7 else seen
        if not pool:
            return self._leave()
        widget = self._chance.choice(pool)
        name = f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()}"
        QTest.mouseClick(
            widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self._point(widget)
        )
        return f"click {name}"

    def _choose_command(self) -> str:
        """Any command of the palette, as its line there would run it."""
        session = self._window.session
        possible = [c for c in session.commands.all() if c.palette and c.command_id not in LEAVES]
        command = self._chance.choice(possible)
        if self._in_front() is None and command.enabled():
            session.dispatcher.attempt(command.run)
        return f"command {command.command_id}"

    def _type(self) -> str:
        focus = QApplication.focusWidget()
        text = self._chance.choice(TEXTS)
        if focus is not None and self._in_front() in (None, focus.window()):
            if isinstance(focus, QLineEdit):
                focus.setText(text)
                focus.textEdited.emit(text)
            elif hasattr(focus, "insertPlainText") and not focus.isReadOnly():
                focus.insertPlainText(text)
        return f"type {text[:20]!r} into {type(focus).__name__}"

    def _change_workspace(self) -> str:
        if self._in_front():
            return self._leave()
        name = self._chance.choice(("read", "read", "read", "worklist", "report"))
        if name in self._window.main.workspaces:
            self._window.session.dispatcher.attempt(lambda: self._window.commands.run(f"workspace.{name}"))
        return f"workspace {name}"

    def _resize(self) -> str:
        width, height = self._chance.choice(((1366, 768), (1920, 1080), (1100, 700), (1366, 768)))
        self._window.main.resize(width, height)
        return f"resize {width}×{height}"
