"""What the left button does, a module a tool."""

from __future__ import annotations

from app.viewing.shapes import SHAPES
from app.viewing.shapes.shape import Shape
from app.viewing.tools.crosshair import CrosshairTool
from app.viewing.tools.draw import DrawTool
from app.viewing.tools.livewire import LivewireTool
from app.viewing.tools.pan import PanTool
from app.viewing.tools.region_window import RegionWindowTool
from app.viewing.tools.scroll import ScrollTool
from app.viewing.tools.spine import SpineTool
from app.viewing.tools.tool import Tool
from app.viewing.tools.window import WindowTool
from app.viewing.tools.zoom import ZoomTool


def _drawing(drawn: Shape) -> tuple[Tool, ...]:
    """The tools that draw a type of shape."""
    if drawn.shape_id == "spine":
        return (SpineTool(),)
    plain = DrawTool(drawn)
    return (plain, LivewireTool()) if drawn.shape_id == "freehand" else (plain,)


#: the one list of tools, in the order of the row; every type of shape has one that draws it
TOOLS: tuple[Tool, ...] = (
    WindowTool(),
    RegionWindowTool(),
    ZoomTool(),
    PanTool(),
    ScrollTool(),
    CrosshairTool(),
    *(one for drawn in SHAPES for one in _drawing(drawn)),
)

_BY_ID = {one.tool_id: one for one in TOOLS}


def tool(tool_id: str) -> Tool:
    """The tool with an id; `KeyError` where there is none."""
    return _BY_ID[tool_id]
