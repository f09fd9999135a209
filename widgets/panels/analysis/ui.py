"""Analysis' half of the window."""

from app.viewing.layer_painter import LayerPainter
from app.viewing.layers import LabelLayer, ProcessedLayer
from viewers.layers.labels import paint_labels
from viewers.layers.processed import paint_processed
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
    layer_painters=(
        LayerPainter(ProcessedLayer, order=10, paint=paint_processed),
        LayerPainter(LabelLayer, order=20, paint=paint_labels),
    ),
)
