"""What is drawn into a tile: a painter for each type of layer, in the order they lie on each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QPainter

from app.viewing.layers import (
    ContourLayer,
    LabelLayer,
    OverlayLayer,
    PresentationLayer,
    ProcessedLayer,
    RegionLayer,
    ReportLayer,
)
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from viewers.layers.contours import paint_contours
from viewers.layers.labels import paint_labels
from viewers.layers.overlay_planes import paint_overlay_planes
from viewers.layers.presentation import paint_presentation
from viewers.layers.processed import paint_processed
from viewers.layers.regions import paint_regions
from viewers.layers.reported import paint_reported
from viewers.pixel_cache import PixelCache

LayerPainter = Callable[[QPainter, Resolved, Viewport, Any, PixelCache], None]

#: the one list; shapes are drawn from the resolved marks, above all of these
PAINTERS: tuple[tuple[type[Any], LayerPainter], ...] = (
    (ProcessedLayer, paint_processed),
    (LabelLayer, paint_labels),
    (ContourLayer, paint_contours),
    (OverlayLayer, paint_overlay_planes),
    (PresentationLayer, paint_presentation),
    (ReportLayer, paint_reported),
    (RegionLayer, paint_regions),
)
