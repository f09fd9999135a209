"""Linking views whose series share no frame of reference, by an offset that a person sets.

The offset of a view is its place less the other's, in millimetres along the normal of its plane towards the
patient's left, back or head.
"""

from __future__ import annotations

import numpy as np

from app.domain.geometry import Vector3
from app.errors import Refused
from app.viewing.alignment import MOST_TILTED_DEG, Alignment, is_parallel, lean_deg, names_of, upward
from app.viewing.image_plane import ImagePlane, Pose
from app.viewing.links import alignment_of, count_of, follow, is_level, link_kind, plane_of, space_of
from app.viewing.planes import as_point
from app.viewing.screen import Screen, ScrollLink, Viewport

#: offsets beyond this are no places of one patient
MOST_MM = 2000.0


def link_here(screen: Screen) -> None:
    """What the active view shows and what the others show is the same place: from now on they go together
    from here.  `Refused` says why none can.
    """
    mine = screen.active_viewport
    others = _candidates(screen, mine)
    fitting = [other for other in others if why_not_linked(mine, other) is None]
    if not fitting:
        reason = why_not_linked(mine, others[0])
        assert reason is not None
        raise reason
    for other in fitting:
        _align(screen, mine, other, None)
    _join(screen, mine, fitting)


def set_offset(screen: Screen, offset_mm: float) -> None:
    """Let the active view lie so far beyond the one it is compared with; of the two, the prior moves."""
    if not abs(offset_mm) <= MOST_MM:
        raise Refused("An offset may be up to {limit} mm.", limit=round(MOST_MM))
    mine = screen.active_viewport
    other = compared_with(screen, mine)
    _align(screen, other, mine, offset_mm)
    _join(screen, mine, [other])
    leader, moved = (mine, other) if other.role > mine.role else (other, mine)
    follow(screen, leader, moved)


def forget_offset(screen: Screen) -> None:
    """The active view goes without the offsets that were set for its series."""
    mine = screen.active_viewport
    for other in screen.viewports.values():
        if other.image is not None:
            screen.alignments = screen.alignments.without(space_of(mine), space_of(other))


def has_offset(screen: Screen) -> bool:
    """An offset was set for the series in the active view."""
    mine = space_of(screen.active_viewport)
    return any(
        screen.alignments.between(mine, space_of(other)) is not None
        for other in screen.viewports.values()
        if other.image is not None
    )


def compared_with(screen: Screen, mine: Viewport) -> Viewport:
    """The view that an offset of this one would be to; `Refused` where there is none."""
    others = _candidates(screen, mine)
    for other in others:
        if why_not_linked(mine, other) is None:
            return other
    reason = why_not_linked(mine, others[0])
    assert reason is not None
    raise reason


def offset_beside(screen: Screen, viewport: Viewport) -> tuple[Viewport, float] | None:
    """The view that this one is linked with by an offset, and the offset; that of another study first."""
    found: list[tuple[bool, Viewport]] = []
    for link in screen.links if screen.alignments.rows else ():
        if viewport.viewport_id in link.members:
            views = (screen.viewports[other] for other in sorted(link.members - {viewport.viewport_id}))
            found += [
                (other.study_uid == viewport.study_uid, other)
                for other in views
                if link_kind(other, viewport, screen.alignments) == "offset"
            ]
    if not found:
        return None
    other = min(found, key=lambda one: one[0])[1]
    offset = offset_to(screen, viewport, other)
    return (other, offset) if offset is not None else None


def offset_to(screen: Screen, viewport: Viewport, other: Viewport) -> float | None:
    """The offset of a view to another, mm; None where none was set."""
    aligned, plane = alignment_of(other, viewport, screen.alignments), plane_of(viewport)
    if aligned is None or plane is None or plane.pose is None:
        return None
    return float(np.dot(aligned.shift_mm, upward(plane.pose.normal)))


def offset_shown(screen: Screen, viewport: Viewport, other: Viewport) -> float:
    """The offset of a view to another that was set, else the one at which the two stand now, mm."""
    known = offset_to(screen, viewport, other)
    return known if known is not None else _offset_now(viewport, other) or 0.0


