"""What recent imports did not take, or took with a doubt: import by import, file by file, whole, to be
copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from app.domain.study import ImportNotices, Notice
from app.i18n import tr
from widgets.dialogs import Dialog
from widgets.elements import Choice, label
from widgets.theme import ROW

#: file, reason, how often
Line = tuple[str, str, int]


def notice_lines(notices: Sequence[Notice]) -> list[Line]:
    """What is told of one import; what is told of a file several times is one line."""
    counted = Counter((n.path, tr(n.template, **n.params) if n.params else tr(n.template)) for n in notices)
    return [(path, reason, times) for (path, reason), times in counted.items()]


class NoticesDialog(Dialog):
    """One import at a time, the newest first; reasons break into lines, nothing is cut."""

    def __init__(self, imports: Sequence[ImportNotices], parent: QWidget | None) -> None:
        super().__init__(tr("Import notices"), parent, width=820)
        told = tr("These files were not taken, or were taken with a doubt.")
        rest = tr("All other files of the import are in the list.")
        self.body.addWidget(label(f"{told} {rest}", tone="muted", wrap=True))
        self._imports = tuple(imports)
        self._lines: list[Line] = []
        self.choice = Choice()
        self.choice.setAccessibleName(tr("Import"))
        for one in self._imports:
            n = sum(times for *_, times in notice_lines(one.notices))
            self.choice.addItem(
                tr("Import of {when} · notices: {n}", when=f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}", n=n)
            )
        self.table = _table()
        self.choice.currentIndexChanged.connect(self._show)
        self.body.addWidget(self.choice)
        self.body.addWidget(self.table)
        self.copy = self.add_button(tr("Copy all"))
        self.copy.clicked.connect(self.copy_all)
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
        self._show(self.choice.currentIndex())

    def copy_all(self) -> None:
        """Put the lines of the shown import on the clipboard, as a table."""
        heads = "\t".join((tr("File"), tr("Reason"), tr("Times")))
        lines = [f"{path}\t{reason}\t{times}" for path, reason, times in self._lines]
        QGuiApplication.clipboard().setText("\n".join((heads, *lines)))

    def _show(self, at: int) -> None:
        self._lines = notice_lines(self._imports[at].notices) if at >= 0 else []
        self.copy.setEnabled(bool(self._lines))
        self.table.setRowCount(len(self._lines))
        for position, (path, reason, times) in enumerate(self._lines):
            for place, cell in enumerate((path or tr("several files"), reason, str(times))):
                item = QTableWidgetItem(cell)
                item.setToolTip(cell)
                self.table.setItem(position, place, item)
        self.table.resizeRowsToContents()


def _table() -> QTableWidget:
    made = QTableWidget(0, 3)
    made.setHorizontalHeaderLabels([tr("File"), tr("Reason"), tr("Times")])
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setShowGrid(False)
    made.setTabKeyNavigation(False)
    made.setWordWrap(True)
    made.setTextElideMode(Qt.TextElideMode.ElideNone)
    made.verticalHeader().hide()
    made.verticalHeader().setMinimumSectionSize(ROW)
    header = made.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    made.setColumnWidth(0, 280)
    made.setColumnWidth(2, 64)
    made.setMinimumHeight(320)
    header.sectionResized.connect(lambda *_: made.resizeRowsToContents())
    return made
