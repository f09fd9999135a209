"""Tools for looking at images, in the order of the row."""

from __future__ import annotations

from app.viewing.tools.crosshair import CrosshairTool
from app.viewing.tools.pan import PanTool
from app.viewing.tools.region_window import RegionWindowTool
from app.viewing.tools.scroll import ScrollTool
from app.viewing.tools.tool import Tool
from app.viewing.tools.window import WindowTool
from app.viewing.tools.zoom import ZoomTool

TOOLS: tuple[Tool, ...] = (
    WindowTool(),
    RegionWindowTool(),
    ZoomTool(),
    PanTool(),
    ScrollTool(),
    CrosshairTool(),
)
