"""Views of the same kind that are windowed, zoomed, moved and turned as one."""

from __future__ import annotations

from app.domain.image import ImageStack
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.viewing.grey_levels import shown_voi
from app.viewing.hanging.weighting import weighting_of
from app.viewing.hanging.words import parted
from app.viewing.image_plane import slice_plane
from app.viewing.planes import plane_name
from app.viewing.screen import RenderingView, Screen, SliceView, StudyRole, Viewport
from app.viewing.shown_image import shown_image

_GREYS = ("window", "window_label", "invert", "palette")
_PLACE = ("size_mode", "zoom", "pan", "turns", "flipped")
#: quantities whose values are comparable from one examination to the next
_OF_ONE_SCALE = frozenset(one for one in Quantity if one is Quantity.HU or one.is_uptake)
#: what goes to the other breast
_MIRRORED = ("size_mode", "zoom", "pan")


class SameLook:
    """While `Screen.same_look` is on, what is done to the active view's look is done to its fellows.

    Grey levels go to views whose values are the same quantity of the same modality, in MR of the same
    weighting: signals of two sequences have no scale in common.  Zoom, pan and turns go to views of the same
    plane (or of single images); between breasts that hang back to back, zoom and pan go as in a mirror.
    Volume renderings stand apart.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        screen.active_changed.connect(self._changed)
        screen.events.same_look.connect(self._switched)

    def _changed(self, what: str) -> None:
        if self._screen.same_look and what in (*_GREYS, *_PLACE):
            self._carry(what)

    def _switched(self, on: bool) -> None:
        """Switched on, all look as the active view does."""
        for what in (*_GREYS, *_PLACE) if on else ():
            self._carry(what)

    def _carry(self, what: str) -> None:
        mine = self._screen.active_viewport
        for other in self._screen.viewports.values():
            if other is not mine and (_same_greys if what in _GREYS else _same_plane)(mine, other):
                setattr(other, what, getattr(mine, what))
            elif what in _MIRRORED and _back_to_back(mine, other):
                right, down = mine.pan
                setattr(other, what, (-right, down) if what == "pan" else getattr(mine, what))


def level_windows(screen: Screen) -> None:
    """All views whose values are those of the active one take its window, once."""
    mine = screen.active_viewport
    shown = shown_image(mine)
    if shown is None:
        return
    window = shown_voi(mine, shown)
    for other in screen.viewports.values():
        if other is not mine and _same_greys(mine, other):
            other.window, other.window_label = window, mine.window_label
            other.invert, other.palette = mine.invert, mine.palette


def begin_alike(screen: Screen, viewport: Viewport) -> None:
    """A prior begins in the greys of the study beside it, the active view's before others, where both have
    values of one scale: Hounsfield units, uptake.
    """
    image = viewport.image
    comparable = isinstance(image, Volume) and image.quantity in _OF_ONE_SCALE
    if not comparable or viewport.role is StudyRole.CURRENT:
        return
    views = (screen.active_viewport, *screen.viewports.values())
    read = (one for one in views if one.role is StudyRole.CURRENT and one.window is not None)
    beside = next((one for one in read if _same_greys(one, viewport)), None)
    for what in _GREYS if beside is not None else ():
        setattr(viewport, what, getattr(beside, what))


def _same_greys(mine: Viewport, other: Viewport) -> bool:
    values = _values(mine)
    return values is not None and values == _values(other) and not _is_rendering(mine, other)


def _same_plane(mine: Viewport, other: Viewport) -> bool:
    return _plane(mine) is not None and _plane(mine) == _plane(other)


def _values(viewport: Viewport) -> tuple[str, ...] | None:
    match viewport.image:
        case Volume() as volume:
            return volume.modality, str(volume.quantity), _sequence(viewport, volume.modality)
        case ImageStack(display_set=shown):
            return shown.modality, str(shown.quantity), _sequence(viewport, shown.modality)
    return None


def _sequence(viewport: Viewport, modality: str) -> str:
    """What an MR sequence is weighted by, or else called; "" of all others."""
    if modality != "MR":
        return ""
    found = viewport.display_set
    weighting = weighting_of(found, parted(viewport.title)) if found is not None else ""
    return weighting or viewport.title


def _plane(viewport: Viewport) -> str | None:
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView(axis=axis):
            view = slice_plane(volume.grid, axis, 0, volume.frame_of_reference_uid).view
            return plane_name(view) if view is not None else None
        case ImageStack() as stack, _:
            return f"{stack.display_set.modality} {viewport.side}"
    return None


def _back_to_back(mine: Viewport, other: Viewport) -> bool:
    match mine.image, other.image:
        case ImageStack(display_set=one), ImageStack(display_set=two):
            return one.modality == two.modality and {mine.side, other.side} == {"left", "right"}
    return False


def _is_rendering(*viewports: Viewport) -> bool:
    return any(isinstance(viewport.view, RenderingView) for viewport in viewports)
