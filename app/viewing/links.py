"""Viewports that go together: scroll links and the crosshair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from app.domain.geometry import Grid, Point3, Vector3
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.viewing.image_plane import ImagePlane, frame_plane, slice_plane
from app.viewing.planes import as_point, nearest_slice
from app.viewing.screen import Crosshair, Screen, ScrollLink, SliceView, StackView, View, Viewport, ViewportId

#: cosine from which planes count as parallel: small tilts between two examinations are none
_PARALLEL = 0.95


def count_of(viewport: Viewport) -> int:
    """How many images the view goes through; 0 without an image."""
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=axis):
            return volume.grid.shape[axis] if volume.voxels.ready.size else 0
        case ImageStack() as stack, StackView():
            return len(stack.frames)
    return 0


def index_of(viewport: Viewport) -> int:
    """The whole index of the view."""
    match viewport.view:
        case SliceView(index=index):
            return nearest_slice(index, max(count_of(viewport), 1))
        case StackView(index=index):
            return index
    return 0


def at_index(viewport: Viewport, index: float) -> View:
    """The viewport's view at another index, held within what there is."""
    count = max(count_of(viewport), 1)
    match viewport.view:
        case SliceView() as view:
            return replace(view, index=float(nearest_slice(index, count)))
        case StackView():
            return StackView(nearest_slice(index, count))
    return viewport.view


def scroll_to(screen: Screen, viewport_id: ViewportId, index: float) -> None:
    """Show another image; linked viewports follow, and the crosshair where it goes through the image."""
    viewport = screen.viewports[viewport_id]
    before = index_of(viewport)
    viewport.view = at_index(viewport, index)
    steps = index_of(viewport) - before
    if not steps:
        return
    place = _place_of(viewport) if screen.links else None
    for link in screen.links:
        if viewport_id in link.members:
            for other in sorted(link.members - {viewport_id}):
                _follow(screen.viewports[other], place, steps)
    _carry_crosshair(screen, viewport)


def link(screen: Screen, members: frozenset[ViewportId]) -> None:
    """Let viewports scroll together from now on.

    Those that go by position come to the place of the active one at once (of the first, where the active one
    is none of them): linked images beside each other never show different places of one patient.
    """
    screen.links = ()
    if len(members) > 1:
        _add_link(screen, members)


def link_parallel(screen: Screen, members: frozenset[ViewportId]) -> None:
    """Link those that show parallel planes, each direction by itself; images without a place in the patient
    go together.

    A group of the current study alone, or of a prior alone, is left as it is.
    """
    screen.links = ()
    groups: list[list[ViewportId]] = []
    for identity in sorted(members):
        viewport = screen.viewports[identity]
        alike = (g for g in groups if _parallel(screen.viewports[g[0]], viewport))
        group = next(alike, None)
        if group is None:
            groups.append([identity])
        else:
            group.append(identity)
    for group in groups:
        if len({screen.viewports[identity].role for identity in group}) > 1:
            _add_link(screen, frozenset(group))


def _add_link(screen: Screen, members: frozenset[ViewportId]) -> None:
    screen.links = (*screen.links, ScrollLink(members))
    leader = screen.viewports[screen.active if screen.active in members else min(members)]
    place = _place_of(leader)
    for other in sorted(members - {leader.viewport_id}):
        if link_kind(leader, screen.viewports[other]) == "position":
            _follow(screen.viewports[other], place, 0)


def link_kind(viewport: Viewport, other: Viewport) -> str:
    """``position`` where the two scroll to the same place, else ``step``."""
    place = _place_of(viewport)
    return "position" if place is not None and _goes_to(place, other) else "step"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a viewport's image lies in the patient: what those that follow it go by."""

    frame_of_reference: str
    plane: ImagePlane
    middle_mm: Point3


def _place_of(viewport: Viewport) -> _Place | None:
    space, plane = _frame_of_reference(viewport), _plane_of(viewport)
    if not space or plane is None:
        return None
    middle = plane.to_lps(plane.size[0] / 2, plane.size[1] / 2)
    assert middle is not None
    return _Place(space, plane, middle)


def _goes_to(place: _Place, other: Viewport) -> bool:
    """The other viewport has images at the same place, in planes that are parallel to it."""
    if _frame_of_reference(other) != place.frame_of_reference:
        return False
    plane = _plane_of(other)
    return plane is not None and _comparable(place.plane, plane)


def _follow(other: Viewport, place: _Place | None, steps: int) -> None:
    if not count_of(other):
        return
    if place is not None and _goes_to(place, other):
        nearest = nearest_index(other, place.middle_mm)
        if nearest is not None:
            other.view = at_index(other, nearest)
            return
    other.view = at_index(other, index_of(other) + steps)


