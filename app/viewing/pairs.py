"""Two views in the place of one: beside a divider, or in turn.

By place where both lie in one frame of reference: what is at one place of the patient is at one place of the
tile.  Without one only images of a prior are compared with those of the study that is read, slice by slice,
their middles over each other and a millimetre as long in both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.errors import Refused
from app.i18n import tr
from app.viewing.image_plane import ImagePlane, Placement, fit_px_per_unit, turned_size
from app.viewing.links import link, link_kind
from app.viewing.presented import Turn
from app.viewing.screen import Pair, PairMode, Screen, StudyRole, Viewport
from app.viewing.shapes.shape import Box
from app.viewing.shown_image import shown_image

#: how far the axes of two planes may lean against each other
MOST_TURNED_DEG = 8.0
#: changes a second that are offered: more than three flashes a second are a danger (WCAG 2.3.1)
RATES_HZ = (0.5, 1.0, 2.0, 3.0)
USUAL_RATE_HZ = 1.0


def begin_pair(screen: Screen, mode: PairMode) -> None:
    """Show another view's images in the active one, which fills the screen meanwhile; both scroll together.

    The other is the one it is linked with, else the next that can be compared.  `Refused` says why none can.
    """
    mine = screen.active_viewport
    other = _partner(screen, mine)
    members = frozenset({mine.viewport_id, other.viewport_id})
    if not any(members <= one.members for one in screen.links):
        link(screen, members)
    rate_hz = screen.pair.rate_hz if screen.pair is not None else USUAL_RATE_HZ
    before = screen.pair.before if screen.pair is not None else screen.maximised
    screen.pair = Pair(mine.viewport_id, other.viewport_id, mode, rate_hz, before)
    screen.pair_turned = False
    screen.maximised = mine.viewport_id


def toggle_pair(screen: Screen, mode: PairMode) -> None:
    """Begin, change to the other way of showing two, or end."""
    pair = screen.pair
    if pair is None or screen.active != pair.front:
        begin_pair(screen, mode)
    elif pair.mode is mode:
        screen.end_pair()
    else:
        screen.pair, screen.pair_turned = replace(pair, mode=mode), False


def step_pair_rate(screen: Screen, step: int) -> None:
    """The next faster (1) or slower (-1) of the rates; the ends hold."""
    if screen.pair is not None:
        at = RATES_HZ.index(screen.pair.rate_hz) + step
        screen.pair = replace(screen.pair, rate_hz=RATES_HZ[min(max(at, 0), len(RATES_HZ) - 1)])


def _partner(screen: Screen, mine: Viewport) -> Viewport:
    linked = {i for one in screen.links if mine.viewport_id in one.members for i in one.members}
    others = [v for v in screen.viewports.values() if v is not mine and v.image is not None]
    others = [v for v in others if v.image is not mine.image]
    others.sort(key=lambda v: (v.viewport_id not in linked, v.role is mine.role))
    if not others or mine.image is None:
        raise Refused(
            "There is nothing to compare this view with.",
            hint="Show a prior or another series in a second view.",
        )
    reasons = [why_not(mine, other) for other in others]
    for other, reason in zip(others, reasons, strict=True):
        if reason is None:
            return other
    assert reasons[0] is not None
    raise reasons[0]


def why_not(mine: Viewport, yours: Viewport) -> Refused | None:
    """Why two views cannot be laid over each other; None where they can."""
    one, other = shown_image(mine), shown_image(yours)
    if one is None or other is None:
        return Refused("Only slices and single images are compared with each other.")
    if (one.plane.pose is None) != (other.plane.pose is None):
        return Refused("One of the two images has no place in the patient.")
    turned = _turned_deg(one.plane, other.plane)
    if turned > MOST_TURNED_DEG:
        return Refused(
            "The two images lie at {found}° to each other; up to {limit}° can be compared.",
            found=round(turned),
            limit=round(MOST_TURNED_DEG),
            hint="Show the same plane in both views.",
        )
    if one.plane.pose is not None and link_kind(mine, yours) == "position":
        return None
    if mine.role is yours.role:
        return Refused(
            "The two images have no common frame of reference.",
            hint="Without one, only a prior is compared with the study that is read.",
        )
    if _modality(mine) != _modality(yours):
        return Refused(
            "{one} and {other} without a common frame of reference cannot be compared.",
            one=_modality(mine),
            other=_modality(yours),
        )
    return None


def _turned_deg(one: ImagePlane, other: ImagePlane) -> float:
    """The larger angle between the axes of two planes; 0 for images without a place."""
    if one.pose is None or other.pose is None:
        return 0.0
    pairs = ((one.pose.across_mm, other.pose.across_mm), (one.pose.down_mm, other.pose.down_mm))
    cosines = [float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))) for a, b in pairs]
    return math.degrees(math.acos(min(max(min(cosines), -1.0), 1.0)))


def _modality(viewport: Viewport) -> str:
    match viewport.image:
        case Volume() as volume:
            return volume.modality
        case ImageStack() as stack:
            return stack.display_set.modality
    return ""


def pair_name(viewport: Viewport, other: Viewport) -> str:
    """What one of two is called on the image: whose study it is of, with its date; else its series."""
    if viewport.role is other.role and viewport.study_uid == other.study_uid:
        return viewport.title or _modality(viewport)
    role = tr(viewport.beside_word) if viewport.role is StudyRole.PRIOR else tr("Current")
    return f"{role} {viewport.study_date}".strip()


@dataclass(frozen=True, slots=True)
class Underlay:
    """The image that another is laid over: where it lies, and whether both lie in one frame of reference."""

    placement: Placement
    turn: Turn
    area: Box
    zoom: float
    pan: tuple[float, float]
    by_place: bool


def laid_over(under: Underlay, plane: ImagePlane, turn: Turn, side: str) -> Placement:
    """Where an image lies that is laid over another; `turn` is its own, `side` the edge that it touches."""
    front = under.placement
    if plane.pose is None or front.plane.pose is None:
        return _fitted_over(under, plane, turn, side)
    middle = front.middle
    if under.by_place:
        centre = plane.middle_mm
        assert centre is not None
        at = front.plane.from_lps(centre)
        assert at is not None
        middle = front.to_screen(*at)
    return Placement(plane, under.turn, front.px_per_unit, middle)


def _fitted_over(under: Underlay, plane: ImagePlane, turn: Turn, side: str) -> Placement:
    """Projections: as long a millimetre where both know theirs, else as large as the tile lets them be."""
    area, front = under.area, under.placement
    both = plane.has_mm and front.plane.has_mm
    fit = front.px_per_unit / under.zoom if both else fit_px_per_unit(plane, turn, (area.width, area.height))
    room = area.width / fit - turned_size(plane, turn)[0]
    offset = {"left": -room / 2, "right": room / 2}.get(side, 0.0)
    scale = fit * under.zoom
    middle = (
        area.x + area.width / 2 + (offset + under.pan[0]) * scale,
        area.y + area.height / 2 + under.pan[1] * scale,
    )
    return Placement(plane, turn, scale, middle)
