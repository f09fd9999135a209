"""The table of the worklist: its columns, chosen and ordered by whoever reads, and how flow and state are
drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QStyleOptionViewItem

from app.domain.study import FlowState, StudyRow
from app.domain.worklist import WorklistColumn
from app.i18n import tr
from widgets.flow_steps import flow_states
from widgets.panels.archive.study_cells import column_title, state_chip, urgency_chip
from widgets.panels.archive.study_table import COLUMNS, ROW_ROLE, StudyTable
from widgets.table_rows import ChipDelegate, Index, RowDelegate, RowView
from widgets.theme import ROW, theme

#: pixels in the narrowest window; the examination takes what is left
WIDTHS = {
    WorklistColumn.PATIENT: 136,
    WorklistColumn.SEX_AGE: 100,
    WorklistColumn.PATIENT_ID: 112,
    WorklistColumn.ACCESSION: 112,
    WorklistColumn.EXAM: 150,
    WorklistColumn.MODALITY: 72,
    WorklistColumn.BODY_PART: 88,
    WorklistColumn.TIME: 136,
    WorklistColumn.URGENCY: 96,
    WorklistColumn.IMAGES: 68,
    WorklistColumn.PRIORS: 60,
    WorklistColumn.REFERRING: 100,
    WorklistColumn.READER: 88,
    WorklistColumn.FLOW: 116,
    WorklistColumn.STATE: 136,
}
#: columns at first; the others are a click away
FIRST_COLUMNS = tuple(
    column
    for column in COLUMNS
    if column
    not in (
        WorklistColumn.ACCESSION,
        WorklistColumn.BODY_PART,
        WorklistColumn.IMAGES,
        WorklistColumn.REFERRING,
    )
)


class StudyView(RowView):
    """The table; Enter opens, the context menu has the rest, the head's menu chooses columns."""

    #: columns were chosen or moved
    columns_changed = Signal()

    def __init__(self, model: StudyTable) -> None:
        super().__init__()
        self.setModel(model)
        self._model = model
        self._arranging = False
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Studies"))
        delegates: dict[WorklistColumn, type[RowDelegate]] = {
            WorklistColumn.FLOW: FlowDelegate,
            WorklistColumn.STATE: StateDelegate,
            WorklistColumn.URGENCY: UrgencyDelegate,
        }
        for position, which in enumerate(COLUMNS):
            self.setItemDelegateForColumn(position, delegates.get(which, RowDelegate)(self))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        # one of its own, always empty: to draw a head Qt asks of every row whether it is selected
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setMinimumSectionSize(48)
        header.setSectionsMovable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._open_menu)
        header.sectionMoved.connect(lambda *_: None if self._arranging else self.columns_changed.emit())
        self.show_columns(FIRST_COLUMNS)
        self.show_sort(WorklistColumn.TIME, descending=True)
        self.setSortingEnabled(True)

    # -- columns --------------------------------------------------------------------------------------------

    def columns(self) -> tuple[WorklistColumn, ...]:
        """The columns that are shown, in their order."""
        header = self.horizontalHeader()
        order = (header.logicalIndex(at) for at in range(len(COLUMNS)))
        return tuple(COLUMNS[at] for at in order if not self.isColumnHidden(at))

    def show_columns(self, wanted: Sequence[WorklistColumn]) -> None:
        """Show these columns in this order; the others are kept behind them."""
        header, self._arranging = self.horizontalHeader(), True
        for place, column in enumerate([*wanted, *(c for c in COLUMNS if c not in wanted)]):
            header.moveSection(header.visualIndex(COLUMNS.index(column)), place)
            self.setColumnHidden(COLUMNS.index(column), column not in wanted)
        self._arranging = False
        self._share()

    def show_sort(self, column: WorklistColumn, *, descending: bool) -> None:
        """Mark the column that the list is sorted by."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header = self.horizontalHeader()
        before = header.blockSignals(True)
        header.setSortIndicator(COLUMNS.index(column), order)
        header.blockSignals(before)
        header.viewport().update()

    def columns_menu(self, menu: QMenu) -> None:
        """Fill a menu in which columns are chosen."""
        menu.clear()
        shown = self.columns()
        for column in COLUMNS:
            action = menu.addAction(column_title(column))
            action.setCheckable(True)
            action.setChecked(column in shown)
            action.setEnabled(shown != (column,))
            action.triggered.connect(lambda on, c=column: self._choose(c, on))
        menu.addSeparator()
        menu.addAction(tr("Columns as at first"), lambda: self._arrange(FIRST_COLUMNS))

    def _choose(self, column: WorklistColumn, on: bool) -> None:
        shown = [c for c in self.columns() if c is not column]
        if on:  # where it stands at first: before those that come after it
            later = [c for c in shown if COLUMNS.index(c) > COLUMNS.index(column)]
            shown.insert(shown.index(later[0]) if later else len(shown), column)
        self._arrange(shown)

    def _arrange(self, columns: Sequence[WorklistColumn]) -> None:
        self.show_columns(columns)
        self.columns_changed.emit()

    def _open_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.columns_menu(menu)
        menu.popup(self.horizontalHeader().viewport().mapToGlobal(at))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share()
        super().resizeEvent(event)

    def _share(self) -> None:
        """Columns share what a wide window gives; the examination, else the last column, takes the rest."""
        shown, room = self.columns(), self.viewport().width()
        if not shown or room <= 0:
            return
        widest = WorklistColumn.EXAM if WorklistColumn.EXAM in shown else shown[-1]
        scale = min(1.5, max(1.0, room / sum(WIDTHS[c] for c in shown)))
        for column in shown:
            if column is not widest:
                self.setColumnWidth(COLUMNS.index(column), round(WIDTHS[column] * scale))
        rest = room - sum(self.columnWidth(COLUMNS.index(c)) for c in shown if c is not widest)
        self.setColumnWidth(COLUMNS.index(widest), max(rest, WIDTHS[widest]))

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        """What is drawn anew when the selection changes: all that is seen.  Qt adds up the selected rows one
        by one where columns were moved, which takes seconds when 100,000 are selected.
        """
        return QRegion(self.viewport().rect())

    # -- selection ------------------------------------------------------------------------------------------

    def selected_rows(self) -> list[range]:
        """Places of the selected studies, in the order of the list."""
        chosen = self.selectionModel().selection()
        parts = (chosen.at(n) for n in range(chosen.count()))
        return sorted((range(part.top(), part.bottom() + 1) for part in parts), key=lambda rows: rows.start)

    def selected_keys(self, most: int | None = None) -> list[int]:
        """Keys of the selected studies, in the order of the list; of the first ones with `most`."""
        places = (at for rows in self.selected_rows() for at in rows if at < len(self._model.keys))
        return [self._model.keys[at] for at in islice(places, most)]

    def select_keys(self, keys: Iterable[int], current: int | None, *, scroll: bool) -> bool:
        """Select studies that are in the list; whether the current one is."""
        chosen, last = QItemSelection(), len(COLUMNS) - 1
        for key in keys:
            at = self._model.place_of_key(key)
            if at is not None:
                chosen.select(self._model.index(at, 0), self._model.index(at, last))
        at = None if current is None else self._model.place_of_key(current)
        flags = QItemSelectionModel.SelectionFlag
        scrolls = self.hasAutoScroll()
        self.setAutoScroll(scroll and scrolls)
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        if at is not None:
            self.selectionModel().setCurrentIndex(self._model.index(at, 0), flags.Select | flags.Rows)
        self.setAutoScroll(scrolls)
        return at is not None


class FlowDelegate(RowDelegate):
    """The flow as dots: done green, in work blue ring, open grey."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        row: StudyRow | None = index.data(ROW_ROLE)
        if row is None:
            return
        tokens = theme()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = option.rect.left() + 8.0, option.rect.center().y() - 4.5  # type: ignore[attr-defined]
        for state in flow_states(row.flow).values():
            box = QRectF(x, y, 9, 9)
            if state is FlowState.ACTIVE:
                painter.setPen(QColor(tokens.accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(tokens.done if state is FlowState.DONE else tokens.scroll))
                painter.drawEllipse(box)
            x += 14
        painter.restore()


class StateDelegate(ChipDelegate):
    """The state as a coloured chip."""

    def chip(self, index: Index) -> tuple[str, str]:
        row: StudyRow | None = index.data(ROW_ROLE)
        return ("", "neutral") if row is None else state_chip(row)


class UrgencyDelegate(ChipDelegate):
    """What is not routine stands out."""

    def chip(self, index: Index) -> tuple[str, str]:
        row: StudyRow | None = index.data(ROW_ROLE)
        return ("", "neutral") if row is None else urgency_chip(row)
