"""Precision, recall and F1 of each status over labelled sentences."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.mentions import Mention, Named, Reader, Status

GOLD = Path(__file__).parent / "gold"
#: statuses that are right for a condition of another person
_OTHERS = (Status.HISTORY, Status.UNDECIDED)


@dataclass(slots=True)
class Score:
    """Counts by status; a mention that was not found counts as a miss of its status."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    sides: int = 0
    values: int = 0
    found: int = 0
    total: int = 0

    def add(self, wanted: str, got: str | None) -> None:
        self.total += 1
        self.found += got is not None
        if got == wanted:
            self.right[wanted] += 1
            return
        self.missed[wanted] += 1
        if got is not None:
            self.wrong[got] += 1

    def support(self, status: str) -> int:
        return self.right[status] + self.missed[status]

    def precision(self, status: str) -> float:
        return self.right[status] / max(1, self.right[status] + self.wrong[status])

    def recall(self, status: str) -> float:
        return self.right[status] / max(1, self.support(status))

    def f1(self, status: str) -> float:
        p, r = self.precision(status), self.recall(status)
        return 2 * p * r / (p + r) if p + r else 0.0

    @property
    def false_coded(self) -> float:
        """Share of all mentions that are wrongly called present or absent."""
        return (self.wrong["present"] + self.wrong["absent"]) / max(1, self.total)


def gold(language: str, half: str) -> list[dict[str, Any]]:
    text = (GOLD / f"{language}_{half}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def score_gold(reader: Reader, language: str, half: str) -> Score:
    return score_lines(reader, gold(language, half))


def score_lines(reader: Reader, lines: Iterable[dict[str, Any]]) -> Score:
    score = Score()
    for line in lines:
        read = reader.read(line["text"], section=line.get("section") or "")
        for wanted in line["mentions"]:
            _compare(score, wanted, _overlapping(read, wanted["start"], wanted["end"]))
    return score


def _overlapping(read: list[Mention], start: int, end: int) -> Mention | None:
    over = [(min(m.end, end) - max(m.start, start), m) for m in read if m.start < end and m.end > start]
    return max(over, key=lambda pair: pair[0])[1] if over else None


def _compare(score: Score, wanted: dict[str, Any], got: Mention | None) -> None:
    if got is None:
        score.add(wanted["status"], None)
        return
    other = wanted.get("experiencer") == "other" and got.status in _OTHERS
    score.add(wanted["status"], wanted["status"] if other else str(got.status))
    score.sides += got.side == wanted["side"]
    value = list(got.value) if isinstance(got.value, tuple) else got.value
    score.values += (value, got.unit) == (wanted["value"], wanted["unit"])


def negex_rows(path: Path, half: str) -> Iterator[dict[str, str]]:
    """Sentences of others, parted by the digest of their text before any rule was written."""
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            digest = int(hashlib.sha256(row["sentence"].encode()).hexdigest(), 16)
            if (digest % 2 == 0) == (half == "open"):
                yield row


def score_negex(reader: Reader, path: Path, half: str) -> tuple[Score, Score]:
    """Negation (a condition that is resolved counts as negated there) and history."""
    negation, history = Score(), Score()
    for row in negex_rows(path, half):
        name = row["condition"].strip()
        start = row["sentence"].upper().find(name.upper())
        if start < 0:
            continue
        given = Named(start, start + len(name))
        read = reader.read(row["sentence"], given=[given])
        status = next(m.status for m in read if m.start <= start < m.end)
        negated = "yes" if row["negation"] == "Negated" else "no"
        denied = status is Status.ABSENT or (status is Status.RESOLVED and negated == "yes")
        negation.add(negated, "yes" if denied else "no")
        past = "yes" if row["temporality"] == "Historical" and negated == "no" else "no"
        history.add(past, "yes" if status is Status.HISTORY else "no")
    return negation, history


def marked_rows(table: str) -> Iterator[tuple[str, str, int, int]]:
    """Status letter, text, and the place of the word in brackets, of each line of a table."""
    for line in table.strip().splitlines():
        marked = line[2:].replace("⏎", "\n")
        start, end = marked.index("["), marked.index("]") - 1
        yield line[0], marked.replace("[", "", 1).replace("]", "", 1), start, end
