"""Typing a new password twice."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from app.i18n import tr
from widgets.elements import column


def secret_line(title: str) -> QLineEdit:
    """A line whose text is not shown."""
    made = QLineEdit()
    made.setPlaceholderText(title)
    made.setAccessibleName(title)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


class NewPassword(QWidget):
    """Two lines that must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.first = secret_line(tr("New password"))
        self.again = secret_line(tr("New password again"))
        self.setLayout(column(self.first, self.again, gap=12))

    def problem(self) -> str:
        """Why what is typed cannot be taken; "" where it can."""
        if not self.first.text():
            return tr("Type the new password twice.")
        return "" if self.first.text() == self.again.text() else tr("The two passwords differ.")
