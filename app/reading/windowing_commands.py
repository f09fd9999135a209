"""Commands of windows: presets, the images' own, the full range of their values."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.presentation import VoiTransform, Window
from app.domain.volume import Volume
from app.i18n import tr
from app.reading.menus import WINDOWS
from app.reading.value_windows import ValueWindows
from app.session.commands import Command
from app.session.session import Session
from app.viewing.own_window import full_range
from app.viewing.preset_windows import fits, preset_window
from app.viewing.presets import PresetGroup, ValueShares, WindowPreset, preset_groups
from app.viewing.same_look import level_windows
from app.viewing.shown_image import shown_image


def windowing_commands(session: Session) -> list[Command]:
    """They act on the active view and on those that are windowed with it."""
    screen, values = session.screen, ValueWindows(session)

    def has_images() -> bool:
        return screen.active_viewport.image is not None

    def set_voi(voi: VoiTransform | None, label: str = "") -> None:
        for viewport in screen.together(screen.active):
            viewport.window, viewport.window_label = voi, label

    def preset(chosen: WindowPreset) -> Callable[[], None]:
        def apply() -> None:
            viewport, wanted = screen.active_viewport, chosen.window
            if isinstance(viewport.image, Volume) and isinstance(wanted, ValueShares):
                values.show((wanted.low, wanted.high), chosen.title)
                return
            window = preset_window(chosen, viewport)
            if window is not None:
                set_voi(window, chosen.title)

        return apply

    def for_these(group: PresetGroup) -> Callable[[], bool]:
        return lambda: fits(group, screen.active_viewport)

    def set_window(centre: float, width: float, label: str = "") -> None:
        set_voi(Window(centre, width), label)

    def show_full_range() -> None:
        viewport = screen.active_viewport
        shown = shown_image(viewport)
        if isinstance(viewport.image, Volume):
            values.show((0.0, 1.0))
        elif shown is not None and shown.frame is not None:
            set_voi(full_range(shown.frame))

    def shows_window(title: str) -> Callable[[], bool]:
        return lambda: tr(screen.active_viewport.window_label) == tr(title)

    presets = [
        Command(
            f"window.{p.name}",
            p.title,
            preset(p),
            key=p.key,
            where="read",
            enabled=for_these(group),
            on=shows_window(p.title),
            menu=WINDOWS,
            images=group.images,
        )
        for group in preset_groups()
        for p in group.presets
    ]
    return [
        *presets,
        Command("window.set", "Set window", set_window, palette=False, enabled=has_images),
        Command(
            "window.full",
            "Full range",
            show_full_range,
            key="0",
            where="read",
            enabled=has_images,
            on=shows_window("Full range"),
            menu=WINDOWS,
        ),
        Command(
            "window.dicom",
            "Window of the images",
            lambda: set_voi(None),
            key="`",
            where="read",
            enabled=has_images,
            on=shows_window("Window of the images"),
            menu=WINDOWS,
        ),
        Command(
            "window.all",
            "Use this window in all views",
            lambda: level_windows(screen),
            key="Alt+W",
            where="read",
            enabled=has_images,
            menu=WINDOWS,
        ),
    ]
