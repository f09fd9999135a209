"""A line on a tile in which the words of a mark are written."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.geometry import PointPx
from app.i18n import tr

_WIDTH_PX, _LONGEST = 240, 120


class WordsLine(QLineEdit):
    """Enter keeps the words, and so does going elsewhere once there are some; Escape gives up."""

    def __init__(self, parent: QWidget, done: Callable[[str | None], None]) -> None:
        super().__init__(parent)
        self._done: Callable[[str | None], None] | None = done
        self.setMaxLength(_LONGEST)
        self.setPlaceholderText(tr("Words of the mark"))
        self.setAccessibleName(tr("Words of the mark"))
        self.returnPressed.connect(lambda: self._end(self.text().strip()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._end(None)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._end(self.text().strip() or None)

    def _end(self, words: str | None) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        tile = self.parentWidget()
        self.hide()
        self.deleteLater()
        done(words)
        if tile is not None:
            tile.setFocus(Qt.FocusReason.OtherFocusReason)
            tile.update()


def ask_words(tile: QWidget, at: PointPx, done: Callable[[str | None], None]) -> None:
    """Put a line beside a place of a tile, inside it, and let the person write."""
    line = WordsLine(tile, done)
    line.resize(min(_WIDTH_PX, tile.width()), line.sizeHint().height())
    x = min(max(round(at[0]) + 8, 0), max(tile.width() - line.width(), 0))
    y = min(max(round(at[1]) + 8, 0), max(tile.height() - line.height(), 0))
    line.move(QPoint(x, y))
    line.show()
    line.setFocus(Qt.FocusReason.OtherFocusReason)
