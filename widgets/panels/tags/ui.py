"""The half of the window that the tag browser has."""

from app.tags.controller import PANEL
from widgets.panels.tags.panel import TagPanel
from widgets.ui_feature import PanelSpec, UiFeature

WIDTH_PX = 448

UI_FEATURE = UiFeature("tags", panels=(PanelSpec(PANEL, "Tags", order=50, make=TagPanel, width_px=WIDTH_PX),))
