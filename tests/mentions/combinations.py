"""Sentences put together from parts, whose mentions are known because of how they are made.

Each template is filled with each kind of side and each length of list, findings and regions taking turns;
clauses are joined in pairs. Nothing is drawn by chance: two runs give the same sentences in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from tests.mentions.combination_parts import (
    CLAUSES,
    END,
    JOINS,
    PLURALS,
    REGIONS,
    RIDS,
    SEPARATORS,
    TEMPLATES,
    VALUES,
)

SIDES = (None, "left", "right", "bilateral")
LENGTHS = (1, 2, 3, 4)
STATUSES = {
    "A": "absent",
    "P": "present",
    "U": "uncertain",
    "H": "history",
    "R": "resolved",
    "N": "not_examined",
    "C": "recommended",
    "D": "undecided",
}
LIST = (
    r"\[(?P<kind>[LFMB])(?P<list>\d)(?:@(?P<at>\d))?(?:=(?P<same>\d))?:(?P<status>[A-Z])(?::(?P<join>\w+))?\]"
)
TOKEN = re.compile(rf"\[S(?P<place>\d)\]|{LIST}|\{{(?P<verb>is|has|are)(?P<of>\d)\}}|\{{value\}}")


@dataclass(frozen=True)
class Finding:
    """A term as it is written, and its RadLex-style name."""

    term: str
    concept: str


@dataclass(frozen=True)
class Region:
    """Places by side, and findings that occur there; the first finding can be measured."""

    places: dict[str | None, str]
    findings: tuple[Finding, ...]


@cache
def regions(language: str) -> tuple[Region, ...]:
    found = []
    lines = REGIONS[language].strip().splitlines()
    for places, findings in zip(lines[::2], lines[1::2], strict=True):
        by_side = dict(zip(SIDES, places.split("|"), strict=True))
        found.append(
            Region(by_side, tuple(Finding(*part.split("=")) for part in findings.strip().split("|")))
        )
    return tuple(found)


@dataclass(frozen=True)
class Filling:
    """How a template is filled: whose turn it is, how long lists are, each place's side by its number."""

    language: str
    turn: int
    length: int
    sides: dict[int, str | None]

    def region(self, place: int) -> Region:
        known = regions(self.language)
        return known[(self.turn + 2 * place) % len(known)]

    def joins(self, status: str, number: int, word: str | None) -> list[str]:
        """The words before each of `number` members of a list."""
        if word:
            return ["", *[f" {word} "] * (number - 1)]
        known = JOINS[self.language]
        choices = known.get(status, known["other"])
        comma, last = choices[self.turn % len(choices)]
        if number == 2 and self.language == "en":
            last = last.removeprefix(",")
        return ["", *[comma] * (number - 2), last][:number]


def fill(template: str, filling: Filling) -> dict[str, Any]:
    """The text of a template and its mentions, in the gold set's form."""
    tokens = list(TOKEN.finditer(template))
    lists = {int(token["list"]): token for token in tokens if token["list"]}
    repeated = {n: int(token["same"]) for n, token in lists.items() if token["same"]}
    region = {n: filling.region(repeated.get(n, n)) for n in {*lists, *filling.sides}}
    members = {n: _members(token, region[n], filling) for n, token in lists.items() if n not in repeated}
    members |= {n: members[first] for n, first in repeated.items()}
    shown, value, unit = VALUES[filling.language][filling.turn % len(VALUES[filling.language])]
    text, position = "", 0
    mentions: list[dict[str, Any]] = []
    for token in tokens:
        text += template[position : token.start()]
        position = token.end()
        if token["place"]:
            place = int(token["place"])
            text += region[place].places[filling.sides[place]]
        elif token["list"]:
            n = int(token["list"])
            measured = token["kind"] == "M"
            joins = filling.joins(token["status"], len(members[n]), token["join"])
            for words, finding in zip(joins, members[n], strict=True):
                text += words
                mentions.append(
                    {
                        "text": finding.term,
                        "start": len(text),
                        "end": len(text) + len(finding.term),
                        "concept": finding.concept,
                        "rid": RIDS.get(finding.concept),
                        "status": STATUSES[token["status"]],
                        "side": filling.sides.get(int(token["at"] or n)),
                        "value": value if measured else None,
                        "unit": unit if measured else None,
                    }
                )
                text += finding.term
        elif token["verb"]:
            n = int(token["of"])
            if token["verb"] == "are":
                text += "are" if filling.sides[n] == "bilateral" else "is"
            else:
                many = len(members[n]) > 1 or members[n][0].term in PLURALS
                text += {"is": "are", "has": "have"}[token["verb"]] if many else token["verb"]
        else:
            text += shown
    return _capitalised({"text": text + template[position:], "mentions": mentions})


def _members(token: re.Match[str], region: Region, filling: Filling) -> list[Finding]:
    """The findings of a list: it starts with another one on every turn."""
    if token["kind"] == "M":
        return [region.findings[0]]
    number = {"F": 1, "B": max(2, filling.length)}.get(token["kind"], filling.length)
    start = filling.turn + int(token["list"])
    return [region.findings[(start + i) % len(region.findings)] for i in range(number)]


def _capitalised(line: dict[str, Any]) -> dict[str, Any]:
    """Sentences start with a capital: at the start, after a full stop and a blank, after `1. ` and `1) `."""
    text = re.sub(r"(?:^|(?<=[.)] )|(?<=\.\n))[a-z]", lambda letter: letter[0].upper(), line["text"])
    for mention in line["mentions"]:
        mention["text"] = text[mention["start"] : mention["end"]]
    return line | {"text": text}


def _sides(template: str, first: str | None, turn: int) -> dict[int, str | None] | None:
    """A side for each place; None where the places of a repeated finding would not differ."""
    places = sorted({int(token["place"]) for token in TOKEN.finditer(template) if token["place"]})
    if re.search(r"=\d:", template):
        other = {"left": "right", "right": "left"}.get(first or "")
        return {places[0]: first, places[1]: other} if other else None
    return {place: first if i == 0 else SIDES[(turn + i) % len(SIDES)] for i, place in enumerate(places)}


def combinations(language: str) -> Iterator[dict[str, Any]]:
    """Lines of the gold set's form; no text comes twice."""
    seen: set[str] = set()
    for line in (*_single(language), *_pairs(language)):
        if line["text"] not in seen:
            seen.add(line["text"])
            yield line


def _single(language: str) -> Iterator[dict[str, Any]]:
    turn = 0
    for row in TEMPLATES[language].strip().splitlines():
        form, section, template = row.replace("\\n", "\n").split("|", 2)
        known = {"form": form} | ({"section": section} if section != "-" else {})
        for length in LENGTHS:
            for first in SIDES:
                turn += 1
                sides = _sides(template, first, turn)
                if sides is not None:
                    yield known | fill(template, Filling(language, turn, length, sides))


def _pairs(language: str) -> Iterator[dict[str, Any]]:
    choices = product(
        enumerate(CLAUSES[language]), enumerate(CLAUSES[language]), SEPARATORS[language], (0, 1)
    )
    for turn, ((i, one), (j, other), separator, more) in enumerate(choices):
        if separator == "，" and ":C]" in one:
            continue  # what is recommended reaches over the comma
        pair = one.replace("0", "1") + separator + other.replace("0", "2") + END[language]
        sides = _sides(pair, SIDES[(turn + i) % len(SIDES)], turn + j)
        assert sides is not None
        yield {"form": "pair"} | fill(pair, Filling(language, turn, 1 + (turn + more) % 3, sides))
