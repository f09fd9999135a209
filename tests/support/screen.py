"""The reading screen as tests use it: the viewports of the three planes, and drawing on a slice."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.viewing.draft import drawn_at
from app.viewing.layers import LabelLayer, ProcessedLayer
from app.viewing.links import index_of
from app.viewing.screen import Screen, SliceView, Viewport, ViewportId
from tests.support.capabilities import shape

AXIAL, CORONAL, SAGITTAL, RENDERING = (ViewportId(str(n)) for n in range(1, 5))
PLANES = (AXIAL, CORONAL, SAGITTAL)


def shown_index(screen: Screen, viewport: ViewportId = AXIAL) -> int:
    """The slice that a viewport shows."""
    return index_of(screen.viewports[viewport])


def go_to_slice(screen: Screen, index: float, viewport: ViewportId = AXIAL) -> None:
    """Show a slice."""
    tile = screen.viewports[viewport]
    assert isinstance(tile.view, SliceView)
    tile.view = SliceView(tile.view.axis, index)


def draw(
    screen: Screen,
    points_mm: Sequence[Sequence[float]],
    *,
    index: float | None = None,
    shape_id: str = "length",
    viewport: ViewportId = AXIAL,
) -> None:
    """Draw a shape through points in the patient, on the slice they lie in; the view stays where it was."""
    tile: Viewport = screen.viewports[viewport]
    before = tile.view
    points = tuple((float(x), float(y), float(z)) for x, y, z in points_mm)
    if isinstance(tile.image, Volume) and isinstance(before, SliceView):
        along = tile.image.grid.to_index(points[0])[before.axis] if index is None else index
        tile.view = SliceView(before.axis, float(along))
    screen.drawn.emit(drawn_at(tile, shape(shape_id), points, (400, 400)))
    tile.view = before


def labels_of(screen: Screen) -> Segmentation | None:
    """The segmentation over the active viewport."""
    layer = screen.active_viewport.layer(LabelLayer)
    found = layer.segmentation if layer is not None else None
    return found if isinstance(found, Segmentation) else None


def processed_of(screen: Screen) -> Volume | None:
    """The processed images over the active viewport."""
    layer = screen.active_viewport.layer(ProcessedLayer)
    return layer.volume if layer is not None else None
