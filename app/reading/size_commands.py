"""Commands of the size of images: fitted, a pixel for a pixel, real size, magnified under the pointer."""

from __future__ import annotations

from collections.abc import Callable

from app.reading.menus import SIZES
from app.session.commands import Command
from app.viewing.image_size import require_true_size
from app.viewing.screen import Screen, SizeMode, Viewport
from app.viewing.shown_image import shown_image


def size_commands(screen: Screen, flat: Callable[[], Viewport]) -> list[Command]:
    """What the menu of sizes holds; `flat` is the viewport that shows images."""

    def is_flat() -> bool:
        return shown_image(flat()) is not None

    def show(mode: SizeMode) -> Callable[[], None]:
        def apply() -> None:
            viewport = flat()
            shown = shown_image(viewport)
            if mode is SizeMode.TRUE and shown is not None:
                require_true_size(screen, viewport, shown.plane)
            viewport.size_mode, viewport.zoom = mode, 1.0
            if mode is SizeMode.FIT:
                viewport.pan = (0.0, 0.0)

        return apply

    def is_shown(mode: SizeMode) -> Callable[[], bool]:
        return lambda: is_flat() and flat().size_mode is mode and abs(flat().zoom - 1) < 1e-3

    def magnify() -> None:
        screen.magnifier = not screen.magnifier

    return [
        Command(
            "view.fit",  # what is usual is not marked in the row
            "Fit image",
            show(SizeMode.FIT),
            key="Shift+F",
            icon="aspect-ratio",
            where="read",
            enabled=is_flat,
            menu=SIZES,
        ),
        Command(
            "view.pixels",
            "1:1 pixels",
            show(SizeMode.PIXELS),
            key="Shift+Z",
            icon="relation-one-to-one",
            where="read",
            enabled=is_flat,
            on=is_shown(SizeMode.PIXELS),
            menu=SIZES,
        ),
        Command(
            "view.real-size",
            "Real size",
            show(SizeMode.TRUE),
            key="Alt+Z",
            icon="ruler-3",
            where="read",
            enabled=is_flat,
            on=is_shown(SizeMode.TRUE),
            menu=SIZES,
        ),
        Command(
            "view.magnifier",
            "Magnify under the pointer",
            magnify,
            also="magnifier loupe",
            key="G",
            icon="zoom-in-area",
            where="read",
            enabled=is_flat,
            on=lambda: screen.magnifier,
            while_held=True,
            menu=SIZES,
        ),
    ]
