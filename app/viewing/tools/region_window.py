"""A window from the values in a rectangle that is dragged over the image."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewing.draft import Draft
from app.viewing.own_window import window_of_values
from app.viewing.resolve import Resolved
from app.viewing.shapes.outline import Rectangle
from app.viewing.shown_image import measured_image
from app.viewing.tools.tool import Cursor, Gesture, Pointer, Tile, Tool

_SHAPE = Rectangle()


class RegionWindowTool(Tool):
    """From the lowest to the highest value in the rectangle, a half of a percent at both ends left out."""

    tool_id = "region-window"
    title = "Window from a region"
    key = "Shift+W"
    icon = "zoom-scan"
    cursor = Cursor.CROSS
    in_row = False
    menu = "window"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        return _Framing(tile, pointer, Draft(_SHAPE, (), shown))


@dataclass
class _Framing(Gesture):
    tile: Tile
    start: Pointer
    empty: Draft

    def move(self, pointer: Pointer) -> None:
        self.tile.draft = self.empty.at_screen(_SHAPE.drawn(self.start.at, pointer.at))

    def release(self, pointer: Pointer) -> bool:
        draft, self.tile.draft = self.tile.draft, None
        if draft is None or not _SHAPE.large_enough(self.start.at, pointer.at):
            return True
        viewport = self.tile.viewport
        values = _SHAPE.values_of(measured_image(viewport, draft.shown.image), draft.points)
        if values.size:
            window = window_of_values(values)
            for one in self.tile.intent.together(viewport.viewport_id):
                one.window, one.window_label = window, ""
        return True

    def cancel(self) -> None:
        self.tile.draft = None
