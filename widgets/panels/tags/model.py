"""The lines of the tag browser as a tree that is filled as it is scrolled."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.i18n import tr
from app.tags.listing import Kind, Line, Listing, Shown, tag_text
from app.tags.wording import full_name, line_name, line_value
from widgets.theme import text_font, theme

Index = QModelIndex | QPersistentModelIndex
#: rows that are given to the view at a time
PORTION = 500


class Column(IntEnum):
    """Columns in their order; OTHER only where two objects are compared."""

    TAG = 0
    VR = 1
    NAME = 2
    VALUE = 3
    OTHER = 4


class TagModel(QAbstractItemModel):
    """A view of a listing; the internal id of an index is the line's number."""

    def __init__(self) -> None:
        super().__init__()
        self.listing, self.shown = Listing(), Shown()
        self._place: dict[int, int] = {}
        self._given: dict[int, int] = {}

    def show_lines(self, listing: Listing, shown: Shown) -> None:
        """Replace all lines."""
        self.beginResetModel()
        self.listing, self.shown = listing, shown
        self._place = {line: row for lines in shown.children.values() for row, line in enumerate(lines)}
        self._given = {parent: min(len(lines), PORTION) for parent, lines in shown.children.items()}
        self.endResetModel()

    def line_at(self, index: Index) -> Line:
        """The line of an index."""
        return self.listing.lines[index.internalId()]

    def index_of(self, line: int) -> QModelIndex:
        """The first column of a line, where the view has it already."""
        place = self._place.get(line, -1)
        if place < 0 or place >= self._given.get(self.listing.lines[line].parent, 0):
            return QModelIndex()
        return self.createIndex(place, 0, line)

    # -- structure ------------------------------------------------------------------------------------------

    def _lines(self, parent: Index) -> list[int]:
        return self.shown.children.get(parent.internalId() if parent.isValid() else -1, [])

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:
        lines = self._lines(parent)
        if not (0 <= row < len(lines) and 0 <= column < self.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column, lines[row])

    def parent(self, child: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]
        around = self.listing.lines[child.internalId()].parent if child.isValid() else -1
        return self.createIndex(self._place[around], 0, around) if around >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        if parent.isValid() and parent.column():
            return 0
        return self._given.get(parent.internalId() if parent.isValid() else -1, 0)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:
        return not (parent.isValid() and parent.column()) and bool(self._lines(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 5 if self.listing.compared else 4

    def canFetchMore(self, parent: Index) -> bool:
        return self.rowCount(parent) < len(self._lines(parent))

    def fetchMore(self, parent: Index) -> None:
        given, lines = self.rowCount(parent), self._lines(parent)
        more = min(PORTION, len(lines) - given)
        if more > 0:
            self.beginInsertRows(_plain(parent), given, given + more - 1)
            self._given[parent.internalId() if parent.isValid() else -1] = given + more
            self.endInsertRows()

    # -- looks ----------------------------------------------------------------------------------------------

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = (tr("Tag"), "VR", tr("Attribute"), tr("Value"), tr("Other value"))
        return names[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line_at(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(line, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(line, Column(index.column()))
        if role == Qt.ItemDataRole.ForegroundRole:
            quiet = index.column() in (Column.TAG, Column.VR) or line.kind in (Kind.ITEM, Kind.VALUE)
            return QColor(theme().muted) if quiet and not self._is_hit(index) else None
        if role == Qt.ItemDataRole.BackgroundRole:
            return self._ground(index, line)
        if role == Qt.ItemDataRole.FontRole:
            different = self.listing.compared and line.differs and index.column() >= Column.VALUE
            return text_font(strong=True) if different or line.kind is Kind.FRAME else None
        return None

    def _is_hit(self, index: Index) -> bool:
        return index.internalId() in self.shown.hits

    def _ground(self, index: Index, line: Line) -> QColor | None:
        if self._is_hit(index):
            return QColor(theme().accent_soft)
        return QColor(theme().raised) if self.listing.compared and line.differs else None


def _plain(index: Index) -> QModelIndex:
    return index if isinstance(index, QModelIndex) else QModelIndex(index)  # type: ignore[call-overload]


def _text(line: Line, column: Column) -> str:
    if column is Column.TAG:
        return tag_text(line.tag) if line.kind is Kind.ELEMENT else ""
    if column is Column.VR:
        return line.vr if line.kind is Kind.ELEMENT else ""
    if column is Column.NAME:
        return line_name(line)
    return line_value(line, second=column is Column.OTHER)


def _tip(line: Line, column: Column) -> str:
    if line.kind in (Kind.ITEM, Kind.FRAME):
        return ""
    return line_value(line, second=column is Column.OTHER) if column >= Column.VALUE else full_name(line)
