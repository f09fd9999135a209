"""Which viewports a series goes into, and with what view."""

from __future__ import annotations

from dataclasses import replace

from app.domain.image import Image, ImageStack
from app.domain.volume import Volume
from app.viewing.layouts import grid_layout
from app.viewing.links import count_of, link_parallel, plane_of, point_to
from app.viewing.planes import axis_of
from app.viewing.screen import (
    RenderingView,
    Screen,
    SliceView,
    StackView,
    StudyRole,
    View,
    Viewport,
    ViewportId,
)
from app.viewing.shown_places import ShownPlaces


def targets(screen: Screen, *, prior: bool) -> list[ViewportId]:
    """The viewports for a series that was chosen: all planes of a layout that has them, else the active
    viewport.

    A prior never takes the place of all: it goes beside the current images, into a viewport that shows a
    prior or nothing already, or into a second one.
    """
    if not prior:
        planes = [i for i in screen.viewports if screen.cell(i).view]
        return planes or [screen.active]
    free = [i for i, v in screen.viewports.items() if v.image is None or v.role is StudyRole.PRIOR]
    if free and screen.active in free:
        return [screen.active]
    if free:
        return free[:1]
    if len(screen.viewports) == 1 or screen.cell(screen.active).view:
        screen.lay_out(grid_layout(1, 2))
        screen.crosshair = None  # one plane of each is left: there is nothing to point across
        return [list(screen.viewports)[1]]
    return [screen.active]


def make_room(screen: Screen, viewports: list[Viewport], stack: ImageStack) -> list[Viewport]:
    """Single images have no planes: where they were to fill a layout of planes, up to four of them hang side
    by side.
    """
    if not any(screen.cell(viewport.viewport_id).view for viewport in viewports):
        return viewports
    count = 1 if stack.frames[0].frames_in_object > 1 else len(stack.frames)
    rows, columns = {1: (1, 1), 2: (1, 2)}.get(count, (2, 2))
    screen.lay_out(grid_layout(rows, columns))
    return list(screen.viewports.values())[:count]


def view_for(screen: Screen, viewport_id: ViewportId, image: Image, preset: str) -> View:
    """The view that the viewport's place in the layout is meant for; the acquired planes where it is meant
    for none.
    """
    if isinstance(image, ImageStack):
        place = list(screen.viewports).index(viewport_id)
        alone = not screen.showing(image)
        return StackView(0 if alone else min(place, len(image.frames) - 1))
    volume = image
    wanted = screen.cell(viewport_id).view
    if wanted == "rendering":
        return RenderingView(preset=preset)
    axis = axis_of(volume.grid, wanted) if wanted else 0
    return SliceView(axis, float((volume.grid.shape[axis] - 1) // 2))


def point_at(screen: Screen, viewports: list[Viewport], stood: ShownPlaces | None) -> None:
    """Planes of one volume begin where its space was looked at, else at its middle, with the crosshair
    there.
    """
    planes = [v for v in viewports if isinstance(v.view, SliceView) and isinstance(v.image, Volume)]
    if len(planes) < 2 or not isinstance(planes[0].image, Volume):
        return
    first = planes[0].viewport_id
    if stood is None or not stood.point_at(screen, first):
        point_to(screen, first, planes[0].image.grid.centre_mm)


def link_comparison(screen: Screen) -> None:
    """A prior beside the current study scrolls along until somebody says otherwise, where their planes are
    parallel.
    """
    roles = {v.role for v in screen.viewports.values() if v.image is not None}
    if StudyRole.PRIOR in roles and StudyRole.CURRENT in roles and not screen.links:
        link_parallel(screen, _scrolling(screen))


def link_all(screen: Screen) -> None:
    """All viewports with images to go through scroll together, those of each plane by themselves; what has no
    place in the patient only where all of it has as many images, as the two planes of one run.
    """
    members = _scrolling(screen)
    placeless = {i for i in members if plane_of(screen.viewports[i]) is None}
    if len({count_of(screen.viewports[i]) for i in placeless}) > 1:
        members -= placeless
    link_parallel(screen, members, within_study=True)


def _scrolling(screen: Screen) -> frozenset[ViewportId]:
    return frozenset(i for i, viewport in screen.viewports.items() if count_of(viewport) > 1)


def with_preset(view: View, preset: str) -> View:
    """A rendering with another preset; other views stay."""
    return replace(view, preset=preset) if isinstance(view, RenderingView) else view
