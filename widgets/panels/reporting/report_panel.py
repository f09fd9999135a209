"""The report beside the images: its editor where it stands here, else what it says now."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.reporting.controller import ReportController
from app.reporting.report_place import ReportPlace, ReportPlaces
from widgets.command_ui import CommandUi
from widgets.elements import column
from widgets.panels.reporting.report_desk import ReportDesk
from widgets.panels.reporting.report_summary import ReportSummary
from widgets.workspace import Panel

#: the editor needs more room than the other tabs
WIDTH_PX = 440


class ReportPanel(Panel):
    """The tab of the report in the dock."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._controller = ui.session.get(ReportController)
        self._places = ui.session.get(ReportPlaces)
        self._desk = ui.single(ReportDesk)
        self.summary = ReportSummary(ui)
        self._page = QWidget()
        self._page.setLayout(column(gap=0))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.summary)
        self._pages.addWidget(self._page)
        self.setLayout(column(self._pages, gap=0))
        ui.listen(self._places.changed, self._place_changed)
        ui.listen(self._controller.changed, self._show_page)
        ui.listen(ui.session.study.study_changed, self._show_page)
        self._place_changed()

    @property
    def writes(self) -> bool:
        """The editor stands here, with a report."""
        return self._pages.currentWidget() is self._page

    def focus_first(self) -> None:
        if self.writes:
            self._desk.text.go_on()
        else:
            self.summary.open_button.setFocus()

    def regions(self) -> list[QWidget]:
        return self._desk.regions() if self.writes else [self.summary.open_button]

    def flush(self) -> None:
        self._desk.text.flush()

    def _place_changed(self) -> None:
        if self._places.current is ReportPlace.DOCK:
            layout = self._page.layout()
            assert layout is not None
            self._desk.stand_in(layout, narrow=True)
        self._show_page()

    def _show_page(self) -> None:
        here = self._places.current is ReportPlace.DOCK and self._controller.report is not None
        self._pages.setCurrentWidget(self._page if here else self.summary)
