"""The frame that all dialogs share."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QDialog, QLabel, QPushButton, QRadioButton, QWidget

from widgets.elements import column, label, push, row, rule
from widgets.focus import press_focused, step_focus


class Dialog(QDialog):
    """A titled dialog: content above, buttons below.  Deleted when closed.

    Modal to all windows of a session: what it speaks of (the active view, the report) is changed in none of
    them meanwhile.
    """

    #: what cannot be used while it is open
    blocks = Qt.WindowModality.ApplicationModal

    def __init__(self, title: str, parent: QWidget | None, *, width: int = 480) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.heading: QLabel = label(title, size="title", wrap=True)
        self.body = column(gap=12, margins=(24, 16, 24, 16))
        self.buttons = row(None, gap=8, margins=(24, 12, 24, 16))
        self.setLayout(
            column(row(self.heading, margins=(24, 20, 24, 4)), self.body, rule(), self.buttons, gap=0)
        )

    def open(self) -> None:
        """Show it; `QDialog.open` would leave the windows on other monitors in use."""
        self.setWindowModality(self.blocks)
        self.setResult(0)
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its lines need at the width it has: the size hint breaks them at a narrower one."""
        layout = self.layout()
        if (
            layout is not None
            and layout.hasHeightForWidth()
            and not self.testAttribute(Qt.WidgetAttribute.WA_Resized)
        ):
            self.resize(self.width(), max(layout.totalHeightForWidth(self.width()), self.minimumHeight()))
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter is for the push button that has the focus, else for the default one: also on a tick box,
        which Space changes.
        """
        if isinstance(QApplication.focusWidget(), QCheckBox | QRadioButton) or not press_focused(event):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return step_focus(self, 1 if next else -1)

    def add_button(
        self, text: str, *, kind: str = "", icon_name: str = "", default: bool = False
    ) -> QPushButton:
        """A button at the lower right."""
        made = push(text, kind=kind, icon_name=icon_name)
        made.setAutoDefault(default)
        made.setDefault(default)
        self.buttons.addWidget(made)
        return made
