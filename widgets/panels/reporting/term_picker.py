"""The RadLex picker: a line, hits below, Enter inserts a chip."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QLineEdit, QTableView, QWidget

from app.domain.report import Chip
from app.i18n import language, tr
from app.terminology import Term, TermStore
from widgets.elements import column, label, row
from widgets.theme import ROW, theme

Index = QModelIndex | QPersistentModelIndex


class TermTable(QAbstractTableModel):
    """Hits: Chinese, English, identifier, way up."""

    def __init__(self, terms: TermStore) -> None:
        super().__init__()
        self._terms = terms
        self.rows: list[Term] = []

    def show_terms(self, rows: list[Term]) -> None:
        """Replace the hits."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        term = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            code = term.rid if term.scheme == "RADLEX" else f"{term.scheme} {term.rid}"
            first, second = (term.zh or term.name, term.name) if language() == "zh" else (term.name, term.zh)
            return (first, second, code, self.way(term))[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(theme().text if index.column() < 2 else theme().muted))
        return None

    def way(self, term: Term) -> str:
        """The broader terms, nearest last."""
        return " › ".join(up.words(language()) for up in reversed(self._terms.parents(term.rid)))


#: a narrower picker leaves the identifier out
_NARROW_PX = 560


class TermPicker(QFrame):
    """Opens under the cursor; Escape or a click elsewhere closes it."""

    chosen = Signal(object)
    closed = Signal()

    def __init__(self, terms: TermStore, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self._terms = terms
        self._body_part = ""
        self._most = 320
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("Term: Chinese, pinyin, English or RID"))
        self.line.textChanged.connect(self.fill)
        self.line.installEventFilter(self)
        self.model = TermTable(terms)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.horizontalHeader().hide()
        self.table.setColumnWidth(2, 100)
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.clicked.connect(lambda index: self._take(index.row()))
        self.hint = label(tr("RadLex · Enter inserts · Esc closes"), tone="muted")
        self.setLayout(
            column(
                self.line, self.table, row(self.hint, None, margins=(8, 0, 8, 2)), gap=6, margins=(8, 8, 8, 4)
            )
        )
        self.hide()

    def open_at(self, at: QPoint, body_part: str) -> None:
        """Open below a point of the parent, inside it."""
        parent = self.parentWidget()
        assert parent is not None
        self._body_part = body_part
        width, height = min(680, parent.width() - 32), 320
        self._most = max(220, min(height, parent.height() - at.y() - 20))
        x = max(16, min(at.x(), parent.width() - width - 16))
        y = at.y() + 8 if at.y() + self._most + 12 <= parent.height() else max(16, at.y() - self._most - 36)
        self.setGeometry(x, y, width, self._most)
        self._fit_columns(narrow=width < _NARROW_PX)
        self.line.clear()
        self.fill("")
        self.show()
        self.raise_()
        self.line.setFocus()

    def _fit_columns(self, *, narrow: bool) -> None:
        """Beside the images there is no room for the identifier; the tooltip of the chip has it."""
        self.table.setColumnWidth(0, 130 if narrow else 150)
        self.table.setColumnWidth(1, 110 if narrow else 200)
        self.table.setColumnHidden(2, narrow)

    def fill(self, wanted: str) -> None:
        """List the terms that fit."""
        hits = (
            self._terms.search(
                wanted.strip(), language=language(), limit=40, body_part=self._body_part or None
            )
            if wanted.strip()
            else []
        )
        self.model.show_terms([hit.term for hit in hits])
        if hits and hits[0].is_meant:
            self.table.selectRow(0)
        else:  # a near one is never taken for what was meant: an arrow key chooses it
            self.table.setCurrentIndex(QModelIndex())
        empty = (
            tr("No term fits “{text}”.", text=wanted.strip())
            if wanted.strip() and not hits
            else tr("RadLex · Enter inserts · Esc closes")
        )
        self.hint.setText(empty)
        self.resize(self.width(), min(self._most, 96 + max(len(hits), 1) * ROW))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                now = self.table.currentIndex().row()
                step = 1 if key == Qt.Key.Key_Down else -1
                self.table.selectRow(max(0, min(self.model.rowCount() - 1, now + step)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.table.currentIndex().row())
                return True
            if key == Qt.Key.Key_Escape:
                self._leave()
                return True
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        return super().eventFilter(watched, event)

    def _take(self, position: int) -> None:
        if 0 <= position < self.model.rowCount():
            term = self.model.rows[position]
            self._leave()
            self.chosen.emit(term)

    def _leave(self) -> None:
        self.hide()
        self.closed.emit()


def chip_of(term: Term, report_language: str) -> Chip:
    """The chip that a term becomes in a report's language."""
    return Chip(term.words(report_language), term.code)
