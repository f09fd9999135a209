"""The worklist: find a study, look at it, open it; bring images in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedWidget, QWidget

from app.archive.service import ArchiveService
from app.archive.worklist_service import WorklistService
from app.archive.worklist_views import ListLayout
from app.domain.study import CharsetChoice, ImportSummary, StudyRow
from app.domain.worklist import Narrowing, WorklistColumn, WorklistCounts, WorklistQuery
from app.i18n import tr
from app.jobs import Job
from app.notifications import explain
from app.reporting.rights import WRITE_REPORT
from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import column, label, push, row
from widgets.icons import icon
from widgets.notices import EmptyState, NoticeBox
from widgets.panels.archive.charset_dialog import CharsetDialog
from widgets.panels.archive.filter_bar import FilterBar
from widgets.panels.archive.import_notices import NoticesDialog
from widgets.panels.archive.list_acts import ListActs
from widgets.panels.archive.listed_studies import ListedStudies
from widgets.panels.archive.saved_filters import SavedFilters
from widgets.panels.archive.study_preview import StudyPreview
from widgets.panels.archive.study_table import StudyTable
from widgets.panels.archive.study_view import FIRST_COLUMNS, StudyView
from widgets.shell.banner import TitleBanner
from widgets.workspace import Workspace

#: commands of the list's menu; an empty one is a line
_MENU = (
    "worklist.open-with-prior", "worklist.prior-reports", "",
    "worklist.take", "worklist.assign", "worklist.urgency", "",
    "patient.correct", "patient.merge", "study.delete", "study.restore",
)  # fmt: skip


class WorklistWorkspace(Workspace):
    """Search, filters, table, preview."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__(ui)
        self.banner = self.title = TitleBanner(tr("Worklist"))
        #: the study that was selected last, and its row as the preview shows it
        self._chosen_uid = ""
        self._previewed: StudyRow | None = None
        #: what is selected while the list changes: keys, the current one, how far the list is scrolled
        self._kept: tuple[list[int], int | None, int] = ([], None, 0)
        self.counts = WorklistCounts()
        self.model = StudyTable(self)  # gone with the list: what its signals hold, holds it
        self.listed = ListedStudies(ui, self.model, self)
        self.filters = FilterBar()
        self.search_line = self.filters.search_line
        self.search_line.returnPressed.connect(self._open_first)
        self.search_line.installEventFilter(self)
        self.filters.asked.connect(self.listed.ask)
        self.saved = SavedFilters(ui, self.filters)
        self.saved.layout_came.connect(self._arrange)
        self._person_id = ""
        self.notices = push(tr("Import notices"), icon_name="alert-triangle")
        self.notices.clicked.connect(self.open_notices)
        self.notices.hide()
        self.bring = push(
            tr("Import"),
            icon_name="folder-plus",
            kind="menu",
            tip=tr("Import a folder, files, a ZIP archive or a DICOMDIR"),
        )
        menu = QMenu(self.bring)
        menu.addAction(icon("folder-plus"), tr("Folder…"), self.import_folder)
        menu.addAction(icon("file-zip"), tr("Files or ZIP…"), self.import_files)
        self.bring.setMenu(menu)
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        self.table = StudyView(self.model)
        self.columns = push(tr("Columns"), kind="menu", tip=tr("Choose columns"))
        self._columns_menu = QMenu(self.columns)
        self._columns_menu.aboutToShow.connect(lambda: self.table.columns_menu(self._columns_menu))
        self.columns.setMenu(self._columns_menu)
        self.acts = ListActs(ui, self.model, self.table, self)
        self._listen_to_table()
        self.preview = StudyPreview(ui)
        self.preview.open_asked.connect(self.open_study)
        self.preview.report_asked.connect(self.open_report)
        self.preview.charset_asked.connect(self.open_charset)
        first = push(tr("Import a folder"), icon_name="folder-plus", kind="primary")
        first.clicked.connect(self.import_folder)
        more = push(tr("Import files or ZIP"), icon_name="file-zip")
        more.clicked.connect(self.import_files)
        self.empty = EmptyState(
            "inbox",
            tr("No studies yet"),
            tr(
                "Studies that you import appear here. Choose a folder, files or a ZIP archive, or drop "
                "them on the window."
            ),
            first,
            more,
        )
        forget = push(tr("Clear search and filters"))
        forget.clicked.connect(self.clear_filters)
        self.no_hit = EmptyState(
            "search",
            tr("No study fits"),
            tr("Nothing in the list fits the search and the chosen filters."),
            forget,
        )
        self._pages = QStackedWidget()
        for page in (self.table, self.empty, self.no_hit):
            self._pages.addWidget(page)
        self.found = label(tone="muted")
        bar = row(
            self.search_line,
            self.saved.button,
            self.found,
            None,
            self.notices,
            self.columns,
            self.bring,
            gap=8,
        )
        self.setLayout(
            column(
                bar, self.filters, self.problem, self._pages, self.preview, gap=12, margins=(24, 16, 24, 16)
            )
        )
        self.listed.listed.connect(self._listed)
        self.listed.counted.connect(self._counted)
        self.listed.failed.connect(self._failed)
        # at once: nothing of the one before stays, nor comes late
        ui.listen(ui.session.user.changed, self._person_changed)
        self._show_counts()
        self._person_changed()

    def _listen_to_table(self) -> None:
        self.table.activated.connect(self._activated)
        self.table.doubleClicked.connect(self._activated)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _: self._selected(now))
        self.table.columns_changed.connect(self._keep_layout)
        self.model.sort_asked.connect(self._sort)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self.ui.look())
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.dataChanged.connect(lambda *_: self._look_at_chosen())

    def commands(self) -> list[Command]:
        study = self.session.study
        return [
            *self.acts.commands(),
            Command(
                "worklist.open-with-prior",
                "Open with the latest prior",
                self.open_with_prior,
                key="Shift+Return",
                icon="columns-2",
                where="worklist",
                enabled=lambda: (row := self.chosen()) is not None and row.n_priors > 0,
            ),
            Command("worklist.reload", "Read the list again", self.listed.reload, key="F5", where="worklist"),
            Command(
                "study.next-in-list",
                "Open next study of the list",
                lambda: self.open_neighbour(1),
                key="Ctrl+Down",
                where="read",
                enabled=lambda: study.study is not None,
            ),
            Command(
                "study.previous-in-list",
                "Open previous study of the list",
                lambda: self.open_neighbour(-1),
                key="Ctrl+Up",
                where="read",
                enabled=lambda: study.study is not None,
            ),
        ]

    def drop(self, paths: Sequence[Path]) -> bool:
        self.import_paths(paths)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down goes from the search field into the list."""
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.key() == Qt.Key.Key_Down and self._pages.currentWidget() is self.table:  # type: ignore[attr-defined]
            self.table.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return super().eventFilter(watched, event)

    def focus_search(self) -> None:
        self.search_line.setFocus()
        self.search_line.selectAll()

    def regions(self) -> list[QWidget]:
        return [
            self.table if self._pages.currentWidget() is self.table else self.search_line,
            self.search_line,
            self.preview.open_button,
        ]

    # -- rows -----------------------------------------------------------------------------------------------

    def _failed(self, error: BaseException) -> None:
        told = explain(error)
        self.problem.tell(f"{told.message} {told.hint}".strip(), "danger")
        self.problem.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.listed.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.listed.watch(False)
        super().hideEvent(event)

    def _person_changed(self) -> None:
        """The next person sees nothing of what the one before asked for, and has the list as it was left."""
        user = self.session.user
        person_id = user.actor.person_id if user.is_logged_in else ""
        if person_id != self._person_id:
            self._person_id = person_id
            self._chosen_uid = ""
            self.filters.show_query(WorklistQuery())
            self.listed.ask(WorklistQuery())
            self.saved.load()
        self.listed.reload()

    def _arrange(self, layout: ListLayout) -> None:
        self.table.show_columns(layout.columns or FIRST_COLUMNS)
        self.table.show_sort(layout.sort, descending=layout.descending)
        query = replace(self.filters.query, sort=layout.sort, descending=layout.descending)
        self.filters.show_query(query)
        self.listed.ask(query)

    def _keep_layout(self) -> None:
        query = self.filters.query
        self.saved.keep_layout(ListLayout(self.table.columns(), query.sort, query.descending))

    def _sort(self, by: WorklistColumn, descending: bool) -> None:
        query = replace(self.filters.query, sort=by, descending=descending)
        self.filters.show_query(query)
        self.listed.ask(query)
        self._keep_layout()

    def clear_filters(self) -> None:
        """Show everything."""
        self.filters.clear()

    def _counted(self, counts: WorklistCounts, notices: bool) -> None:
        self.counts = counts
        self.notices.setVisible(notices)
        self._show_counts()
        self._settle()

    def _show_counts(self) -> None:
        today = date.today()  # noqa: DTZ011  the reader's own day
        self.filters.show_counts(self.counts)
        of_today = self.counts.narrowed.get(Narrowing.TODAY, 0)
        self.title.quiet.setText(
            tr(
                "{date} · today: {n}, finished: {done}",
                date=f"{today:%Y-%m-%d}",
                n=of_today,
                done=self.counts.done_today,
            )
        )

    def _keep_place(self) -> None:
        """Before the table is shown anew."""
        at = self.table.currentIndex().row()
        current = self.model.keys[at] if 0 <= at < len(self.model.keys) else None
        self._kept = (self.table.selected_keys(), current, self.table.verticalScrollBar().value())

    def _listed(self, another: bool) -> None:
        """The list is another one, or has changed."""
        self.problem.hide()
        whole, n = self.listed.is_whole, len(self.model.keys)
        self.found.setText(tr("Studies: {n}", n=f"{n:,}") if whole else tr("more than {n} studies", n=n))
        self.found.setVisible(self.listed.query.is_narrow)
        if not self.table.currentIndex().isValid():
            keys, current, scrolled = self._kept
            here = self.table.select_keys(keys, current, scroll=False)
            if not another:
                self.table.verticalScrollBar().setValue(scrolled)
            if not here and self.model.keys:
                self._select(self._chosen_uid)
        self._settle()

    def _settle(self) -> None:
        """Show the page that fits the rows, and go on with the study that was selected."""
        empty = self.empty if not self.listed.query.is_narrow else self.no_hit
        page = self.table if self.model.keys else empty
        self._pages.setCurrentWidget(page)
        self.preview.setVisible(page is self.table)
        self._look_at_chosen()

    def _look_at_chosen(self) -> None:
        if self.chosen() != self._previewed:
            self._selected(self.table.currentIndex())

    def chosen(self) -> StudyRow | None:
        """The selected row; None where none is, or while it is not here."""
        index = self.table.currentIndex()
        return self.model.row(index.row()) if index.isValid() else None

    def _select(self, study_uid: str) -> None:
        """Select a study that was looked at before, else the first one."""
        key = self.model.keys[self.model.place(study_uid) or 0] if self.model.keys else None
        if key is not None:
            self.table.select_keys([key], key, scroll=True)
        self._selected(self.table.currentIndex())

    def _selected(self, index: QModelIndex) -> None:
        self._previewed = self.chosen() if index.isValid() else None
        if self._previewed is not None:
            self._chosen_uid = self._previewed.study.study_uid
        self.preview.show_row(self._previewed)

    # -- ui -----------------------------------------------------------------------------------------------

    def _activated(self, index: QModelIndex) -> None:
        row = self.model.row(index.row())
        if row is not None:
            self.open_study(row.study.study_uid)

    def _open_first(self) -> None:
        row = self.chosen()
        if row is not None and self._pages.currentWidget() is self.table:
            self.open_study(row.study.study_uid)

    def _open(self, study_uid: str, then: Callable[[], None]) -> None:
        """Do something with a study once it is open."""
        if self.session.study.is_open(study_uid):
            then()
        else:
            self.ui.run("study.open", study_uid, then=then)

    def open_study(self, study_uid: str) -> None:
        """Open a study and go to the reading room."""
        self._open(study_uid, lambda: self.ui.run("workspace.read"))

    def open_with_prior(self) -> None:
        """Open the selected study with its latest prior beside it."""

        def beside() -> None:
            self.ui.run("hanging.beside")
            self.ui.run("workspace.read")

        row = self.chosen()
        if row is not None:
            self._open(row.study.study_uid, beside)

    def open_neighbour(self, step: int) -> None:
        """Open the study below (1) or above (-1) the open one in the list as it is sorted and filtered; the
        ends hold.
        """
        study = self.session.study.study
        if study is None:
            return
        at = self.model.place(study.study_uid)
        row = None if at is None else self.model.row(at + step)
        if row is not None:
            self.open_study(row.study.study_uid)
        else:
            self._look_for_neighbour(study.study_uid, step)

    def _look_for_neighbour(self, study_uid: str, step: int) -> None:
        """Far from what was looked at in the list: its place is asked for first."""
        worklist, actor = self.session.station.get(WorklistService), self.session.user.actor
        keys = self.model.keys

        def find() -> dict[int, StudyRow]:
            key = worklist.key(actor, study_uid)
            to = keys.index(key) + step if key is not None and key in keys else -1
            return worklist.rows(actor, keys[to : to + 1]) if 0 <= to < len(keys) else {}

        def came(rows: dict[int, StudyRow]) -> None:
            self.model.put_rows(rows)
            for found in rows.values():
                self.open_study(found.study.study_uid)

        self.ui.quietly(find, came)

    def open_report(self, study_uid: str) -> None:
        """Open a study's report."""

        def go() -> None:
            if self.ui.may(WRITE_REPORT):
                self.ui.run("report.open")
            self.ui.run("workspace.report")

        self._open(study_uid, go)

    def _context_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        row = self.model.row(index.row())
        if row is None:
            return
        uid = row.study.study_uid
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        reading = menu.addAction(
            icon("device-desktop-analytics"), tr("Open for reading"), lambda: self.open_study(uid)
        )
        report = menu.addAction(icon("clipboard-plus"), tr("Open report"), lambda: self.open_report(uid))
        for action in (reading, report):
            action.setEnabled(row.deleted_at is None)
        self.acts.fill(menu, _MENU)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def import_folder(self) -> None:
        """Ask for a folder and import it."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Import a folder"))
        if chosen:
            self.import_paths([Path(chosen)])

    def import_files(self) -> None:
        """Ask for files and import them."""
        chosen, _ = QFileDialog.getOpenFileNames(
            self, tr("Import files or ZIP"), "", tr("DICOM, ZIP or DICOMDIR (*)")
        )
        if chosen:
            self.import_paths([Path(name) for name in chosen])

    def import_paths(self, paths: Sequence[Path]) -> Job[ImportSummary] | None:
        """Import in the background; the list grows when it is done."""
        job: Job[ImportSummary] | None = self.ui.run("study.import", list(paths))
        return job

    def open_charset(self, study_uid: str) -> None:
        """Ask in which character set the names of a study are right, and read them in it."""
        archive, actor = self.session.station.get(ArchiveService), self.session.user.actor

        def take(encoding: str) -> None:
            self.ui.quietly(
                lambda: archive.set_charset(actor, study_uid, encoding),
                lambda _: self.session.archive_changed.emit(study_uid),
            )

        def came(found: tuple[str, list[CharsetChoice]]) -> None:
            dialog = CharsetDialog(*found, self)
            dialog.chosen.connect(take)
            dialog.open()

        self.ui.quietly(lambda: archive.charset(actor, study_uid), came)

    def open_notices(self) -> None:
        """Show what recent imports did not take, import by import."""
        archive, actor = self.session.station.get(ArchiveService), self.session.user.actor
        self.ui.quietly(lambda: archive.notices(actor), lambda told: NoticesDialog(told, self).open())
