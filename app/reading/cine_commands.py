"""Commands of playing: start and stop, range, rate, mode."""

from __future__ import annotations

from collections.abc import Callable

from app.session.commands import Command, Toolbar, ToolbarGroup
from app.viewing.cine import (
    can_play,
    cine_count,
    ends_of,
    play_mode,
    set_first,
    set_last,
    set_mode,
    set_rate,
    step_rate,
    toggle_cine,
    toggle_mode,
)
from app.viewing.screen import PlayMode, Viewport


def cine_commands(flat: Callable[[], Viewport]) -> list[Command]:
    """What is done to the viewport that shows images of what is active."""

    def playable() -> bool:
        return can_play(flat())

    def is_ranged() -> bool:
        return playable() and flat().cine_range is not None

    def play_all() -> None:
        flat().cine_range = None

    def set_to(mode: PlayMode) -> Callable[[], None]:
        return lambda: set_mode(flat(), mode)

    def is_in(mode: PlayMode) -> Callable[[], bool]:
        return lambda: play_mode(flat()) is mode

    return [
        Command(
            "view.cine",
            "Play or stop",
            lambda: toggle_cine(flat()),
            also="cine movie",
            key="C",
            icon="player-play",
            where="read",
            enabled=playable,
            on=lambda: flat().cine is not None,
            toolbar=Toolbar(ToolbarGroup.VIEW, order=20),
        ),
        Command(
            "cine.from",
            "Play from here",
            lambda: set_first(flat()),
            key="Alt+[",
            where="read",
            enabled=playable,
            on=lambda: ends_of(flat())[0] > 0,
        ),
        Command(
            "cine.to",
            "Play up to here",
            lambda: set_last(flat()),
            key="Alt+]",
            where="read",
            enabled=playable,
            on=lambda: ends_of(flat())[1] < cine_count(flat()) - 1,
        ),
        Command("cine.all", "Play all images", play_all, where="read", enabled=is_ranged),
        Command(
            "cine.slower",
            "Play slower",
            lambda: step_rate(flat(), -1),
            key="Alt+,",
            where="read",
            enabled=playable,
        ),
        Command(
            "cine.faster",
            "Play faster",
            lambda: step_rate(flat(), 1),
            key="Alt+.",
            where="read",
            enabled=playable,
        ),
        Command(
            "cine.mode",
            "Play in a loop or back and forth",
            lambda: toggle_mode(flat()),
            key="Shift+C",
            where="read",
            enabled=playable,
        ),
        *(
            Command(
                f"cine.{mode}",
                title,
                set_to(mode),
                where="read",
                enabled=playable,
                on=is_in(mode),
                palette=False,
            )
            for mode, title in ((PlayMode.LOOP, "Play in a loop"), (PlayMode.BOUNCE, "Play back and forth"))
        ),
        Command(
            "cine.rate",
            "Set rate of playing",
            lambda rate: set_rate(flat(), rate),
            enabled=playable,
            palette=False,
        ),
    ]
