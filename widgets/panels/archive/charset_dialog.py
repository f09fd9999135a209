"""Choosing the character set of a study's texts by how the patient's name reads in each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.domain.study import CharsetChoice
from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.theme import ROW


class CharsetDialog(Dialog):
    """One line a character set, the likeliest first, with the name as it reads in it; `chosen` tells the
    codec.

    Where a person chose before, the first line gives the choice back to the program ("").
    """

    chosen = Signal(str)

    def __init__(self, current: str, choices: Sequence[CharsetChoice], parent: QWidget | None) -> None:
        super().__init__(tr("Names look wrong?"), parent, width=680)
        self.body.addWidget(
            label(
                tr(
                    "Choose the line in which the name is right. Original images and written reports "
                    "stay as they are."
                ),
                tone="muted",
                wrap=True,
            )
        )
        likeliest = choices[0].patient_name if choices else ""
        lines = [("", likeliest, tr("As the program finds it"))] if current else []
        lines += [(one.encoding, one.patient_name, tr(one.label)) for one in choices]
        self._encodings = [encoding for encoding, _, _ in lines]
        self.table = QTableWidget(len(lines), 2)
        self.table.setHorizontalHeaderLabels([tr("Patient"), tr("Character set")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for position, (_, name, set_name) in enumerate(lines):
            for at, text in enumerate((name.replace("^", " "), set_name)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(position, at, item)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumHeight(220)
        self.table.selectRow(self._encodings.index(current) if current in self._encodings else 0)
        self.table.doubleClicked.connect(self._take)
        self.body.addWidget(self.table)
        self.add_button(tr("Cancel")).clicked.connect(self.reject)
        self.take_button = self.add_button(tr("Use this set"), kind="primary", default=True)
        self.take_button.clicked.connect(self._take)
        self.take_button.setEnabled(bool(lines))

    def _take(self) -> None:
        self.chosen.emit(self._encodings[self.table.currentRow()])
        self.accept()
