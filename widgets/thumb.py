"""A series' picture, wherever one stands."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from app.i18n import tr
from widgets.elements import retone
from widgets.icons import picture
from widgets.theme import theme


class Thumb(QLabel):
    """A series' picture on black."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.setObjectName("thumb")
        self.setFixedSize(side, side)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._side = side
        self._machine = QLabel(self)
        self._machine.move(4, 4)
        self._machine.hide()
        self.show_png(None)

    def mark_machine(self, made: bool, *, confirmed: bool = False) -> None:
        """Mark as a picture that a machine made, and whether a doctor has confirmed it."""
        self._machine.setVisible(made)
        self._machine.setText(tr("AI · confirmed") if confirmed else "AI")
        retone(self._machine, "chip", "done" if confirmed else "amber")
        self._machine.ensurePolished()
        self._machine.adjustSize()

    def show_png(self, png: bytes | None) -> None:
        """Show the picture, or a sign that there is none."""
        found = QPixmap()
        if png and found.loadFromData(png):
            ratio = self.devicePixelRatioF()
            room = QSize(self._side - 4, self._side - 4) * ratio
            scaled = found.scaled(
                room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            scaled.setDevicePixelRatio(ratio)
            self.setPixmap(scaled)
        else:
            self.setPixmap(picture("photo-off", 24, theme().muted, ratio=self.devicePixelRatioF()))
