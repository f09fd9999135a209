"""The half of the window that measurements and key images have."""

from widgets.panels.annotation.measurement_panel import MeasurementPanel
from widgets.ui_feature import PanelSpec, UiFeature

UI_FEATURE = UiFeature(
    "annotation", panels=(PanelSpec("measurements", "Measure", order=10, make=MeasurementPanel),)
)
