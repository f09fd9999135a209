"""Commands of hanging protocols: their stages, choosing and keeping one."""

from __future__ import annotations

from pathlib import Path

from app.reading.hanging_controller import HangingController
from app.session.commands import Command
from app.session.session import Session


def hanging_commands(session: Session) -> list[Command]:
    """Stages by key; what needs a choice or a file is asked for by the bar above the views."""
    hanging = session.get(HangingController)

    def has_images() -> bool:
        return session.screen.active_viewport.image is not None

    def has_study() -> bool:
        return session.study.study is not None

    def hangs() -> bool:
        return hanging.match is not None

    def take_in(path: str) -> object:
        return hanging.take_in(Path(path))

    return [
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
            enabled=lambda: bool(session.study.priors),
        ),
        Command("hanging.stage", "Show stage", hanging.go, palette=False, enabled=hangs),
        Command("hanging.remove", "Remove hanging protocol", hanging.remove, palette=False, enabled=hangs),
        Command("hanging.take-in", "Take in hanging protocol", take_in, palette=False, enabled=has_study),
        Command(
            "hanging.choose", "Choose hanging protocol", hanging.choose, palette=False, enabled=has_study
        ),
        Command("hanging.keep", "Keep hanging as my own", hanging.keep, palette=False, enabled=has_images),
    ]
