"""The gold set is well formed, and its sealed half holds no sentence of the open one."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.mentions.combinations import STATUSES, combinations

GOLD = Path(__file__).parent / "gold"
LANGUAGES = ("zh", "en")
#: the second set has no concepts: only status, side and value are labelled
HALVES = ("open", "sealed", "second")
SIDES = {"left", "right", "bilateral", None}
UNITS = {"mm", "cm", "ml", "HU", "SUV", "%", "°", None}
SECTIONS = {"findings", "impression", "history", "indication", "technique", "recommendation", None}
#: Sentences that share more than this part of their pieces (pairs of characters, of words) are near copies.
NEAR = 0.6


@cache
def lines(language: str, half: str) -> list[dict[str, Any]]:
    text = (GOLD / f"{language}_{half}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def halves() -> list[tuple[str, str]]:
    return [(language, half) for language in LANGUAGES for half in HALVES]


def pieces(text: str, language: str) -> set[tuple[str, ...]]:
    plain = re.sub(r"[\W_]+", " ", text.lower()).strip()
    units = plain.split() if language == "en" else [c for c in plain if c != " "]
    return {tuple(units[i : i + 2]) for i in range(max(1, len(units) - 1))}


@pytest.mark.parametrize(("language", "half"), halves())
def test_offsets_and_values_are_well_formed(language: str, half: str) -> None:
    for line in lines(language, half):
        text, end = line["text"], 0
        assert line.get("section") in SECTIONS
        for mention in line["mentions"]:
            assert text[mention["start"] : mention["end"]] == mention["text"] != ""
            assert mention["start"] >= end, f"mentions overlap or are out of order: {text}"
            end = mention["end"]
            assert mention["status"] in STATUSES.values()
            assert mention["side"] in SIDES
            assert mention["unit"] in UNITS
            assert (mention["value"] is None) == (mention["unit"] is None)
            if half != "second":
                assert mention["concept"]
                assert mention["rid"] is None or re.fullmatch(r"RID\d+", mention["rid"])
            assert mention.get("experiencer", "other") == "other"


@pytest.mark.parametrize(("language", "half"), halves())
def test_values_stand_in_the_text(language: str, half: str) -> None:
    for line in lines(language, half):
        for mention in line["mentions"]:
            value = mention["value"]
            for number in value if isinstance(value, list) else [value] * (value is not None):
                assert re.search(rf"(?<![\d.]){re.escape(str(number))}(?!\d)", line["text"]), line["text"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_in_both_halves_or_twice(language: str) -> None:
    seen = {half: [pieces(line["text"], language) for line in lines(language, half)] for half in HALVES}
    for half, found in seen.items():
        texts = [line["text"] for line in lines(language, half)]
        assert len(set(texts)) == len(found)
    for i, sealed in enumerate(seen["sealed"]):
        for j, other in enumerate([*seen["open"], *seen["second"]]):
            shared = len(sealed & other) / len(sealed | other)
            assert shared <= NEAR, (
                f"sealed line {i + 1} of {language} is a near copy of line {j + 1} of those read"
            )


@pytest.mark.parametrize(("language", "least"), [("zh", 360), ("en", 200)])
def test_both_halves_hold_every_form_and_status(language: str, least: int) -> None:
    forms = {half: {line["form"] for line in lines(language, half)} for half in ("open", "sealed")}
    assert forms["open"] == forms["sealed"]
    assert sum(len(lines(language, half)) for half in ("open", "sealed")) >= least
    for half in ("open", "sealed"):
        counts = Counter(m["status"] for line in lines(language, half) for m in line["mentions"])
        print(language, half, len(lines(language, half)), dict(sorted(counts.items())))
        assert set(counts) == set(STATUSES.values())


@pytest.mark.parametrize(("language", "least"), [("zh", 200), ("en", 150)])
def test_the_second_set_holds_every_status(language: str, least: int) -> None:
    assert len(lines(language, "second")) >= least
    told = {m["status"] for line in lines(language, "second") for m in line["mentions"]}
    assert told == set(STATUSES.values())


@pytest.mark.parametrize(("language", "least"), [("zh", 2000), ("en", 1500)])
def test_combinations_are_as_many_as_said_and_point_at_their_words(language: str, least: int) -> None:
    made = list(combinations(language))
    assert made == list(combinations(language))
    assert len({line["text"] for line in made}) == len(made) >= least
    for line in made:
        assert [line["text"][m["start"] : m["end"]] for m in line["mentions"]] == [
            m["text"] for m in line["mentions"]
        ]
        assert not set("[]{}") & set(line["text"])
    told = {(m["status"], m["side"]) for line in made for m in line["mentions"]}
    assert told == {
        (status, side) for status in STATUSES.values() for side in ("left", "right", "bilateral", None)
    }
