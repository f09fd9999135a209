"""What may be coded of a sentence: nothing false, whatever the sentence."""

from __future__ import annotations

import csv

import pytest

from app.domain.finding import Presence
from app.mentions import Named
from app.mentions.product import reader
from app.reporting.coded_presence import presence_of
from tests.mentions.scoring import marked_rows
from tests.mentions.sentences import EN, ZH
from tests.support.real_data import real_data

_STATES = {"P": Presence.PRESENT, "A": Presence.ABSENT, "U": Presence.UNCERTAIN}


def coded(text: str, start: int, end: int) -> Presence | None:
    read = reader().read(text, section="findings", given=[Named(start, end)])
    return presence_of(next(m for m in read if m.start == start))


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_nothing_false_is_coded(table: str) -> None:
    """What is past, gone, not examined, asked, recommended or undecided is coded as nothing."""
    wrong = [
        text
        for state, text, start, end in marked_rows(table)
        if coded(text, start, end) not in (None, _STATES.get(state))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "marked",
    [
        "未见新发[结节]。",
        "余肺未见[结节]。",
        "双肺未见[结节]，仅右肺上叶见一枚。",
        "No other [nodule].",
        "No [nodule] except in the lingula.",
    ],
)
def test_a_denial_of_a_kind_or_a_part_is_not_coded(marked: str) -> None:
    ((_, text, start, end),) = marked_rows(f"A {marked}")
    assert coded(text, start, end) is None


@pytest.mark.parametrize(
    "marked", ["排除[夹层]。", "右肺[结节]？", "Evaluate for [fracture].", "Is there a [fracture]?"]
)
def test_what_is_asked_is_not_coded(marked: str) -> None:
    ((_, text, start, end),) = marked_rows(f"U {marked}")
    assert coded(text, start, end) is None


def test_plain_sentences_are_coded() -> None:
    rows = [*marked_rows(ZH), *marked_rows(EN)]
    plain = [row for row in rows if row[0] in _STATES]
    assert sum(coded(text, start, end) is not None for _, text, start, end in plain) > 0.6 * len(plain)


def test_labelled_sentences_of_real_reports_hold_few_false_codes() -> None:
    """NegEx' annotated sentences (Chapman et al.): no denied condition is present, no affirmed one absent."""
    path = real_data("report_sentences_negex_en") / "sentences.tsv"
    wrong, total = 0, 0
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["condition"].strip()
            start = row["sentence"].find(name.upper())
            if start < 0:
                continue
            state = coded(row["sentence"], start, start + len(name))
            denied = row["negation"] == "Negated"
            total += 1
            wrong += state in (Presence.PRESENT, Presence.ABSENT) and (state is Presence.ABSENT) != denied
    assert total > 1000
    assert wrong / total <= 0.015
