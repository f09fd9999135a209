"""Keys: every command's key works in its workspace, and never while somebody writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import Clickable


def writing() -> bool:
    """A text editor has the focus."""
    focus = QApplication.focusWidget()
    if isinstance(focus, QTextEdit | QPlainTextEdit | QLineEdit):
        return not focus.isReadOnly()
    return isinstance(focus, QAbstractSpinBox)


class HeldKey(QObject):
    """Waits until a key is let go, and tells it where the key was held for a while."""

    def __init__(self, key: str, told: Callable[[], None], hold_ms: int) -> None:
        super().__init__()
        self._key = QKeySequence(key)[0].key()  # type: ignore[index]
        self._told, self._hold_ms = told, hold_ms
        self._since = QElapsedTimer()
        self._since.start()
        QCoreApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyRelease
            and event.key() == self._key
            and not event.isAutoRepeat()
        ):
            QCoreApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
            if self._since.elapsed() >= self._hold_ms:
                self._told()
        return False


class Shortcuts:
    """One shortcut for each key; which command it means depends on the workspace in front."""

    def __init__(self, window: QWidget, ui: CommandUi) -> None:
        self._ui, self._window = ui, window
        self._by_key: dict[str, list[Command]] = {}
        self._made: list[QShortcut] = []
        #: a key that is let go sooner was tapped
        self.hold_ms = 400
        self._held: HeldKey | None = None
        ui.listen(ui.commands.keys_changed, self._bind)
        self._bind()

    def _bind(self) -> None:
        """Take the keys that commands have now."""
        for made in self._made:
            made.setEnabled(False)
            made.deleteLater()
        self._by_key.clear()
        for command in self._ui.commands.all():
            key = self._ui.commands.key_of(command.command_id)
            if key:
                self._by_key.setdefault(_portable(key), []).append(command)
        self._made = [_shortcut(self._window, key, partial(self.press, key)) for key in self._by_key]
        for made, commands in zip(self._made, self._by_key.values(), strict=True):
            # a key that is held switches once
            made.setAutoRepeat(all(command.on is None for command in commands))

    def press(self, key: str) -> None:
        """Act on a key as if it had been pressed."""
        focus = QApplication.focusWidget()
        if key == "Space" and _takes_space(focus):
            return
        where = self._ui.session.workspaces.current
        if writing() and not key.startswith("Alt+") and not _writes_nothing(key, focus):
            return
        meant = (c for c in self._by_key.get(key, ()) if c.where in ("", where) and c.enabled())
        command = next(meant, None)
        if command is not None:
            self._ui.run(command.command_id)
            if command.while_held and command.on is not None and command.on():
                self._held = HeldKey(key, partial(self._let_go, command), self.hold_ms)

    def _let_go(self, command: Command) -> None:
        """The key of what lasts while it is held was let go."""
        self._held = None
        if command.on is not None and command.on() and command.enabled():
            self._ui.run(command.command_id)


def _writes_nothing(key: str, focus: QWidget | None) -> bool:
    """In a line of text no key to write with: function keys, and Enter with Shift."""
    return isinstance(focus, QLineEdit) and (key == "Shift+Return" or key[1:].isdigit())


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
