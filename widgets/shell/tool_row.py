"""The row of tools, grouped by purpose, made of what the features bring; the tool in hand is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QMenu, QSizePolicy, QToolButton, QWidget

from app.i18n import tr
from app.session.commands import Command, CommandMenu, ToolbarGroup
from widgets.command_ui import CommandUi
from widgets.elements import label, row, rule
from widgets.icons import icon
from widgets.theme import TOOL_ROW, theme
from widgets.ui_feature import ToolbarPart

#: from this width on there may be room for words
WIDE_PX = 1500
#: below this width there is none for letters and figures: a monitor that stands upright
TIGHT_PX = 1280
_ICON_MENU_PX = 56


class MenuButton(QToolButton):
    """A button of the row with a menu of commands; what cannot be done is left out."""

    def __init__(self, ui: CommandUi, spec: CommandMenu) -> None:
        super().__init__()
        self._spec = spec
        self._ui = ui
        self._commands: tuple[Command, ...] = ()
        self._shown: tuple[str, str] | None = None  # the icon of what is chosen, and its colour
        self.setProperty("kind", "tool")
        self.setIcon(icon(spec.icon))
        self.setIconSize(QSize(18, 18))
        self.setToolTip(tr(spec.title))
        self.setAccessibleName(tr(spec.title))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setStyleSheet("QToolButton { padding-right: 22px; }")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(spec.shows_choice)
        menu = QMenu(self)
        self._fill(menu)
        menu.aboutToShow.connect(self._show_rows)
        ui.listen(ui.commands.keys_changed, lambda: self._name_rows(self.menu()))
        self.setMenu(menu)

    def _fill(self, menu: QMenu) -> None:
        """A row for every command; those that need the workspace's widgets come after the row of tools."""
        commands = self._ui.commands.of_menu(self._spec.menu_id)
        if commands == self._commands:
            return
        self._commands = commands
        menu.clear()
        for command in commands:
            action = menu.addAction("")
            action.setCheckable(True)
            action.setData(command.command_id)
            action.triggered.connect(lambda _=False, c=command.command_id: self._ui.run(c))
        self._name_rows(menu)

    def _name_rows(self, menu: QMenu) -> None:
        """Titles with the keys that they have."""
        for action, command in zip(menu.actions(), self._commands, strict=True):
            key = self._ui.key(command)
            action.setText(tr(command.title) + (f"\t{key}" if key else ""))

    def show_state(self, *, wide: bool, tight: bool) -> None:
        """Show which commands are possible, and the longest text that fits."""
        self._show_rows()
        self._show_choice()
        self.setVisible(wide or not self._spec.toolbar.spare)
        self.setEnabled(any(action.isVisible() for action in self.menu().actions()))
        width = self._spec.widths_px[wide]
        if width:
            self.setFixedWidth(_ICON_MENU_PX if tight else width)
        texts = self._spec.texts() if self._spec.texts is not None and not tight else ()
        room = width - 56
        fitting = (t for t in texts if self.fontMetrics().horizontalAdvance(f" {t}") <= room)
        chosen = next(fitting, texts[-1] if texts else "")
        self.setText(f" {chosen}" if chosen else "")

    def _show_choice(self) -> None:
        if not self._spec.shows_choice:
            return
        chosen = next((c for c in self._commands if c.on is not None and c.on()), None)
        shown = (chosen.icon if chosen is not None else self._spec.icon, theme().on_accent_soft)
        if shown != self._shown:  # a new icon lays the row out anew
            self._shown = shown
            self.setIcon(icon(shown[0], on=shown[1]))
        self.setChecked(chosen is not None)

    def _show_rows(self) -> None:
        self._fill(self.menu())
        for action, command in zip(self.menu().actions(), self._commands, strict=True):
            action.setVisible(command.enabled())
            action.setChecked(command.on is not None and command.on())


