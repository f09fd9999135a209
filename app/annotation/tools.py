"""Tools that measure and note: every type of shape has one that draws it."""

from __future__ import annotations

from app.annotation.shapes import SHAPES
from app.viewing.shapes.note import SpineLabel
from app.viewing.shapes.outline import Freehand
from app.viewing.shapes.shape import Shape
from app.viewing.tools.draw import DrawTool
from app.viewing.tools.livewire import LivewireTool
from app.viewing.tools.spine import SpineTool
from app.viewing.tools.tool import Tool


def _drawing(shape: Shape) -> tuple[Tool, ...]:
    """The tools that draw a type of shape."""
    match shape:
        case SpineLabel():
            return (SpineTool(shape),)
        case Freehand():
            return (DrawTool(shape), LivewireTool(shape))
    return (DrawTool(shape),)


TOOLS = tuple(tool for shape in SHAPES for tool in _drawing(shape))
