"""Any text is read: places hold, given names stay, nothing hangs."""

from __future__ import annotations

import random

import pytest

from app.mentions import Named, Status
from app.mentions.product import reader

_PIECES = [
    *"未见无左右肺结节，。；：（）【】？?!、及或0 123.5mm考虑可能切除术后既往已消失建议除外\n\t但",
    "nodule",
    "no",
    "possible",
    "left",
    ", ",
    "and",
    "resolved",
    "status post",
    "12 mm",
    "history of",
]


def test_mentions_and_cues_lie_where_they_say() -> None:
    chance = random.Random(1)
    for _ in range(400):
        text = "".join(chance.choice(_PIECES) for _ in range(chance.randint(1, 60)))
        for mention in reader().read(text):
            assert text[mention.start : mention.end] == mention.text
            if (cue := mention.cue) is not None:
                assert text[cue.start : cue.end] == cue.text


def test_given_names_are_read_whatever_stands_there() -> None:
    chance = random.Random(2)
    for _ in range(200):
        text = "".join(chance.choice(_PIECES) for _ in range(chance.randint(2, 40)))
        start = chance.randrange(len(text))
        if text[start].strip():
            read = reader().read(text, given=[Named(start, start + 1, "RID1")])
            assert [m.rid for m in read if m.start == start] == ["RID1"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("结节，" * 3000, Status.UNDECIDED),
        ("no " * 5000 + "nodule", Status.UNDECIDED),
        ("(" * 3000 + "nodule", Status.PRESENT),
    ],
)
def test_nothing_is_decided_in_a_sentence_without_end(text: str, status: Status) -> None:
    """What is done for each pair of tokens of a sentence stays bounded, whatever stands in the text."""
    assert [m.status for m in reader().read(text)] == [status] * max(1, text.count("结节"))


def test_a_head_reaches_over_its_list_and_no_further() -> None:
    read = reader().read("排除：肺栓塞；夹层。\n双肺见结节。")
    assert [str(m.status) for m in read] == ["uncertain", "uncertain", "present"]


def test_headings_say_which_part_of_the_report_it_is() -> None:
    text = "HISTORY: pneumonia.\nFINDINGS: Nodule in the left lung.\nIMPRESSION: No effusion."
    assert [(m.section, str(m.status)) for m in reader().read(text)] == [
        ("history", "history"),
        ("findings", "present"),
        ("impression", "absent"),
    ]
