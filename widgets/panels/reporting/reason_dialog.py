"""Why a report goes another way than to its review: returned, corrected, added to."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QPlainTextEdit, QWidget
from shiboken6 import isValid

from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label


@dataclass(frozen=True, slots=True)
class ReasonedAct:
    """An act that asks for a reason; all texts are English and translation keys."""

    command_id: str
    title: str
    explained: str
    prompt: str
    button: str
    icon: str


RETURN = ReasonedAct(
    "report.return",
    "Return the report to its author",
    "",
    "What has to be mended?",
    "Return report",
    "message-report",
)
CORRECT = ReasonedAct(
    "report.correct",
    "Correct the reviewed report",
    "The reviewed report stays in force until the correction is reviewed; then it is kept as corrected.",
    "What is wrong in it? The reason is printed on the correction.",
    "Begin correction",
    "edit",
)
ADD_TO = ReasonedAct(
    "report.add-to",
    "Add an addendum to the reviewed report",
    "The reviewed report stays as it is; the addendum is signed and reviewed by itself.",
    "Why is something added? The reason is printed on the addendum.",
    "Begin addendum",
    "plus",
)


class ReasonDialog(Dialog):
    """Asks for the reason of an act; what was typed stays where the act was refused."""

    def __init__(self, ui: CommandUi, act: ReasonedAct, parent: QWidget | None) -> None:
        super().__init__(tr(act.title), parent)
        self._ui, self._act = ui, act
        if act.explained:
            self.body.addWidget(label(tr(act.explained), tone="muted", wrap=True))
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(tr(act.prompt))
        self.reason.setAccessibleName(tr("Reason"))
        self.reason.setFixedHeight(110)
        self.reason.setTabChangesFocus(True)
        self.body.addWidget(self.reason)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.send = self.add_button(tr(act.button), kind="primary", icon_name=act.icon)
        self.send.setEnabled(False)
        self.reason.textChanged.connect(lambda: self.send.setEnabled(bool(self.reason.toPlainText().strip())))
        self.send.clicked.connect(self._go)

    def _go(self) -> None:
        job = self._ui.run(self._act.command_id, self.reason.toPlainText())
        if job is not None:
            self.send.setEnabled(False)
            done = self._ui.session.dispatcher
            done.follow(job, lambda _: self._over(True), failed=lambda _: self._over(False))

    def _over(self, went: bool) -> None:
        if isValid(self):
            self.send.setEnabled(True)
            if went:
                self.accept()
