"""The figures of `docs/mentions.md`; ``python -m tests.mentions.figures`` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

from app.mentions import Status
from app.mentions.product import reader
from tests.mentions.scoring import Score, score_gold, score_negex
from tests.support.real_data import real_folder

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "mentions.md"
_MARK = "<!-- figures -->\n"
_HEAD = "| set | status | precision | recall | F1 | mentions |\n|---|---|---|---|---|---|\n"


def rows() -> list[tuple[str, str, float, float, float, int]]:
    """Set, status, precision, recall, F1, support."""
    made = []
    for language in ("zh", "en"):
        for half in ("open", "second", "sealed"):
            score = score_gold(reader(), language, half)
            made += [_row(f"gold {language} {half}", score, status.value) for status in Status]
    folder = real_folder("report_sentences_negex_en")
    for half in ("open", "sealed") if folder is not None else ():
        assert folder is not None
        negation, history = score_negex(reader(), folder / "sentences.tsv", half)
        for name, score in (("negation", negation), ("history", history)):
            row = _row(f"NegEx {half}", score, "yes")
            made.append((row[0], name, *row[2:]))
    return made


def _row(name: str, score: Score, status: str) -> tuple[str, str, float, float, float, int]:
    return (
        name,
        status,
        score.precision(status),
        score.recall(status),
        score.f1(status),
        score.support(status),
    )


def recorded() -> dict[tuple[str, str], float]:
    """F1 by set and status as the document has them."""
    found = re.findall(
        r"^\| ([\w ]+) \| (\w+) \| [\d.]+ \| [\d.]+ \| ([\d.]+) \|", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    return {(name, status): float(f1) for name, status, f1 in found}


def write() -> None:
    """Put today's figures into the document."""
    before = DOCUMENT.read_text(encoding="utf-8").split(_MARK)[0]
    lines = "".join(f"| {n} | {s} | {p:.3f} | {r:.3f} | {f:.3f} | {c} |\n" for n, s, p, r, f, c in rows())
    DOCUMENT.write_text(before + _MARK + _HEAD + lines, encoding="utf-8")


if __name__ == "__main__":
    write()
