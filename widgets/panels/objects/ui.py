"""The half of the window that objects that are no images have: what they put over images."""

from app.viewing.layer_painter import LayerPainter
from app.viewing.layers import ContourLayer, OverlayLayer, PresentationLayer, ReportLayer
from viewers.layers.contours import paint_contours
from viewers.layers.overlay_planes import paint_overlay_planes
from viewers.layers.presentation import paint_presentation
from viewers.layers.reported import paint_reported
from widgets.ui_feature import UiFeature

UI_FEATURE = UiFeature(
    "objects",
    layer_painters=(
        LayerPainter(ContourLayer, order=30, paint=paint_contours),
        LayerPainter(OverlayLayer, order=40, paint=paint_overlay_planes),
        LayerPainter(PresentationLayer, order=50, paint=paint_presentation),
        LayerPainter(ReportLayer, order=60, paint=paint_reported),
    ),
)
