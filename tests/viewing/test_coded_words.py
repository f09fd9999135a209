"""Codes in the reader's language."""

from __future__ import annotations

import csv

from app.dicom.write.codes import find
from app.domain.coding import Code
from app.i18n import set_language
from app.paths import resource_path
from app.viewing.coded_words import concept_words

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
    """No code that PS3.16 does not have, none twice, none without words."""
    with resource_path("terminology", "dicom_concepts_zh.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["scheme"], row["value"]) for row in rows}) == len(rows) > 100
    assert all(row["chinese"] for row in rows)
    unknown = [
        row["value"] for row in rows if row["scheme"] != "SRT" and not find(row["scheme"], row["value"])
    ]
    assert unknown == []
