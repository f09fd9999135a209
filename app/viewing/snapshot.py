"""How a screen is arranged and what each view looks like, at one moment: what can be gone back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.viewing.layouts import Layout
from app.viewing.links import count_of
from app.viewing.screen import Screen, ScrollLink, SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shown_image import display_set_id_of, series_uid_of

#: what of a view a reader changes to see the same images otherwise; which of them is shown is not in it
_LOOK = (
    "window",
    "window_label",
    "invert",
    "palette",
    "size_mode",
    "zoom",
    "pan",
    "turns",
    "flipped",
    "hung_inverted",
    "hung_flipped",
    "side",
)
#: (Series Instance UID, display set)
Shown = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ViewSnapshot:
    """What a view shows, None where that cannot be opened again or is nothing, and its look by field."""

    shown: Shown | None
    view: View
    look: tuple[Any, ...]

    @staticmethod
    def of(viewport: Viewport) -> ViewSnapshot:
        """Of a view as it is."""
        image, shown = viewport.image, None
        if image is not None and (display_set := display_set_id_of(image)) is not None:
            shown = (str(series_uid_of(image)), str(display_set))
        return ViewSnapshot(shown, viewport.view, tuple(getattr(viewport, name) for name in _LOOK))

    @property
    def seen(self) -> tuple[Any, ...]:
        """All that is gone back to: not how far one has scrolled."""
        match self.view:
            case SliceView(axis=axis):
                return self.shown, axis, self.look
            case StackView():
                return self.shown, None, self.look
        return self.shown, self.view, self.look

    def put_on(self, viewport: Viewport, *, anew: bool = False) -> None:
        """Give a view this look, and the plane; `anew`: it has just got its images."""
        match self.view, viewport.view:
            case SliceView(axis=mine), SliceView(axis=axis) if mine == axis:
                pass  # where the reader is in the patient stays
            case StackView(), StackView() if not anew:
                pass
            case _:
                viewport.view = self.view
        if isinstance(viewport.view, StackView):
            last = max(count_of(viewport) - 1, 0)
            viewport.view = StackView(min(viewport.view.index, last))
        for name, value in zip(_LOOK, self.look, strict=True):
            if getattr(viewport, name) != value:
                setattr(viewport, name, value)


@dataclass(frozen=True, slots=True)
class ScreenSnapshot:
    """Layout, links and views of a screen that is not tiled."""

    layout: Layout
    maximised: ViewportId | None
    links: tuple[ScrollLink, ...]
    views: Mapping[ViewportId, ViewSnapshot]
    #: no view shows images that could not be opened again
    is_whole: bool

    @staticmethod
    def of(screen: Screen) -> ScreenSnapshot | None:
        """Of a screen as it is; None while one series is laid out as tiles."""
        if screen.tiling is not None:
            return None
        views = {identity: ViewSnapshot.of(viewport) for identity, viewport in screen.viewports.items()}
        whole = all(
            views[identity].shown is not None or viewport.image is None
            for identity, viewport in screen.viewports.items()
        )
        return ScreenSnapshot(screen.layout, screen.maximised, screen.links, views, whole)

    def is_as(self, other: ScreenSnapshot) -> bool:
        """Nothing would change by going from one to the other."""
        return (
            self.is_arranged_as(other)
            and self.maximised == other.maximised
            and all(view.seen == other.views[identity].seen for identity, view in self.views.items())
        )

    def is_arranged_as(self, other: ScreenSnapshot) -> bool:
        """The same images are in the same places."""
        return self.layout == other.layout and self._shown() == other._shown()

    @property
    def places(self) -> Mapping[Shown, Sequence[ViewportId]]:
        """Where each display set is."""
        found: dict[Shown, list[ViewportId]] = {}
        for identity, view in self.views.items():
            if view.shown is not None:
                found.setdefault(view.shown, []).append(identity)
        return found

    def put_on(self, screen: Screen) -> None:
        """Give the views of a screen of this layout that show the same their look; the active one first,
        which others may follow.
        """
        screen.end_pair()
        for identity in (screen.active, *(i for i in self.views if i != screen.active)):
            viewport, wanted = screen.viewports[identity], self.views[identity]
            if ViewSnapshot.of(viewport).shown == wanted.shown:
                wanted.put_on(viewport)
        if self.maximised is not None:
            screen.active = self.maximised
        screen.maximised = self.maximised

    def _shown(self) -> dict[ViewportId, Shown | None]:
        return {identity: view.shown for identity, view in self.views.items()}
