"""Boxes that say something: a notice, a refusal, what an empty place is for."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from widgets.elements import column, label, retone, row
from widgets.icons import picture
from widgets.theme import theme


class NoticeBox(QFrame):
    """A coloured box that says something with an icon."""

    _ICONS = {
        "amber": "alert-triangle",
        "danger": "alert-circle",
        "accent": "info-circle",
        "done": "circle-check",
    }

    def __init__(self, text: str = "", tone: Literal["amber", "danger", "accent", "done"] = "amber") -> None:
        super().__init__()
        self._picture = QLabel()
        self._picture.setFixedWidth(18)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.text = label(text, wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setLayout(row(self._picture, self.text, gap=8, margins=(12, 8, 12, 8)))
        self.tell(text, tone)

    def tell(self, text: str, tone: Literal["amber", "danger", "accent", "done"] = "amber") -> None:
        """Say it."""
        self.text.setText(text)
        colors = {
            "amber": theme().amber,
            "danger": theme().danger,
            "accent": theme().on_accent_soft,
            "done": theme().done,
        }
        self._picture.setPixmap(picture(self._ICONS[tone], 18, colors[tone], ratio=self.devicePixelRatioF()))
        retone(self, "notice", tone)
        for child in (self.text, self._picture):
            child.style().unpolish(child)
            child.style().polish(child)


class Refusal(NoticeBox):
    """Says in a dialog why what was typed is refused; it ends when something else is typed."""

    def __init__(self) -> None:
        super().__init__("", "danger")
        self._lines: list[QLineEdit] = []
        self.hide()

    def say(self, text: str) -> None:
        """Say it until a line of the dialog is edited."""
        self.tell(text, "danger")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the lines stay where they are while one types
        self.setSizePolicy(policy)
        self.show()
        for line in self.window().findChildren(QLineEdit):
            if line not in self._lines:
                line.textEdited.connect(self.hide)
                self._lines.append(line)


class EmptyState(QWidget):
    """What will be here and how to get it."""

    def __init__(self, icon_name: str, title: str, text: str, *buttons: QPushButton) -> None:
        super().__init__()
        sign = QLabel()
        sign.setPixmap(picture(icon_name, 40, theme().muted, ratio=2.0))
        self.title = label(title, size="title")
        self.text = label(text, tone="muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setFixedWidth(520)
        centre = Qt.AlignmentFlag.AlignHCenter
        outer = column(None, gap=12, margins=(16, 24, 16, 24))
        outer.addWidget(sign, 0, centre)
        outer.addWidget(self.title, 0, centre)
        outer.addLayout(row(None, self.text, None))
        if buttons:
            outer.addLayout(row(None, *buttons, None))
        outer.addStretch(2)
        self.setLayout(outer)
