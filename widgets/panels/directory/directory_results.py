"""What a search of the directory found, two lines a record."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyleOptionViewItem

from app.i18n import language, local_moment, tr
from app.ports import RecordHit
from widgets.elements import ChipTone
from widgets.panels.directory.record_words import tier_name
from widgets.table_rows import ChipDelegate, Index, RowDelegate, RowView
from widgets.theme import ROW, theme

#: security level → how loud it is; restricted levels as the portal shows them
_TONES: dict[str, ChipTone] = {"1": "done", "2": "accent", "3": "amber"}


class HitTable(QAbstractTableModel):
    """Hits of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[RecordHit] = []

    def show_hits(self, rows: Sequence[RecordHit]) -> None:
        """Replace the hits."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 6

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (
                tr("Name"),
                tr("Tier"),
                tr("Category"),
                tr("Data format"),
                tr("Security level"),
                tr("Updated"),
            )[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        hit = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            place = " · ".join(x for x in (tier_name(hit.tier), hit.area_name) if x)
            when = local_moment(hit.updated_at)
            text = (hit.title, place, hit.category, hit.data_format, hit.security_level, when)[index.column()]
            return (
                f"{hit.title}\n{hit.identifier}"
                if index.column() == 0 and role == Qt.ItemDataRole.ToolTipRole
                else text
            )
        if role == Qt.ItemDataRole.UserRole:
            return hit
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(QColor(theme().text if index.column() == 0 else theme().muted))
        return None


class NameDelegate(RowDelegate):
    """Title above, identifier below."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""  # type: ignore[attr-defined]
        plain.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)  # type: ignore[attr-defined]
        hit: RecordHit = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect.adjusted(8, 4, -8, -4)  # type: ignore[attr-defined]
        tokens = theme()
        metrics = plain.fontMetrics  # type: ignore[attr-defined]
        painter.save()
        for text, color, flag in (
            (hit.title, tokens.text, Qt.AlignmentFlag.AlignTop),
            (hit.identifier, tokens.muted, Qt.AlignmentFlag.AlignBottom),
        ):
            painter.setPen(QColor(color))
            painter.drawText(
                box,
                int(flag | Qt.AlignmentFlag.AlignLeft),
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width()),
            )
        painter.restore()


class SecurityDelegate(ChipDelegate):
    """The security level as a chip."""

    def chip(self, index: Index) -> tuple[str, str]:
        hit: RecordHit = index.data(Qt.ItemDataRole.UserRole)
        return str(index.data() or ""), _TONES.get(hit.security_code, "danger")


class HitView(RowView):
    """Hits, two lines each."""

    def __init__(self, model: HitTable) -> None:
        super().__init__()
        self.setModel(model)
        self.verticalHeader().setDefaultSectionSize(ROW + 18)
        for position, width in enumerate((300, 150, 130, 110, 116, 130)):
            self.setColumnWidth(position, width)
            delegate = NameDelegate if position == 0 else SecurityDelegate if position == 4 else RowDelegate
            self.setItemDelegateForColumn(position, delegate(self))
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.setAccessibleName(tr("Records"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window format and time of change are left to the record's page."""
        narrow = event.size().width() < 800
        for position in (3, 5):
            self.setColumnHidden(position, narrow)
        self.setColumnWidth(1, 120 if narrow else 150)
        self.setColumnWidth(2, 104 if narrow else 150)
        self.setColumnWidth(4, 116 if language() == "zh" else 170)
        super().resizeEvent(event)
