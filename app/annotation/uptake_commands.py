"""Commands of the kind of uptake that measurements on PET tell."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.quantity import UPTAKES, Quantity
from app.errors import Refused
from app.session.commands import Command
from app.viewing.screen import Screen
from app.viewing.told_image import quantity_shown, scales_of

_TITLES = (
    "Tell SUV by body weight (SUVbw)",
    "Tell SUV by lean body mass (SUL, Janmahasatian)",
    "Tell SUV by lean body mass (SUL, James)",
    "Tell SUV by body surface area (SUVbsa)",
)
#: their commands, for menus
UPTAKE_IDS = tuple(f"uptake.{kind.value}" for kind in UPTAKES)


def uptake_commands(screen: Screen) -> list[Command]:
    """One for each kind; what is measured from now on is told in it, and what the pointer says."""

    def is_pet() -> bool:
        shown = quantity_shown(screen.active_viewport)
        return shown is not None and shown.is_uptake

    def choose(kind: Quantity) -> Callable[[], None]:
        def apply() -> None:
            viewport = screen.active_viewport
            scales, stored = scales_of(viewport), quantity_shown(viewport)
            if stored is not kind and scales.factor(kind) is None:
                why = scales.why_not(kind)
                raise Refused(why[0], **why[1]) if why is not None else Refused("These images have no SUV.")
            screen.uptake = kind

        return apply

    def is_chosen(kind: Quantity) -> Callable[[], bool]:
        return lambda: screen.uptake is kind

    return [
        Command(name, title, choose(kind), where="read", enabled=is_pet, on=is_chosen(kind))
        for name, title, kind in zip(UPTAKE_IDS, _TITLES, UPTAKES, strict=True)
    ]
