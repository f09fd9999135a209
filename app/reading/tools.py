"""Tools for looking at images."""

from app.viewing.tools import TOOLS as ALL
from app.viewing.tools.tool import ToolGroup

TOOLS = tuple(tool for tool in ALL if tool.group is ToolGroup.LOOK)
