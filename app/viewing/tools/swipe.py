"""Moving the divider between the original and the processed images, or between those of two views."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.geometry import PointPx
from app.viewing.resolve import Resolved
from app.viewing.tools.tool import Gesture, Pointer, Tile

#: how near the pointer must come to the divider
_NEAR_PX = 8.0


def on_divider(shown: Resolved, at: PointPx) -> bool:
    """The pointer can take hold of the divider."""
    return shown.is_divided and abs(at[0] - shown.swipe_px) <= _NEAR_PX


@dataclass
class Swiping(Gesture):
    """The divider follows the pointer, in all views that show one volume."""

    tile: Tile
    width_px: int

    def move(self, pointer: Pointer) -> None:
        share = min(max(pointer.at[0] / max(self.width_px, 1), 0.02), 0.98)
        for viewport in self.tile.intent.together(self.tile.viewport.viewport_id):
            viewport.swipe = share
