"""The row of tools, grouped by purpose; the tool in hand is named."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QWidget

from app.commands.catalogue import TOOLS
from app.i18n import tr
from app.viewing.state import Compare, Layout, Tool
from widgets.acts import Acts, key_text
from widgets.elements import row, rule
from widgets.icons import icon
from widgets.theme import TOOL_ROW

LOOK = (Tool.WINDOW, Tool.ZOOM, Tool.PAN, Tool.SCROLL, Tool.CROSSHAIR)
MEASURE = (Tool.LENGTH, Tool.ELLIPSE, Tool.PROBE)


class ToolRow(QFrame):
    """Look · measure · mark · view · compare · layout · undo · give out."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self.setObjectName("toolRow")
        self.setFixedHeight(TOOL_ROW)
        self._acts = acts
        self._screen = acts.desk.screen
        self.tools: dict[Tool, QToolButton] = {tool: self._tool(tool) for tool, *_ in TOOLS}
        self.window_menu = self._menu_button("adjustments-horizontal", tr("Window presets"))
        self.rendering_menu = self._menu_button("cube", tr("Volume rendering presets"))
        self._fill_menus()
        self.compares = {mode: self._flat(f"compare.{mode}", checkable=True) for mode in Compare}
        self.layout_button = self._flat("view.layout", checkable=True)
        self.overlay = self._flat("view.overlay", checkable=True)
        self.crosshair = self._flat("view.crosshair", checkable=True)
        self.invert = self._flat("view.invert", checkable=True)
        undo, redo = self._flat("history.undo"), self._flat("history.redo")
        self.report = self._flat("report.open", icon_name="clipboard-plus")
        self.report.setText(" " + tr("Report"))
        self.report.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.report.clicked.connect(lambda: acts.desk.report is not None and acts.run("workspace.report"))
        self._compare_rule = rule(upright=True)
        text, reset = self._flat("view.text"), self._flat("view.reset")
        self._spare = (text, self.crosshair, reset)
        parts: list[QWidget | int | None] = [*(self.tools[t] for t in LOOK), self.window_menu, rule(upright=True)]
        parts += [
            *(self.tools[t] for t in MEASURE),
            rule(upright=True),
            self._flat("image.mark-key", key=True),
            self._flat("mark.delete"),
            rule(upright=True),
        ]
        parts += [self.invert, text, self.overlay, self.crosshair, reset, self._compare_rule, *self.compares.values(), rule(upright=True)]
        parts += [self.layout_button, self.rendering_menu, rule(upright=True), undo, redo, None, self.report]
        self.setLayout(row(*parts, gap=2, margins=(12, 0, 12, 0)))
        events = self._screen.events
        for signal in (events.tool, events.compare, events.layout, events.overlay_visible, events.crosshair_visible, events.invert,
                       events.window, events.window_label, events.rendering_preset, events.volume):  # fmt: skip
            acts.listen(signal, lambda *_: self.show_state())
        self.show_state()

    def _tool(self, tool: Tool) -> QToolButton:
        made = self._acts.tool(f"tool.{tool}", checkable=True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return made

    def _flat(self, command_id: str, *, checkable: bool = False, icon_name: str = "", key: bool = False) -> QToolButton:
        made = self._acts.tool(command_id, checkable=checkable, icon_name=icon_name)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(self.show_state)
        if key:
            made.setText(" " + key_text(self._acts.commands.get(command_id).key))
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return made

    def _menu_button(self, icon_name: str, tip: str) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "tool")
        made.setIcon(icon(icon_name))
        made.setIconSize(QSize(18, 18))
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setStyleSheet("QToolButton { padding-right: 22px; }")
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setMenu(QMenu(made))
        return made

    def _fill_menus(self) -> None:
        for button, prefix in ((self.window_menu, "window."), (self.rendering_menu, "rendering.")):
            menu = button.menu()
            group = QActionGroup(menu)
            for command in self._acts.commands.all():
                if not command.command_id.startswith(prefix) or not command.palette:
                    continue
                key = key_text(command.key)
                action = menu.addAction(tr(command.title) + (f"\t{key}" if key else ""))
                action.setCheckable(True)
                action.setData(command.command_id)
                group.addAction(action)
                action.triggered.connect(lambda _=False, c=command.command_id: self._acts.run(c))

    def show_state(self) -> None:
        """Show the tool in hand and what is switched on."""
        screen = self._screen
        for tool, title, key, _ in TOOLS:
            in_hand = screen.tool is tool
            button = self.tools[tool]
            button.setChecked(in_hand)
            button.setText(f" {tr(title)} {key}" if in_hand else f" {key}")
        for mode, button in self.compares.items():
            button.setChecked(screen.result is not None and screen.compare is mode)
            button.setVisible(screen.result is not None)
        self._compare_rule.setVisible(screen.result is not None)
        self._fit()
        self.layout_button.setChecked(screen.layout is Layout.QUAD)
        self.overlay.setChecked(screen.segmentation is not None and screen.overlay_visible)
        self.crosshair.setChecked(screen.crosshair_visible)
        self.invert.setChecked(screen.invert)
        here = screen.volume is not None
        self.window_menu.setEnabled(here)
        self.window_menu.setText(self._window_text() if here else "")
        commands = self._acts.commands
        for action in (*self.window_menu.menu().actions(), *self.rendering_menu.menu().actions()):
            action.setVisible(commands.get(action.data()).enabled())
        self.rendering_menu.setEnabled(any(action.isVisible() for action in self.rendering_menu.menu().actions()))
        for action in self.window_menu.menu().actions():
            action.setChecked(bool(screen.window_label) and action.text().split("\t")[0] == tr(screen.window_label))
        for action in self.rendering_menu.menu().actions():
            action.setChecked(action.data() == f"rendering.{screen.rendering_preset}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.show_state()

    def _fit(self) -> None:
        """In a narrow window what has a key and a menu elsewhere gives room to the tools."""
        wide = self.width() >= 1500
        for button in self._spare:
            button.setVisible(wide or self._screen.result is None)
        self.report.setText(" " + tr("Report") if wide else "")

    def _window_text(self) -> str:
        window, name = self._screen.window, self._screen.window_label
        figures = f"W {window.width:.0f} L {window.centre:.0f}".replace("-", "−")
        if name and self.width() >= 1500:
            return f" {tr(name)} {figures}"
        return f" {figures}"