def offset_astray(screen: Screen, viewport: Viewport, other: Viewport) -> float | None:
    """The offset at which two views stand now, mm, where one of them was scrolled alone from the one that was
    set; else None.
    """
    level = is_level(viewport, other, screen.alignments)
    return None if level else _offset_now(viewport, other)


def _offset_now(viewport: Viewport, other: Viewport) -> float | None:
    one, two = plane_of(other), plane_of(viewport)
    if one is None or two is None:
        return None
    return float(np.subtract(_middle(two), _middle(one)) @ np.array(upward(_normal(two))))


def why_not_linked(mine: Viewport, other: Viewport) -> Refused | None:
    """Why two views cannot be linked by an offset; None where they can."""
    one, two = _pose(mine), _pose(other)
    if one is None or two is None:
        return Refused(
            "One of the two views has no place in the patient: an offset in millimetres cannot be set.",
            hint="Linked, they go image by image.",
        )
    found = lean_deg(one.normal, two.normal)
    if found > MOST_TILTED_DEG:
        return Refused(
            "The planes of the two views lie at {found}° to each other; up to {limit}° can be linked.",
            found=round(found),
            limit=round(MOST_TILTED_DEG),
            hint="Show the same plane in both views.",
        )
    return None


def _candidates(screen: Screen, mine: Viewport) -> list[Viewport]:
    """Views of other series, those that can be linked first, another study's before the rest."""
    others = [
        other
        for other in screen.viewports.values()
        if mine.image is not None
        and count_of(other)
        and names_of(space_of(mine), space_of(other)) is not None
    ]
    if not others:
        raise Refused(
            "There is no other series to link this view with.",
            hint="Show a prior or another series in a second view.",
        )
    others.sort(key=lambda o: (why_not_linked(mine, o) is not None, o.role is mine.role))
    return others


def _align(screen: Screen, mine: Viewport, other: Viewport, offset_mm: float | None) -> None:
    """Let the two views lie at this offset (None: at what they show now) along the normal of the other; what
    was set along other directions stays.
    """
    one, two = plane_of(mine), plane_of(other)
    assert one is not None
    assert two is not None
    spaces = space_of(mine), space_of(other)
    names = names_of(*spaces)
    assert names is not None
    before = screen.alignments.between(*spaces)
    here, there = np.array(_middle(one)), np.array(_middle(two))
    along = np.array(upward(_normal(two)))
    if before is not None:
        shift = np.array(before.shift_mm)
    elif spaces[0].name == spaces[1].name:
        shift = np.zeros(3)  # they share their places across the plane
    else:
        shift = there - here
    if offset_mm is not None:
        shift = shift + (offset_mm - shift @ along) * along
    else:  # so far along that the middle of the one comes to lie in the plane of the other
        shift = shift + ((there - here - shift) @ along) * along
    kept = tuple(way for way in (before.set_along if before is not None else ()) if not _is_along(way, along))
    made = Alignment(*names, as_point(shift), (*kept, as_point(along)))
    screen.alignments = screen.alignments.put(made)


def _join(screen: Screen, mine: Viewport, others: list[Viewport]) -> None:
    """The views scroll together, with those that scroll with one of them already."""
    members = frozenset({mine.viewport_id, *(other.viewport_id for other in others)})
    joined, apart = members, []
    for link in screen.links:
        if link.members & members:
            joined |= link.members
        else:
            apart.append(link)
    links = (*apart, ScrollLink(joined))
    if links != screen.links:
        screen.links = links


def _is_along(way: Vector3, along: object) -> bool:
    return is_parallel(way, as_point(along))


def _pose(viewport: Viewport) -> Pose | None:
    plane = plane_of(viewport)
    return plane.pose if plane is not None else None


def _normal(plane: ImagePlane) -> Vector3:
    assert plane.pose is not None
    return plane.pose.normal


def _middle(plane: ImagePlane) -> Vector3:
    middle = plane.middle_mm
    assert middle is not None
    return middle
