"""The worklist: find a study, look at it, open it; bring images in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QHeaderView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QTableView,
    QWidget,
)

from app.domain.person import Right
from app.domain.study import ImportSummary, Notice, StudyFilter, StudyRow
from app.errors import UserError
from app.i18n import tr
from app.jobs import Job
from app.notifications import explain
from widgets.acts import Acts
from widgets.banner import TitleBanner
from widgets.elements import EmptyState, NoticeBox, SearchLine, column, push, row
from widgets.icons import icon
from widgets.import_notices import NoticesDialog
from widgets.study_preview import StudyPreview
from widgets.study_table import (
    COLUMNS,
    Column,
    FlowDelegate,
    Pile,
    RowDelegate,
    StateDelegate,
    StudyFilterModel,
    StudyTable,
    in_pile,
    pile_title,
    searchable,
)
from widgets.theme import ROW
from widgets.workspace import Workspace

#: rows that the list holds; searching goes through all of them
MOST_ROWS = 5000


#: pixels in the narrowest window
WIDTHS = {
    Column.PATIENT: 150, Column.SEX_AGE: 96, Column.MODALITY: 84, Column.TIME: 116, Column.IMAGES: 76, Column.PRIORS: 64,
    Column.FLOW: 124, Column.STATE: 170,
}  # fmt: skip


class StudyView(QTableView):
    """The table; Enter opens, the context menu has the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(tr("Studies"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns share what a wide window gives; the examination takes the rest."""
        scale = max(1.0, event.size().width() / 1240)
        for position, which in enumerate(COLUMNS):
            if which is not Column.EXAM:
                self.setColumnWidth(position, round(WIDTHS[which] * scale))
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class WorklistWorkspace(Workspace):
    """Search, piles, table, preview."""

    name = "worklist"

    def __init__(self, acts: Acts) -> None:
        super().__init__(acts)
        self.banner = self.title = TitleBanner(tr("Worklist"))
        self._generation = 0
        self._pile = Pile.ALL
        self._modality = ""
        self.model = StudyTable()
        self.shown = StudyFilterModel(self.model)
        self.search_line = SearchLine(tr("Name, pinyin, number, examination, date"))
        self.search_line.setMinimumWidth(300)
        self.search_line.setMaximumWidth(420)
        self.search_line.textChanged.connect(self._choose)
        self.search_line.returnPressed.connect(self._open_first)
        self.chips: dict[Pile, QPushButton] = {}
        group = QButtonGroup(self)
        for pile in Pile:
            made = push(pile_title(pile), kind="chip")
            made.setCheckable(True)
            made.clicked.connect(lambda _=False, p=pile: self._choose_pile(p))
            group.addButton(made)
            self.chips[pile] = made
        self.chips[Pile.ALL].setChecked(True)
        self.modality = push(tr("Modality"), kind="menu")
        self._modality_menu = QMenu(self.modality)
        self.modality.setMenu(self._modality_menu)
        self.notices = push(tr("Import notices"), icon_name="alert-triangle")
        self.notices.clicked.connect(self.open_notices)
        self.notices.hide()
        self.bring = push(tr("Import"), icon_name="folder-plus", kind="menu", tip=tr("Import a folder, files, a ZIP archive or a DICOMDIR"))
        menu = QMenu(self.bring)
        menu.addAction(icon("folder-plus"), tr("Folder…"), self.import_folder)
        menu.addAction(icon("file-zip"), tr("Files or ZIP…"), self.import_files)
        self.bring.setMenu(menu)
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        self.table = StudyView()
        self.table.setModel(self.shown)
        self._arrange_table()
        self.preview = StudyPreview(acts)
        self.preview.open_asked.connect(self.open_study)
        self.preview.report_asked.connect(self.open_report)
        first = push(tr("Import a folder"), icon_name="folder-plus", kind="primary")
        first.clicked.connect(self.import_folder)
        more = push(tr("Import files or ZIP"), icon_name="file-zip")
        more.clicked.connect(self.import_files)
        self.empty = EmptyState(
            "inbox", tr("No studies yet"),
            tr("Studies that you import appear here. Choose a folder, files or a ZIP archive, or drop them on the window."), first, more,
        )  # fmt: skip
        forget = push(tr("Clear search and filters"))
        forget.clicked.connect(self.clear_filters)
        self.no_hit = EmptyState("search", tr("No study fits"), tr("Nothing in the list fits the search and the chosen filters."), forget)
        self._pages = QStackedWidget()
        for page in (self.table, self.empty, self.no_hit):
            self._pages.addWidget(page)
        bar = row(self.search_line, *self.chips.values(), self.modality, None, self.notices, self.bring, gap=8)
        self.setLayout(column(bar, self.problem, self._pages, self.preview, gap=12, margins=(24, 16, 24, 16)))
        self._refresh_later = QTimer(self)
        self._refresh_later.setSingleShot(True)
        self._refresh_later.setInterval(150)
        self._refresh_later.timeout.connect(self.refresh)
        for signal in (acts.desk.archive_changed, acts.desk.report_changed):
            acts.listen(signal, lambda *_: self._refresh_later.start())
        acts.listen(acts.desk.actor_changed, self.refresh)  # at once: nothing of the one before stays, nor comes late
        self._show_counts()
        self.refresh()

    def _arrange_table(self) -> None:
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        for position, which in enumerate(COLUMNS):
            self.table.setItemDelegateForColumn(
                position, {Column.FLOW: FlowDelegate, Column.STATE: StateDelegate}.get(which, RowDelegate)(self.table)
            )
        header.setSectionResizeMode(COLUMNS.index(Column.EXAM), QHeaderView.ResizeMode.Stretch)
        self.table.sortByColumn(COLUMNS.index(Column.TIME), Qt.SortOrder.DescendingOrder)
        self.table.activated.connect(self._activated)
        self.table.doubleClicked.connect(self._activated)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._selected(now))

    def regions(self) -> list[QWidget]:
        return [self.table if self._pages.currentWidget() is self.table else self.search_line, self.search_line, self.preview.open_button]

    # -- rows -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again, in the background."""
        self._generation += 1  # an answer that is under way is nobody's any more
        if not self.desk.has_actor:
            self._came(self._generation, [], [])
            return
        generation, actor, archive = self._generation, self.desk.actor, self.desk.station.archive

        def read() -> tuple[list[StudyRow], list[str], int]:
            rows = archive.studies(actor, StudyFilter(limit=MOST_ROWS))
            return rows, [searchable(row) for row in rows], len(archive.notices(actor))

        def came(read: tuple[list[StudyRow], list[str], int]) -> None:
            rows, texts, notices = read
            self.notices.setVisible(notices > 0)
            self._came(generation, rows, texts)

        self.acts.quietly(read, came, failed=self._failed)

    def _failed(self, error: BaseException) -> None:
        told = explain(error)
        self.problem.tell(f"{told.message} {told.hint}".strip(), "danger")
        self.problem.show()

    def _came(self, generation: int, rows: Sequence[StudyRow], texts: Sequence[str]) -> None:
        if generation != self._generation:
            return
        self.problem.hide()
        chosen = self.chosen()
        self.model.show_rows(rows, texts)
        self._show_counts()
        self._choose()
        self._select(chosen.study.study_uid if chosen is not None else "")

    def _show_counts(self) -> None:
        today = date.today()  # noqa: DTZ011  the reader's own day
        rows = self.model.rows
        for pile, made in self.chips.items():
            made.setText(f"{pile_title(pile)} {sum(in_pile(r, pile, today) for r in rows)}")
        done = sum(in_pile(r, Pile.DONE, today) for r in rows if in_pile(r, Pile.TODAY, today))
        of_today = sum(in_pile(r, Pile.TODAY, today) for r in rows)
        self.title.quiet.setText(tr("{date} · today: {n}, finished: {done}", date=f"{today:%Y-%m-%d}", n=of_today, done=done))
        self._modality_menu.clear()
        for name in ("", *sorted({m for r in rows for m in r.study.modalities})):
            action = QAction(name or tr("All modalities"), self._modality_menu)
            action.setCheckable(True)
            action.setChecked(name == self._modality)
            action.triggered.connect(lambda _=False, n=name: self._choose_modality(n))
            self._modality_menu.addAction(action)

    def _choose_pile(self, pile: Pile) -> None:
        self._pile = pile
        self._choose()

    def _choose_modality(self, name: str) -> None:
        self._modality = name
        self.modality.setText(name or tr("Modality"))
        self._choose()

    def clear_filters(self) -> None:
        """Show everything."""
        self.chips[Pile.ALL].setChecked(True)
        self._pile = Pile.ALL
        self._choose_modality("")
        self.search_line.clear()
        self.search_line.setFocus()

    def _choose(self) -> None:
        chosen = self.chosen()
        self.shown.choose(self.search_line.text(), self._pile, self._modality)
        page = self.table if self.shown.rowCount() else self.no_hit if self.model.rows else self.empty
        self._pages.setCurrentWidget(page)
        self.preview.setVisible(page is self.table)
        if page is self.table and (chosen is None or not self.table.currentIndex().isValid()):
            self._select(chosen.study.study_uid if chosen else "")

    def chosen(self) -> StudyRow | None:
        """The selected row."""
        index = self.table.currentIndex()
        return self.model.rows[self.shown.mapToSource(index).row()] if index.isValid() else None

    def _select(self, study_uid: str) -> None:
        position = next((i for i in range(self.shown.rowCount()) if self._row(i).study.study_uid == study_uid), 0)
        index = self.shown.index(position, 0)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.table.selectionModel().setCurrentIndex(index, flags)
        self._selected(self.table.currentIndex())

    def _row(self, position: int) -> StudyRow:
        return self.model.rows[self.shown.mapToSource(self.shown.index(position, 0)).row()]

    def _selected(self, index: QModelIndex) -> None:
        self.preview.show_row(self.chosen() if index.isValid() else None)

    # -- acts -----------------------------------------------------------------------------------------------

    def _activated(self, index: QModelIndex) -> None:
        self.open_study(self._row(index.row()).study.study_uid)

    def _open_first(self) -> None:
        row = self.chosen()
        if row is not None and self._pages.currentWidget() is self.table:
            self.open_study(row.study.study_uid)

    def _put_on_table(self, study_uid: str) -> bool:
        open_now = self.desk.reading.study
        if open_now is None or open_now.study_uid != study_uid:
            self.acts.run("study.open", study_uid)
        open_now = self.desk.reading.study
        return open_now is not None and open_now.study_uid == study_uid

    def open_study(self, study_uid: str) -> None:
        """Put a study on the table and go to the reading room."""
        if self._put_on_table(study_uid):
            self.acts.run("workspace.read")

    def open_neighbour(self, step: int) -> None:
        """Open the study below (1) or above (-1) the open one in the list as it is sorted and filtered; the ends hold."""
        study = self.desk.reading.study
        line = [self._row(i).study.study_uid for i in range(self.shown.rowCount())]
        if study is not None and study.study_uid in line:
            to = line.index(study.study_uid) + step
            if 0 <= to < len(line):
                self.open_study(line[to])

    def open_report(self, study_uid: str) -> None:
        """Open a study's report."""
        if self._put_on_table(study_uid):
            if self.acts.may(Right.WRITE_REPORT):
                self.acts.run("report.open")
            self.acts.run("workspace.report")

    def _context_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        uid = self._row(index.row()).study.study_uid
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("device-desktop-analytics"), tr("Open for reading"), lambda: self.open_study(uid))
        menu.addAction(icon("clipboard-plus"), tr("Open report"), lambda: self.open_report(uid))
        menu.popup(self.table.viewport().mapToGlobal(at))

    def import_folder(self) -> None:
        """Ask for a folder and import it."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Import a folder"))
        if chosen:
            self.import_paths([Path(chosen)])

    def import_files(self) -> None:
        """Ask for files and import them."""
        chosen, _ = QFileDialog.getOpenFileNames(self, tr("Import files or ZIP"), "", tr("DICOM, ZIP or DICOMDIR (*)"))
        if chosen:
            self.import_paths([Path(name) for name in chosen])

    def import_paths(self, paths: Sequence[Path]) -> Job[ImportSummary] | None:
        """Import in the background; the list grows when it is done."""
        job: Job[ImportSummary] | None = self.acts.run("study.import", list(paths))
        return job

    def open_notices(self) -> None:
        """Show what recent imports did not take."""
        try:
            notices: Sequence[Notice] = self.desk.station.archive.notices(self.desk.actor)
        except UserError as error:
            self.desk.station.notifications.add_error(error)
            return
        NoticesDialog(notices, self).open()
