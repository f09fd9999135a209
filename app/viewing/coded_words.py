"""Coded concepts in the reader's language, whatever words and language the object has for them."""

from __future__ import annotations

import csv
from functools import cache

from app.domain.coding import Code
from app.i18n import language, tr
from app.paths import resource_path


def concept_words(concept: Code | None) -> str:
    """What a concept is called; the object's own words where its code is not known; "" of none."""
    if concept is None:
        return ""
    if language() == "zh" and (known := _chinese().get((concept.scheme, concept.value))):
        return known
    return tr(concept.meaning)


@cache
def _chinese() -> dict[tuple[str, str], str]:
    """Chinese words by coding scheme and value: what measurement reports and key objects use (PS3.16)."""
    path = resource_path("terminology", "dicom_concepts_zh.csv")
    with path.open(encoding="utf-8", newline="") as rows:
        return {(row["scheme"], row["value"]): row["chinese"] for row in csv.DictReader(rows)}
