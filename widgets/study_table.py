"""The rows of the worklist: model, filter, and how flow and state are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, QSortFilterProxyModel, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.commands.patient_words import age_text, sex_text
from app.domain.report import ReportState
from app.domain.study import FlowState, FlowStep, StudyRow
from app.i18n import tr
from widgets.banner import day_text, exam_text
from widgets.elements import flow_states, step_name
from widgets.palette import spellings
from widgets.theme import ROW, Theme, text_font, theme

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
SORT_ROLE = Qt.ItemDataRole.UserRole + 2


class Column(StrEnum):
    """Columns in their order."""

    PATIENT = "patient"
    SEX_AGE = "sex-age"
    EXAM = "exam"
    MODALITY = "modality"
    TIME = "time"
    IMAGES = "images"
    PRIORS = "priors"
    FLOW = "flow"
    STATE = "state"


COLUMNS = tuple(Column)


class Pile(StrEnum):
    """What the filter chips choose."""

    ALL = "all"
    TO_READ = "to-read"
    TO_REVIEW = "to-review"
    DONE = "done"
    TODAY = "today"


def pile_title(pile: Pile) -> str:
    """The chip's word."""
    return {
        Pile.ALL: tr("All"), Pile.TO_READ: tr("To read"), Pile.TO_REVIEW: tr("To review"), Pile.DONE: tr("Finished"), Pile.TODAY: tr("Today"),
    }[pile]  # fmt: skip


def in_pile(row: StudyRow, pile: Pile, today: date) -> bool:
    """A row belongs to a pile."""
    state = row.report_state
    if pile is Pile.TO_READ:
        return state in ("", ReportState.DRAFT, ReportState.RETURNED)
    if pile is Pile.TO_REVIEW:
        return state == ReportState.SIGNED
    if pile is Pile.DONE:
        return state in (ReportState.FINAL, ReportState.SUPERSEDED)
    if pile is Pile.TODAY:
        return any(at is not None and at.date() == today for at in (row.study.started_at, _local(row.study.imported_at)))
    return True


def _local(at: datetime | None) -> datetime | None:
    return at.astimezone() if at is not None and at.tzinfo else at


def state_text(row: StudyRow) -> tuple[str, str]:
    """(word, tone) of where the report is."""
    writer = next((line.person for line in row.flow if line.step == "report"), "")
    return {
        "": (tr("To read"), "neutral"),
        ReportState.DRAFT: (" · ".join(x for x in (tr("Being written"), writer) if x), "accent"),
        ReportState.SIGNED: (tr("To review"), "accent"),
        ReportState.RETURNED: (tr("Returned"), "amber"),
        ReportState.FINAL: (tr("Approved"), "done"),
        ReportState.SUPERSEDED: (tr("Corrected"), "done"),
    }.get(row.report_state, (row.report_state, "neutral"))  # fmt: skip


