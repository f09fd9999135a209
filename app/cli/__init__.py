"""The command line: the same services as the window.

Exit statuses: 0 done, 2 wrong use, 3 bad input, 4 not found, 5 refused, 6 not allowed, 7 unavailable, 130
interrupted, 1 a defect. With ``--json`` data go to standard output as JSON; messages always go to standard
error.  The commands come from the features (`Feature.cli`); here is what they have in common.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from app.bootstrap.features import FEATURES
from app.cli.arguments import globals_first, option, words
from app.command_line import CommandLine
from app.demo.cli import cli as demo
from app.errors import Cancelled, UserError
from app.i18n import set_language, tr
from app.session.station import Station


def command_line() -> CommandLine:
    """The commands of all features."""
    commands = typer.Typer(
        name="yingshu",
        add_completion=False,
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        help="影枢 YingShu",
    )
    line = CommandLine(_open, commands)

    @commands.callback()
    def take_global_options(
        home: Annotated[Path | None, typer.Option("--home", help="Data folder (or YINGSHU_HOME).")] = None,
        lang: Annotated[str | None, typer.Option("--lang", help="zh or en.")] = None,
    ) -> None:
        line.home, line.language = home, lang

    demo(line)
    for feature in FEATURES:
        feature.cli(line)
    return line


def command_names(line: CommandLine) -> frozenset[str]:
    """The first words that name a command or a group of commands; anything else is a path for the window."""
    single = (command.name for command in line.commands.registered_commands)
    groups = (group.name for group in line.commands.registered_groups)
    return frozenset(str(name) for name in (*single, *groups))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _print_anything()
    set_language(_language_of(given))
    try:
        line = command_line()
        if _wants_window(given, command_names(line)):
            return _window(given)
        with _stopping_on_term():
            status = line.commands(globals_first(given), standalone_mode=False)
        return int(status) if isinstance(status, int) else 0
    except UserError as error:
        return _tell(error)
    except (Cancelled, KeyboardInterrupt):
        print(tr("Stopped."), file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError):
            return 0
        if hasattr(error, "format_message"):  # click's errors of use
            print(error.format_message(), file=sys.stderr)
            return 2
        raise


def _print_anything() -> None:
    """What the terminal has no letters for is printed as escapes (which JSON has too), never refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _stopping_on_term() -> Iterator[None]:
    """SIGTERM stops a command as Ctrl+C does: children ended, memory given back, nothing half-written."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def home_folder(given: Path | None) -> Path:
    """The data folder: the option, else YINGSHU_HOME, else the account's data directory."""
    if given is not None:
        return given
    if named := os.environ.get("YINGSHU_HOME"):
        return Path(named)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "yingshu"


def _open(home: Path | None, language: str | None) -> AbstractContextManager[Station]:
    from app.bootstrap.station import open_station

    return open_station(home_folder(home), language=language)


def _language_of(given: list[str]) -> Any:
    wanted = option(given, "--lang") or os.environ.get("YINGSHU_LANG") or "zh"
    return wanted if wanted in ("zh", "en") else "zh"


def _wants_window(given: list[str], names: frozenset[str]) -> bool:
    if any(flag in given for flag in ("--help", "--version")):
        return False
    first = next(iter(words(given)), "")
    return first not in names


def _window(given: list[str]) -> int:
    known = {"--home", "--lang", "--demo"}
    unknown = [a for a in given if a.startswith("-") and a.split("=")[0] not in known]
    if unknown:
        raise UserError(
            "There is no option {name}.", hint="“main.py --help” names the options.", name=unknown[0]
        )
    from app.bootstrap.run import need_display, run_window

    need_display()
    own = option(given, "--home")
    home, addition = home_folder(Path(own) if own else None), None
    if "--demo" in given:
        from app.demo.window import DemoWindow

        home = home if own else home.with_name(home.name + "-demo")
        addition = DemoWindow(home)
    paths = [Path(p) for p in words(given)]
    return run_window(home, paths, language=option(given, "--lang"), addition=addition)


def _tell(error: UserError) -> int:
    from app.notifications import explain

    told = explain(error)
    print(told.message, file=sys.stderr)
    if told.hint:
        print(told.hint, file=sys.stderr)
    return error.exit_code
