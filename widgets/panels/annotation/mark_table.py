"""The table of all marks: each with its name, its values and its place, locked or hidden by a click."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QContextMenuEvent, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QSizePolicy, QStyle, QStyleOptionViewItem

from app.annotation.comparison import may_follow
from app.annotation.controller import AnnotationController
from app.annotation.listing import MarkRow
from app.annotation.mark_table import MarkTable
from app.annotation.measuring import value_lines
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.icons import icon
from widgets.table_rows import Index, RowDelegate, RowView
from widgets.theme import ROW, text_font, theme

_LINE_PX = 20


class Column(IntEnum):
    """Columns in their order."""

    NAME = 0  # with the place below
    VALUES = 1
    SHOWN = 2
    LOCKED = 3


class MarkModel(QAbstractTableModel):
    """Rows of the table; names are edited in place."""

    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[MarkRow, ...] = ()
        self._editable = False

    def show_rows(self, rows: tuple[MarkRow, ...], *, editable: bool) -> None:
        """Show other rows; where the marks are the same, what is chosen stays."""
        same = [r.mark.tracking_uid for r in rows] == [r.mark.tracking_uid for r in self.rows]
        if not same:
            self.beginResetModel()
        self.rows, self._editable = rows, editable
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(Column) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return {Column.NAME: tr("Mark"), Column.VALUES: tr("Values")}.get(column, "")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.AccessibleTextRole and column in (Column.SHOWN, Column.LOCKED):
            return tr("Shown") if column is Column.SHOWN else tr("Locked")
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        row = self.rows[index.row()]
        may_name = index.column() == Column.NAME and self._editable and not row.state.locked
        return flags | Qt.ItemFlag.ItemIsEditable if may_name else flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        mark, text = self.rows[index.row()].mark, str(value).strip()
        if text and text != mark.label:
            self.renamed.emit(mark.tracking_uid, text)
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], Column(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._text(row, column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icon(row, column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(self._color(row, column)))
        if role == Qt.ItemDataRole.FontRole and column is Column.NAME:
            return text_font(strong=True)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row, column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            place = f"{row.mark.label}, {row.place}"
            return {Column.NAME: place, Column.VALUES: self._text(row, column)}.get(
                column, self._tip(row, column)
            )
        return None

    def _text(self, row: MarkRow, column: Column) -> str:
        return {Column.NAME: row.mark.label, Column.VALUES: "\n".join(row.lines)}.get(column, "")

    def _icon(self, row: MarkRow, column: Column) -> Any:
        if column is Column.SHOWN:
            return icon("eye-off" if row.state.hidden else "eye")
        if column is Column.LOCKED:
            return icon("lock" if row.state.locked else "lock-open")
        return None

    def _color(self, row: MarkRow, column: Column) -> str:
        tokens = theme()
        if row.state.hidden:
            return tokens.muted
        return tokens.amber if row.unconfirmed else tokens.text

    def _tip(self, row: MarkRow, column: Column) -> str:
        if column is Column.SHOWN:
            return tr("Hidden: click to show") if row.state.hidden else tr("Shown: click to hide")
        if column is Column.LOCKED:
            return tr("Locked: click to unlock") if row.state.locked else tr("Unlocked: click to lock")
        told = [f"{row.mark.label}  {row.place}", *row.lines, *row.details]
        return "\n".join([*told, tr("AI · not confirmed")] if row.unconfirmed else told)


class MarkDelegate(RowDelegate):
    """Rows as high as their values have lines; under a name, muted, the place of its mark."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        if index.column() != Column.NAME or not isinstance(model, MarkModel):
            super().paint(painter, option, index)
            return
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""  # type: ignore[attr-defined]
        view = plain.widget  # type: ignore[attr-defined]
        view.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, view)
        self.line_row(painter, option, index)
        row = model.rows[index.row()]
        box: QRect = option.rect.adjusted(9, 0, -4, 0)  # type: ignore[attr-defined]
        top = box.center().y() - _LINE_PX + 1
        color = index.data(Qt.ItemDataRole.ForegroundRole).color()
        for line, (text, strong) in enumerate(((row.mark.label, True), (row.place, False))):
            font = text_font(strong=strong)
            painter.setFont(font)
            painter.setPen(color if strong else QColor(theme().muted))
            shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
            place = QRect(box.left(), top + line * _LINE_PX, box.width(), _LINE_PX)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        model = index.model()
        height = row_height(model.rows[index.row()]) if isinstance(model, MarkModel) else ROW
        return QSize(super().sizeHint(option, index).width(), height)


def row_height(row: MarkRow) -> int:
    """Room for name and place, and for all values."""
    return max(2, len(row.lines)) * _LINE_PX + 8


