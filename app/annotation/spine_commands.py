"""Commands of labelling the spine: where it begins, and whether it goes up or down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.session.commands import Command
from app.viewing.screen import Screen

#: levels that people begin at; the discs go on as discs
STARTS = ("C1", "C2", "T1", "L1", "L5", "S1", "C2/3", "L1/2", "L5/S1")
#: their commands, for menus
SPINE_IDS = (*(f"spine.start-{name}" for name in STARTS), "spine.direction")


def spine_commands(screen: Screen, may_draw: Callable[[], bool]) -> list[Command]:
    """Beginning takes the tool in hand."""

    def begin(name: str) -> Callable[[], None]:
        def apply() -> None:
            screen.spine = replace(screen.spine, start=name)
            screen.tool = "spine"

        return apply

    def turn() -> None:
        screen.spine = replace(screen.spine, up=not screen.spine.up)

    def starts_at(name: str) -> Callable[[], bool]:
        return lambda: screen.spine.start == name

    titles = dict(zip(STARTS, _TITLES, strict=True))
    return [
        *(
            Command(
                f"spine.start-{name}",
                titles[name],
                begin(name),
                where="read",
                enabled=may_draw,
                on=starts_at(name),
            )
            for name in STARTS
        ),
        Command(
            "spine.direction",
            "Label spine upwards",
            turn,
            key="Alt+U",
            where="read",
            enabled=may_draw,
            on=lambda: screen.spine.up,
        ),
    ]


_TITLES = (
    "Label spine from C1",
    "Label spine from C2",
    "Label spine from T1",
    "Label spine from L1",
    "Label spine from L5",
    "Label spine from S1",
    "Label discs from C2/3",
    "Label discs from L1/2",
    "Label discs from L5/S1",
)
