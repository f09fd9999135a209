"""Menus of reading in the row of tools: presets of windows and of renderings, sizes of images."""

from __future__ import annotations

from app.domain.presentation import Window
from app.i18n import tr
from app.session.commands import CommandMenu, Toolbar, ToolbarGroup
from app.session.session import Session
from app.session.window_places import WINDOWS_MENU
from app.viewing.grey_levels import as_window, shown_voi
from app.viewing.screen import Screen
from app.viewing.shown_image import shown_image

WINDOWS = "window"
PALETTES = "palette"
RENDERINGS = "rendering"
SIZES = "size"


def menus(session: Session) -> tuple[CommandMenu, ...]:
    """Window presets beside the tools for looking, rendering presets beside the layout."""
    return (
        CommandMenu(
            WINDOWS,
            "Window presets",
            "adjustments-horizontal",
            Toolbar(ToolbarGroup.LOOK, order=90),
            texts=lambda: window_texts(session.screen),
            widths_px=(176, 236),
        ),
        CommandMenu(PALETTES, "Colour tables", "palette", Toolbar(ToolbarGroup.VIEW, order=15, spare=True)),
        CommandMenu(
            SIZES, "Size of the image", "aspect-ratio", Toolbar(ToolbarGroup.VIEW, order=5), shows_choice=True
        ),
        CommandMenu(
            WINDOWS_MENU,
            "Windows and monitors",
            "box-multiple",
            Toolbar(ToolbarGroup.LAYOUT, order=50, spare=True),
        ),
        CommandMenu(RENDERINGS, "Volume rendering presets", "cube", Toolbar(ToolbarGroup.LAYOUT, order=40)),
    )


def window_texts(screen: Screen) -> tuple[str, ...]:
    """The active image's window, with its name and without; nothing where colours have none."""
    viewport = screen.active_viewport
    shown = shown_image(viewport)
    if shown is None or (shown.frame is not None and shown.frame.pixel_format.samples > 1):
        return ()
    voi = shown_voi(viewport, shown)
    window = as_window(voi)
    digits = 0 if window.width >= 10 else 2
    figures = f"W {window.width:.{digits}f} L {window.centre:.{digits}f}".replace("-", "−")
    name = viewport.window_label or (voi.label if isinstance(voi, Window) else voi.explanation)
    return (f"{tr(name)} {figures}", figures) if name else (figures,)
