"""The rows of the term picker: hits, one's own terms, or a place in the hierarchy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from app.domain.coding import Code
from app.i18n import language, tr
from app.terminology import Term, TermStore
from widgets.theme import theme

Index = QModelIndex | QPersistentModelIndex
_SCHEMES = {"SCT": "SNOMED CT", "LN": "LOINC"}
MARK, NAME, OTHER, CODE, WAY = range(5)


@dataclass(frozen=True, slots=True)
class Line:
    """A row: how deep it stands, and whether its term is near to what was typed, and the one looked at."""

    term: Term
    depth: int = 0
    near: bool = False
    here: bool = False


class TermTable(QAbstractTableModel):
    """Mark, name, name in the other language, identifier, way up."""

    def __init__(self, related: Callable[[Term], Sequence[Code]]) -> None:
        super().__init__()
        self._related = related
        self._terms: TermStore | None = None
        self._favourites: frozenset[str] = frozenset()
        self.lines: list[Line] = []

    @property
    def rows(self) -> list[Term]:
        """The terms, row by row."""
        return [line.term for line in self.lines]

    def show_lines(self, lines: list[Line], terms: TermStore, favourites: frozenset[str]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.lines, self._terms, self._favourites = lines, terms, favourites
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 5

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line, column = self.lines[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(line, column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._whole(line)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == MARK:
                return QBrush(QColor(theme().accent_text if not line.near else theme().amber))
            return QBrush(QColor(theme().text if column in (NAME, OTHER) else theme().muted))
        if role == Qt.ItemDataRole.FontRole and line.here:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _text(self, line: Line, column: int) -> str:
        term = line.term
        if column == MARK:
            return "★" if term.rid in self._favourites else "≈" if line.near else ""
        if column == NAME:
            return "    " * line.depth + term.words(language())
        if column == OTHER:
            return (term.name if term.zh else "") if language() == "zh" else term.zh
        if column == CODE:
            return term.rid if term.scheme == "RADLEX" else f"{term.scheme} {term.rid}"
        ups = self._ups(term)
        return " › ".join(["…"] * (len(ups) > 2) + ups[-2:])

    def _whole(self, line: Line) -> str:
        term = line.term
        texts = [" · ".join(filter(None, (term.zh, term.name, term.rid))), self.way(term)]
        if term.synonyms:
            texts.append(tr("Also: {names}", names=tr(", ").join(term.synonyms)))
        for one in self._related(term):
            texts.append(f"{_SCHEMES.get(one.scheme, one.scheme)} {one.value} {one.meaning}")
        if line.near:
            texts.append(tr("Near to what was typed, and not the same"))
        return "\n".join(filter(None, texts))

    def way(self, term: Term) -> str:
        """The broader terms, nearest last."""
        return " › ".join(self._ups(term))

    def _ups(self, term: Term) -> list[str]:
        terms = self._terms.way(term.rid) if self._terms is not None else ()
        return [up.words(language()) for up in reversed(terms)]
