"""A machine's result and what a person says of it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.analysis.rights import CONFIRM_RESULT
from app.domain.provenance import ResultState, ReviewState
from app.i18n import tr
from app.jobs import Job
from widgets.command_ui import CommandUi
from widgets.elements import column, push, row
from widgets.notices import NoticeBox


class ReviewBox(QWidget):
    """Amber while nobody has confirmed; green with who and when after."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._result: ResultState | None = None
        self.box = NoticeBox()
        self.confirm = push(tr("Confirm"), kind="primary", icon_name="check")
        self.confirm.clicked.connect(lambda: self._say("result.accept"))
        self.discard = push(tr("Discard"), icon_name="x")
        self.discard.clicked.connect(lambda: self._say("result.discard"))
        self.setLayout(column(self.box, row(self.confirm, self.discard, None), gap=8))
        self.hide()

    def show_result(self, result: ResultState | None) -> None:
        """Show the state of a result; None hides the box."""
        self._result = result
        self.setVisible(result is not None)
        if result is None:
            return
        if result.review is ReviewState.ACCEPTED:
            when = f"{result.reviewed_at.astimezone():%Y-%m-%d %H:%M}" if result.reviewed_at else ""
            self.box.tell(
                tr("Confirmed by {person} {when}", person=result.reviewed_by, when=when).strip(), "done"
            )
        else:
            self.box.tell(tr("AI result not confirmed: it does not enter the report."), "amber")
        allowed = self._ui.may(CONFIRM_RESULT)
        self.confirm.setVisible(allowed and result.review is ReviewState.UNCONFIRMED)
        self.discard.setVisible(allowed)

    def _say(self, command_id: str) -> None:
        if self._result is None:
            return
        job = self._ui.run(command_id, self._result.result_id)
        self.box.setFocus()  # the button that was pressed goes: what was said is here, and Tab goes on
        if isinstance(job, Job):
            self._set_enabled(False)
            self._ui.session.dispatcher.follow(
                job, lambda _: None, failed=lambda _: None, always=lambda: self._set_enabled(True)
            )

    def _set_enabled(self, enabled: bool) -> None:
        if isValid(self):
            self.confirm.setEnabled(enabled)
            self.discard.setEnabled(enabled)
