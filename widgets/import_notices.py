"""What recent imports did not take, or took with a doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.domain.study import Notice
from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import label
from widgets.theme import ROW


class NoticesDialog(Dialog):
    """Notices with their reasons, counted; the path where it is known."""

    def __init__(self, notices: Sequence[Notice], parent: QWidget | None) -> None:
        super().__init__(tr("Import notices"), parent, width=820)
        self.body.addWidget(label(tr("These files were not taken, or were taken with a doubt. All other files of the import are in the list."),
                                  tone="muted", wrap=True))  # fmt: skip
        counted = Counter((tr(n.template, **n.params) if n.params else tr(n.template), n.path) for n in notices)
        self.table = QTableWidget(len(counted), 3)
        self.table.setHorizontalHeaderLabels([tr("What"), tr("File"), tr("Times")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setWordWrap(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for position, ((text, path), times) in enumerate(counted.items()):
            for at, cell in enumerate((text, path, str(times))):
                item = QTableWidgetItem(cell)
                item.setToolTip(cell)
                self.table.setItem(position, at, item)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(1, 260)
        self.table.setColumnWidth(2, 64)
        self.table.setMinimumHeight(320)
        self.body.addWidget(self.table)
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
