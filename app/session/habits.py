"""Keys and mouse as each person has set them: kept by person, in force from the log-in on, as a file too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from psygnal import Signal

from app.errors import BadInput
from app.paths import resource_path
from app.session.commands import Command, Commands
from app.session.personal_documents import PersonalDocuments
from app.session.user_session import UserSession
from app.viewing.screen import Screen

#: name that a person's habits are kept under
NAME = "habits"
FORM = 1
#: tools that a button may drag
MOUSE_TOOLS = ("window", "scroll", "pan", "zoom")
WHEELS = ("scroll", "zoom")
_MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")
_MOST_BYTES, _MOST_KEYS, _LONGEST_KEY = 1 << 18, 2000, 40


@dataclass(frozen=True, slots=True)
class MouseHabits:
    """What the middle and the right button drag, and what the wheel does without Ctrl."""

    middle: str = "pan"
    right: str = "zoom"
    wheel: str = "scroll"


@dataclass(frozen=True, slots=True)
class Habits:
    """`keys` are those of commands that differ from the ones they come with, by id; "" takes the key away."""

    keys: Mapping[str, str] = field(default_factory=dict)
    mouse: MouseHabits = MouseHabits()

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        mouse = {"middle": self.mouse.middle, "right": self.mouse.right, "wheel": self.mouse.wheel}
        return {"form": FORM, "keys": dict(self.keys), "mouse": mouse}


def read_habits(plain: Any) -> Habits:
    """Habits of JSON values; `BadInput` says what of them is wrong."""
    if not isinstance(plain, dict) or plain.get("form") != FORM:
        raise BadInput("This is no list of keys that YingShu {form} wrote.", form=FORM)
    keys, mouse = plain.get("keys", {}), plain.get("mouse", {})
    texts = isinstance(keys, dict) and all(isinstance(key, str) for key in keys.values())
    if not texts or len(keys) > _MOST_KEYS or not isinstance(mouse, dict):
        raise BadInput("The keys are to be texts, by the names of commands.")
    wrong = next((key for key in keys.values() if key and not is_key(key)), None)
    if wrong is not None:
        raise BadInput("“{key}” is no key.", key=wrong[:_LONGEST_KEY])
    made = MouseHabits(**{name: str(mouse[name]) for name in ("middle", "right", "wheel") if name in mouse})
    if made.middle not in MOUSE_TOOLS or made.right not in MOUSE_TOOLS or made.wheel not in WHEELS:
        raise BadInput("A mouse button is given something that it cannot do.")
    return Habits({name: portable(key) for name, key in keys.items()}, made)


def load_habits(path: Path) -> Habits:
    """Habits of a file."""
    if not path.is_file():  # a folder, a device, a pipe
        raise BadInput("{name} cannot be read.", name=path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput("{name} is larger than {limit} bytes.", name=path.name, limit=_MOST_BYTES)
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("{name} cannot be read.", name=path.name) from error
    return read_habits(plain)


def is_key(key: str) -> bool:
    """A key as Qt writes it: modifiers, each once, and one key."""
    *held, last = _parts(key)
    known = all(one in _MODIFIERS for one in held) and len(set(held)) == len(held)
    named = last.isprintable() and (len(last) == 1 or last[:1].isupper())
    return known and named and len(key) <= _LONGEST_KEY


def portable(key: str) -> str:
    """A key with its modifiers in Qt's order and its letter large."""
    if not key:
        return ""
    *held, last = _parts(key)
    ordered = [one for one in _MODIFIERS if one in held]
    return "+".join((*ordered, last.upper() if len(last) == 1 else last))


def _parts(key: str) -> list[str]:
    """Modifiers and key; the key may be the plus sign itself."""
    if key == "+" or key.endswith("++"):
        return [*(part for part in key[:-2].split("+") if part), "+"]
    return key.split("+")


@dataclass(frozen=True, slots=True)
class KeyPreset:
    """A set of keys that other workstations have.  `title` is English, a translation key."""

    name: str
    title: str
    keys: Mapping[str, str]


@cache
def key_presets() -> tuple[KeyPreset, ...]:
    """The sets of keys that can be taken over, as data."""
    found = []
    for path in sorted(resource_path("key_presets").glob("*.json")):
        read = json.loads(path.read_text(encoding="utf-8"))
        keys = {name: portable(key) for name, key in read["keys"].items()}
        found.append(KeyPreset(path.stem, read["title"], keys))
    return tuple(found)


def together(first: Command, second: Command) -> bool:
    """Two commands can be asked for by one key at one place; those that share the key they come with are
    meant to: one of them is possible at a time.
    """
    meant = bool(first.key) and portable(first.key) == portable(second.key)
    return not meant and ("" in (first.where, second.where) or first.where == second.where)


def rivals(commands: Iterable[Command], keys: Mapping[str, str], command: Command, key: str) -> list[Command]:
    """The other commands that have a key where a command would."""
    wanted = portable(key)
    return [
        other
        for other in commands
        if other.command_id != command.command_id
        and wanted
        and portable(keys.get(other.command_id, other.key)) == wanted
        and together(command, other)
    ]


class PersonalHabits:
    """The habits of whoever is logged in, on the commands and the screen."""

    #: others are in force
    changed = Signal()

    def __init__(
        self, documents: PersonalDocuments, user: UserSession, commands: Commands, screen: Screen
    ) -> None:
        self._documents = documents
        self._commands, self._screen = commands, screen
        self.current = Habits()
        user.changed.connect(self._person_changed)

    def keep(self, habits: Habits) -> None:
        """Keep habits for whoever is logged in: they are in force at once, and saved in the background."""
        self._documents.keep(NAME, habits.plain())
        self._apply(habits)

    def _person_changed(self) -> None:
        stored = self._documents.read(NAME)
        try:
            self._apply(read_habits(stored) if stored else Habits())
        except BadInput:  # of another version: it stays as it is stored
            self._apply(Habits())

    def _apply(self, habits: Habits) -> None:
        self.current = habits
        self._screen.middle_tool, self._screen.right_tool = habits.mouse.middle, habits.mouse.right
        self._screen.wheel_zooms = habits.mouse.wheel == "zoom"
        self._commands.set_keys(habits.keys)
        self.changed.emit()