class ToolRow(QFrame):
    """The groups of `ToolbarGroup` in their order; nothing moves when the tool in hand or a text changes."""

    def __init__(self, ui: CommandUi, parts: Sequence[ToolbarPart]) -> None:
        super().__init__()
        self.setObjectName("toolRow")
        self.setFixedHeight(TOOL_ROW)
        self._ui = ui
        self.tools = {
            tool.tool_id: self._tool(f"tool.{tool.tool_id}") for tool in ui.session.tools if tool.in_row
        }
        self.menus = {spec.menu_id: MenuButton(ui, spec) for spec in ui.commands.menus}
        placed = (command for group in ToolbarGroup for command in ui.commands.of_group(group))
        self.buttons = {command.command_id: (command, self._flat(command)) for command in placed}
        self._parts = parts
        #: from this width on there is room for words: where they were too wide, it is more
        self._wide_px = WIDE_PX
        self.in_hand = label("", tone="muted")
        names = (self.in_hand.fontMetrics().horizontalAdvance(tr(tool.title)) for tool in ui.session.tools)
        self.in_hand.setFixedWidth(max(names, default=0) + 8)  # the longest name: its neighbours stay
        #: the rule before a group, and its widgets: a group that is gone as a whole takes its rule along
        self._ruled: list[tuple[QFrame, list[QWidget]]] = []
        line = self._line_of_all = row(*self._line(), gap=2, margins=(12, 0, 12, 0))
        line.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it may shrink
        self.setLayout(line)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        ui.looked.connect(self.show_state)
        ui.listen(ui.commands.keys_changed, self._name_keys)
        ui.listen(
            ui.session.loaded.shown, self.show_state
        )  # at once: nothing is offered for the image before
        ui.listen(ui.session.loaded.completed, self._all_here)
        self.show_state()

    def _line(self) -> Iterator[QWidget | None]:
        yield self.in_hand
        before = False
        for group in ToolbarGroup:
            found = self._group(group)
            if group is ToolbarGroup.LEAVE:
                yield None
            elif found and before:
                self._ruled.append((rule(upright=True), found))
                yield self._ruled[-1][0]
            yield from found
            before = before or bool(found)

    def _group(self, group: ToolbarGroup) -> list[QWidget]:
        """Tools, then commands, menus and parts by their order."""
        tools: list[QWidget] = [
            self.tools[tool.tool_id]
            for tool in self._ui.session.tools
            if tool.in_row and tool.group.value == group.value
        ]
        placed: list[tuple[int, QWidget]] = [
            (command.toolbar.order, button)
            for command, button in self.buttons.values()
            if command.toolbar is not None and command.toolbar.group is group
        ]
        placed += [
            (spec.toolbar.order, self.menus[spec.menu_id])
            for spec in self._ui.commands.menus
            if spec.toolbar.group is group
        ]
        placed += [(part.order, part.make(self._ui)) for part in self._parts if part.group is group]
        return [*tools, *(widget for _, widget in sorted(placed, key=lambda pair: pair[0]))]

    def taken(self) -> QToolButton:
        """The button of the tool in hand, or of the menu that it stands in."""
        tool_id = self._ui.session.screen.tool
        menu = self._ui.commands.get(f"tool.{tool_id}").menu
        return self.menus[menu] if menu else self.tools[tool_id]

    def _tool(self, command_id: str) -> QToolButton:
        made = self._ui.tool(command_id, checkable=True)
        made.setText(f" {self._ui.key_named(command_id)}")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.clicked.connect(self.show_state)
        return made

    def _flat(self, command: Command) -> QToolButton:
        made = self._ui.tool(command.command_id, checkable=command.on is not None)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(self.show_state)
        place = command.toolbar
        if place is not None and (place.shows_key or place.text):
            made.setText(f" {self._ui.key(command)}" if place.shows_key else "")
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return made

    def _name_keys(self) -> None:
        """The letters beside the icons are the present keys."""
        for tool_id, button in self.tools.items():
            button.setText(f" {self._ui.key_named(f'tool.{tool_id}')}")
        for command, button in self.buttons.values():
            if command.toolbar is not None and command.toolbar.shows_key:
                button.setText(f" {self._ui.key(command)}")

    def _all_here(self, _image: object) -> None:
        """A window that the values give is known when the last of them is."""
        self.show_state()

    def show_state(self) -> None:
        """Show the tool in hand and what is switched on."""
        wide = self.width() >= self._wide_px
        self._arrange(wide=wide)
        name_px = self.in_hand.minimumWidth() + self._line_of_all.spacing()
        needed = self._line_of_all.minimumSize().width() - (0 if self.in_hand.isHidden() else name_px)
        if wide and needed > self.width():
            wide, self._wide_px = False, needed
            self._arrange(wide=False)
        # its button is marked all the same
        self.in_hand.setVisible(wide and needed + name_px <= self.width())

    def _arrange(self, *, wide: bool) -> None:
        tight = self.width() < TIGHT_PX
        styles = Qt.ToolButtonStyle
        for tool in self._ui.session.tools:
            taken = self._ui.session.screen.tool == tool.tool_id
            if tool.in_row:
                button = self.tools[tool.tool_id]
                button.setChecked(taken)
                button.setToolButtonStyle(
                    styles.ToolButtonIconOnly if tight else styles.ToolButtonTextBesideIcon
                )
            if taken:
                self.in_hand.setText(tr(tool.title))
        for command, button in self.buttons.values():
            self._show_button(command, button, wide=wide)
        for menu in self.menus.values():
            menu.show_state(wide=wide, tight=tight)
        for line, group in self._ruled:
            line.setVisible(any(not widget.isHidden() for widget in group))

    @staticmethod
    def _show_button(command: Command, button: QToolButton, *, wide: bool) -> None:
        place = command.toolbar
        if place is None:
            return
        if command.on is not None:
            button.setChecked(command.on())
        if place.text:
            button.setText(f" {tr(place.text)}" if wide else "")
        button.setVisible((wide or not place.spare) and (not place.comes_and_goes or command.enabled()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.show_state()
