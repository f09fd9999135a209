"""The report's half of the window."""

from app.reporting.prior_reports import PRIOR_REPORT_PANEL
from widgets.panels.reporting.prior_report_panel import PriorReportPanel
from widgets.panels.reporting.report_panel import WIDTH_PX, ReportPanel
from widgets.panels.reporting.report_workspace import ReportWorkspace
from widgets.ui_feature import PanelSpec, UiFeature, WorkspaceSpec

UI_FEATURE = UiFeature(
    "reporting",
    workspaces=(
        WorkspaceSpec(
            "report",
            title="Report",
            tip="Report",
            go="Go to report",
            icon="clipboard-plus",
            make=lambda ui, _: ReportWorkspace(ui),
        ),
    ),
    panels=(
        PanelSpec("report", "Report", order=40, make=ReportPanel, width_px=WIDTH_PX),
        PanelSpec(PRIOR_REPORT_PANEL, "Prior", order=45, make=PriorReportPanel, width_px=420),
    ),
)
