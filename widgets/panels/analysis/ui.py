"""Analysis' half of the window."""

from widgets.panels.analysis.ai_panel import AiPanel
from widgets.panels.analysis.device_status import DeviceStatus
from widgets.panels.analysis.segmentation_panel import SegmentationPanel
from widgets.ui_feature import PanelSpec, StatusSpec, UiFeature

UI_FEATURE = UiFeature(
    "analysis",
    panels=(
        PanelSpec("segmentation", "Segments", order=20, make=SegmentationPanel),
        PanelSpec("ai", "AI", order=30, make=AiPanel),
    ),
    status=(StatusSpec("device", order=10, make=DeviceStatus),),
)
