"""All keys and what the mouse does, on one sheet that can be searched (F1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.i18n import tr
from widgets.command_ui import CommandUi, key_text
from widgets.dialogs import Dialog
from widgets.elements import SearchLine, chip, label, scrolled
from widgets.shell.palette import spellings
from widgets.ui_feature import WorkspaceSpec

#: keys of the window itself, which are no commands; titles are English, keys of translations
WINDOW_KEYS: dict[str, str] = {
    "Ctrl+K": "Command palette (also Ctrl+Shift+P)",
    "Ctrl+L": "Lock the window",
    "Ctrl+,": "Settings",
    "F1": "Keys and mouse",
    "F6": "Next region (Shift+F6: previous)",
    "Ctrl+F": "Search field",
    "F9": "Side panel on or off",
}


class SheetRow(NamedTuple):
    """A key as it stands on keyboards, or a gesture; what it does; where."""

    key: str
    title: str
    where: str


def sheet_rows(ui: CommandUi, workspaces: tuple[WorkspaceSpec, ...]) -> Iterator[SheetRow]:
    """The mouse, then every command that has a key, workspace by workspace, then the window's own keys."""
    for gesture, title in _gestures(ui):
        yield SheetRow(gesture, title, tr("In the images"))
    names = {spec.workspace_id: tr(spec.title) for spec in workspaces}
    everywhere = tr("Everywhere")
    keyed = [(ui.key(command), command) for command in ui.commands.all() if ui.key(command)]
    for key, command in sorted(keyed, key=lambda one: (not one[1].where, len(one[0]), one[0])):
        title = " · ".join(part for part in (tr(command.title), command.images) if part)
        yield SheetRow(key, title, names.get(command.where, everywhere))
    for key, title in WINDOW_KEYS.items():
        yield SheetRow(key_text(key), tr(title), everywhere)


def _gestures(ui: CommandUi) -> tuple[tuple[str, str], ...]:
    screen = ui.session.screen
    titles = {tool.tool_id: tr(tool.title) for tool in ui.session.tools}
    right = tr("{tool}; a short click: menu", tool=titles[screen.right_tool])
    wheel = (
        tr("Zoom; with Ctrl images, with Ctrl and Shift × 10, with Ctrl and Alt this view alone")
        if screen.wheel_zooms
        else tr("Images; with Shift × 10; with Alt this view alone; with Ctrl zoom")
    )
    return (
        (tr("Left button"), tr("The tool in hand; on a shape: move and reshape")),
        (tr("Middle button"), titles[screen.middle_tool]),
        (tr("Right button"), right),
        (tr("Wheel"), wheel),
        (tr("Double click"), tr("One view fills the screen, and back")),
        (tr("Back, forward button"), tr("Undo or redo view change")),
        (tr("Up, Down"), tr("Previous or next image; with Shift × 10")),
        ("Page Up, Page Down", tr("10 images back or on")),
        ("Home, End", tr("First or last image")),
        (tr("Left, Right"), tr("Previous or next series")),
        ("[  ]", tr("Previous or next time, phase or echo")),
    )


class ShortcutSheet(Dialog):
    """Keys and gestures in groups; typing narrows them."""

    def __init__(self, ui: CommandUi, workspaces: tuple[WorkspaceSpec, ...], parent: QWidget | None) -> None:
        super().__init__(tr("Keys and mouse"), parent, width=720)
        self._rows = list(sheet_rows(ui, workspaces))
        self.search = SearchLine(tr("Search keys"))
        self.search.textChanged.connect(self._narrow)
        content = QWidget()
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 12, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[SheetRow, tuple[QLabel, ...]]] = []
        self._heads: list[tuple[str, QLabel]] = []
        self._fill()
        self.none = label(tr("Nothing has such a key or name."), tone="muted")
        self.none.hide()
        area = scrolled(content)
        area.setMinimumHeight(440)
        self.body.addWidget(self.search)
        self.body.addWidget(self.none)
        self.body.addWidget(area, 1)
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
        self.search.setFocus()

    def shown(self) -> list[SheetRow]:
        """The rows that fit what is typed."""
        return [found for found, labels in self._lines if not labels[0].isHidden()]

    def _fill(self) -> None:
        at = 0
        for where in dict.fromkeys(one.where for one in self._rows):
            head = label(where, tone="accent")
            self._grid.addWidget(head, at, 0, 1, 2)
            self._heads.append((where, head))
            at += 1
            for one in (found for found in self._rows if found.where == where):
                key, title = chip(one.key), label(one.title, wrap=True)
                self._grid.addWidget(key, at, 0, Qt.AlignmentFlag.AlignTop)
                self._grid.addWidget(title, at, 1)
                self._lines.append((one, (key, title)))
                at += 1
        self._grid.setRowStretch(at, 1)

    def _narrow(self, typed: str) -> None:
        words = typed.lower().split()
        left = set()
        for one, labels in self._lines:
            known = " ".join((one.key.lower(), *spellings(one.title)))
            fits = all(word in known for word in words)
            for part in labels:
                part.setVisible(fits)
            if fits:
                left.add(one.where)
        for where, head in self._heads:
            head.setVisible(where in left)
        self.none.setVisible(not left)
