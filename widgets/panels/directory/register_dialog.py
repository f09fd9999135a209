"""Registering the open study: proposed values with their sources, for a person to look over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.i18n import tr
from app.ports import ElementValue
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Choice, label
from widgets.notices import NoticeBox
from widgets.panels.directory.record_words import ElementInfo, source_word, value_words
from widgets.theme import ROW, theme

#: code lists up to this length are offered for choosing
CHOICES = 20


class _CodeChoice(Choice):
    """Turning the wheel scrolls the table and chooses nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class RegisterDialog(Dialog):
    """A table of elements; values are edited in place; what is mandatory and missing is marked."""

    def __init__(
        self,
        ui: CommandUi,
        proposed: Sequence[ElementValue],
        elements: Mapping[str, ElementInfo],
        parent: QWidget | None,
    ) -> None:
        super().__init__(tr("Register this study in the directory"), parent, width=900)
        self._ui = ui
        self._elements = elements
        here = {value.element_id for value in proposed}
        inner = {e for e, info in elements.items() if info.is_entity}
        missing = [
            ElementValue(e, "", "", 0.0)
            for e, info in elements.items()
            if info.mandatory and e not in here and e not in inner
        ]
        self._rows = [value for value in (*proposed, *missing) if value.element_id != "resource_id"]
        note = label(
            tr(
                "These values leave the station. No name, number, birth date or DICOM identifier of a "
                "patient is sent. Look at each value; edit in place."
            ),
            tone="muted",
            wrap=True,
        )
        self.problem = NoticeBox("", "danger")
        self.table = QTableWidget(len(self._rows), 4)
        self.table.setHorizontalHeaderLabels([tr("Element"), tr("Value"), tr("Source"), tr("Certainty")])
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setColumnWidth(2, 210)
        self.table.setColumnWidth(3, 84)
        self.table.setMinimumHeight(430)
        for position, value in enumerate(self._rows):
            self._fill(position, value)
        self.table.itemChanged.connect(self._edited)
        for part in (note, self.table, self.problem):
            self.body.addWidget(part)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.send = self.add_button(tr("Register"), kind="primary", icon_name="send", default=True)
        self.send.clicked.connect(self._register)
        self._judge()

    def _fill(self, position: int, value: ElementValue) -> None:
        info = self._elements.get(value.element_id)
        name = (info.name if info else value.element_id) + (" *" if info and info.mandatory else "")
        certainty = f"{value.confidence:.0%}" if value.source else "–"
        for at, text in enumerate((name, value.value, source_word(value.source), certainty)):
            item = QTableWidgetItem(text)
            more = (
                info.definition
                if info and at == 0
                else value_words(value.element_id, text, self._elements)
                if at == 1
                else ""
            )
            item.setToolTip("\n".join(dict.fromkeys(x for x in (text, more) if x)))
            if at != 1:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                item.setForeground(QBrush(QColor(theme().muted)))
            if at == 3 and value.source and value.confidence < 0.7:
                item.setForeground(QBrush(QColor(theme().amber)))
            self.table.setItem(position, at, item)
        if info is not None and 0 < len(info.codes) <= CHOICES:
            self._choose(position, value.value, info)

    def _choose(self, position: int, value: str, info: ElementInfo) -> None:
        """A code is chosen by its name; the table keeps the code."""
        choice, kept = _CodeChoice(), self.table.item(position, 1)
        for code, name in info.codes.items():
            choice.addItem(name if code.isdigit() else f"{code}  {name}", code)
        choice.setCurrentIndex(choice.findData(value))
        choice.setAccessibleName(info.name)
        choice.currentIndexChanged.connect(
            lambda _: kept.setText(str(choice.currentData() or "")) if kept is not None else None
        )
        self.table.setCellWidget(position, 1, choice)

    def values(self) -> tuple[ElementValue, ...]:
        """The values as they stand; an edited one says that a person gave it."""
        found = []
        for position, before in enumerate(self._rows):
            item = self.table.item(position, 1)
            text = item.text().strip() if item is not None else ""
            if text == before.value:
                found.append(before)
            else:
                found.append(ElementValue(before.element_id, text, "person", 1.0))
        return tuple(value for value in found if value.value)

    def missing(self) -> list[str]:
        """Names of mandatory elements without a value."""
        given = {value.element_id for value in self.values()}
        return [
            info.name
            for e, info in self._elements.items()
            if info.mandatory
            and not info.is_entity
            and e not in given
            and any(r.element_id == e for r in self._rows)
        ]

    def _edited(self, item: QTableWidgetItem) -> None:
        if item.column() == 1:
            self.table.blockSignals(True)
            source = self.table.item(item.row(), 2)
            if source is not None:
                changed = item.text().strip() != self._rows[item.row()].value
                source.setText(
                    source_word("person") if changed else source_word(self._rows[item.row()].source)
                )
            self.table.blockSignals(False)
            self._judge()

    def _judge(self) -> None:
        missing = self.missing()
        self.problem.setVisible(bool(missing))
        self.problem.tell(tr("Mandatory and still empty: {names}", names=tr(", ").join(missing)), "danger")
        self.send.setEnabled(not missing)

    def _register(self) -> None:
        if self._ui.run("directory.register", self.values()) is not None:
            self.accept()
