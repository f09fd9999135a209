"""Lines as print sets them."""

from __future__ import annotations

import random

import pytest

from app.reporting.line_breaking import break_lines
from app.reporting.quantities import quantities_in

CLOSING = set("，。、；：！？）》」”")
OPENING = set("（《「“")


def wide(text: str) -> float:
    """Chinese characters 1, others ½."""
    return sum(1.0 if c > "\u2e7f" else 0.5 for c in text)


@pytest.mark.parametrize("seed", range(200))
def test_no_line_starts_or_ends_wrongly_and_nothing_is_lost(seed: int) -> None:
    """避头尾; numbers stay with their units; the text is the same."""
    dice = random.Random(seed)
    pieces = [
        "左肺上叶",
        "结节",
        "，",
        "。",
        "（",
        "）",
        "8.4 mm",
        "、",
        "Lung-RADS 4A",
        " ",
        "2026-07-17",
        "边缘分叶",
        "“",
        "”",
        "RID50149",
        "120 kV",
        "图 12",
    ]
    text = "左" + "".join(dice.choice(pieces) for _ in range(dice.randint(5, 60))) + "右"
    width = dice.choice([12, 17.5, 24, 40])
    lines = break_lines(text, wide, width, first_indent=2)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(wide(line) <= width for line in lines)
    longest_run = max(len(run) for run in _runs(text))
    if longest_run <= 3:
        assert not any(line[0] in CLOSING for line in lines)
        assert not any(line[-1] in OPENING for line in lines[:-1])
    for word in ("8.4 mm", "2026-07-17", "RID50149", "120 kV", "图 12"):
        if longest_run <= 3 and text.count(word) == 1 and _alone(text, word):
            assert any(word in line for line in lines), (word, lines)


def _runs(text: str) -> list[str]:
    """Runs of marks and Latin words, which may be too long to hold together."""
    runs, run = [""], ""
    for character in text:
        run = run + character if character in CLOSING | OPENING else ""
        runs.append(run)
    return runs


def _alone(text: str, word: str) -> bool:
    at = text.index(word)
    around = text[max(0, at - 1) : at] + text[at + len(word) : at + len(word) + 1]
    return not any(c.isascii() for c in around)


def test_a_number_is_not_parted_from_its_unit() -> None:
    assert break_lines("大小约 8.4 mm", wide, 6) == ["大小约", "8.4 mm"]


def test_a_uid_longer_than_a_line_is_cut_and_not_lost() -> None:
    uid = "1.2.826.0.1.3680043.8.498." + "1234567890" * 3
    lines = break_lines(uid, wide, 10)
    assert "".join(lines) == uid
    assert all(wide(line) <= 10 for line in lines)


def test_an_empty_paragraph_is_one_empty_line() -> None:
    assert break_lines("", wide, 10) == [""]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("8.4 mm × 6.9 mm", [(8.4, "mm"), (6.9, "mm")]),
        ("1.2×0.9cm", [(1.2, "cm"), (0.9, "cm")]),
        ("3 x 4 x 5 mm", [(3, "mm"), (4, "mm"), (5, "mm")]),
        ("CT 值 −705 HU", [(-705, "hu")]),
        ("面积 123 mm²", [(123, "mm²")]),
        ("第 5 肋，L4，2026-11-20", []),
        ("20-30 mm", [(30, "mm")]),
        ("12 毫米", [(12, "毫米")]),
        ("5 mL", [(5, "ml")]),
        ("5 mmol", []),
    ],
)
def test_quantities_in_words(text: str, found: list[tuple[float, str]]) -> None:
    assert [(q.value, q.unit) for q in quantities_in(text)] == found
