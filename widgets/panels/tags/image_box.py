"""How the shown image is made, in a few lines under the elements."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout

from app.i18n import tr
from app.tags.image_lines import ImageLine
from widgets.elements import clear, column, label


class ImageBox(QFrame):
    """Size, grey, fidelity; hidden where nothing is known."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = QGridLayout()
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setHorizontalSpacing(16)
        self._lines.setVerticalSpacing(4)
        self._lines.setColumnStretch(1, 1)
        head = label(tr("How this image is shown"), tone="muted")
        self.setLayout(column(head, self._lines, gap=6, margins=(16, 10, 16, 10)))
        self.show_lines(())

    def show_lines(self, lines: Sequence[ImageLine]) -> None:
        """Replace all lines."""
        clear(self._lines)
        for row, line in enumerate(lines):
            text = label(line.text, wrap=True, select=True, tone="done" if line.good else "")
            self._lines.addWidget(label(line.title, tone="muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._lines.addWidget(text, row, 1)
        self.setVisible(bool(lines))
