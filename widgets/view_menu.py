"""The menu of a view: what the right button's click offers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.commands.catalogue import TOOLS
from app.i18n import tr
from app.viewing.state import Layout, Plane, Tool
from widgets.acts import Acts, key_text
from widgets.icons import icon

#: commands below the tools, by groups; the rendering has neither images to mark nor text and crosshair
_MARKS = ("image.mark-key", "mark.delete")
_SHOWN = ("view.invert", "view.overlay", "view.crosshair", "view.text", "view.reset")
_OF_RENDERING = ("view.reset",)


def view_menu(acts: Acts, plane: Plane, parent: QWidget) -> QMenu:
    """A menu that deletes itself when it is closed; every row runs a command."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    screen = acts.desk.screen
    rendering = plane is Plane.RENDERING
    if not rendering:
        group = QActionGroup(menu)
        for tool, *_ in TOOLS:
            _checked(group.addAction(_row(acts, menu, f"tool.{tool}", sign=False)), screen.tool is Tool(tool))
        menu.addSeparator()
    _presets(acts, menu, "rendering." if rendering else "window.", tr("Volume rendering presets") if rendering else tr("Window presets"))
    for ids in (_OF_RENDERING,) if rendering else (_MARKS, _SHOWN):
        menu.addSeparator()
        for command_id in ids:
            _row(acts, menu, command_id)
    menu.addSeparator()
    single = screen.layout is Layout.SINGLE
    _row(acts, menu, "view.layout").setText(
        _with_key(acts, "view.layout", tr("Show all four views") if single else tr("Show this view alone"))
    )
    return menu


def _presets(acts: Acts, menu: QMenu, prefix: str, title: str) -> None:
    inner = menu.addMenu(title)
    screen = acts.desk.screen
    for command in acts.commands.all():
        if command.command_id.startswith(prefix) and command.palette:
            shown = (
                tr(screen.window_label) == tr(command.title)
                if prefix == "window."
                else command.command_id == prefix + screen.rendering_preset
            )
            _checked(_row(acts, inner, command.command_id), shown)
    inner.setEnabled(any(action.isEnabled() for action in inner.actions()))


def _row(acts: Acts, menu: QMenu, command_id: str, *, sign: bool = True) -> QAction:
    command = acts.commands.get(command_id)
    made = menu.addAction(_with_key(acts, command_id, tr(command.title)))
    if command.icon and sign:  # a row that can be checked has its check there
        made.setIcon(icon(command.icon))
    made.setEnabled(command.enabled())
    made.triggered.connect(lambda: acts.run(command_id))
    return made


def _with_key(acts: Acts, command_id: str, text: str) -> str:
    key = key_text(acts.commands.get(command_id).key)
    return f"{text}\t{key}" if key else text


def _checked(action: QAction, on: bool) -> None:
    action.setCheckable(True)
    action.setChecked(on)
