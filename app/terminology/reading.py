"""Reads the shipped tables (`resources/terminology`) into terms."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.errors import BadInput
from app.terminology.categories import GROUPS
from app.terminology.term import Term

_STARTER = ("rid", "name", "is_a", "source")
_OVERLAY = ("rid", "zh", "synonyms", "english", "category", "broader", "body_parts")
_SOUNDS = ("rid", "sounds")
_SIDE = re.compile(r"(?:left|right) ")

Overlay = Mapping[str, Sequence[str]]


def read_terms(starter: Path, overlay: Path) -> list[Term]:
    """Read the two tables; `BadInput` names the line that is wrong."""
    rows = _rows(starter, _STARTER)
    ours = read_overlay(overlay)
    known = {row[0] for row in rows}
    for rid in ours:
        if rid not in known:
            raise BadInput(
                "{file} names {rid}, which {other} has not.", file=overlay.name, rid=rid, other=starter.name
            )
    return with_overlay(((rid, name, is_a, source, ()) for rid, name, is_a, source in rows), ours)


def read_overlay(overlay: Path) -> dict[str, list[str]]:
    """Our Chinese names, synonyms and grouping, by identifier."""
    return {row[0]: row for row in _rows(overlay, _OVERLAY)}


def read_sounds(path: Path) -> dict[str, tuple[str, ...]]:
    """The pinyin of each Chinese name of a term, in the order of its Chinese names."""
    return {rid: tuple(sounds.split("|")) for rid, sounds in _rows(path, _SOUNDS)}


def with_overlay(rows: object, ours: Overlay) -> list[Term]:
    """Terms of (identifier, name, identifier above, source, synonyms), with what the overlay adds.

    What the overlay does not name is grouped by the nearest group above, and a part of the body stands below
    what it is part of by its name.
    """
    taken: list[tuple[str, str, str, str, tuple[str, ...]]] = list(rows)  # type: ignore[call-overload]
    above = {rid: is_a for rid, _, is_a, _, _ in taken}
    named = {name: rid for rid, name, _, _, _ in taken}
    groups: dict[str, str] = {}
    terms = []
    for rid, name, is_a, source, synonyms in taken:
        own = ours.get(rid)
        if own is None:
            group = _group(rid, above, groups)
            part_of = _part_of(rid, name, named) if group == "anatomy" else ""
            terms.append(Term(rid, name, "", synonyms, group, part_of, (), source, is_a=is_a))
            continue
        _, zh, chinese, english, category, broader, body_parts = own
        words = tuple(dict.fromkeys((*_listed(chinese), *_listed(english), *synonyms)))
        terms.append(Term(rid, name, zh, words, category, broader, _listed(body_parts), source, is_a=is_a))
    return terms


def _group(rid: str, above: Mapping[str, str], groups: dict[str, str]) -> str:
    """The group of the nearest concept above that has one."""
    way: list[str] = []
    found = ""
    while rid and rid not in way:
        found = groups.get(rid) or GROUPS.get(rid, "")
        if found:
            break
        way.append(rid)
        rid = above.get(rid, "")
    groups.update((at, found) for at in way)
    return found


def _part_of(rid: str, name: str, named: Mapping[str, str]) -> str:
    """What a part of the body is part of by its name: "apex of right lung" of the right lung."""
    whole = name
    while " of " in whole:
        whole = whole.partition(" of ")[2]
        if whole in named and named[whole] != rid:
            return named[whole]
    plain = _SIDE.sub("", name, count=1)
    return named.get(plain, "") if plain != name else ""


def _rows(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        found = tuple(next(reader, ()))
        if found != columns:
            raise BadInput(
                "{file} must have the columns {wanted}, found {found}.",
                file=path.name,
                wanted=columns,
                found=found,
            )
        return [row for row in reader if len(row) == len(columns)]


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()
