"""Window and level by dragging."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.presentation import VoiTransform, Window
from app.viewing.grey_levels import Colour, as_window
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.tools.tool import FAST, Gesture, Pointer, Tile, Tool

#: a colour image is bright as it is: a drag begins from this
_COLOUR = Window(127.5, 255.0)


class WindowTool(Tool):
    """Right widens, down raises the level: the image darkens."""

    tool_id = "window"
    title = "Window/level"
    key = "W"
    icon = "contrast"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        viewports = tile.intent.together(tile.viewport.viewport_id)
        if isinstance(shown.pixels, Colour):
            window = shown.pixels.window or _COLOUR
        else:
            window = as_window(shown.pixels.voi)
        return _Windowing(pointer, window, tuple((v, v.window, v.window_label) for v in viewports))


@dataclass
class _Windowing(Gesture):
    start: Pointer
    window: Window
    before: tuple[tuple[Viewport, VoiTransform | None, str], ...]

    def move(self, pointer: Pointer) -> None:
        dx, dy = pointer.at[0] - self.start.at[0], pointer.at[1] - self.start.at[1]
        window = dragged_window(self.window, dx, dy, pointer.fast)
        for viewport, _, _ in self.before:
            viewport.window, viewport.window_label = window, ""

    def cancel(self) -> None:
        for viewport, window, label in self.before:
            viewport.window, viewport.window_label = window, label


def dragged_window(window: Window, dx: float, dy: float, fast: bool = False) -> Window:
    """A step is a share of the width it had, so that narrow windows stay fine."""
    step = window.width / 300 * (FAST if fast else 1)
    width = max(window.width + dx * step, 1.0 if window.width >= 4 else window.width / 100)
    return Window(window.centre + dy * step, width, function=window.function)