class StudyTable(QAbstractTableModel):
    """Study rows; values are worded here, drawing is the delegates'."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[StudyRow] = []
        self._texts: list[str] = []

    def show_rows(self, rows: Sequence[StudyRow], texts: Sequence[str]) -> None:
        """Replace all rows; `texts` are what the search looks in (`searchable` of each, made off the main thread)."""
        self.beginResetModel()
        self.rows = list(rows)
        self._texts = list(texts)
        self.endResetModel()

    def searched(self, row: int) -> str:
        """What the search looks in."""
        return self._texts[row]

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return {
                Column.PATIENT: tr("Patient"), Column.SEX_AGE: "", Column.EXAM: tr("Examination"), Column.MODALITY: tr("Modality"),
                Column.TIME: tr("Time"), Column.IMAGES: tr("Images"), Column.PRIORS: tr("Others"), Column.FLOW: tr("Flow"),
                Column.STATE: tr("State"),
            }[COLUMNS[section]]  # fmt: skip
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return {
                Column.PRIORS: tr("Other studies of the patient"), Column.FLOW: " · ".join(step_name(step) for step in FlowStep),
            }.get(COLUMNS[section])  # fmt: skip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == SORT_ROLE:
            return self._sort(row, column)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.ForegroundRole:
            strong = column in (Column.PATIENT, Column.EXAM)
            return QBrush(QColor(theme().text if strong else theme().muted))
        if role == Qt.ItemDataRole.FontRole and column is Column.PATIENT:
            return text_font(strong=True)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._told(row, column)
        return None

    def _text(self, row: StudyRow, column: Column) -> str:
        study = row.study
        return {
            Column.PATIENT: study.patient.display_name or tr("Name not given"),
            Column.SEX_AGE: " ".join(x for x in (sex_text(study.patient.sex), age_text(study.patient_age)) if x),
            Column.EXAM: exam_text(study),
            Column.MODALITY: " ".join(study.modalities),
            Column.TIME: day_text(study.started_at),
            Column.IMAGES: f"{study.n_instances:,}",
            Column.PRIORS: str(row.n_priors) if row.n_priors else "–",
            Column.FLOW: "",
            Column.STATE: state_text(row)[0],
        }[column]

    def _sort(self, row: StudyRow, column: Column) -> Any:
        if column is Column.TIME:
            at = row.study.started_at
            return at.replace(tzinfo=None).isoformat() if at else ""
        if column is Column.IMAGES:
            return row.study.n_instances
        if column is Column.PRIORS:
            return row.n_priors
        if column is Column.FLOW:
            return sum(state is FlowState.DONE for state in flow_states(row.flow).values())
        if column is Column.PATIENT:
            return spellings(row.study.patient.display_name)[1]
        return self._text(row, column)

    def _told(self, row: StudyRow, column: Column) -> str:
        if column is Column.FLOW:
            words = {FlowState.DONE: tr("done"), FlowState.ACTIVE: tr("in work"), FlowState.OPEN: tr("open")}
            return "\n".join(f"{step_name(step)}: {words[state]}" for step, state in flow_states(row.flow).items())
        if column is Column.TIME and row.study.started_at:
            return f"{row.study.started_at:%Y-%m-%d %H:%M}"
        return self._text(row, column)


def searchable(row: StudyRow) -> str:
    """Everything a person may type to find a study: name, pinyin, numbers, examination, date."""
    study = row.study
    when = study.started_at
    dates = f"{when:%Y-%m-%d} {when:%Y%m%d}" if when else ""
    names = [study.patient.name.replace("^", " ").replace("=", " "), study.patient.display_name]
    told = [*(s for name in names for s in spellings(name)), *spellings(study.description)[:3]]
    plain = (
        study.patient.patient_id,
        study.accession_number,
        study.study_id,
        " ".join(study.modalities),
        study.body_part,
        study.institution,
        dates,
    )
    return " ".join((*told, *plain)).lower()


class StudyFilterModel(QSortFilterProxyModel):
    """Rows of the chosen pile and modality that hold every typed word."""

    def __init__(self, source: StudyTable) -> None:
        super().__init__()
        self._source = source
        self._words: tuple[str, ...] = ()
        self._pile = Pile.ALL
        self._modality = ""
        self.setSortRole(SORT_ROLE)
        self.setSortLocaleAware(False)
        self.setSourceModel(source)

    def choose(self, text: str, pile: Pile, modality: str) -> None:
        """Show what fits."""
        self.beginFilterChange()
        self._words, self._pile, self._modality = tuple(text.lower().split()), pile, modality
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        row = self._source.rows[source_row]
        if self._modality and self._modality not in row.study.modalities:
            return False
        if not in_pile(row, self._pile, date.today()):  # noqa: DTZ011  the reader's own day
            return False
        text = self._source.searched(source_row)
        return all(word in text for word in self._words)


class RowDelegate(QStyledItemDelegate):
    """Rows of 36 px; no dotted focus box: the whole row is marked, and lined while the table has the focus."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        self.line_row(painter, option, index)

    @staticmethod
    def line_row(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Lines above and below the current row of a table that has the focus, closed at the ends."""
        view = option.widget  # type: ignore[attr-defined]
        if not isinstance(view, QTableView) or not view.hasFocus() or view.currentIndex().row() != index.row():
            return
        box = option.rect.adjusted(0, 0, 0, -1)  # type: ignore[attr-defined]
        painter.save()
        painter.setPen(QColor(theme().focus))
        painter.drawLine(box.topLeft(), box.topRight())
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if index.column() == 0:
            painter.drawLine(box.topLeft(), box.bottomLeft())
        if index.column() == index.model().columnCount() - 1:
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


class FlowDelegate(RowDelegate):
    """The flow as dots: done green, in work blue ring, open grey."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        row = index.data(ROW_ROLE)
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


class StateDelegate(RowDelegate):
    """The state as a coloured chip."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        plain = QStyleOptionViewItem(option)
        self.initStyleOption(plain, index)
        plain.text = ""  # type: ignore[attr-defined]
        style = plain.widget.style()  # type: ignore[attr-defined]
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, plain, painter, plain.widget)  # type: ignore[attr-defined]
        text, tone = state_text(index.data(ROW_ROLE))
        self.line_row(painter, option, index)
        draw_chip(painter, option.rect.left() + 6, option.rect.center().y(), option.rect.width() - 12, text, tone, plain.font)  # type: ignore[attr-defined]


def chip_colors(tone: str, tokens: Theme) -> tuple[str, str]:
    """(text, ground) of a chip's tone."""
    return {
        "neutral": (tokens.text, tokens.raised), "accent": (tokens.on_accent_soft, tokens.accent_soft), "amber": (tokens.amber, tokens.amber_soft),
        "done": (tokens.done, tokens.done_soft), "danger": (tokens.danger, tokens.danger_soft),
    }[tone]  # fmt: skip


def draw_chip(painter: QPainter, x: float, middle: float, room: float, text: str, tone: str, font: QFont) -> None:
    """Draw a chip at the left of a cell, cut where the room ends."""
    metrics = QFontMetrics(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room - 16))
    color, ground = chip_colors(tone, theme())
    box = QRectF(x, middle - 11, metrics.horizontalAdvance(shown) + 16, 22)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QColor(color))
    painter.setFont(font)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()
