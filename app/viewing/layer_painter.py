"""How a type of layer is drawn; the lists of painters are the features' own (`UiFeature.layer_painters`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport


@dataclass(frozen=True, slots=True)
class LayerPainter:
    """A type of layer with what draws it over the images of a tile; those of a larger `order` lie above.

    `paint` is given the toolkit's painter, the resolved tile, its viewport, the layer, and where pixels that
    are finished are kept (`viewers.pixel_cache.PixelCache`).
    """

    layer: type[Any]
    order: int
    paint: Callable[[Any, Resolved, Viewport, Any, Any], None]
