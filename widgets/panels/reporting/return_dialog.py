"""Why a report goes back to its author."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget
from shiboken6 import isValid

from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog


class ReturnDialog(Dialog):
    """Asks for the reason; what was typed stays where the report could not be returned."""

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Return the report to its author"), parent)
        self._ui = ui
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(tr("What has to be mended?"))
        self.reason.setAccessibleName(tr("Reason"))
        self.reason.setFixedHeight(110)
        self.body.addWidget(self.reason)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.send = self.add_button(tr("Return report"), kind="primary", icon_name="message-report")
        self.send.setEnabled(False)
        self.reason.textChanged.connect(lambda: self.send.setEnabled(bool(self.reason.toPlainText().strip())))
        self.send.clicked.connect(self._return)

    def _return(self) -> None:
        job = self._ui.run("report.return", self.reason.toPlainText())
        if job is not None:
            self.send.setEnabled(False)
            done = self._ui.session.dispatcher
            done.follow(job, lambda _: self._over(True), failed=lambda _: self._over(False))

    def _over(self, returned: bool) -> None:
        if isValid(self):
            self.send.setEnabled(True)
            if returned:
                self.accept()
