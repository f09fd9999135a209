"""Pointing at a place in the patient; every view of it goes there."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.geometry import PointPx
from app.viewing.links import point_to
from app.viewing.resolve import Resolved
from app.viewing.tools.tool import Gesture, Pointer, Tile, Tool


class CrosshairTool(Tool):
    """The crosshair follows the pointer, held on the image."""

    tool_id = "crosshair"
    title = "Crosshair"
    key = "H"
    icon = "crosshair"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        point_at(tile, shown, pointer.at)
        return _Pointing(tile, shown)


@dataclass
class _Pointing(Gesture):
    tile: Tile
    shown: Resolved

    def move(self, pointer: Pointer) -> None:
        point_at(self.tile, self.shown, pointer.at)


def point_at(tile: Tile, shown: Resolved, at: PointPx) -> None:
    """Put the crosshair under a pixel of the tile; nothing where the image has no place in the patient."""
    x, y = shown.placement.to_image(at)
    width, height = shown.plane.size
    point = shown.plane.to_lps(min(max(x, 0.5), width - 0.5), min(max(y, 0.5), height - 0.5))
    if point is not None:
        point_to(tile.intent, tile.viewport.viewport_id, point)
