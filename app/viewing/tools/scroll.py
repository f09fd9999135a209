"""Going through the images by dragging."""

from __future__ import annotations

from dataclasses import dataclass

from app.viewing.links import index_of, scroll_to
from app.viewing.resolve import Resolved
from app.viewing.tools.tool import FAST, Gesture, Pointer, Tile, Tool

#: a short stack does not jump at each pixel
_LEAST_PX_PER_IMAGE = 3.0


class ScrollTool(Tool):
    """Down shows later images; the height of the tile goes through all."""

    tool_id = "scroll"
    title = "Scroll"
    key = "S"
    icon = "arrows-vertical"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        per_image = max(shown.area.height / max(shown.image.count, 1), _LEAST_PX_PER_IMAGE)
        return _Scrolling(tile, pointer, index_of(tile.viewport), per_image)


@dataclass
class _Scrolling(Gesture):
    tile: Tile
    start: Pointer
    index: int
    px_per_image: float

    def move(self, pointer: Pointer) -> None:
        steps = (pointer.at[1] - self.start.at[1]) / self.px_per_image * (FAST if pointer.fast else 1)
        scroll_to(self.tile.intent, self.tile.viewport.viewport_id, self.index + steps)

    def cancel(self) -> None:
        scroll_to(self.tile.intent, self.tile.viewport.viewport_id, self.index)
