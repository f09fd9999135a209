"""Rows of the tables: chosen and opened whole, with chips in their cells."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from widgets.theme import ROW, Theme, theme

Index = QModelIndex | QPersistentModelIndex


class RowView(QTableView):
    """A table whose rows are chosen and opened: Enter opens, Tab leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class RowDelegate(QStyledItemDelegate):
    """Rows of 36 px; no dotted focus box: the whole row is marked, and lined while the table has the
    focus.
    """

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        self.line_row(painter, option, index)

    @staticmethod
    def line_row(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Lines above and below the current row of a table that has the focus, closed at the ends."""
        view = option.widget  # type: ignore[attr-defined]
        if (
            not isinstance(view, QTableView)
            or not view.hasFocus()
            or view.currentIndex().row() != index.row()
        ):
            return
        box = option.rect.adjusted(0, 0, 0, -1)  # type: ignore[attr-defined]
        painter.save()
        painter.setPen(QColor(theme().focus))
        painter.drawLine(box.topLeft(), box.topRight())
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        header = view.horizontalHeader()
        place = header.visualIndex(index.column())
        if place == 0:
            painter.drawLine(box.topLeft(), box.bottomLeft())
        if place == header.count() - header.hiddenSectionCount() - 1:
            painter.drawLine(box.topRight(), box.bottomRight())
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus  # type: ignore[attr-defined]
        foreground = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(foreground, QBrush):
            option.palette.setBrush(QPalette.ColorRole.HighlightedText, foreground)  # type: ignore[attr-defined]


class ChipDelegate(RowDelegate):
    """A cell with a chip in place of its text."""

    def chip(self, index: Index) -> tuple[str, str]:
        """Text and tone of a cell's chip; no chip where the text is empty."""
        raise NotImplementedError

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""  # type: ignore[attr-defined]
        style = plain.widget.style()  # type: ignore[attr-defined]
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)  # type: ignore[attr-defined]
        self.line_row(painter, option, index)
        text, tone = self.chip(index)
        if text:
            box: QRect = option.rect  # type: ignore[attr-defined]
            _draw_chip(painter, box.adjusted(6, 0, -6, 0), text, tone, plain.font)  # type: ignore[attr-defined]


def _chip_colors(tone: str, tokens: Theme) -> tuple[str, str]:
    """(text, ground) of a chip's tone."""
    return {
        "neutral": (tokens.text, tokens.raised),
        "accent": (tokens.on_accent_soft, tokens.accent_soft),
        "amber": (tokens.amber, tokens.amber_soft),
        "done": (tokens.done, tokens.done_soft),
        "danger": (tokens.danger, tokens.danger_soft),
    }[tone]


def _draw_chip(painter: QPainter, cell: QRect, text: str, tone: str, font: QFont) -> None:
    """Draw a chip at the left of a cell, cut where the room ends."""
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, cell.width() - 16)
    color, ground = _chip_colors(tone, theme())
    box = QRectF(cell.left(), cell.center().y() - 11, metrics.horizontalAdvance(shown) + 16, 22)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QColor(color))
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()
