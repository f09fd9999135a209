"""Moving the image on its tile."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.tools.tool import Cursor, Gesture, Pointer, Tile, Tool


class PanTool(Tool):
    """The image follows the pointer."""

    tool_id = "pan"
    title = "Pan"
    key = "T"
    icon = "hand-move"
    cursor = Cursor.MOVE

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        return _Panning(tile.viewport, pointer, tile.viewport.pan, shown.placement.px_per_unit)


@dataclass
class _Panning(Gesture):
    viewport: Viewport
    start: Pointer
    pan: tuple[float, float]
    px_per_unit: float

    def move(self, pointer: Pointer) -> None:
        dx, dy = pointer.at[0] - self.start.at[0], pointer.at[1] - self.start.at[1]
        self.viewport.pan = (self.pan[0] + dx / self.px_per_unit, self.pan[1] + dy / self.px_per_unit)

    def cancel(self) -> None:
        self.viewport.pan = self.pan
