"""All commands with their keys, and what the mouse does: each person's own, set here."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.errors import UserError
from app.i18n import tr
from app.notifications import explain
from app.session.commands import Command
from app.session.habits import (
    MOUSE_TOOLS,
    WHEELS,
    Habits,
    MouseHabits,
    key_presets,
    load_habits,
    portable,
    rivals,
)
from widgets.command_ui import CommandUi, key_text
from widgets.elements import Choice, SearchLine, column, label, push, row
from widgets.notices import NoticeBox
from widgets.shell.palette import spellings
from widgets.shell.shortcut_sheet import WINDOW_KEYS

#: keys that the views themselves take, whatever commands have
_OF_VIEWS = frozenset(
    (
        *("Up", "Down", "Left", "Right", "PgUp", "PgDown", "Home", "End", "Esc", "Return", "Enter", "[", "]"),
        *("Tab", "Shift+Tab", "Shift+Up", "Shift+Down", "Ctrl+Shift+P", "Shift+F6"),
    )
)
_WHEEL_TITLES = {"scroll": "Images (with Ctrl zoom)", "zoom": "Zoom (with Ctrl images)"}


class KeyLine(QKeySequenceEdit):
    """One key that is pressed, as Qt writes it."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumSequenceLength(1)
        self.setAccessibleName(tr("Press the new key"))
        self.keySequenceChanged.connect(lambda keys: self.pressed.emit(_written(keys)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            QWidget.keyPressEvent(self, event)  # to the next line: Tab is no command's
            return
        super().keyPressEvent(event)


def _written(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.PortableText)


class KeysPage(QWidget):
    """A table of commands; below it the key of the chosen one; what is set is kept with the dialog."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._before = ui.session.habits.current
        self._keys = dict(self._before.keys)
        self._commands = [c for c in ui.commands.all() if c.palette or c.key]
        self.search = SearchLine(tr("Search commands and keys"))
        self.search.textChanged.connect(self._narrow)
        self.table = self._made_table()
        self.line = KeyLine()
        self.line.pressed.connect(self._look)
        self.chosen = label("", wrap=True)
        self.problem = NoticeBox("", "amber")
        self.problem.hide()
        self.take = push(tr("Set key"))
        self.take.clicked.connect(self.set_key)
        self.none = push(tr("No key"))
        self.none.clicked.connect(lambda: self._put(""))
        self.back = push(tr("Reset key"))
        self.back.clicked.connect(self.reset_one)
        self.presets = Choice()
        self.presets.setAccessibleName(tr("Set of keys"))
        self.mouse = self._mouse()
        self.setLayout(
            column(
                label(tr("Keys and mouse"), size="title"),
                row(*self._sets(), None, gap=8),
                self.search,
                self.table,
                self.chosen,
                row(self.line, self.take, self.none, self.back, gap=8),
                self.problem,
                self._mouse_form(),
                gap=10,
                margins=(16, 4, 16, 8),
            )
        )
        self.table.setCurrentCell(0, 0)

    # -- parts ----------------------------------------------------------------------------------------------

    def _made_table(self) -> QTableWidget:
        made = QTableWidget(len(self._commands), 3)
        made.setHorizontalHeaderLabels([tr("Command"), tr("In force in"), tr("Key")])
        made.setAccessibleName(tr("Commands with their keys"))
        made.verticalHeader().hide()
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        made.setTabKeyNavigation(False)
        made.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        made.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        made.setColumnWidth(1, 110)
        made.setColumnWidth(2, 130)
        made.setMinimumHeight(186)
        made.setShowGrid(False)
        for at, command in enumerate(self._commands):
            for column_, text in enumerate((tr(command.title), self._where(command), self._shown(command))):
                made.setItem(at, column_, QTableWidgetItem(text))
        made.currentCellChanged.connect(lambda *_: self._choose())
        made.itemDoubleClicked.connect(lambda _: self.line.setFocus())
        return made

    def _sets(self) -> list[QWidget]:
        self.presets.addItem(tr("Set of keys …"), None)
        for preset in key_presets():
            self.presets.addItem(tr(preset.title), preset)
        self.presets.setFixedWidth(170)
        self.presets.activated.connect(self._take_preset)
        reset = push(tr("Reset all"))
        reset.clicked.connect(self.reset_all)
        load = push(tr("Take in …"))
        load.clicked.connect(self._ask_load)
        give = push(tr("Give out …"))
        give.clicked.connect(self._ask_save)
        return [self.presets, reset, load, give]

    def _mouse(self) -> dict[str, Choice]:
        titles = {tool.tool_id: tr(tool.title) for tool in self._ui.session.tools}
        offered = {
            "middle": [(one, titles[one]) for one in MOUSE_TOOLS],
            "right": [(one, titles[one]) for one in MOUSE_TOOLS],
            "wheel": [(one, tr(_WHEEL_TITLES[one])) for one in WHEELS],
        }
        made = {}
        for name, values in offered.items():
            made[name] = Choice()
            for value, title in values:
                made[name].addItem(title, value)
        self._show_mouse(made, self._before.mouse)
        return made

    @staticmethod
    def _show_mouse(choices: dict[str, Choice], mouse: MouseHabits) -> None:
        for name, choice in choices.items():
            choice.setCurrentIndex(choice.findData(getattr(mouse, name)))

    def _mouse_form(self) -> QHBoxLayout:
        titles = {
            "middle": tr("Dragging the middle button"),
            "right": tr("Dragging the right button"),
            "wheel": tr("Turning the wheel"),
        }
        parts = []
        for name, choice in self.mouse.items():
            choice.setAccessibleName(titles[name])
            parts.append(column(label(titles[name], tone="muted"), choice, gap=4))
        return row(*parts, gap=12)

    # -- the table ------------------------------------------------------------------------------------------

    def _where(self, command: Command) -> str:
        return tr(self._ui.commands.places.get(command.where, "Everywhere"))

    def key_of(self, command: Command) -> str:
        """The key that is set here, in force once it is kept."""
        return self._keys.get(command.command_id, command.key)

    def _shown(self, command: Command) -> str:
        return key_text(self.key_of(command))

    def _fill(self) -> None:
        for at, command in enumerate(self._commands):
            item = self.table.item(at, 2)
            assert item is not None
            item.setText(self._shown(command))
            font = item.font()
            font.setBold(portable(self.key_of(command)) != portable(command.key))
            item.setFont(font)

    def _narrow(self, typed: str) -> None:
        words = typed.lower().split()
        for at, command in enumerate(self._commands):
            known = " ".join((self._shown(command).lower(), *spellings(tr(command.title))))
            self.table.setRowHidden(at, not all(word in known for word in words))

    @property
    def command(self) -> Command:
        """The chosen command."""
        return self._commands[max(self.table.currentRow(), 0)]

    def choose(self, command_id: str) -> None:
        """Choose a command of the table."""
        at = next(n for n, one in enumerate(self._commands) if one.command_id == command_id)
        self.table.setCurrentCell(at, 0)

    def _choose(self) -> None:
        self.chosen.setText(
            tr("Key of “{command}”: press it in the line below.", command=tr(self.command.title))
        )
        self.line.blockSignals(True)
        self.line.setKeySequence(QKeySequence(self.key_of(self.command)))
        self.line.blockSignals(False)
        self.problem.hide()
        self.take.setText(tr("Set key"))

    # -- one key --------------------------------------------------------------------------------------------

    def _look(self, key: str) -> None:
        """Say at once what the key is of already."""
        self.problem.hide()
        self.take.setText(tr("Set key"))
        self.take.setEnabled(True)
        if key in _OF_VIEWS or key in WINDOW_KEYS:
            self.take.setEnabled(False)
            self._tell(
                tr("{key} belongs to the views or the window and cannot be given away.", key=key_text(key))
            )
        elif others := rivals(self._commands, self._keys, self.command, key):
            names = tr(", ").join(tr(one.title) for one in others)
            self._tell(
                tr(
                    "{key} is the key of: {names}. It would be taken from there.",
                    key=key_text(key),
                    names=names,
                )
            )
            self.take.setText(tr("Take key over"))

    def set_key(self) -> None:
        """Give the chosen command the pressed key, and take it from others."""
        key = _written(self.line.keySequence())
        for other in rivals(self._commands, self._keys, self.command, key):
            self._keys[other.command_id] = ""
        self._put(key)

    def reset_one(self) -> None:
        """The key that the chosen command comes with; another command that has it since keeps none."""
        key = self.command.key
        for other in rivals(self._commands, self._keys, self.command, key):
            self._keys[other.command_id] = ""
        self._put(key)

    def _put(self, key: str) -> None:
        command = self.command
        if portable(key) == portable(command.key):
            self._keys.pop(command.command_id, None)
        else:
            self._keys[command.command_id] = portable(key)
        self._fill()
        self._choose()

    # -- all keys -------------------------------------------------------------------------------------------

    def reset_all(self) -> None:
        """Keys and mouse as they come."""
        self._show(Habits())

    def _show(self, habits: Habits) -> None:
        known = {one.command_id for one in self._commands}
        self._keys = {name: key for name, key in habits.keys.items() if name in known}
        self._show_mouse(self.mouse, habits.mouse)
        self._fill()
        self._choose()
        if left := len(habits.keys) - len(self._keys):
            self._tell(
                tr("Commands of the file that are not known here, whose keys were left out: {n}.", n=left)
            )
        elif doubled := self.doubled():
            self._tell(tr("{key} has several commands: {names}.", key=doubled[0], names=doubled[1]))

    def doubled(self) -> tuple[str, str] | None:
        """A key that two commands have at one place, with their names; None where there is none."""
        for command in self._commands:
            key = self.key_of(command)
            others = rivals(self._commands, self._keys, command, key)
            if others:
                names = tr(", ").join(tr(one.title) for one in (command, *others))
                return key_text(key), names
        return None

    def _take_preset(self, at: int) -> None:
        preset = self.presets.itemData(at)
        self.presets.setCurrentIndex(0)
        if preset is not None:
            self._show(Habits(preset.keys, self._shown_mouse()))

    def _ask_load(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Take in keys"), "", "JSON (*.json)")
        if chosen:
            self.load(Path(chosen))

    def load(self, path: Path) -> None:
        """Show the keys of a file; what is wrong with it is told."""
        try:
            self._show(load_habits(path))
        except UserError as error:
            self._tell(explain(error).message)

    def _ask_save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, tr("Give out keys"), "keys.json", "JSON (*.json)")
        if chosen:
            self.save(Path(chosen))

    def save(self, path: Path) -> None:
        """Write what is set here to a file."""
        try:
            path.write_text(json.dumps(self.habits.plain(), ensure_ascii=False, indent=1), encoding="utf-8")
        except OSError:
            self._tell(tr("{name} could not be written.", name=path.name))

    # -- keeping --------------------------------------------------------------------------------------------

    def _shown_mouse(self) -> MouseHabits:
        return MouseHabits(**{name: choice.currentData() for name, choice in self.mouse.items()})

    @property
    def habits(self) -> Habits:
        """What is set here."""
        return Habits(dict(self._keys), self._shown_mouse())

    def keep(self) -> None:
        """Keep what was set, where anything was."""
        if self.habits != self._before:
            self._ui.session.habits.keep(self.habits)

    def _tell(self, text: str) -> None:
        self.problem.tell(text, "amber")
        self.problem.show()
