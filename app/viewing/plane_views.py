"""Which plane of its volume a view shows, or the rendering of it."""

from __future__ import annotations

from app.domain.volume import Volume
from app.viewing.links import at_index, crosshair_in, nearest_index
from app.viewing.planes import axis_of
from app.viewing.screen import RenderingView, Screen, SliceView, Viewport

#: what a view can show of a volume; ``rendering`` is the volume rendered
PLANES = ("axial", "coronal", "sagittal", "rendering")


def shown_plane(viewport: Viewport) -> str:
    """The one of `PLANES` that a view shows; "" without a volume."""
    match viewport.image, viewport.view:
        case Volume(), RenderingView():
            return PLANES[3]
        case Volume() as volume, SliceView(axis=axis):
            return next(name for name in PLANES[:3] if axis_of(volume.grid, name) == axis)
    return ""


def is_acquired(viewport: Viewport) -> bool:
    """The view shows images as they were acquired, neither a plane across them nor the rendering."""
    return not isinstance(viewport.image, Volume) or (
        isinstance(viewport.view, SliceView) and viewport.view.axis == 0
    )


def show_plane(screen: Screen, viewport: Viewport, plane: str, *, preset: str) -> None:
    """Show one of `PLANES` of the view's volume: through the crosshair where it lies in the same space, else
    through the middle; `preset` is that of a rendering.
    """
    volume = viewport.image
    if not isinstance(volume, Volume) or shown_plane(viewport) == plane:
        return
    if plane == PLANES[3]:
        viewport.view = RenderingView(preset=preset)
    else:
        axis = axis_of(volume.grid, plane)
        viewport.view = SliceView(axis, float((volume.grid.shape[axis] - 1) // 2))
        cross = crosshair_in(screen, viewport, screen.crosshair)
        nearest = nearest_index(viewport, cross.point_mm) if cross is not None else None
        if nearest is not None:
            viewport.view = at_index(viewport, nearest)
    viewport.zoom, viewport.pan, viewport.turns, viewport.flipped = 1.0, (0.0, 0.0), 0, False


def show_acquired(viewport: Viewport) -> None:
    """Show the images as they were acquired, the middle one."""
    if isinstance(viewport.image, Volume):
        viewport.view = SliceView(0, float((viewport.image.grid.shape[0] - 1) // 2))
