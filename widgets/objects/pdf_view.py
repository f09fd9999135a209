"""The pages of an encapsulated PDF under each other; each is drawn when it comes into sight."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from app.domain.document import PagePicture, PdfDocument
from app.i18n import tr

_GAP, _WIDEST = 16, 1000
#: (page, width in pixels, what to do with the picture)
FetchPage = Callable[[int, int, Callable[[PagePicture], None]], None]


class PdfView(QScrollArea):
    """A column of sheets."""

    def __init__(self, document: PdfDocument, fetch: FetchPage) -> None:
        super().__init__()
        self._document, self._fetch = document, fetch
        self._asked: dict[int, int] = {}
        self._content = QWidget()
        self._stack = QVBoxLayout(self._content)
        self._stack.setSpacing(_GAP)
        self.sheets = [QLabel() for _ in document.sizes_pt]
        for number, sheet in enumerate(self.sheets, 1):
            sheet.setAccessibleName(tr("Page {n} of {total}", n=number, total=len(self.sheets)))
            sheet.setStyleSheet("background: #ffffff")
            sheet.setScaledContents(True)
            self._stack.addWidget(sheet, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setObjectName("pages")
        self.setAccessibleName(tr("Pages: {n}", n=len(self.sheets)))
        self.setWidgetResizable(True)
        self.setWidget(self._content)
        self.verticalScrollBar().valueChanged.connect(self._look)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = max(200, min(self.viewport().width() - 4 * _GAP, _WIDEST))
        for sheet, (page_width, page_height) in zip(self.sheets, self._document.sizes_pt, strict=True):
            sheet.setFixedSize(QSize(width, round(width * page_height / max(page_width, 1.0))))
        self._stack.activate()
        self._look()

    def _look(self) -> None:
        """Ask for the pages in sight, and for their neighbours."""
        view = self.viewport()
        ratio = self.devicePixelRatioF()
        for number, sheet in enumerate(self.sheets):
            top = sheet.mapTo(self._content, QPoint(0, 0)).y() - self.verticalScrollBar().value()
            near = QRect(0, top, 1, sheet.height()).intersects(QRect(0, -view.height(), 1, 3 * view.height()))
            width = round(sheet.width() * ratio)
            if near and self._asked.get(number) != width:
                self._asked[number] = width
                self._fetch(number, width, partial(self._came, number))

    def _came(self, number: int, picture: PagePicture) -> None:
        rows, columns = picture.pixels.shape[:2]
        image = QImage(picture.pixels.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        self.sheets[number].setPixmap(QPixmap.fromImage(image))
