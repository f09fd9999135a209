"""What may be coded of a sentence: nothing false, whatever the sentence; the plain ones as they stand."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from app.domain.finding import Presence
from app.reporting.coded_presence import coded_presence
from tests.reporting.status_sentences import HARD_EN, HARD_ZH, PLAIN_EN, PLAIN_ZH
from tests.support.real_data import real_data

_STATES = {"P": Presence.PRESENT, "A": Presence.ABSENT, "U": Presence.UNCERTAIN, "-": None}


def _rows(*tables: str) -> Iterator[tuple[str, str]]:
    for table in tables:
        for line in table.strip().splitlines():
            yield line[0], line[2:].replace("⏎", "\n")


def _coded(marked: str) -> Presence | None:
    """The presence coded of the word in brackets."""
    start, end = marked.index("["), marked.index("]") - 1
    return coded_presence(marked.replace("[", "").replace("]", ""), start, end)


@pytest.mark.parametrize(("state", "marked"), list(_rows(PLAIN_ZH, PLAIN_EN)))
def test_plain_sentences_are_coded_as_they_stand(state: str, marked: str) -> None:
    assert _coded(marked) is _STATES[state]


@pytest.mark.parametrize(("state", "marked"), list(_rows(HARD_ZH, HARD_EN)))
def test_nothing_false_is_coded(state: str, marked: str) -> None:
    """Neither a false "present" nor a false "absent" reaches coded data; to code nothing is always right."""
    assert _coded(marked) in (None, _STATES[state])


def test_the_tables_are_large_enough() -> None:
    assert len(list(_rows(PLAIN_ZH, HARD_ZH))) >= 120
    assert len(list(_rows(PLAIN_EN, HARD_EN))) >= 80


@pytest.mark.parametrize(("state", "marked"), list(_rows(PLAIN_ZH)))
def test_words_around_a_plain_sentence_take_its_certainty_away(state: str, marked: str) -> None:
    """The same sentence asked, wished, remembered or hung under another head is certain no more."""
    bare = re.sub(r"^\d+\. ", "", marked).rstrip("。")
    for other in (
        f"{bare}？",
        f"既往{bare}。",
        f"如{bare}，请复查。",
        f"临床诊断：{bare}。",
        f"排除：夹层；{bare}。",
    ):
        assert _coded(other) is None, other


@pytest.mark.parametrize(("state", "marked"), list(_rows(PLAIN_EN)))
def test_english_words_around_do_so_too(state: str, marked: str) -> None:
    bare = re.sub(r"^\d+\. ", "", marked).rstrip(".")
    for other in (
        f"{bare}?",
        f"History of: {bare}.",
        f"If {bare}, repeat.",
        f"Indication: pain; {bare}.",
        f"{bare}. Resolved.",
    ):
        assert _coded(other) is None, other


def test_labelled_sentences_of_real_reports_hold_no_false_code() -> None:
    """NegEx' annotated sentences (Chapman et al.): no denied condition is present, no affirmed one absent."""
    path = real_data("report_sentences_negex_en") / "sentences.tsv"
    wrong, coded = [], 0
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            start = row["sentence"].find(row["condition"].upper())
            if start < 0:
                continue
            state = coded_presence(row["sentence"], start, start + len(row["condition"]))
            coded += state is not None
            if state in (Presence.PRESENT, Presence.ABSENT) and (state is Presence.ABSENT) != (
                row["negation"] == "Negated"
            ):
                wrong.append((row["line"], state))
    assert wrong == []
    assert coded > 300
