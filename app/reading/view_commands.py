"""Commands of one view and of how the views share the screen."""

from __future__ import annotations

from collections.abc import Callable

from app.reading.cine_commands import cine_commands
from app.reading.size_commands import size_commands
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.viewing.layouts import named_layouts
from app.viewing.screen import RenderingView, Screen, Viewport
from app.viewing.shown_image import shown_image


def view_commands(
    screen: Screen, has_images: Callable[[], bool], next_text_level: Callable[[], None]
) -> list[Command]:
    """What is done to the active viewport, and what is drawn beside the images."""

    def flat() -> Viewport:
        """The active viewport; of a rendering the first that shows its images."""
        active = screen.active_viewport
        if not isinstance(active.view, RenderingView) or active.image is None:
            return active
        others = (v for v in screen.showing(active.image) if not isinstance(v.view, RenderingView))
        return next(others, active)

    def invert() -> None:
        wanted = not screen.active_viewport.invert
        for viewport in screen.together(screen.active):
            viewport.invert = wanted

    def turn(quarters: int) -> Callable[[], None]:
        def apply() -> None:
            flat().turns = (flat().turns + quarters) % 4

        return apply

    def flip() -> None:
        flat().flipped = not flat().flipped

    def reset() -> None:
        for viewport in screen.viewports.values():
            viewport.reset_view()

    def switch(name: str) -> Callable[[], None]:
        return lambda: setattr(screen, name, not getattr(screen, name))

    def is_drawn_over() -> bool:
        return any(viewport.is_drawn_over for viewport in screen.viewports.values())

    def is_flat() -> bool:
        return shown_image(flat()) is not None

    return [
        Command(
            "view.invert",
            "Invert grey",
            invert,
            also="negative reverse",
            key="I",
            icon="contrast-off",
            where="read",
            enabled=is_flat,
            on=lambda: screen.active_viewport.invert,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=10),
        ),
        Command(
            "view.rotate-right",
            "Rotate to the right",
            turn(1),
            key="R",
            icon="rotate-clockwise",
            where="read",
            enabled=is_flat,
        ),
        Command(
            "view.rotate-left",
            "Rotate to the left",
            turn(-1),
            key="Shift+R",
            icon="",
            where="read",
            enabled=is_flat,
        ),
        Command(
            "view.flip", "Exchange left and right", flip, key="Alt+F", icon="", where="read", enabled=is_flat
        ),
        *size_commands(screen, flat),
        *cine_commands(flat),
        Command(
            "view.text",
            "Change corner text",
            next_text_level,
            key="Space",
            icon="text-size",
            where="read",
            enabled=has_images,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=30, spare=True),
        ),
        Command(
            "view.reset",
            "Reset views",
            reset,
            key="Shift+Escape",
            icon="refresh",
            where="read",
            enabled=has_images,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=60, spare=True),
        ),
        Command(
            "view.overlay",
            "Show or hide overlays",
            switch("overlays_visible"),
            key="O",
            icon="stack-2",
            where="read",
            enabled=is_drawn_over,
            on=lambda: is_drawn_over() and screen.overlays_visible,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=40),
        ),
        Command(
            "view.crosshair",
            "Show or hide crosshair",
            switch("crosshair_visible"),
            key="Shift+H",
            icon="focus-centered",
            where="read",
            enabled=has_images,
            on=lambda: screen.crosshair_visible,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=50, spare=True),
        ),
    ]


def layout_commands(
    screen: Screen, has_images: Callable[[], bool], set_layout: Callable[[str], None]
) -> list[Command]:
    """How viewports share the screen, and whether they scroll together."""

    def lay_out(layout_id: str) -> Callable[[], None]:
        return lambda: set_layout(layout_id)

    return [
        Command(
            "view.layout",
            "One view or all",
            lambda: screen.toggle_maximised(screen.active),
            key="F",
            icon="arrows-maximize",
            where="read",
            enabled=has_images,
            on=lambda: screen.maximised is not None,
            toolbar=Toolbar(ToolbarGroup.LAYOUT, order=20),
        ),
        Command(
            "view.same-look",
            "Same window, zoom and pan in all views",
            lambda: setattr(screen, "same_look", not screen.same_look),
            key="Shift+J",
            where="read",
            enabled=has_images,
            on=lambda: screen.same_look,
        ),
        Command("layout.set", "Lay out views", set_layout, palette=False),
        *(
            Command(f"layout.{one.layout_id}", one.title, lay_out(one.layout_id), where="read")
            for one in named_layouts()
        ),
    ]
