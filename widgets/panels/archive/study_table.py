"""The rows of the worklist as a table asks for them: keys of all, and what is shown of those that are looked
at.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor

from app.archive.worklist_service import PAGE
from app.domain.study import StudyRow
from app.domain.worklist import WorklistColumn
from app.i18n import tr
from widgets.panels.archive.study_cells import cell_text, cell_tip, column_tip, column_title
from widgets.table_rows import Index
from widgets.theme import text_font, theme

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
COLUMNS = tuple(WorklistColumn)

#: rows that are kept; those that were looked at longest ago go first
MOST_ROWS = 4000
#: studies that may come and go one by one; where more do, the table is shown anew
MOST_STEPS = 64
#: rows that are told one by one when they have changed
_FEW = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """Which places of the old order go (from the last), and which of the new one come (from the first)."""

    gone: tuple[int, ...]
    came: tuple[int, ...]


def difference(old: array[int], new: array[int]) -> Difference | None:
    """How one order of keys becomes another; None where studies have changed places, or too many came or
    went.
    """
    if old == new:
        return Difference((), ())
    before, after = set(old), set(new)
    gone, came = before - after, after - before
    if len(gone) + len(came) > MOST_STEPS:
        return None
    if [key for key in old if key not in gone] != [key for key in new if key not in came]:
        return None
    places = tuple(at for at in range(len(old) - 1, -1, -1) if old[at] in gone) if gone else ()
    return Difference(places, tuple(at for at, key in enumerate(new) if key in came) if came else ())


class StudyTable(QAbstractTableModel):
    """`keys` are all studies of the list in their order.  A cell of a study whose row is not here yet is
    empty, and its page is asked for.
    """

    #: cells were looked at whose rows are not here: see `wanted`
    rows_wanted = Signal()
    #: by which column, and whether the greatest comes first
    sort_asked = Signal(object, bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.keys: array[int] = array("q")
        self._rows: OrderedDict[int, StudyRow] = OrderedDict()
        self._key_of: dict[str, int] = {}
        self._wanted: dict[int, None] = {}

    # -- studies --------------------------------------------------------------------------------------------

    def row(self, position: int) -> StudyRow | None:
        """The study at a place; None while it is not here."""
        return self._rows.get(self.keys[position]) if 0 <= position < len(self.keys) else None

    def row_of_key(self, key: int) -> StudyRow | None:
        """The study of a key; None while it is not here."""
        return self._rows.get(key)

    def place(self, study_uid: str) -> int | None:
        """Where a study is; None where it is not listed, or was not looked at yet."""
        key = self._key_of.get(study_uid)
        return None if key is None else self.place_of_key(key)

    def place_of_key(self, key: int) -> int | None:
        """Where the study of a key is."""
        try:
            return self.keys.index(key)
        except ValueError:
            return None

    def here(self) -> list[StudyRow]:
        """The studies of the list whose rows are here, in their order."""
        return [self._rows[key] for key in self.keys if key in self._rows]

    def lately(self, most: int = 4 * PAGE) -> list[int]:
        """Keys of the rows that were looked at last."""
        return list(self._rows)[-most:]

    def wanted(self, most: int = 2) -> list[int]:
        """Keys of the pages that were looked at last and are not here; the others are forgotten."""
        pages = list(self._wanted)[-most:]
        self._wanted.clear()
        return [
            key
            for page in pages
            for key in self.keys[page * PAGE : (page + 1) * PAGE]
            if key not in self._rows
        ]

    # -- changes --------------------------------------------------------------------------------------------

    def show_list(self, keys: array[int], rows: Mapping[int, StudyRow]) -> None:
        """Another list, from its beginning."""
        self.beginResetModel()
        self.keys = keys
        self._wanted.clear()
        self._keep(rows)
        self.endResetModel()

    def go_over(
        self, keys: array[int], steps: Difference | None, rows: Mapping[int, StudyRow], *, alone: bool = False
    ) -> None:
        """The same list as it is now (`steps` lead to it), with rows that are read anew; with `alone` no
        others are good any more.
        """
        changed = [key for key, row in rows.items() if self._rows.get(key) not in (None, row)]
        if alone:
            self._rows.clear()
            self._key_of.clear()
        self._keep(rows)
        if steps is None:
            self.show_list(keys, {})
            return
        for at in steps.gone:
            self.beginRemoveRows(QModelIndex(), at, at)
            del self.keys[at]
            self.endRemoveRows()
        for at in steps.came:
            self.beginInsertRows(QModelIndex(), at, at)
            self.keys.insert(at, keys[at])
            self.endInsertRows()
        self._tell(changed, every=alone)

    def extend(self, keys: array[int]) -> bool:
        """All that fit, where the first ones are shown; False where these are others by now."""
        known = len(self.keys)
        if keys[:known] != self.keys or len(keys) <= known:
            return keys == self.keys
        self.beginInsertRows(QModelIndex(), known, len(keys) - 1)
        self.keys = keys
        self.endInsertRows()
        return True

    def put_rows(self, rows: Mapping[int, StudyRow]) -> None:
        """Rows that were asked for."""
        self._keep(rows)
        self._tell(list(rows), every=len(rows) > _FEW)

    def _keep(self, rows: Mapping[int, StudyRow]) -> None:
        for key, row in rows.items():
            self._rows[key] = row
            self._rows.move_to_end(key)
            self._key_of[row.study.study_uid] = key
        while len(self._rows) > MOST_ROWS:
            _, gone = self._rows.popitem(last=False)
            self._key_of.pop(gone.study.study_uid, None)

    def _tell(self, changed: Sequence[int], *, every: bool) -> None:
        last = len(COLUMNS) - 1
        if (every or len(changed) > _FEW) and self.keys:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.keys) - 1, last))
            return
        for at in sorted(at for key in changed if (at := self.place_of_key(key)) is not None):
            self.dataChanged.emit(self.index(at, 0), self.index(at, last))

    # -- as Qt asks -----------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for another order; the database sorts."""
        if 0 <= column < len(COLUMNS):
            self.sort_asked.emit(COLUMNS[column], order is Qt.SortOrder.DescendingOrder)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return column_title(COLUMNS[section])
        if role == Qt.ItemDataRole.ToolTipRole:
            return column_tip(COLUMNS[section]) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self._rows.get(self.keys[index.row()]), COLUMNS[index.column()]
        if row is None:
            return self._not_here(index, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(row, column)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ForegroundRole:
            strong = column in (WorklistColumn.PATIENT, WorklistColumn.EXAM)
            return QBrush(QColor(theme().text if strong else theme().muted))
        if role == Qt.ItemDataRole.FontRole and column is WorklistColumn.PATIENT:
            return text_font(strong=True)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell_tip(row, column)
        return None

    def _not_here(self, index: Index, role: int) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return tr("Loading") if role == Qt.ItemDataRole.AccessibleTextRole else None
        page = index.row() // PAGE
        if page not in self._wanted:
            self._wanted[page] = None
            self.rows_wanted.emit()
        return "…" if COLUMNS[index.column()] is WorklistColumn.PATIENT else ""
