"""Commands of two views that are shown in one."""

from __future__ import annotations

from collections.abc import Callable

from app.session.commands import Command
from app.viewing.pairs import step_pair_rate, toggle_pair
from app.viewing.screen import PairMode, Screen


def pair_commands(screen: Screen) -> list[Command]:
    """Swiping and flickering between the active view and one that is compared with it."""

    def toggle(mode: PairMode) -> Callable[[], None]:
        return lambda: toggle_pair(screen, mode)

    def shows(mode: PairMode) -> Callable[[], bool]:
        return lambda: screen.pair is not None and screen.pair.mode is mode

    def has_two() -> bool:
        return screen.pair is not None or len(screen.images) > 1

    def turn() -> None:
        screen.pair_turned = not screen.pair_turned

    flickers = shows(PairMode.FLICKER)
    return [
        Command(
            "pair.swipe",
            "Swipe between two views",
            toggle(PairMode.SWIPE),
            key="Alt+X",
            icon="arrows-left-right",
            where="read",
            enabled=has_two,
            on=shows(PairMode.SWIPE),
        ),
        Command(
            "pair.flicker",
            "Flicker between two views",
            toggle(PairMode.FLICKER),
            key="Alt+B",
            where="read",
            enabled=has_two,
            on=flickers,
        ),
        Command(
            "pair.turn", "Show the other of two views", turn, key="Alt+V", where="read", enabled=flickers
        ),
        Command(
            "pair.slower",
            "Flicker more slowly",
            lambda: step_pair_rate(screen, -1),
            key="Alt+-",
            where="read",
            enabled=flickers,
        ),
        Command(
            "pair.faster",
            "Flicker faster",
            lambda: step_pair_rate(screen, 1),
            key="Alt+=",
            where="read",
            enabled=flickers,
        ),
    ]
