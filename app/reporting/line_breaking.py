"""Lines of Chinese and Latin text as print sets them.

No line starts with a closing mark or ends with an opening one (避头尾); words, numbers with their units,
sizes, dates, codes and figure numbers stay whole. A small part of UAX #14, over any function that measures a
string's width.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Measure = Callable[[str], float]

_NOT_FIRST = frozenset("，。、；：！？）］】〕〉》」』”’…—·％%,.;:!?)]}°℃²³~～/")
_NOT_LAST = frozenset("（［【〔〈《「『“‘([{￥$#")
_UNIT = (
    r"(?:mm|cm|m|mL|ml|L|kV|kVp|mA|mAs|mGy(?:·cm)?|mSv|HU|T|ms|s|min|h|%|°|岁|个月|月|年|天|日|周|层"
    r"|枚|个|次|级|类|分)"
)
_ATOM = re.compile(
    r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2})?"  # dates
    rf"|[<>≤≥±≈−–-]?\d+(?:\.\d+)?(?:[²³])?(?: ?{_UNIT}[²³]?(?![A-Za-z]))?"  # numbers with units
    r"(?=[^\w.:/-]|$|[\u2e80-\U0003ffff])"
    r"|图 ?\d+|第 ?\d+ ?[层页段肋]?|(?:Fig\.|Figure|page|Page|slice) \d+"
    r"|[A-Za-z0-9][A-Za-z0-9.@:/_+'’&-]*[A-Za-z0-9²³]|[A-Za-z0-9]"  # words, codes, UIDs
    r"|[ \t]+|.",
    re.DOTALL,
)


def break_lines(text: str, measure: Measure, width: float, *, first_indent: float = 0.0) -> list[str]:
    """The lines of one paragraph, none wider than `width` (the first by `first_indent` less).

    Only what is wider than a whole line by itself is cut inside.
    """
    lines: list[str] = []
    line, room = "", width - first_indent
    for unit in _units(text):
        if not line and unit.isspace():
            continue
        if measure((line + unit).rstrip()) <= room:
            line += unit
            continue
        if line:
            lines.append(line.rstrip())
            line, room = "", width
        if unit.isspace():
            continue
        *full, line = _cut(unit, measure, room)
        lines += full
        room = width if full else room
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _units(text: str) -> list[str]:
    """What may not be parted: atoms, with closing marks behind and opening marks in front."""
    units: list[str] = []
    glue = False
    for match in _ATOM.finditer(text):
        atom = match.group()
        if not glue and atom[0] in _NOT_FIRST and len(units) > 1 and units[-1].isspace():
            space = units.pop()
            units[-1] += space + atom
        elif units and (glue or (atom[0] in _NOT_FIRST and not units[-1].isspace())):
            units[-1] += atom
        else:
            units.append(atom)
        glue = atom[-1] in _NOT_LAST or (glue and atom.isspace())
    return units


def _cut(unit: str, measure: Measure, room: float) -> list[str]:
    """A unit in pieces that fit; one piece where it fits whole."""
    pieces = [""]
    for character in unit:
        if pieces[-1] and measure(pieces[-1] + character) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces
