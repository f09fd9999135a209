"""The command registry: ids, titles, keys, when enabled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psygnal import Signal

from app.errors import NotFound, Refused
from app.i18n import tr


def _always() -> bool:
    return True


class ToolbarGroup(StrEnum):
    """The groups of the row of tools, in their order; the last stands at the right end."""

    LOOK = "look"
    MEASURE = "measure"
    MARK = "mark"
    VIEW = "view"
    LAYOUT = "layout"
    HISTORY = "history"
    #: what comes and goes with results stands behind the rest, where it moves nothing
    COMPARE = "compare"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Toolbar:
    """A place in the row of tools.  `text` is English, a translation key, beside the icon where there is
    room.
    """

    group: ToolbarGroup
    order: int = 0
    text: str = ""
    #: the key's letter stands beside the icon
    shows_key: bool = False
    #: gives way in a narrow window: it has a key or a menu elsewhere
    spare: bool = False
    #: there only while it is possible
    comes_and_goes: bool = False


def tools_menu(group: StrEnum) -> str:
    """Id of the menu of those tools of a group that do not stand in the row themselves."""
    return f"tools.{group}"


@dataclass(frozen=True, slots=True)
class CommandMenu:
    """A menu of the commands that name it, as a button of the row of tools.

    `texts` gives what the button says, from the longest to the shortest: the first that fits is shown.
    `widths_px` are its fixed widths in a narrow and in a wide window; 0 leaves it to the icon.  A menu that
    `shows_choice` is marked with the icon of what is on.
    """

    menu_id: str
    title: str
    icon: str
    toolbar: Toolbar
    texts: Callable[[], Sequence[str]] | None = None
    widths_px: tuple[int, int] = (0, 0)
    shows_choice: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do.

    `command_id` is public and stable (``report.sign``). `title` is English, a translation key, and begins
    with a verb. `key` is written as Qt writes keys (``D``, ``Ctrl+Z``), in force in `where` only: the reading
    workspace, or everywhere (""). `icon` is a file name under `resources/icons` without its ending.
    `enabled` is asked each time.
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
    #: it is done again, and so undone, when its key is let go after it was held for a while
    while_held: bool = False
    #: whether what it switches or chooses is on; None where there is nothing of the kind
    on: Callable[[], bool] | None = None
    toolbar: Toolbar | None = None
    #: id of the menu that lists it
    menu: str = ""
    #: codes of modalities, where the same key does something else with other images
    images: str = ""
    #: what it would do this to now, in words of the window's language; "" where there is nothing to say
    about: Callable[[], str] | None = None
    #: other words that it is looked for by in the palette, English, a translation key
    also: str = ""


class Commands:
    """All commands of one window.  `run` is the one way to act: buttons, keys, palette and the headless job
    use it.
    """

    #: commands have other keys than before
    keys_changed = Signal()
    #: a command, by its id, is about to be done; has been done, or has failed
    about_to_run = Signal(str)
    has_run = Signal(str)

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}
        self._own_keys: dict[str, str] = {}
        #: titles of the workspaces that commands may be in force in, by their ids
        self.places: dict[str, str] = {}
        #: in the order of their features
        self.menus: list[CommandMenu] = []

    def add(self, commands: Iterable[Command]) -> None:
        """Register commands; an id given twice is a defect."""
        for command in commands:
            if command.command_id in self._commands:
                raise ValueError(f"command {command.command_id!r} is registered twice")
            self._commands[command.command_id] = command

    def run(self, command_id: str, *args: Any, **kwargs: Any) -> Any:
        """Do it.  `Refused` when it is not enabled now."""
        command = self.get(command_id)
        if not command.enabled():
            raise Refused("“{command}” is not possible now.", command=tr(command.title))
        self.about_to_run.emit(command_id)
        try:
            return command.run(*args, **kwargs)
        finally:
            self.has_run.emit(command_id)

    def get(self, command_id: str) -> Command:
        """One command."""
        if command_id not in self._commands:
            raise NotFound("There is no command {name}.", name=command_id)
        return self._commands[command_id]

    def key_of(self, command_id: str) -> str:
        """The key that a command has for the person at this window; "" for none."""
        return self._own_keys.get(command_id, self.get(command_id).key)

    def set_keys(self, keys: Mapping[str, str]) -> None:
        """Give commands keys of a person's own, in place of those they come with; ids that there are not are
        left out.
        """
        wanted = {one: key for one, key in keys.items() if one in self._commands}
        if wanted != self._own_keys:
            self._own_keys = wanted
            self.keys_changed.emit()

    def of_menu(self, menu_id: str) -> tuple[Command, ...]:
        """The commands of a menu, in the order they were registered."""
        return tuple(command for command in self._commands.values() if command.menu == menu_id)

    def of_group(self, group: ToolbarGroup) -> tuple[Command, ...]:
        """The commands of a group of the row of tools, in their order."""
        found = [c for c in self._commands.values() if c.toolbar is not None and c.toolbar.group is group]
        return tuple(sorted(found, key=lambda c: c.toolbar.order if c.toolbar is not None else 0))

    def all(self) -> tuple[Command, ...]:
        """All commands in the order they were registered."""
        return tuple(self._commands.values())
