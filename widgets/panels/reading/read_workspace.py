"""The reading room: thumbnails, tools, the viewport grid, and the dock at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.i18n import tr
from app.objects.controller import ObjectsController
from app.reading.menus import SIZES
from app.reading.monitors import MonitorController
from app.session.commands import Command
from widgets.command_ui import CommandUi
from widgets.elements import column, label, push, row
from widgets.notices import EmptyState
from widgets.objects.object_view import ObjectView
from widgets.objects.view_filing import ViewFiling
from widgets.panels.reading.cine_output import CineOutput
from widgets.panels.reading.display_check import DisplayCheckDialog, monitors
from widgets.panels.reading.film_output import FilmOutput
from widgets.panels.reading.hanging_bar import HangingBar
from widgets.panels.reading.monitor_dialog import MonitorDialog
from widgets.panels.reading.offset_dialog import OffsetDialog
from widgets.panels.reading.series_strip import SeriesStrip
from widgets.panels.reading.view_menu import view_menu
from widgets.panels.reading.view_output import ViewOutput
from widgets.shell.tool_row import ToolRow
from widgets.theme import DOCK
from widgets.ui_feature import WindowParts
from widgets.workspace import Panel, Workspace


class ReadWorkspace(Workspace):
    """Nothing modal here; the viewport grid is a plain widget that somebody else made."""

    def __init__(self, ui: CommandUi, parts: WindowParts) -> None:
        super().__init__(ui)
        self._make_viewer = parts.viewer
        self.output = ViewOutput(ui, self)
        self.cine_output = CineOutput(ui, self)
        self.film_output = FilmOutput(ui, self)
        self.filing = ViewFiling(ui, self)
        self.viewer: QWidget | None = None
        self.tools = ToolRow(ui, parts.toolbar)
        self.strip = SeriesStrip(ui)
        self._ground = QFrame()
        self._ground.setObjectName("viewerGround")
        self._ground_layout = QVBoxLayout(self._ground)
        self._ground_layout.setContentsMargins(0, 0, 0, 0)
        self._ground_layout.setSpacing(0)
        self.hanging = HangingBar(ui)
        self._ground_layout.addWidget(self.hanging)
        go = push(tr("Go to worklist"), icon_name="list-details", kind="primary")
        go.clicked.connect(lambda: ui.run("workspace.worklist"))
        self.empty = EmptyState(
            "device-desktop-analytics",
            tr("No study is open"),
            tr("Open a study in the worklist; its images appear here, its series at the left."),
            go,
        )
        self._pages = QStackedWidget()
        # a page that is behind gives no width to a window that stands upright
        self._pages.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._ground)
        self.object = ObjectView(ui)
        self._pages.addWidget(self.object)
        self.panels = {spec.panel_id: spec.make(ui) for spec in parts.panels}
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(tr("Panels"))
        for spec in parts.panels:
            self.tabs.addTab(self.panels[spec.panel_id], tr(spec.title))
        notice = label(tr("For research; must not be the sole basis of a diagnosis"), tone="muted", wrap=True)
        self.dock = self.side_panel = QFrame()
        self.dock.setObjectName("dock")
        self.dock.setLayout(column(self.tabs, row(notice, margins=(16, 8, 16, 10)), gap=0))
        self._widths = {self.panels[spec.panel_id]: spec.width_px for spec in parts.panels}
        self._before: tuple[QWidget | None, QWidget | None, bool] | None = None
        self.tabs.currentChanged.connect(self._fit_dock)
        self._fit_dock()
        ui.listen(ui.session.panels.changed, self._show_panel)
        middle = row(self.strip, self._pages, self.dock, gap=0)
        middle.setStretch(1, 1)
        self.setLayout(column(self.tools, middle, gap=0))
        ui.listen(ui.session.study.study_changed, self._show_page)
        ui.listen(
            ui.session.screen.context_asked,
            lambda viewport_id, x, y: view_menu(ui, viewport_id, self).popup(QPoint(x, y)),
        )
        ui.listen(ui.session.get(ObjectsController).changed, self._show_page)
        ui.listen(ui.session.user.changed, lambda: ui.session.get(MonitorController).remind(monitors()))
        self._show_page()

    def commands(self) -> Sequence[Command]:
        calibrate = Command(
            "monitor.calibrate",
            "Calibrate monitor",
            lambda: MonitorDialog(self.ui, self).open(),
            also="display screen",
            icon="credit-card",
            where="read",
            enabled=lambda: self.session.user.is_logged_in,
            menu=SIZES,
        )
        check = Command(
            "monitor.check",
            "Check monitor",
            lambda: DisplayCheckDialog(self.ui, self).open(),
            also="display GSDF QA test pattern",
            icon="device-desktop-analytics",
            where="read",
            enabled=lambda: self.session.user.is_logged_in,
            menu=SIZES,
        )
        offset = Command(
            "link.offset",
            "Set the offset of linked views",
            lambda: OffsetDialog(self.ui, self).open(),
            key="Ctrl+J",
            where="read",
            enabled=lambda: self.ui.commands.get("link.here").enabled(),
        )
        output = (
            *self.output.commands(),
            *self.film_output.commands(),
            *self.cine_output.commands(),
            *self.filing.commands(),
        )
        return (*output, calibrate, check, offset)

    def arrived(self) -> None:
        if self.viewer is None:
            self.viewer = self._make_viewer(0)
            self._ground_layout.addWidget(self.viewer, 1)
        for panel in self.panels.values():
            panel.arrived()

    def regions(self) -> list[QWidget]:
        first = (
            self.viewer
            if self.viewer is not None and self._pages.currentWidget() is self._ground
            else self.empty
        )
        card = next((card for card in self.strip.cards.values() if card.isVisible()), None)
        tools = [*([card] if card is not None else []), self.tools.taken()]
        front = self.tabs.currentWidget()
        beside = front.regions() if isinstance(front, Panel) else []
        return [first, *tools, self.tabs.tabBar(), *beside]

    def flush(self) -> None:
        for panel in self.panels.values():
            panel.flush()

    def _fit_dock(self) -> None:
        panel = self.tabs.currentWidget()
        self.dock.setFixedWidth(self._widths.get(panel, DOCK) if isinstance(panel, Panel) else DOCK)

    def _show_panel(self, panel_id: str) -> None:
        """Bring a tab to the front; with "" what was in front and had the focus before comes back."""
        if panel_id:
            panel = self.panels[panel_id]
            if self._before is None and not self.session.panels.stays:
                before = (QApplication.focusWidget(), self.tabs.currentWidget(), self.dock.isHidden())
                self._before = before
            if self.session.panels.stays:
                self._before = None
            self.dock.show()
            self.tabs.setCurrentWidget(panel)
            panel.focus_first()
        elif self._before is not None:
            (focus, front, hidden), self._before = self._before, None
            if front is not None:
                self.tabs.setCurrentWidget(front)
            self.dock.setHidden(hidden)
            if focus is not None and isValid(focus):
                focus.setFocus()

    def _show_page(self) -> None:
        here = self.session.study.study is not None
        images = self.object if self.object.is_open else self._ground
        self._pages.setCurrentWidget(images if here else self.empty)
        self.strip.setVisible(here)
