"""The status of a mention: own sentences, the gold set, others' sentences."""

from __future__ import annotations

import pytest

from app.mentions import Named, Status
from app.mentions.characters import folded
from app.mentions.lexicon import Lexicon
from app.mentions.product import reader
from app.mentions.segmenting import tokenise
from tests.mentions import forms
from tests.mentions.figures import recorded, rows
from tests.mentions.scoring import marked_rows, score_gold, score_negex
from tests.mentions.sentences import EN, ZH
from tests.support.real_data import real_data

_LETTERS = {
    "P": Status.PRESENT, "A": Status.ABSENT, "U": Status.UNCERTAIN, "H": Status.HISTORY, "R": Status.RESOLVED,
    "N": Status.NOT_EXAMINED, "C": Status.RECOMMENDED, "?": Status.UNDECIDED,
}  # fmt: skip
#: F1 that each half must reach
_OPEN = 0.97
_SURE = frozenset((Status.PRESENT, Status.ABSENT))


@pytest.mark.parametrize("table", [ZH, EN], ids=["zh", "en"])
def test_own_sentences_are_read_as_they_were_labelled(table: str) -> None:
    wrong = []
    for letter, text, start, end in marked_rows(table):
        read = reader().read(text, given=[Named(start, end)])
        got = next(m.status for m in read if m.start == start)
        if got is not _LETTERS[letter]:
            wrong.append((letter, str(got), text))
    assert wrong == []


@pytest.mark.parametrize(
    ("table", "names"),
    [(forms.ZH, ("结节", "胸腔积液")), (forms.EN, ("pneumothorax", "pleural effusion"))],
    ids=["zh", "en"],
)
def test_every_way_to_say_it_is_known(table: str, names: tuple[str, ...]) -> None:
    wrong = []
    for row in table.strip().splitlines():
        for name in names:
            text = row[2:].replace("X", name)
            start = text.index(name)
            got = next(m.status for m in reader().read(text) if m.start <= start < m.end)
            if got is not _LETTERS[row[0]]:
                wrong.append((row[0], str(got), text))
    assert wrong == []


@pytest.mark.parametrize(("half", "least"), [("open", 0.92), ("second", 0.85)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sets_that_were_read(language: str, half: str, least: float) -> None:
    score = score_gold(reader(), language, half)
    for status in Status:
        assert score.f1(status) >= (_OPEN if status in _SURE else least), status
    assert score.false_coded <= 0.005


def test_others_sentences_in_both_halves() -> None:
    """NegEx' sentences; which of a sentence without context are of the past, its text often does not tell."""
    path = real_data("report_sentences_negex_en") / "sentences.tsv"
    for half in ("open", "sealed"):
        negation, history = score_negex(reader(), path, half)
        print(f"{half}: negation F1 {negation.f1('yes'):.3f}, history F1 {history.f1('yes'):.3f}")
        assert negation.f1("yes") >= 0.95
        assert history.f1("yes") >= 0.65


def test_the_document_promises_no_more_than_is_measured() -> None:
    promised = recorded()
    assert len(promised) >= 32
    for name, status, _, _, f1, _ in rows():
        assert promised[name, status] <= f1 + 0.02, (name, status)


@pytest.mark.parametrize("text", ["(", "（）", "【", "【】", "结节。（）", ":(", "? ()"])
def test_marks_alone_are_no_sentence(text: str) -> None:
    assert [m.text for m in reader().read(text)] == ["结节"] * text.count("结节")


def test_a_list_without_end_is_named_and_not_decided() -> None:
    """Nothing looks from each name over all others: work grows with the text, and not with its square."""
    shorter, longer = (reader().read("未见结节、" + "结节、" * n + "。右肺肿块。") for n in (50, 1000))
    assert {m.status for m in shorter[:-1]} == {Status.ABSENT}
    assert len(longer) == 1002
    assert {m.status for m in longer[:-1]} == {Status.UNDECIDED}
    assert (longer[-1].status, longer[-1].side) == (Status.PRESENT, "right")


@pytest.mark.parametrize("text", ["a-" * 2000, "1 x " * 2000, "abcdefghij" * 400])
def test_no_word_or_number_is_endless(text: str) -> None:
    tokens = tokenise(folded(text), Lexicon(()))
    assert max(len(token.text) for token in tokens) <= 100
