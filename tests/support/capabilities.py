"""The shapes and tools of all features, as the program puts them together."""

from __future__ import annotations

from app.bootstrap.features import FEATURES
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.shape import Shape
from app.viewing.tools.tool import Tool

SHAPES = ShapeTypes(shape for feature in FEATURES for shape in feature.shapes)
TOOLS = {tool.tool_id: tool for feature in FEATURES for tool in feature.tools}


def shape(shape_id: str) -> Shape:
    """A type of shape by its id."""
    return SHAPES.named(shape_id)


def tool(tool_id: str) -> Tool:
    """A tool by its id."""
    return TOOLS[tool_id]
