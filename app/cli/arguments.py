"""Words and global options in what was typed, before it is known which command is meant."""

from __future__ import annotations

#: options that belong to every command and take a value; they may stand before or after the command
GLOBAL_OPTIONS = ("--home", "--lang")


def words(given: list[str]) -> list[str]:
    """What is neither an option nor the value of a global one."""
    return [a for a in _split(given)[1] if not a.startswith("-")]


def option(given: list[str], name: str) -> str | None:
    """The value of a global option; None where it was left out."""
    pairs = iter(_split(given)[0])
    for argument in pairs:
        key, equals, value = argument.partition("=")
        if not equals:
            value = next(pairs)
        if key == name:
            return value
    return None


def globals_first(given: list[str]) -> list[str]:
    """The same with the global options before the command, where the parser expects them."""
    ahead, rest = _split(given)
    return [*ahead, *rest]


def _split(given: list[str]) -> tuple[list[str], list[str]]:
    """Global options with their values, and all else; after ``--`` there are no options."""
    ahead: list[str] = []
    rest: list[str] = []
    left = list(given)
    while left:
        argument = left.pop(0)
        if argument == "--":
            return ahead, [*rest, argument, *left]
        if argument in GLOBAL_OPTIONS and left:
            ahead += [argument, left.pop(0)]
        elif argument.split("=", 1)[0] in GLOBAL_OPTIONS and "=" in argument:
            ahead.append(argument)
        else:
            rest.append(argument)
    return ahead, rest
