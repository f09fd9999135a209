"""Tools that measure: one for every type of shape."""

from app.viewing.tools import TOOLS as ALL
from app.viewing.tools.tool import ToolGroup

TOOLS = tuple(tool for tool in ALL if tool.group is ToolGroup.MEASURE)
