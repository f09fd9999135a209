"""Commands of reading: studies, series, windows, views."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.presentation import VoiTransform, Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.i18n import tr
from app.reading.controller import ReadingController
from app.reading.hanging import with_preset
from app.reading.hanging_controller import HangingController
from app.reading.link_commands import link_commands
from app.reading.menus import RENDERINGS, WINDOWS
from app.reading.pair_commands import pair_commands
from app.reading.palette_commands import palette_commands
from app.reading.plane_commands import plane_commands
from app.reading.tile_commands import tile_commands
from app.reading.value_windows import ValueWindows
from app.reading.view_commands import layout_commands, view_commands
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session
from app.viewing.layers import ProcessedLayer
from app.viewing.layouts import layout
from app.viewing.links import at_index
from app.viewing.own_window import full_range
from app.viewing.preset_windows import fits, preset_window
from app.viewing.presets import PresetGroup, ValueShares, WindowPreset, preset_groups
from app.viewing.same_look import level_windows
from app.viewing.screen import Compare, RenderingView, Screen, TextLevel, Viewport, ViewportId
from app.viewing.shown_image import shown_image

RENDERING_PRESETS: tuple[tuple[str, str], ...] = (
    ("bone", "Bone"),
    ("vessels", "Vessels and soft tissue"),
    ("lung", "Lung and airways"),
)


def commands(session: Session) -> list[Command]:
    """Opening, going through series and slices, windows and views."""
    screen, reading = session.screen, session.get(ReadingController)
    hanging, values = session.get(HangingController), ValueWindows(session)

    def has_images() -> bool:
        return screen.active_viewport.image is not None

    def hangs() -> bool:
        return hanging.match is not None

    def take_in(path: str) -> object:
        return hanging.take_in(Path(path))

    def has_study() -> bool:
        return session.study.study is not None

    def has_priors() -> bool:
        return bool(session.study.priors)

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

    def next_text_level() -> None:
        levels = list(TextLevel)
        screen.text_level = levels[(levels.index(screen.text_level) + 1) % len(levels)]

    def go_to_slice(viewport_id: str, index: float) -> None:
        viewport = screen.viewports[ViewportId(viewport_id)]
        viewport.view = at_index(viewport, index)

    def has_processed() -> bool:
        return screen.active_viewport.layer(ProcessedLayer) is not None

    def compare(mode: Compare) -> Callable[[], None]:
        def apply() -> None:
            for viewport in screen.together(screen.active):
                viewport.compare = mode

        return apply

    def render(name: str) -> Callable[[], None]:
        def apply() -> None:
            for viewport in screen.viewports.values():
                viewport.view = with_preset(viewport.view, name)

        return apply

    def renders() -> bool:
        return any(_renders_hounsfield(viewport) for viewport in screen.viewports.values())

    def shows_window(title: str) -> Callable[[], bool]:
        return lambda: tr(screen.active_viewport.window_label) == tr(title)

    def rendered_as(name: str) -> Callable[[], bool]:
        return lambda: _rendering(screen) == name

    def compares_as(mode: Compare) -> Callable[[], bool]:
        return lambda: has_processed() and screen.active_viewport.compare is mode

    def set_layout(layout_id: str) -> None:
        reading.lay_out(layout(layout_id))

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
    renderings = [
        Command(
            f"rendering.{name}",
            title,
            render(name),
            where="read",
            enabled=renders,
            on=rendered_as(name),
            menu=RENDERINGS,
        )
        for name, title in RENDERING_PRESETS
    ]
    compares = [
        Command(
            f"compare.{mode}",
            title,
            compare(mode),
            icon=icon,
            where="read",
            enabled=has_processed,
            on=compares_as(mode),
            toolbar=Toolbar(ToolbarGroup.COMPARE, comes_and_goes=True),
        )
        for mode, title, icon in (
            (Compare.SOURCE, "Show original", "photo"),
            (Compare.RESULT, "Show processed", "sparkles"),
            (Compare.SWIPE, "Swipe original and processed", "arrows-left-right"),
            (Compare.DIFFERENCE, "Show difference", "layers-difference"),
        )
    ]
    return [
        Command("study.open", "Open study", reading.open_study, palette=False),
        Command("study.close", "Close study", reading.close_study, enabled=has_study),
        Command("study.technique", "Tell technique", reading.technique, palette=False),
        Command("series.show", "Show series", reading.show_series, palette=False),
        Command(
            "display-set.next",
            "Show next images of the series, or the next series",
            lambda: reading.step_display_set(1),
            where="read",
            enabled=has_study,
        ),
        Command(
            "display-set.previous",
            "Show previous images of the series, or the previous series",
            lambda: reading.step_display_set(-1),
            where="read",
            enabled=has_study,
        ),
        Command(
            "series.next", "Show next series", lambda: reading.step_series(1), where="read", enabled=has_study
        ),
        Command(
            "hanging.next",
            "Next hanging stage",
            lambda: hanging.step(1),
            key=".",
            where="read",
            enabled=hangs,
        ),
        Command(
            "hanging.previous",
            "Previous hanging stage",
            lambda: hanging.step(-1),
            key=",",
            where="read",
            enabled=hangs,
        ),
        Command(
            "hanging.beside",
            "Show the latest prior beside",
            hanging.put_prior_beside,
            key="Shift+P",
            where="read",
            enabled=has_priors,
        ),
        Command("hanging.stage", "Show stage", hanging.go, palette=False, enabled=hangs),
        Command("hanging.remove", "Remove hanging protocol", hanging.remove, palette=False, enabled=hangs),
        Command("hanging.take-in", "Take in hanging protocol", take_in, palette=False, enabled=has_study),
        Command(
            "hanging.choose", "Choose hanging protocol", hanging.choose, palette=False, enabled=has_study
        ),
        Command("hanging.keep", "Keep hanging as my own", hanging.keep, palette=False, enabled=has_images),
        Command(
            "series.previous",
            "Show previous series",
            lambda: reading.step_series(-1),
            where="read",
            enabled=has_study,
        ),
        Command(
            "study.later",
            "Open the patient's next study",
            lambda: reading.step_study(1),
            key="Ctrl+Right",
            where="read",
            enabled=has_priors,
        ),
        Command(
            "study.earlier",
            "Open the patient's previous study",
            lambda: reading.step_study(-1),
            key="Ctrl+Left",
            where="read",
            enabled=has_priors,
        ),
        Command("slice.go", "Go to slice", go_to_slice, palette=False),
        *presets,
        *renderings,
        *compares,
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
        *palette_commands(screen),
        *view_commands(screen, has_images, next_text_level),
        *plane_commands(session),
        *pair_commands(screen),
        *link_commands(screen, session.study.history),
        *tile_commands(session),
        *layout_commands(screen, has_images, set_layout),
    ]


def _rendering(screen: Screen) -> str:
    """Preset of the rendering; "" where there is none."""
    views = (viewport.view for viewport in screen.viewports.values())
    return next((view.preset for view in views if isinstance(view, RenderingView)), "")


def _renders_hounsfield(viewport: Viewport) -> bool:
    image = viewport.image
    return (
        isinstance(viewport.view, RenderingView)
        and isinstance(image, Volume)
        and image.quantity is Quantity.HU
    )
