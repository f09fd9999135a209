"""The first person of a new station."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app.domain.person import Role
from app.i18n import tr
from app.people.service import PeopleService
from widgets.command_ui import CommandUi
from widgets.elements import label
from widgets.form_dialog import FormDialog
from widgets.shell.login import role_name


class FirstPersonDialog(FormDialog):
    """Asks for the administrator of an empty station, who may be a doctor or cataloguer as well, and lets
    them sit down.
    """

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(ui, tr("Set up this station"), tr("Create and log in"), parent)
        self.cancel.setText(tr("Later"))
        told = label(
            tr(
                "Nobody works here yet. The first person manages the others and may also report, "
                "review or catalogue."
            ),
            wrap=True,
        )
        self.name = self._line(tr("Name"))
        self.login = self._line(tr("Login name"))
        self.password = self._line(tr("Password"), secret=True)
        self.again = self._line(tr("Password again"), secret=True)
        self.roles: dict[Role, QCheckBox] = {}
        for role in (Role.REPORTING, Role.REVIEWING, Role.CATALOGUING):
            self.roles[role] = QCheckBox(role_name(role))
            self.roles[role].setChecked(role is Role.REPORTING)
        lines = (self.name, self.login, self.password, self.again)
        self.add_parts(told, *lines, *self.roles.values())
        self.name.setFocus()

    def _line(self, title: str, *, secret: bool = False) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(title)
        made.setAccessibleName(title)
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
        return made

    def act(self) -> Callable[[], Any] | str:
        """Create the person."""
        if self.password.text() != self.again.text():
            return tr("The two passwords differ.")
        people = self._ui.session.station.get(PeopleService)
        login, name, password = self.login.text().strip(), self.name.text().strip(), self.password.text()
        roles = [role for role, box in self.roles.items() if box.isChecked()]
        return lambda: people.add_first(login, name, password, roles=roles)

    def done_with(self, result: object) -> None:
        """Let the person sit down."""
        session = self._ui.session
        login, password = self.login.text().strip(), self.password.text()

        def refused(error: BaseException) -> None:
            session.station.notifications.add_error(error)

        session.user.start_log_in(login, password, lambda: None, refused)
