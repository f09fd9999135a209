"""Commands of reading: studies, series, windows, views."""

from __future__ import annotations

from collections.abc import Callable

from app.reading.controller import ReadingController
from app.reading.hanging_commands import hanging_commands
from app.reading.link_commands import link_commands
from app.reading.pair_commands import pair_commands
from app.reading.palette_commands import palette_commands
from app.reading.plane_commands import plane_commands
from app.reading.rendering_commands import rendering_commands
from app.reading.tile_commands import tile_commands
from app.reading.view_commands import layout_commands, view_commands
from app.reading.windowing_commands import windowing_commands
from app.session.commands import Command, Toolbar, ToolbarGroup
from app.session.session import Session
from app.viewing.layers import ProcessedLayer
from app.viewing.layouts import layout
from app.viewing.links import at_index
from app.viewing.screen import Compare, Screen, TextLevel, ViewportId


def commands(session: Session) -> list[Command]:
    """Opening, going through series and slices, windows and views."""
    screen, reading = session.screen, session.get(ReadingController)

    def has_images() -> bool:
        return screen.active_viewport.image is not None

    def has_study() -> bool:
        return session.study.study is not None

    def has_priors() -> bool:
        return bool(session.study.priors)

    def next_text_level() -> None:
        levels = list(TextLevel)
        screen.text_level = levels[(levels.index(screen.text_level) + 1) % len(levels)]

    def go_to_slice(viewport_id: str, index: float) -> None:
        viewport = screen.viewports[ViewportId(viewport_id)]
        viewport.view = at_index(viewport, index)

    def set_layout(layout_id: str) -> None:
        reading.lay_out(layout(layout_id))

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
        *hanging_commands(session),
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
        *windowing_commands(session),
        *rendering_commands(screen),
        *_compare_commands(screen),
        *palette_commands(screen),
        *view_commands(screen, has_images, next_text_level),
        *plane_commands(session),
        *pair_commands(screen),
        *link_commands(screen, session.study.history),
        *tile_commands(session),
        *layout_commands(screen, has_images, set_layout),
    ]


def _compare_commands(screen: Screen) -> list[Command]:
    """Original and processed images in the active view and those beside it."""

    def has_processed() -> bool:
        return screen.active_viewport.layer(ProcessedLayer) is not None

    def compare(mode: Compare) -> Callable[[], None]:
        def apply() -> None:
            for viewport in screen.together(screen.active):
                viewport.compare = mode

        return apply

    def compares_as(mode: Compare) -> Callable[[], bool]:
        return lambda: has_processed() and screen.active_viewport.compare is mode

    return [
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
