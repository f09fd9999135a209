"""A name that is edited where it stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from app.i18n import tr


class NameLine(QLineEdit):
    """A name that is edited where it stands; Escape takes it back."""

    renamed = Signal(str)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._before = text
        self.setAccessibleName(tr("Measurement name"))
        self.editingFinished.connect(self._finish)

    def keyPressEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._before)
            self.clearFocus()
            return
        super().keyPressEvent(event)

    def _finish(self) -> None:
        text = self.text().strip()
        if text and text != self._before:
            self._before = text
            self.renamed.emit(text)
