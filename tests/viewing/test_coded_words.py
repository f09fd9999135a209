"""Codes in the reader's language."""

from __future__ import annotations

import csv

from app.dicom.write.codes import find
from app.domain.coding import Code
from app.domain.report_marks import ARROW
from app.domain.spine import level_code
from app.i18n import set_language
from app.paths import resource_path
from app.viewing.coded_words import concept_words
from app.viewing.shapes.cardiothoracic import CARDIOTHORACIC_RATIO
from app.viewing.shapes.legs import ACETABULAR_ANGLE, CENTRE_EDGE_ANGLE, HKA, LEG_LENGTH, LENGTH_DIFFERENCE

DIAMETER = Code("81827009", "SCT", "Durchmesser")


def test_the_code_decides_and_the_object_s_words_stand_in() -> None:
    """A report in German is read in Chinese, as far as its codes are known; older codes say the same."""
    set_language("zh")
    assert concept_words(DIAMETER) == "直径"
    assert concept_words(Code("M-02550", "SRT", "Diameter")) == "直径"
    assert concept_words(Code("X1", "99OTHER", "Sonderfall")) == "Sonderfall"
    assert concept_words(None) == ""
    set_language("en")
    assert concept_words(DIAMETER) == "Durchmesser"
    set_language("zh")


def test_every_row_is_a_concept_of_the_standard() -> None:
    """No code that PS3.16 does not have, none twice, none without words; our own where it has none."""
    with resource_path("terminology", "dicom_concepts_zh.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["scheme"], row["value"]) for row in rows}) == len(rows) > 100
    assert all(row["chinese"] for row in rows)
    unknown = [
        row["value"]
        for row in rows
        if row["scheme"] not in ("SRT", "99YINGSHU") and not find(row["scheme"], row["value"])
    ]
    assert unknown == []


def test_our_own_codes_have_their_chinese() -> None:
    """What a report of ours says is read in Chinese too."""
    own = [CARDIOTHORACIC_RATIO, ARROW, LENGTH_DIFFERENCE]
    for sided in (LEG_LENGTH, HKA, CENTRE_EDGE_ANGLE, ACETABULAR_ANGLE):
        own += sided.values()
    own += [code for name in ("T13", "L6", "S1", "C1", "L4/5") if (code := level_code(name)) is not None]
    set_language("zh")
    assert [code for code in own if concept_words(code) == code.meaning] == []
