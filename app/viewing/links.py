"""Viewports that go together: scroll links and the crosshair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from app.domain.geometry import Grid, Point3, Vector3
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.viewing.alignment import NO_ALIGNMENTS, Alignment, Alignments, Space, is_parallel, series_space
from app.viewing.image_plane import ImagePlane, frame_plane, slice_plane
from app.viewing.planes import as_point, nearest_slice
from app.viewing.screen import Crosshair, Screen, ScrollLink, SliceView, StackView, View, Viewport, ViewportId


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


def scroll_to(screen: Screen, viewport_id: ViewportId, index: float, *, alone: bool = False) -> None:
    """Show another image; linked viewports follow unless it goes `alone`, and the crosshair where it goes
    through the image.
    """
    viewport = screen.viewports[viewport_id]
    before = index_of(viewport)
    viewport.view = at_index(viewport, index)
    steps = index_of(viewport) - before
    if not steps:
        return
    followers = () if alone else _linked_with(screen, viewport_id)
    place = _place_of(viewport, screen.alignments) if followers else None
    for other in followers:
        _follow(other, place, steps)
    for moved in (viewport, *followers) if screen.tiling is None else ():
        cross = screen.crosshair
        if cross is not None and _frame_of_reference(moved) == cross.frame_of_reference_uid:
            _carry_crosshair(screen, moved, cross)
            return


def follow(screen: Screen, leader: Viewport, other: Viewport) -> None:
    """Bring a view to where it goes with another."""
    _follow(other, _place_of(leader, screen.alignments), 0)


def _linked_with(screen: Screen, viewport_id: ViewportId) -> tuple[Viewport, ...]:
    members = (link.members - {viewport_id} for link in screen.links if viewport_id in link.members)
    return tuple(screen.viewports[other] for group in members for other in sorted(group))


def link(screen: Screen, members: frozenset[ViewportId]) -> None:
    """Let viewports scroll together from now on.

    Those that go by position come to the place of the active one at once (of the first, where the active one
    is none of them): linked images beside each other never show different places of one patient.
    """
    screen.links = ()
    if len(members) > 1:
        _add_link(screen, members)


def link_parallel(screen: Screen, members: frozenset[ViewportId], *, within_study: bool = False) -> None:
    """Link those that show parallel planes, each direction by itself; images without a place in the patient
    go together.

    A group of the current study alone, or of a prior alone, is left as it is, unless it is to be linked
    `within_study` too.
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
        roles = {screen.viewports[identity].role for identity in group}
        if len(roles) > 1 or (within_study and len(group) > 1):
            _add_link(screen, frozenset(group))


def _add_link(screen: Screen, members: frozenset[ViewportId]) -> None:
    screen.links = (*screen.links, ScrollLink(members))
    leader = screen.viewports[screen.active if screen.active in members else min(members)]
    place = _place_of(leader, screen.alignments)
    for other in sorted(members - {leader.viewport_id}):
        if place is not None and _goal_in(place, screen.viewports[other]) is not None:
            _follow(screen.viewports[other], place, 0)


def link_kind(viewport: Viewport, other: Viewport, alignments: Alignments = NO_ALIGNMENTS) -> str:
    """``position`` where the two scroll to the same place, ``offset`` where to one that a person has set
    beside it, else ``step``.
    """
    plane = plane_of(viewport)
    return _kind(plane, viewport, other, alignments)[0] if plane is not None else "step"


def is_level(one: Viewport, other: Viewport, alignments: Alignments) -> bool:
    """One of two linked views at least would stay where it is if it followed the other now."""
    return _stays(one, other, alignments) or _stays(other, one, alignments)


def _stays(leader: Viewport, follower: Viewport, alignments: Alignments) -> bool:
    place = _place_of(leader, alignments)
    goal = _goal_in(place, follower) if place is not None else None
    return goal is None or nearest_index(follower, goal) in (None, index_of(follower))


def alignment_of(viewport: Viewport, other: Viewport, alignments: Alignments) -> Alignment | None:
    """How the space of one view lies to that of another, where a person has set it along the normal of the
    other.
    """
    plane = plane_of(other)
    found = alignments.between(space_of(viewport), space_of(other))
    if found is None or plane is None or plane.pose is None:
        return None
    return found if found.is_set_along(plane.pose.normal) else None


def _kind(
    mine: ImagePlane, viewport: Viewport, other: Viewport, alignments: Alignments
) -> tuple[str, Alignment | None]:
    """How the other goes with the view that shows the plane `mine`, and the offset where it is by one."""
    aligned = alignment_of(viewport, other, alignments) if alignments.rows else None
    space = mine.frame_of_reference_uid
    if aligned is None and (not space or space != _frame_of_reference(other)):
        return "step", None
    yours = plane_of(other)
    if yours is None or not _turned_alike(mine, yours):
        return "step", None
    return ("position" if aligned is None else "offset"), aligned


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a viewport's image lies in the patient: what those that follow it go by."""

    viewport: Viewport
    plane: ImagePlane
    middle_mm: Point3
    alignments: Alignments


def _place_of(viewport: Viewport, alignments: Alignments) -> _Place | None:
    plane = plane_of(viewport)
    if plane is None:
        return None
    middle = plane.middle_mm
    assert middle is not None
    return _Place(viewport, plane, middle, alignments)


