"""What a feature's commands at the command line work with: the station, who acts, data and progress
printed.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from app.domain.person import Actor, Role
from app.i18n import tr
from app.people.service import PeopleService
from app.session.station import Station

AsLogin = Annotated[
    str | None, typer.Option("--as", help="Log in as this person (password: YINGSHU_PASSWORD, or asked for).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files of the same names.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]

#: opens the station of a data folder in a language
Opening = Callable[[Path | None, str | None], AbstractContextManager[Station]]


@dataclass(slots=True)
class CommandLine:
    """One run of the command line; `home` and `language` are its global options, None where they were left
    out.
    """

    open: Opening
    commands: typer.Typer
    home: Path | None = field(default=None)
    language: str | None = field(default=None)

    @contextmanager
    def station(self, as_login: str | None = None) -> Iterator[tuple[Station, Actor]]:
        """The opened station, and who acts: a person with a password, else its operator."""
        with self.open(self.home, self.language) as station:
            yield station, _actor(station, as_login)


def _actor(station: Station, login: str | None) -> Actor:
    """A person who logs in, else the operating system's account as the station's operator."""
    if login is not None:
        password = os.environ.get("YINGSHU_PASSWORD") or getpass.getpass(tr("Password: "))
        return station.get(PeopleService).login(login, password)
    account = getpass.getuser()
    return Actor(f"os:{account}", account, frozenset({Role.OPERATOR}), socket.gethostname())


def progress(title: str) -> Callable[..., None]:
    """Shows how far a work is, on a terminal."""
    if not sys.stderr.isatty():
        return lambda fraction, done=0, total=0: None

    def show(fraction: float, done: int = 0, total: int = 0) -> None:
        end = "" if fraction < 1 else "\n"
        print(f"\r{title} {100 * fraction:3.0f} %", end=end, file=sys.stderr, flush=True)

    return show


def print_json(data: Any) -> None:
    """Data to standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
