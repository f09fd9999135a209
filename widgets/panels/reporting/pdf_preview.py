"""The printed page on the screen, and to a printer."""

from __future__ import annotations

import pypdfium2
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import label


def draw_pages(pdf: bytes, *, dpi: float) -> list[QImage]:
    """Pages of a PDF as pictures."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = []
        for number in range(len(document)):
            page = document[number]
            bitmap = page.render(scale=dpi / 72, rev_byteorder=True, prefer_bgrx=True)
            kind = QImage.Format.Format_RGBX8888 if bitmap.n_channels == 4 else QImage.Format.Format_RGB888
            pages.append(
                QImage(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, kind).copy()
            )
            bitmap.close()
            page.close()
        return pages
    finally:
        document.close()


class PdfPreview(Dialog):
    """All pages under each other; print sends the same file at 300 dpi."""

    #: the images on another monitor may be looked at beside the page
    blocks = Qt.WindowModality.WindowModal

    def __init__(self, pdf: bytes, parent: QWidget | None, *, title: str) -> None:
        super().__init__(title, parent, width=900)
        self._pdf = pdf
        ratio = self.devicePixelRatioF()
        pages = QWidget()
        stack = QVBoxLayout(pages)
        stack.setSpacing(16)
        self.pages = draw_pages(pdf, dpi=96 * ratio)
        for image in self.pages:
            image.setDevicePixelRatio(ratio)
            sheet = QLabel()
            sheet.setPixmap(QPixmap.fromImage(image))
            sheet.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            stack.addWidget(sheet)
        area = QScrollArea()
        area.setObjectName("pages")
        area.setAccessibleName(tr("Pages: {n}", n=len(self.pages)))
        area.setWidgetResizable(True)
        area.setWidget(pages)
        area.setMinimumHeight(560)
        self.body.addWidget(area)
        self.buttons.insertWidget(0, label(tr("Pages: {n}", n=len(self.pages)), tone="muted"))
        close = self.add_button(tr("Close"))
        close.clicked.connect(self.accept)
        send = self.add_button(tr("Print"), kind="primary", icon_name="printer", default=True)
        send.clicked.connect(self.print_out)

    def print_out(self) -> None:
        """Ask for a printer and print."""
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if QPrintDialog(printer, self).exec() == QDialog.DialogCode.Accepted:
            self.print_to(printer)

    def print_to(self, printer: QPrinter) -> None:
        """Draw the pages onto a printer, each filling the sheet."""
        painter = QPainter(printer)
        for number, image in enumerate(draw_pages(self._pdf, dpi=300)):
            if number:
                printer.newPage()
            sheet = QRectF(painter.viewport())
            scale = min(sheet.width() / image.width(), sheet.height() / image.height())
            painter.drawImage(QRectF(0, 0, image.width() * scale, image.height() * scale), image)
        painter.end()
