"""The rail at the left edge: workspaces above, command palette, settings and person below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QMenu, QToolButton

from app.i18n import language, tr
from widgets.elements import column
from widgets.icons import icon
from widgets.theme import RAIL, theme
from widgets.ui_feature import WorkspaceSpec, workspace_key


class Rail(QFrame):
    """Where one goes; says what was asked for."""

    workspace_asked = Signal(str)
    palette_asked = Signal()
    settings_asked = Signal()
    about_asked = Signal()
    log_out_asked = Signal()
    lock_asked = Signal()
    password_asked = Signal()
    people_asked = Signal()

    def __init__(self, workspaces: Sequence[WorkspaceSpec]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(rail_width())
        brand = QLabel("影枢")
        brand.setObjectName("brand")
        brand.setAlignment(Qt.AlignmentFlag.AlignCenter)
        brand.setFixedHeight(52)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        group.setExclusive(True)
        for position, spec in enumerate(workspaces):
            made = _rail_button(spec.icon, tr(spec.title), f"{tr(spec.tip)}  {workspace_key(position)}")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, name=spec.workspace_id: self.workspace_asked.emit(name))
            group.addButton(made)
            self.buttons[spec.workspace_id] = made
        command = _rail_button("search", tr("Actions"), f"{tr('Find a command')}  Ctrl+K")
        command.clicked.connect(self.palette_asked)
        settings = _rail_button("settings", tr("Settings"), f"{tr('Settings')}  Ctrl+,")
        settings.clicked.connect(self.settings_asked)
        self.person = _rail_button("user-circle", "", "")
        self.person.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.person.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._menu = QMenu(self.person)
        self.person.setMenu(self._menu)
        self.setLayout(column(brand, *self.buttons.values(), None, command, settings, self.person, 4, gap=2))

    def show_workspace(self, name: str) -> None:
        """Mark the workspace in front."""
        if name in self.buttons:
            self.buttons[name].setChecked(True)

    def show_person(self, name: str, roles: str, *, manages: bool = False) -> None:
        """Show who sits here; "" when nobody does.  Who `manages` people finds them here."""
        metrics = self.person.fontMetrics()
        self.person.setText(
            metrics.elidedText(name or tr("Log in"), Qt.TextElideMode.ElideRight, rail_width() - 10)
        )
        self.person.setToolTip(f"{name}  {roles}".strip())
        self.person.setAccessibleName(name or tr("Log in"))
        self._menu.clear()
        if name:
            who = self._menu.addAction(f"{name}  {roles}")
            who.setEnabled(False)
            self._menu.addSeparator()
            self._menu.addAction(icon("lock"), f"{tr('Lock the window')}\tCtrl+L", self.lock_asked.emit)
            self._menu.addAction(icon("signature"), tr("Change own password"), self.password_asked.emit)
            if manages:
                self._menu.addAction(icon("users"), tr("People of this station"), self.people_asked.emit)
        self._menu.addAction(
            icon("logout"), tr("Change person") if name else tr("Log in"), self.log_out_asked.emit
        )
        self._menu.addSeparator()
        self._menu.addAction(icon("info-circle"), tr("About YingShu"), self.about_asked.emit)


def rail_width() -> int:
    """English words are longer: they get 8 px more."""
    return RAIL if language() == "zh" else RAIL + 8


def _rail_button(icon_name: str, text: str, tip: str) -> QToolButton:
    made = QToolButton()
    made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    made.setIcon(icon(icon_name, theme().muted, on=theme().text))
    made.setIconSize(QSize(22, 22))
    made.setText(text)
    made.setToolTip(tip)
    made.setAccessibleName(tip or text)
    made.setFixedSize(rail_width(), 60)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made
