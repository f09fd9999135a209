"""Commands of views that scroll together, and of the offsets that a reader sets between them."""

from __future__ import annotations

from collections.abc import Callable

from app.errors import Refused
from app.reading.hanging import link_all
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.history import Change, History
from app.viewing.alignment import Alignments
from app.viewing.offsets import forget_offset, has_offset, link_here, set_offset
from app.viewing.screen import Screen, ScrollLink, View, ViewportId


def link_commands(screen: Screen, history: History) -> list[Command]:
    """Linking and unlinking; linking at the places shown, by a typed offset, without it again (undoable)."""

    def link() -> None:
        if screen.links:
            screen.links = ()
        else:
            link_all(screen)
            if not screen.links:
                raise Refused(
                    "The views show no parallel planes: there is nothing to link.",
                    hint="Show the same plane in two views.",
                )

    def undoable(name: str, act: Callable[[], None]) -> None:
        before = _Linking(screen)
        act()
        after = _Linking(screen)
        history.apply(Change(name, after.put_back, before.put_back, of_view=True))

    def several() -> bool:
        return len([v for v in screen.viewports.values() if v.image is not None]) > 1

    return [
        Command(
            "view.link",
            "Link scrolling",
            link,
            also="synchronise",
            key="J",
            icon="link",
            where="read",
            enabled=lambda: screen.active_viewport.image is not None and screen.tiling is None,
            on=lambda: bool(screen.links),
            toolbar=Toolbar(ToolbarGroup.LAYOUT, order=30),
        ),
        Command(
            "link.here",
            "Link views at the places shown",
            lambda: undoable("Link views at the places shown", lambda: link_here(screen)),
            key="Alt+J",
            where="read",
            enabled=several,
        ),
        Command(
            "link.set-offset",
            "Link views by an offset",
            lambda mm: undoable("Link views by an offset", lambda: set_offset(screen, mm)),
            palette=False,
            enabled=several,
        ),
        Command(
            "link.forget",
            "Link views without the offset",
            lambda: undoable("Link views without the offset", lambda: forget_offset(screen)),
            where="read",
            enabled=lambda: has_offset(screen),
        ),
    ]


class _Linking:
    """Offsets, links and places of the views at one moment."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._alignments: Alignments = screen.alignments
        self._links: tuple[ScrollLink, ...] = screen.links
        self._views: dict[ViewportId, tuple[object, View]] = {
            i: (v.display_set, v.view) for i, v in screen.viewports.items() if v.display_set is not None
        }

    def put_back(self) -> None:
        """As it was; views that show something else since, or have gone, stay as they are."""
        screen = self._screen
        screen.alignments = self._alignments
        links = (link for link in self._links if link.members <= set(screen.viewports))
        screen.links = tuple(links)
        for identity, (display_set, view) in self._views.items():
            viewport = screen.viewports.get(identity)
            if viewport is not None and viewport.display_set is display_set:
                viewport.view = view
