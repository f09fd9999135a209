"""A machine's result and what a person says of it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.person import Right
from app.domain.provenance import ResultState, ReviewState
from app.i18n import tr
from widgets.acts import Acts
from widgets.elements import NoticeBox, column, push, row


class ReviewBox(QWidget):
    """Amber while nobody has confirmed; green with who and when after."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
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
            self.box.tell(tr("Confirmed by {person} {when}", person=result.reviewed_by, when=when).strip(), "done")
        else:
            self.box.tell(tr("AI result not confirmed: it does not enter the report."), "amber")
        allowed = self._acts.may(Right.CONFIRM_RESULT)
        self.confirm.setVisible(allowed and result.review is ReviewState.UNCONFIRMED)
        self.discard.setVisible(allowed)

    def _say(self, command_id: str) -> None:
        if self._result is not None:
            self._acts.run(command_id, self._result.result_id)