def _plane_of(viewport: Viewport) -> ImagePlane | None:
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=axis):
            return slice_plane(volume.grid, axis, index_of(viewport), volume.frame_of_reference_uid)
        case ImageStack() as stack, StackView(index=index):
            plane = frame_plane(stack.frames[index])
            return plane if plane.pose is not None else None
    return None


def _parallel(one: Viewport, other: Viewport) -> bool:
    mine, yours = _plane_of(one), _plane_of(other)
    if mine is None or yours is None:
        return mine is yours
    return _turned_alike(mine, yours)


def _comparable(mine: ImagePlane, yours: ImagePlane) -> bool:
    if not mine.frame_of_reference_uid or mine.frame_of_reference_uid != yours.frame_of_reference_uid:
        return False
    return _turned_alike(mine, yours)


def _turned_alike(mine: ImagePlane, yours: ImagePlane) -> bool:
    assert mine.pose is not None
    assert yours.pose is not None
    cosine = sum(a * b for a, b in zip(mine.pose.normal, yours.pose.normal, strict=True))
    return abs(cosine) >= _PARALLEL


@lru_cache(maxsize=256)
def _along(grid: Grid, axis: int) -> tuple[Vector3, float]:
    """Index along an axis as (x, y, z) · point + offset."""
    inverse = np.linalg.inv(grid.matrix)
    return as_point(inverse[axis, :3]), float(inverse[axis, 3])


def nearest_index(viewport: Viewport, point_mm: Point3) -> float | None:
    """Index of the image that is nearest to a point; None where the images have no place in the patient."""
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=axis):
            (x, y, z), offset = _along(volume.grid, axis)
            return x * point_mm[0] + y * point_mm[1] + z * point_mm[2] + offset
        case ImageStack() as stack, StackView(index=index):
            here = frame_plane(stack.frames[index])
            distances = [
                abs(plane.pose.distance_mm(point_mm)) if plane.pose is not None else np.inf
                for plane in map(frame_plane, stack.frames)
            ]
            return float(np.argmin(distances)) if here.pose is not None else None
    return None


def point_to(screen: Screen, viewport_id: ViewportId, point_mm: Point3) -> None:
    """Put the crosshair on a point of a viewport; all views of the same frame of reference go there."""
    frame_of_reference = _frame_of_reference(screen.viewports[viewport_id])
    for identity, viewport in screen.viewports.items():
        if identity == viewport_id or (
            frame_of_reference and _frame_of_reference(viewport) == frame_of_reference
        ):
            nearest = nearest_index(viewport, point_mm)
            if nearest is not None:
                viewport.view = _exactly_at(viewport, nearest)
    screen.crosshair = Crosshair(point_mm, frame_of_reference)


def _exactly_at(viewport: Viewport, index: float) -> View:
    """As `at_index`, but a plane between slices keeps its place: the crosshair stands where it was put."""
    held = min(max(index, 0.0), float(max(count_of(viewport) - 1, 0)))
    if isinstance(viewport.view, SliceView):
        return replace(viewport.view, index=held)
    return at_index(viewport, held)


def _carry_crosshair(screen: Screen, viewport: Viewport) -> None:
    """The crosshair stays in the plane that is shown."""
    cross = screen.crosshair
    if cross is None or _frame_of_reference(viewport) != cross.frame_of_reference_uid:
        return
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView() as view:
            index = np.array(volume.grid.to_index(cross.point_mm))
            index[view.axis] = index_of(viewport)
            screen.crosshair = replace(cross, point_mm=as_point(volume.grid.to_lps(index)))
        case ImageStack(), _:
            plane = _plane_of(viewport)
            at = plane.from_lps(cross.point_mm) if plane is not None else None
            point = plane.to_lps(*at) if plane is not None and at is not None else None
            if point is not None:
                screen.crosshair = replace(cross, point_mm=point)


def _frame_of_reference(viewport: Viewport) -> str:
    match viewport.image, viewport.view:
        case Volume() as volume, _:
            # a volume without a frame of reference shares its space with itself alone
            return volume.frame_of_reference_uid or f"series {volume.series_uid}"
        case ImageStack() as stack, StackView(index=index):
            return stack.frames[index].frame_of_reference_uid
    return ""


def shows(viewport: Viewport, crosshair: Crosshair | None) -> bool:
    """The crosshair lies in the space of the viewport's image."""
    return (
        crosshair is not None
        and bool(crosshair.frame_of_reference_uid)
        and _frame_of_reference(viewport) == crosshair.frame_of_reference_uid
    )
