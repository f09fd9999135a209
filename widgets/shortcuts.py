"""Keys: every command's key works in its workspace, and never while somebody writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from app.commands.registry import Command
from widgets.acts import Acts
from widgets.elements import Clickable


def writing() -> bool:
    """A text editor has the focus."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QTextEdit | QPlainTextEdit | QLineEdit):
        return not focus.isReadOnly()
    return isinstance(focus, QAbstractSpinBox)


class Shortcuts:
    """One shortcut for each key; which command it means depends on the workspace in front."""

    def __init__(self, window: QWidget, acts: Acts) -> None:
        self._acts = acts
        self._by_key: dict[str, list[Command]] = {}
        for command in acts.commands.all():
            if command.key:
                self._by_key.setdefault(_portable(command.key), []).append(command)
        for key in self._by_key:
            _shortcut(window, key, partial(self.press, key))

    def press(self, key: str) -> None:
        """Act on a key as if it had been pressed."""
        focus = QApplication.focusWidget()
        if key == "Space" and _takes_space(focus):
            return
        where = self._acts.desk.workspace
        command = next((c for c in self._by_key.get(key, ()) if c.where in ("", where)), None)
        if command is None or (writing() and not key.startswith("Alt+")) or not command.enabled():
            return
        self._acts.run(command.command_id)


def _takes_space(focus: QWidget | None) -> bool:
    """Space presses what has the focus, where that can be pressed."""
    if isinstance(focus, QAbstractButton):
        focus.click()
    elif isinstance(focus, QComboBox):
        focus.showPopup()
    elif isinstance(focus, Clickable):
        focus.press()
    else:
        return False
    return True


def _portable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def _shortcut(window: QWidget, key: str, act: Callable[[], None]) -> QShortcut:
    made = QShortcut(QKeySequence(key), window)
    made.activated.connect(act)
    return made


def bind(window: QWidget, key: str, act: Callable[[], None]) -> QShortcut:
    """A key of the window itself."""
    return _shortcut(window, key, act)
