"""The password at a signature: who signs gives it there and then."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from shiboken6 import isValid

from app.domain.report import Report, Severity, SignatureRole
from app.i18n import tr
from app.notifications import explain
from app.reporting.controller import ReportController
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.notices import NoticeBox, Refusal
from widgets.panels.reporting.report_words import signer_word

#: alerts that are told one by one
_MOST_ALERTS = 5
#: as whom one signs by each command, and the words of its button
_ROLES = {
    "report.sign": (SignatureRole.AUTHOR, "Sign and send to review"),
    "report.approve": (SignatureRole.REVIEWER, "Approve report"),
}


class SignDialog(Dialog):
    """Asks for the password and runs the command with it; a wrong one is said here and asked for again."""

    def __init__(
        self,
        ui: CommandUi,
        command_id: str,
        report: Report,
        parent: QWidget | None,
        *,
        signed: Callable[[], None],
    ) -> None:
        super().__init__(tr("Sign the report"), parent)
        self._ui, self._command_id, self._signed = ui, command_id, signed
        self.alerts: NoticeBox | None = None
        role, act = _ROLES[command_id]
        header, actor = report.header, ui.session.user.actor
        what = " · ".join(x for x in (header.patient.display_name, header.study_description) if x)
        self.body.addWidget(label(what, size="strong", wrap=True))
        who = tr("You sign as {role}: {person}", role=signer_word(role), person=actor.name)
        self.body.addWidget(label(who, tone="muted", wrap=True))
        self._tell_alerts()
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setPlaceholderText(tr("Password"))
        self.password.setAccessibleName(tr("Password"))
        self.problem = Refusal()
        self.body.addWidget(self.password)
        self.body.addWidget(self.problem)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.send = self.add_button(tr(act), kind="primary", icon_name="signature", default=True)
        self.send.setEnabled(False)
        self.send.clicked.connect(self._go)
        self.password.textChanged.connect(lambda text: self.send.setEnabled(bool(text)))
        self.password.setFocus()

    def _tell_alerts(self) -> None:
        """What the rules ask to be looked at once more; who gives the password has read it."""
        found = self._ui.session.get(ReportController).check()
        alerts = [tr(one.template, **one.params) for one in found if one.severity is Severity.ALERT]
        if not alerts:
            return
        lines = [tr("The rules ask you to look again:"), *(f"· {text}" for text in alerts[:_MOST_ALERTS])]
        if len(alerts) > _MOST_ALERTS:
            lines.append(tr("Further ones, in “Checks”: {n}", n=len(alerts) - _MOST_ALERTS))
        self.alerts = NoticeBox("\n".join(lines), "amber")
        self.body.addWidget(self.alerts)

    def _go(self) -> None:
        job = self._ui.run(self._command_id, self.password.text())
        if job is None:  # what stops it was told
            self.reject()
            return
        self._wait(True)
        follow = self._ui.session.dispatcher.follow
        follow(job, lambda _: self._done(), failed=self._refused)

    def _wait(self, waiting: bool) -> None:
        self.setCursor(Qt.CursorShape.WaitCursor) if waiting else self.unsetCursor()
        for part in (self.password, self.send):
            part.setEnabled(not waiting)

    def _done(self) -> None:
        if isValid(self):
            self.accept()
        self._signed()

    def _refused(self, error: BaseException) -> None:
        if not isValid(self):
            self._ui.session.station.notifications.add_error(error)
            return
        self._wait(False)
        told = explain(error)
        self.problem.say(f"{told.message} {told.hint}".strip())
        self.password.selectAll()
        self.password.setFocus()
