"""The menu of a view: what the right button's click offers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.annotation.spine_commands import SPINE_IDS
from app.annotation.uptake_commands import UPTAKE_IDS
from app.i18n import tr
from app.reading.plane_commands import PLANE_IDS
from app.session.commands import ToolbarGroup, tools_menu
from app.viewing.cine import RATES_HZ, can_play, rate_hz
from app.viewing.screen import RenderingView, Viewport, ViewportId
from app.viewing.told_image import quantity_shown
from app.viewing.tools.tool import ToolGroup
from app.viewing.viewport_texts import rate_words
from widgets.command_ui import CommandUi
from widgets.icons import icon

#: commands below the tools, by groups; the rendering has neither images to mark nor text and crosshair
_SHOWN = ("view.cine", "pair.swipe", "pair.flicker")
_TURNS = ("view.invert", "view.rotate-right", "view.rotate-left", "view.flip")
#: how the view was before, what lies over the images, and what goes out of the window: menus of their own, or
#: all would be higher than a small screen
_CHANGES = ("view.undo", "view.redo", "view.reset")
_OVER = ("view.overlay", "view.crosshair", "view.text", "presentation.drop")
_OUT = ("view.copy", "view.save", "cine.save", "view.file", "layout.print", "film.print")
#: there only while they can be done: a chosen mark, something to play, two views
_IF_POSSIBLE = ("mark.delete", "mark.lock", "mark.hide", "view.cine", "pair.swipe", "pair.flicker")
#: how views go together
_LINKS = ("view.link", "link.here", "link.offset", "link.forget")


def view_menu(ui: CommandUi, viewport_id: str, parent: QWidget) -> QMenu:
    """A menu that deletes itself when it is closed; every row runs a command."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    screen = ui.session.screen
    viewport = screen.viewports[ViewportId(viewport_id)]
    rendering = isinstance(viewport.view, RenderingView)
    if not rendering:
        group = QActionGroup(menu)
        in_row = [one for one in ui.session.tools if one.in_row]
        measuring = [one for one in in_row if one.group is ToolGroup.MEASURE]
        for tool in (one for one in in_row if one not in measuring):
            made = _row(ui, menu, f"tool.{tool.tool_id}", sign=False)
            _checked(group.addAction(made), screen.tool == tool.tool_id)
        first = tuple(f"tool.{tool.tool_id}" for tool in measuring)
        _choices(ui, menu, tools_menu(ToolbarGroup.MEASURE), first)
        menu.addSeparator()
    for wanted in ("rendering",) if rendering else ("window", "palette", "size"):
        _choices(ui, menu, wanted)
    _switches(ui, menu.addMenu(tr("Plane of this view")), PLANE_IDS)
    marks = (*(c.command_id for c in ui.commands.of_group(ToolbarGroup.MARK)), "mark.lock", "mark.hide")
    if screen.tool == "spine" and not rendering:
        _switches(ui, menu.addMenu(tr("Labels of the spine")), SPINE_IDS)
    quantity = quantity_shown(viewport)
    if quantity is not None and quantity.is_uptake:
        _switches(ui, menu.addMenu(tr("SUV of measurements")), UPTAKE_IDS)
    for ids in (_CHANGES,) if rendering else (marks, _SHOWN):
        menu.addSeparator()
        for command_id in ids:
            made = _row(ui, menu, command_id)
            made.setVisible(made.isEnabled() or command_id not in _IF_POSSIBLE)
            if command_id == "view.cine" and made.isEnabled():
                _cine(ui, menu, viewport)
    if not rendering:
        for title, ids in (
            (tr("Changes of the view"), _CHANGES),
            (tr("Turn and invert"), _TURNS),
            (tr("Show over the image"), _OVER),
            (tr("Pictures and print"), _OUT),
        ):
            inner = menu.addMenu(title)
            for command_id in ids:
                _row(ui, inner, command_id)
    if not rendering and len(screen.viewports) > 1:
        inner = menu.addMenu(tr("Links between views"))
        for command_id in _LINKS:
            made = _row(ui, inner, command_id, sign=False)
            on = ui.commands.get(command_id).on
            if on is not None:
                _checked(made, on())
    menu.addSeparator()
    alone = screen.maximised is not None
    _row(ui, menu, "view.layout").setText(
        _with_key(ui, "view.layout", tr("Show all views") if alone else tr("Show this view alone"))
    )
    _checked(_row(ui, menu, "view.tiles"), screen.tiling is not None)
    return menu


def _choices(ui: CommandUi, menu: QMenu, wanted: str, first: Sequence[str] = ()) -> None:
    """What a menu of the row of tools offers for this view; before it the commands named `first`."""
    inner = menu.addMenu(tr(next(one.title for one in ui.commands.menus if one.menu_id == wanted)))
    offered = [*map(ui.commands.get, first), *ui.commands.of_menu(wanted)]
    for command in offered:
        _checked(_row(ui, inner, command.command_id), command.on is not None and command.on())
    for action, command in zip(inner.actions(), offered, strict=True):
        action.setVisible(command.enabled())
    inner.setEnabled(any(action.isEnabled() for action in inner.actions()))


def _switches(ui: CommandUi, inner: QMenu, command_ids: Sequence[str]) -> None:
    """Rows of a menu of which what is on has a check."""
    for command_id in command_ids:
        on = ui.commands.get(command_id).on
        _checked(_row(ui, inner, command_id, sign=False), on is not None and on())
    inner.setEnabled(any(action.isEnabled() for action in inner.actions()))


def _cine(ui: CommandUi, menu: QMenu, viewport: Viewport) -> None:
    """From where to where, how fast, and how it goes on at the ends."""
    inner = menu.addMenu(tr("Range, rate and mode of playing"))
    inner.setEnabled(can_play(viewport))
    for group, rows in (
        ("on", ("cine.loop", "cine.bounce")),
        ("on", ("cine.from", "cine.to", "cine.all")),
        ("step", ("cine.slower", "cine.faster")),
    ):
        for command_id in rows:
            made = _row(ui, inner, command_id)
            if group == "on":
                on = ui.commands.get(command_id).on
                _checked(made, on is not None and on())
        inner.addSeparator()
    now = rate_hz(viewport)
    offered = [rate for rate in RATES_HZ if rate_words(rate) != rate_words(now)]
    for rate in sorted([*offered, now]):
        made = inner.addAction(rate_words(rate))
        _checked(made, rate == now)
        made.triggered.connect(partial(ui.run, "cine.rate", rate))


def _row(ui: CommandUi, menu: QMenu, command_id: str, *, sign: bool = True) -> QAction:
    command = ui.commands.get(command_id)
    made = menu.addAction(_with_key(ui, command_id, tr(command.title)))
    if command.icon and sign:  # a row that can be checked has its check there
        made.setIcon(icon(command.icon))
    made.setEnabled(command.enabled())
    made.triggered.connect(lambda: ui.run(command_id))
    return made


def _with_key(ui: CommandUi, command_id: str, text: str) -> str:
    key = ui.key_named(command_id)
    return f"{text}\t{key}" if key else text


def _checked(action: QAction, on: bool) -> None:
    action.setCheckable(True)
    action.setChecked(on)