class MarkTableView(RowView):
    """Click or Enter goes to a mark, F2 or a double click on its name edits it, Delete deletes, Ctrl+C
    copies; the icons at the right hide and lock.
    """

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._table = ui.session.get(MarkTable)
        self._annotation = ui.session.get(AnnotationController)
        self.marks = MarkModel()
        self.setModel(self.marks)
        self.setItemDelegate(MarkDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(16, 16))
        self.setAccessibleName(tr("Marks"))
        self._arrange()
        self.marks.renamed.connect(self._rename)
        self.clicked.connect(self._clicked)
        self.activated.connect(self._go)

    def _arrange(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(28)
        modes = {
            Column.NAME: QHeaderView.ResizeMode.Stretch,
            Column.VALUES: QHeaderView.ResizeMode.ResizeToContents,
        }
        for column in Column:
            header.setSectionResizeMode(column, modes.get(column, QHeaderView.ResizeMode.Fixed))
        header.setMaximumSectionSize(182)
        for column in (Column.SHOWN, Column.LOCKED):
            self.setColumnWidth(column, 28)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def show_rows(self, rows: tuple[MarkRow, ...]) -> None:
        """Show the marks there are, whole: the panel scrolls, not the table."""
        self.marks.show_rows(rows, editable=self._annotation.may_draw)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + sum(map(row_height, rows)) + 2)

    @property
    def chosen(self) -> tuple[str, ...]:
        """Tracking UIDs of the chosen rows, in their order."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(self.marks.rows[row].mark.tracking_uid for row in rows)

    def mark_selected(self, tracking_uid: str) -> None:
        """Choose the row of what was selected on an image, and no other."""
        if tracking_uid in self.chosen or (not tracking_uid and len(self.chosen) > 1):
            return
        known = [row.mark.tracking_uid for row in self.marks.rows]
        if tracking_uid in known:
            self.selectRow(known.index(tracking_uid))
        else:
            self.clearSelection()

    def delete_chosen(self) -> None:
        """Delete the chosen marks."""
        self._do(lambda: self._annotation.delete_measurement(*self.chosen))

    def copy(self) -> None:
        """The chosen rows to the clipboard, all where none is chosen."""

        def act() -> None:
            count = self._table.copy(self.chosen)
            self._ui.session.dispatcher.tell(tr("On the clipboard, as a table: {n}", n=count))

        self._do(act)

    def toggle_lock(self) -> None:
        """Lock the chosen marks; unlock them where all are locked."""
        self._do(lambda: self._table.lock(self.chosen, locked=not all(r.state.locked for r in self._rows())))

    def toggle_hidden(self) -> None:
        """Hide the chosen marks; show them where all are hidden."""
        self._do(lambda: self._table.hide(self.chosen, hidden=not all(r.state.hidden for r in self._rows())))

    def go(self) -> None:
        """Go to the current mark."""
        self._go(self.currentIndex())

    def event(self, event: QEvent) -> bool:
        """Delete is for the chosen rows, not for the mark that is selected on an image."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and (event.key() == Qt.Key.Key_Delete or event.matches(QKeySequence.StandardKey.Copy))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_chosen()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        rows = self._rows()
        if len(rows) == 1:
            self.menu_of(rows[0]).popup(event.globalPos())

    def menu_of(self, row: MarkRow) -> QMenu:
        """What can be done with a mark; among it, of which prior's mark it is the same lesion."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        may, locked = self._annotation.may_draw, row.state.locked
        menu.addAction(tr("Go to measurement"), self.go)
        rename = menu.addAction(tr("Rename"), lambda: self.edit(self.currentIndex().siblingAtColumn(0)))
        rename.setEnabled(may and not locked)
        menu.addAction(tr("Unlock") if locked else tr("Lock"), self.toggle_lock).setEnabled(may)
        hidden = tr("Show on the images") if row.state.hidden else tr("Hide on the images")
        menu.addAction(hidden, self.toggle_hidden).setEnabled(may)
        menu.addAction(tr("Copy"), self.copy)
        menu.addAction(tr("Delete measurement"), self.delete_chosen).setEnabled(may and not locked)
        menu.addSeparator()
        self._add_priors(menu.addMenu(tr("Same lesion as the prior's")), row)
        return menu

    def _add_priors(self, menu: QMenu, row: MarkRow) -> None:
        uid = row.mark.tracking_uid
        now = row.comparison.prior.tracking_uid if row.comparison is not None else ""
        shapes = self._ui.session.shapes
        for prior in self._annotation.priors.marks:
            for mark in prior.measurements:
                if may_follow(row.mark, mark):
                    when = f"{prior.done_at:%Y-%m-%d}" if prior.done_at is not None else ""
                    words = "  ".join(x for x in (when, mark.label, *value_lines(mark, shapes)[:1]) if x)
                    made = menu.addAction(words.replace("&", "&&"))
                    made.setCheckable(True)
                    made.setChecked(mark.tracking_uid == now)
                    wanted = "" if mark.tracking_uid == row.state.follows else mark.tracking_uid
                    made.triggered.connect(partial(self._do, partial(self._table.follow, uid, wanted)))
        menu.setEnabled(bool(menu.actions()) and self._annotation.may_draw)

    def _rows(self) -> Sequence[MarkRow]:
        chosen = self.chosen
        return [row for row in self.marks.rows if row.mark.tracking_uid in chosen]

    def _clicked(self, index: QModelIndex) -> None:
        row = self.marks.rows[index.row()]
        uid = (row.mark.tracking_uid,)
        if index.column() == Column.SHOWN:
            self._do(lambda: self._table.hide(uid, hidden=not row.state.hidden))
        elif index.column() == Column.LOCKED:
            self._do(lambda: self._table.lock(uid, locked=not row.state.locked))
        elif len(self.chosen) == 1:
            self._go(index)

    def _go(self, index: QModelIndex) -> None:
        if index.isValid():
            uid = self.marks.rows[index.row()].mark.tracking_uid
            self._do(lambda: self._annotation.show_measurement(uid))

    def _rename(self, uid: str, text: str) -> None:
        self._do(lambda: self._annotation.rename_measurement(uid, text))

    def _do(self, act: Any, *_: object) -> None:
        self._ui.session.dispatcher.attempt(act)
