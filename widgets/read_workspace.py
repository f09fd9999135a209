"""The reading room: thumbnails, tools, the viewport grid, and the dock at the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFrame, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.i18n import tr
from widgets.acts import Acts
from widgets.ai_panel import AiPanel
from widgets.elements import EmptyState, column, label, push, row
from widgets.measurement_panel import MeasurementPanel
from widgets.report_glance import ReportGlance
from widgets.segmentation_panel import SegmentationPanel
from widgets.series_strip import SeriesStrip
from widgets.theme import DOCK
from widgets.tool_row import ToolRow
from widgets.view_menu import view_menu
from widgets.workspace import Workspace


class ReadWorkspace(Workspace):
    """Nothing modal here; the viewport grid is a plain widget that somebody else made."""

    name = "read"

    def __init__(self, acts: Acts, viewer: QWidget | Callable[[], QWidget]) -> None:
        super().__init__(acts)
        self._make_viewer = viewer
        self.viewer: QWidget | None = None
        self.tools = ToolRow(acts)
        self.strip = SeriesStrip(acts)
        self._ground = QFrame()
        self._ground.setObjectName("viewerGround")
        self._ground_layout = QVBoxLayout(self._ground)
        self._ground_layout.setContentsMargins(0, 0, 0, 0)
        go = push(tr("Go to worklist"), icon_name="list-details", kind="primary")
        go.clicked.connect(lambda: acts.run("workspace.worklist"))
        self.empty = EmptyState(
            "device-desktop-analytics",
            tr("No study is open"),
            tr("Open a study in the worklist; its images appear here, its series at the left."),
            go,
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._ground)
        self.measurements = MeasurementPanel(acts)
        self.segmentation = SegmentationPanel(acts)
        self.ai = AiPanel(acts)
        self.glance = ReportGlance(acts)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(tr("Panels"))
        for panel, title in (
            (self.measurements, tr("Measure")), (self.segmentation, tr("Segments")), (self.ai, "AI"), (self.glance, tr("Report")),
        ):  # fmt: skip
            self.tabs.addTab(panel, title)
        notice = label(tr("For research; must not be the sole basis of a diagnosis"), tone="muted", wrap=True)
        self.dock = QFrame()
        self.dock.setObjectName("dock")
        self.dock.setFixedWidth(DOCK)
        self.dock.setLayout(column(self.tabs, row(notice, margins=(16, 8, 16, 10)), gap=0))
        middle = row(self.strip, self._pages, self.dock, gap=0)
        middle.setStretch(1, 1)
        self.setLayout(column(self.tools, middle, gap=0))
        acts.listen(acts.desk.reading.study_changed, self._show_page)
        acts.listen(acts.desk.screen.context_asked, lambda plane, x, y: view_menu(acts, plane, self).popup(QPoint(x, y)))
        self._show_page()

    def arrived(self) -> None:
        if self.viewer is None:
            self.viewer = self._make_viewer if isinstance(self._make_viewer, QWidget) else self._make_viewer()
            self._ground_layout.addWidget(self.viewer)
        self.ai.load_methods()

    def regions(self) -> list[QWidget]:
        first = self.viewer if self.viewer is not None and self._pages.currentWidget() is self._ground else self.empty
        card = next((card for card in self.strip.cards.values() if card.isVisible()), None)
        return [first, *([card] if card is not None else []), self.tools.tools[self.desk.screen.tool], self.tabs.tabBar()]

    def toggle_dock(self) -> None:
        self.dock.setVisible(not self.dock.isVisible())

    def _show_page(self) -> None:
        here = self.desk.reading.study is not None
        self._pages.setCurrentWidget(self._ground if here else self.empty)
        self.strip.setVisible(here)
