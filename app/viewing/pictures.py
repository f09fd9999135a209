"""Drawing an image to a picture, without a window on the screen."""

from __future__ import annotations

from typing import Protocol

from app.viewing.labels import TEXT_PX
from app.viewing.resolve import ScreenFacts
from app.viewing.screen import Screen, Viewport, ViewportId


class PictureDrawer(Protocol):
    """Draws the image of a viewport, whole, with its shapes and scale bar, to PNG bytes; `text_px` is the
    size of the texts beside shapes on a picture of 500 pixels width.
    """

    def __call__(self, viewport: Viewport, width_px: int, text_px: float = TEXT_PX) -> bytes: ...


class ViewDrawer(Protocol):
    """Draws a view as it stands on the screen, with what lies over its image, to PNG bytes.

    Without what follows the pointer.  `size_px` is its width and height in pixels of a screen, each of which
    becomes `ratio` pixels of the picture; not `named`: without the texts that say who the patient is; not
    `texts`: without all texts but those that must never be hidden.  `instead` is drawn in the view's place:
    a copy of it at another position; `facts` stand in place of what it would know of the screen.  `quick`:
    ten times as fast, as large as its pixels.
    """

    def __call__(
        self,
        screen: Screen,
        viewport_id: ViewportId,
        size_px: tuple[int, int],
        ratio: float,
        *,
        named: bool,
        texts: bool = True,
        instead: Viewport | None = None,
        quick: bool = False,
        facts: ScreenFacts | None = None,
    ) -> bytes: ...
