"""The report room: the report's editor where it stands here, else the way to it."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.i18n import tr
from app.reporting.controller import ReportController
from app.reporting.report_place import ReportPlace, ReportPlaces
from app.reporting.rights import WRITE_REPORT
from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import column, push
from widgets.notices import EmptyState
from widgets.panels.reporting.report_desk import ReportDesk
from widgets.panels.reporting.report_text import writers
from widgets.panels.reporting.vocabulary_dialog import VocabularyDialog
from widgets.workspace import Workspace


class ReportWorkspace(Workspace):
    """Editor left, evidence right; the workspace may itself stand in a window of its own."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__(ui)
        self.controller = ui.session.get(ReportController)
        self._places = ui.session.get(ReportPlaces)
        self.desk = ui.single(ReportDesk)
        self._build_empty()
        self._build_elsewhere()
        self._page = QWidget()
        self._page.setLayout(column(gap=0))
        self._pages = QStackedWidget()
        for page in (self.empty, self.elsewhere, self._page):
            self._pages.addWidget(page)
        self.setLayout(column(self._pages, gap=0))
        ui.listen(self._places.changed, self._place_changed)
        for signal in (self.controller.changed, ui.session.study.study_changed, ui.session.user.changed):
            ui.listen(signal, self._show_page)
        self._place_changed()

    def _build_empty(self) -> None:
        self.begin = push(tr("Write report"), icon_name="writing", kind="primary")
        self.begin.clicked.connect(lambda: self.ui.run("report.open"))
        self.choose = push(tr("Go to worklist"), icon_name="list-details")
        self.choose.clicked.connect(lambda: self.ui.run("workspace.worklist"))
        self.empty = EmptyState("clipboard-plus", "", "", self.begin, self.choose)

    def _build_elsewhere(self) -> None:
        self.go_there = push(tr("Go to reading"), icon_name="device-desktop-analytics", kind="primary")
        self.go_there.clicked.connect(lambda: self.ui.run("report.write"))
        self.fetch = push(tr("Write it here"), icon_name="clipboard-plus")
        self.fetch.clicked.connect(lambda: self.ui.run("report.in-workspace"))
        self.elsewhere = EmptyState(
            "layout-sidebar-right",
            tr("The report is written beside the images"),
            tr("Its editor stands at the right of the images, with what was typed so far."),
            self.go_there,
            self.fetch,
        )

    def commands(self) -> list[Command]:
        return [
            Command("terms.vocabulary", "Show the vocabulary", self.show_vocabulary, icon="books"),
            Command(
                "report.score",
                "Score…",
                self.desk.text.ask_score,
                icon="list-numbers",
                enabled=lambda: self.controller.report is not None and self.desk.text.editable,
            ),
        ]

    def show_vocabulary(self) -> None:
        """Where terms come from, and a release to take in."""
        VocabularyDialog(self.ui, self.window()).open()

    def flush(self) -> None:
        self.desk.text.flush()

    def regions(self) -> list[QWidget]:
        shown = self._pages.currentWidget()
        if shown is self.empty:
            return [self.begin if self.begin.isVisible() else self.choose]
        if shown is self.elsewhere:
            return [self.go_there]
        return self.desk.regions()

    def _place_changed(self) -> None:
        if self._places.current is not ReportPlace.DOCK:
            layout = self._page.layout()
            assert layout is not None
            self.desk.stand_in(layout, narrow=False)
        self._show_page()

    def _show_page(self) -> None:
        if self.controller.report is not None:
            begins = self._pages.currentWidget() is self.empty and self.isVisible()
            beside = self._places.current is ReportPlace.DOCK
            self._pages.setCurrentWidget(self.elsewhere if beside else self._page)
            if begins and beside:
                self._places.go()
            elif begins:
                self.desk.begin()
            return
        here = self.session.study.study is not None
        self.empty.title.setText(tr("This study has no report yet") if here else tr("No study is open"))
        writes = self.ui.may(WRITE_REPORT)
        self.empty.text.setText(
            tr("Open a study in the worklist, then write its report here.")
            if not here
            else tr("Writing one takes the template that fits the examination.")
            if writes
            else tr(
                "Reports are written by: {who}. It can be read here as soon as there is one.", who=writers()
            )
        )
        self.begin.setVisible(here and writes)
        self._pages.setCurrentWidget(self.empty)
