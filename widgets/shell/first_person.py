"""The first person of a new station."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app.domain.person import Role
from app.errors import UserError
from app.i18n import tr
from app.notifications import explain
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Refusal, label
from widgets.shell.login import role_name


class FirstPersonDialog(Dialog):
    """Asks for the administrator of an empty station, who may be a doctor or cataloguer as well, and lets
    them sit down.
    """

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Set up this station"), parent, width=460)
        self._ui = ui
        self.body.addWidget(
            label(
                tr(
                    "Nobody works here yet. The first person manages the others and may also report, "
                    "review or catalogue."
                ),
                wrap=True,
            )
        )
        self.name = self._line(tr("Name"))
        self.login = self._line(tr("Login name"))
        self.password = self._line(tr("Password"), secret=True)
        self.again = self._line(tr("Password again"), secret=True)
        self.roles: dict[Role, QCheckBox] = {}
        for role in (Role.REPORTING, Role.REVIEWING, Role.CATALOGUING):
            box = QCheckBox(role_name(role))
            box.setChecked(role is Role.REPORTING)
            self.roles[role] = box
            self.body.addWidget(box)
        self.problem = Refusal()
        self.body.addWidget(self.problem)
        self.later = self.add_button(tr("Later"))
        self.later.clicked.connect(self.reject)
        self.make = self.add_button(tr("Create and log in"), kind="primary", icon_name="login", default=True)
        self.make.clicked.connect(self.try_make)
        self.name.setFocus()

    def _line(self, title: str, *, secret: bool = False) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(title)
        made.setAccessibleName(title)
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
        self.body.addWidget(made)
        return made

    def try_make(self) -> None:
        """Create the person and sit down, or say why not; what was typed stays."""
        if self.password.text() != self.again.text():
            self.problem.say(tr("The two passwords differ."))
            return
        roles = [role for role, box in self.roles.items() if box.isChecked()]
        login, password = self.login.text().strip(), self.password.text()
        try:
            self._ui.commands.run("person.add-first", login, self.name.text().strip(), password, roles=roles)
            self._ui.commands.run("person.log-in", login, password)
        except UserError as error:
            told = explain(error)
            self.problem.say(f"{told.message} {told.hint}".strip())
            return
        self.accept()
