"""The planted reports are well formed; both halves hold every kind of error."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PLANTED = Path(__file__).parent / "planted"
HALVES = ("open", "sealed")
SECTIONS = {"history", "technique", "findings", "impression"}
LEAST = 120


@cache
def reports(half: str) -> list[dict[str, Any]]:
    text = (PLANTED / f"{half}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("half", HALVES)
def test_errors_point_at_words_of_their_report(half: str) -> None:
    for report in reports(half):
        sections = report["sections"]
        assert {"findings", "impression"} <= set(sections) <= SECTIONS
        for error in report["errors"]:
            if error["section"] == "signature":
                assert error["text"] == report["exam"]["author"] == report["exam"]["reviewer"]
            elif error["kind"] == "empty-section":
                assert sections[error["section"]] == ""
            else:
                assert error["text"]
                assert error["text"] in sections[error["section"]], report["id"]


def test_there_are_enough_reports_and_no_two_are_alike() -> None:
    everything = [report for half in HALVES for report in reports(half)]
    assert len({report["id"] for report in everything}) == len(everything)
    said = Counter(json.dumps([r["exam"], r["sections"]], sort_keys=True) for r in everything)
    assert max(said.values()) == 1
    wrong = [report for report in everything if report["errors"]]
    assert min(len(wrong), len(everything) - len(wrong)) >= LEAST


def test_both_halves_hold_every_kind_in_both_languages() -> None:
    kinds = [
        {e["kind"] for report in reports(half) if report["language"] == language for e in report["errors"]}
        for half in HALVES
        for language in ("zh", "en")
    ]
    assert all(found == kinds[0] for found in kinds)


def test_right_reports_name_no_future_and_no_second_signature_of_one_person() -> None:
    for report in (r for half in HALVES for r in reports(half) if not r["errors"]):
        exam = report["exam"]
        assert "author" not in exam or exam["author"] != exam["reviewer"]
        assert all(report["sections"].values())
