"""The command registry, over app-model: ids, titles, keys, when enabled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app_model import Action, Application
from app_model.types import KeyBindingRule

from app.errors import NotFound, Refused
from app.i18n import tr


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do.

    `command_id` is public and stable (``report.sign``).  `title` is English, a translation key, and begins with a verb.
    `key` as app-model writes keys (``D``, ``Ctrl+Z``), in force in `where` only: the reading workspace, or everywhere ("").
    `icon` is a file name under `resources/icons` without its ending.  `enabled` is asked each time.
    """

    command_id: str
    title: str
    run: Callable[..., Any]
    key: str = ""
    icon: str = ""
    where: str = ""
    enabled: Callable[[], bool] = _always
    #: shown in the palette (False for commands that need arguments)
    palette: bool = True


class Commands:
    """All commands of one window.  `run` is the one way to act: buttons, keys, palette and the headless job use it."""

    def __init__(self, name: str) -> None:
        self._model = Application.get_or_create(name)
        self._name = name
        self._commands: dict[str, Command] = {}

    def add(self, commands: Iterable[Command]) -> None:
        """Register commands; an id given twice is a defect."""
        for command in commands:
            if command.command_id in self._commands:
                raise ValueError(f"command {command.command_id!r} is registered twice")
            self._commands[command.command_id] = command
            keys = [KeyBindingRule(primary=command.key)] if command.key else []
            self._model.register_action(
                Action(id=command.command_id, title=command.title, callback=command.run, keybindings=keys, palette=command.palette)
            )

    def run(self, command_id: str, *args: Any, **kwargs: Any) -> Any:
        """Do it.  `Refused` when it is not enabled now."""
        command = self.get(command_id)
        if not command.enabled():
            raise Refused("“{command}” is not possible now.", command=tr(command.title))
        return self._model.commands.execute_command(command_id, *args, **kwargs).result()

    def get(self, command_id: str) -> Command:
        """One command."""
        if command_id not in self._commands:
            raise NotFound("There is no command {name}.", name=command_id)
        return self._commands[command_id]

    def all(self) -> tuple[Command, ...]:
        """All commands in the order they were registered."""
        return tuple(self._commands.values())

    def close(self) -> None:
        """Forget the application, so that a second window may be built in this process."""
        Application.destroy(self._name)
