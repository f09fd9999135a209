"""Who sits here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from app.domain.person import Role
from app.errors import UserError
from app.i18n import tr
from app.jobs import Job
from app.notifications import explain
from app.people.rights import ROLE_TITLES
from app.people.service import GivenPassword
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Clickable, column, label, row
from widgets.icons import picture
from widgets.notices import Refusal
from widgets.password_lines import NewPassword
from widgets.theme import theme

DemoAccount = tuple[str, str, str, str]
"""(name, role as people call it, login, password) of a demo account."""


def role_name(role: Role) -> str:
    """A role in words."""
    return tr(ROLE_TITLES[role])


def role_names(roles: Iterable[Role]) -> str:
    """Roles in words, in their fixed order."""
    held = set(roles)
    return " · ".join(role_name(role) for role in Role if role in held)


class LoginDialog(Dialog):
    """Login name and password; the demo's people as buttons."""

    def __init__(
        self,
        ui: CommandUi,
        demo_accounts: Sequence[DemoAccount],
        parent: QWidget | None,
        *,
        closes: bool = True,
    ) -> None:
        super().__init__(tr("Log in to YingShu"), parent, width=440)
        self._closes = closes
        self._ui = ui
        self.login = QLineEdit()
        self.login.setPlaceholderText(tr("Login name"))
        self.login.setAccessibleName(tr("Login name"))
        self.password = QLineEdit()
        self.password.setPlaceholderText(tr("Password"))
        self.password.setAccessibleName(tr("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.own = NewPassword()
        self.own.hide()
        self.problem = Refusal()
        self._accounts: list[Clickable] = []
        self._job: Job[Any] | None = None
        if demo_accounts:
            self.body.addWidget(label(tr("Demo people: choose one to sit down"), tone="muted"))
            for account in demo_accounts:
                self._accounts.append(self._account(*account))
                self.body.addWidget(self._accounts[-1])
            self.body.addWidget(label(tr("Or log in with a name of your own"), tone="muted"))
        for part in (self.login, self.password, self.problem, self.own):
            self.body.addWidget(part)
        self.later = self.add_button(tr("Later"))
        self.later.clicked.connect(self.reject)
        self.later.setVisible(closes)
        self.enter = self.add_button(tr("Log in"), kind="primary", icon_name="login", default=True)
        self.enter.clicked.connect(lambda: self.try_login(self.login.text().strip(), self.password.text()))
        self.login.setFocus()

    def _account(self, name: str, role: str, login: str, password: str) -> Clickable:
        made = Clickable()
        made.setObjectName("card")
        sign = label()
        sign.setPixmap(picture("user-circle", 24, theme().accent_text, ratio=2.0))
        go = label()
        go.setPixmap(picture("chevron-right", 18, theme().muted, ratio=2.0))
        made.setLayout(
            row(
                sign,
                column(label(name, size="strong"), label(role, tone="muted"), gap=0),
                None,
                go,
                gap=12,
                margins=(12, 8, 12, 8),
            )
        )
        made.setAccessibleName(f"{name} {role}")
        made.clicked.connect(lambda: self.try_login(login, password))
        return made

    def try_login(self, login: str, password: str) -> None:
        """Sit down, or say why not; the password is looked at in the background."""
        if not login or not password:
            self.problem.say(tr("Type your login name and password."))
            return
        own = self.own.first.text() if self.own.isVisibleTo(self) else ""
        if self.own.isVisibleTo(self) and (missing := self.own.problem()):
            self.problem.say(missing)
            return
        try:
            user = self._ui.session.user
            self._job = user.start_log_in(login, password, self._entered, self._refused, own=own)
        except UserError as error:  # edits of who sits here now cannot be saved
            self._refused(error)
        else:
            self._wait(True)

    def reject(self) -> None:
        """Nobody sits down, also where the password is still being looked at."""
        if not self._closes:
            return
        if self._job is not None:
            self._job.cancel()
        super().reject()

    def _wait(self, waiting: bool) -> None:
        self.setCursor(Qt.CursorShape.WaitCursor) if waiting else self.unsetCursor()
        for part in (self.login, self.password, self.enter, *self._accounts):
            part.setEnabled(not waiting)

    def _entered(self) -> None:
        if isValid(self):  # it may have been closed meanwhile
            self.accept()

    def _refused(self, error: BaseException) -> None:
        if not isValid(self):
            return
        self._wait(False)
        told = explain(error)
        if isinstance(error, GivenPassword):
            self.problem.say(f"{told.message} {tr('Choose one of your own.')}")
            self.own.show()
            self.own.first.setFocus()
            return
        self.problem.say(f"{told.message} {told.hint}".strip())
        if self.own.isVisibleTo(self):  # the new password is refused, not the given one
            self.own.first.setFocus()
            return
        self.password.clear()
        self.password.setFocus()
