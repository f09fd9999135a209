"""The half of the window that measurements and key images have."""

from app.viewing.layer_painter import LayerPainter
from app.viewing.layers import RegionLayer
from viewers.layers.regions import paint_regions
from widgets.panels.annotation.measurement_panel import MeasurementPanel
from widgets.ui_feature import PanelSpec, UiFeature

UI_FEATURE = UiFeature(
    "annotation",
    panels=(PanelSpec("measurements", "Measure", order=10, make=MeasurementPanel),),
    layer_painters=(LayerPainter(RegionLayer, order=70, paint=paint_regions),),
)
