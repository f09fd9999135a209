"""Says that the window stands still until the last edits are saved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.notices import NoticeBox

WIDTH_PX = 280


class SavingNotice(NoticeBox):
    """In the middle of the window, with the pointer of waiting.

    The wait holds the event loop: the notice is painted at once, and no key or click is taken meanwhile.
    """

    def __init__(self, ui: CommandUi, ground: QWidget) -> None:
        super().__init__("", "accent")
        self.setParent(ground)
        self.hide()
        ui.listen(ui.session.edits.waiting, self._wait)

    def _wait(self, waiting: bool) -> None:
        if waiting:
            self._appear()
        elif self.isVisible():
            QGuiApplication.restoreOverrideCursor()
            self.hide()

    def _appear(self) -> None:
        ground = self.parentWidget()
        if ground is None or not ground.isVisible():
            return
        self.tell(tr("Saving the last edits …"), "accent")
        self.setFixedWidth(WIDTH_PX)
        self.adjustSize()
        self.move((ground.width() - self.width()) // 2, (ground.height() - self.height()) // 2)
        self.raise_()
        self.show()
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        self.repaint()  # now: the event loop does not run
