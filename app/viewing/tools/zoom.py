"""Zooming about a point."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.geometry import PointPx
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.tools.tool import Gesture, Pointer, Tile, Tool

_LEAST, _MOST = 0.2, 40.0
#: doubles every so many pixels
_PX_PER_DOUBLING = 150


class ZoomTool(Tool):
    """Up enlarges; what lies under the press stays there."""

    tool_id = "zoom"
    title = "Zoom"
    key = "Z"
    icon = "zoom-in"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        viewport = tile.viewport
        return _Zooming(viewport, shown, pointer, viewport.zoom, viewport.pan)


@dataclass
class _Zooming(Gesture):
    viewport: Viewport
    shown: Resolved
    start: Pointer
    zoom: float
    pan: tuple[float, float]

    def move(self, pointer: Pointer) -> None:
        doublings = (self.start.at[1] - pointer.at[1]) / _PX_PER_DOUBLING
        zoom_about(self.viewport, self.shown, self.start.at, self.zoom * 2**doublings)

    def cancel(self) -> None:
        self.viewport.zoom, self.viewport.pan = self.zoom, self.pan


def zoom_about(viewport: Viewport, shown: Resolved, at: PointPx, zoom: float) -> None:
    """Zoom so that what lies under `at` on `shown` stays there."""
    wanted = min(max(zoom, _LEAST), _MOST)
    area, place = shown.area, shown.placement
    before, after = place.px_per_unit, shown.framing.px_per_unit * wanted
    centre = (area.x + area.width / 2, area.y + area.height / 2)
    pan = [
        (point - of_area) / after + (of_image - point) / before - offset
        for point, of_area, of_image, offset in zip(
            at, centre, place.middle, shown.framing.offset, strict=True
        )
    ]
    viewport.zoom, viewport.pan = wanted, (pan[0], pan[1])