def _goal_in(place: _Place, other: Viewport) -> Point3 | None:
    """The point that the other viewport goes to; None where it goes by steps."""
    kind, aligned = _kind(place.plane, place.viewport, other, place.alignments)
    if kind == "step":
        return None
    return place.middle_mm if aligned is None else aligned.moved(place.middle_mm)


def _follow(other: Viewport, place: _Place | None, steps: int) -> None:
    if not count_of(other):
        return
    goal = _goal_in(place, other) if place is not None else None
    if goal is not None:
        nearest = nearest_index(other, goal)
        if nearest is not None:
            other.view = at_index(other, nearest)
            return
    other.view = at_index(other, index_of(other) + steps)


def plane_of(viewport: Viewport) -> ImagePlane | None:
    """The plane that a view shows; None where it has no place in the patient."""
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=axis):
            return slice_plane(volume.grid, axis, index_of(viewport), volume.frame_of_reference_uid)
        case ImageStack() as stack, StackView(index=index):
            plane = frame_plane(stack.frames[index])
            return plane if plane.pose is not None else None
    return None


def _parallel(one: Viewport, other: Viewport) -> bool:
    mine, yours = plane_of(one), plane_of(other)
    if mine is None or yours is None:
        return mine is yours
    return _turned_alike(mine, yours)


def _turned_alike(mine: ImagePlane, yours: ImagePlane) -> bool:
    assert mine.pose is not None
    assert yours.pose is not None
    return is_parallel(mine.pose.normal, yours.pose.normal)


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
    """Put the crosshair on a point of a viewport; all views of the same frame of reference go there, and
    those that are linked by an offset to the place that it makes of it.
    """
    space = space_of(screen.viewports[viewport_id])
    if screen.tiling is not None:  # the tiles stay consecutive: they turn to the page that holds it
        screen.crosshair = Crosshair(point_mm, space.name, space.series_uid)
        if not any(crosshair_in(screen, tile, screen.crosshair) for tile in screen.viewports.values()):
            nearest = nearest_index(screen.viewports[viewport_id], point_mm)
            if nearest is not None:
                screen.viewports[viewport_id].view = at_index(screen.viewports[viewport_id], nearest)
        return
    cross = Crosshair(point_mm, _frame_of_reference(screen.viewports[viewport_id]), space.series_uid)
    for identity, viewport in screen.viewports.items():
        there = cross if identity == viewport_id else crosshair_in(screen, viewport, cross)
        nearest = nearest_index(viewport, there.point_mm) if there is not None else None
        if nearest is not None:
            viewport.view = _exactly_at(viewport, nearest)
    screen.crosshair = cross


def _exactly_at(viewport: Viewport, index: float) -> View:
    """As `at_index`, but a plane between slices keeps its place: the crosshair stands where it was put."""
    held = min(max(index, 0.0), float(max(count_of(viewport) - 1, 0)))
    if isinstance(viewport.view, SliceView):
        return replace(viewport.view, index=held)
    return at_index(viewport, held)


def _carry_crosshair(screen: Screen, viewport: Viewport, cross: Crosshair) -> None:
    """The crosshair stays in the plane that is shown."""
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView() as view:
            index = np.array(volume.grid.to_index(cross.point_mm))
            index[view.axis] = index_of(viewport)
            screen.crosshair = replace(cross, point_mm=as_point(volume.grid.to_lps(index)))
        case ImageStack(), _:
            plane = plane_of(viewport)
            at = plane.from_lps(cross.point_mm) if plane is not None else None
            point = plane.to_lps(*at) if plane is not None and at is not None else None
            if point is not None:
                screen.crosshair = replace(cross, point_mm=point)


def _frame_of_reference(viewport: Viewport) -> str:
    match viewport.image, viewport.view:
        case Volume() as volume, _:
            # a volume without a frame of reference shares its space with itself alone
            return volume.frame_of_reference_uid or series_space(volume.series_uid)
        case ImageStack() as stack, StackView(index=index):
            return stack.frames[index].frame_of_reference_uid
    return ""


def space_of(viewport: Viewport) -> Space:
    """Where the view's images lie."""
    match viewport.image:
        case Volume() as volume:
            series_uid = volume.series_uid
        case ImageStack() as stack:
            series_uid = stack.display_set.series_uid
        case _:
            return Space("", "")
    return Space(_frame_of_reference(viewport) or series_space(series_uid), series_uid)


def crosshair_in(screen: Screen, viewport: Viewport, crosshair: Crosshair | None) -> Crosshair | None:
    """The crosshair as it lies in a view: where it is in the same frame of reference, and by the offset that
    was set where the views are linked by one; None elsewhere.
    """
    if crosshair is None or not crosshair.frame_of_reference_uid or viewport.image is None:
        return None
    if screen.tiling is not None:
        nearest = nearest_index(viewport, crosshair.point_mm)
        here = nearest is not None and nearest_slice(nearest, count_of(viewport)) == index_of(viewport)
        return crosshair if here and space_of(viewport).name == crosshair.frame_of_reference_uid else None
    if screen.links and screen.alignments.rows:
        space, plane = space_of(viewport), plane_of(viewport)
        owner = Space(crosshair.frame_of_reference_uid, crosshair.series_uid or space.series_uid)
        aligned = screen.alignments.between(owner, space)
        pose = plane.pose if plane is not None else None
        if aligned is not None and pose is not None and aligned.is_set_along(pose.normal):
            return replace(crosshair, point_mm=aligned.moved(crosshair.point_mm), by_offset=True)
    return crosshair if _frame_of_reference(viewport) == crosshair.frame_of_reference_uid else None
