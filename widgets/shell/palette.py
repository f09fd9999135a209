"""The command palette: every command by its words, pinyin or initials."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListWidget, QListWidgetItem, QWidget
from shiboken6 import isValid

from app.i18n import tr
from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import column, label, row, rule
from widgets.icons import has_icon, icon
from widgets.theme import theme


@lru_cache(maxsize=4096)
def spellings(text: str) -> tuple[str, ...]:
    """A text as people may type it: as it is, in pinyin, and by the initials of its syllables or words."""
    from pypinyin import (
        Style,
        lazy_pinyin,
    )  # a dictionary of megabytes: only where somebody looks for a command

    low = text.lower()
    full = "".join(lazy_pinyin(low))
    initials = "".join(lazy_pinyin(low, style=Style.FIRST_LETTER))
    words = "".join(word[0] for word in low.replace("/", " ").split() if word)
    return (low, full, initials, words)


def match_score(wanted: str, texts: tuple[str, ...]) -> int:
    """How well one of the texts fits: 0 not at all; a start weighs more than a middle."""
    want = "".join(wanted.lower().split())
    if not want:
        return 1
    best = 0
    for text in texts:
        for spelling in spellings(text):
            packed = spelling.replace(" ", "")
            if packed.startswith(want):
                best = max(best, 3)
            elif want in packed:
                best = max(best, 2)
    return best


class Palette(QFrame):
    """A line edit over a list; Enter runs, Escape closes."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self._ui = ui
        self._before: QWidget | None = None
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Find a command: words, pinyin or its key"))
        self.line.textChanged.connect(self.fill)
        self.line.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setIconSize(QSize(18, 18))
        self.list.itemClicked.connect(lambda item: self._run(item))
        self.hint = label(tone="muted")
        inner = column(
            self.line,
            self.list,
            rule(),
            row(self.hint, None, margins=(8, 0, 8, 4)),
            gap=8,
            margins=(10, 10, 10, 4),
        )
        self.setLayout(inner)
        self.hide()

    def open(self) -> None:
        """Show above everything, ready to type."""
        parent = self.parentWidget()
        assert parent is not None
        width = min(640, parent.width() - 80)
        self.setGeometry((parent.width() - width) // 2, 72, width, min(460, parent.height() - 140))
        before = QApplication.focusWidget()
        self._before = before if before is not self.line else self._before
        self.line.clear()
        self.fill("")
        self.show()
        self.raise_()
        self.line.setFocus()

    def found(self, wanted: str) -> list[Command]:
        """Commands that fit, best first; those that are possible now before the others."""
        scored: list[tuple[int, bool, int, Command]] = []
        for position, command in enumerate(self._ui.commands.all()):
            if not command.palette:
                continue
            score = match_score(wanted, (tr(command.title), command.title, self._ui.key(command)))
            if not score and command.also:  # found, but after those that are called so
                score = min(match_score(wanted, (*tr(command.also).split(), *command.also.split())), 1)
            if score:
                scored.append((-score, not command.enabled(), position, command))
        return [command for *_, command in sorted(scored, key=lambda entry: entry[:3])]

    def fill(self, wanted: str) -> None:
        """List what fits."""
        self.list.clear()
        for command in self.found(wanted):
            possible = command.enabled()
            key = self._ui.key(command)
            item = QListWidgetItem(f"{tr(command.title)}{'    ' + key if key else ''}")
            if command.icon and has_icon(command.icon):
                item.setIcon(icon(command.icon, theme().text if possible else theme().muted))
            else:
                item.setIcon(icon("command", theme().muted))
            item.setData(Qt.ItemDataRole.UserRole, command.command_id)
            if not possible:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setText(item.text() + "    " + tr("(not possible now)"))
            self.list.addItem(item)
        nothing = not self.list.count()
        self.hint.setText(
            tr("No command fits “{text}”.", text=wanted.strip())
            if nothing
            else tr("↑↓ choose · Enter run · Esc close")
        )
        self.list.setCurrentRow(
            next(
                (
                    i
                    for i in range(self.list.count())
                    if self.list.item(i).flags() & Qt.ItemFlag.ItemIsEnabled
                ),
                -1,
            )
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self._move(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                item = self.list.currentItem()
                if item is not None:
                    self._run(item)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.close_up()
                return True
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def close_up(self) -> None:
        """Hide, and give the focus back to where it was."""
        self.hide()
        before = self._before
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()
        elif (parent := self.parentWidget()) is not None:
            parent.setFocus()

    def _move(self, step: int) -> None:
        count = self.list.count()
        at = self.list.currentRow()
        for _ in range(count):
            at = (at + step) % count
            if self.list.item(at).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(at)
                return

    def _run(self, item: QListWidgetItem) -> None:
        command_id = item.data(Qt.ItemDataRole.UserRole)
        self.close_up()
        self._ui.run(command_id)
