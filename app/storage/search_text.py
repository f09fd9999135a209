"""What a study can be found by: one normalised text a study, searched by plain containment.

Containment finds Chinese name parts of any length, which SQLite's trigram index does not (nothing under three
characters).  Names are in it in their own script, as pinyin in full and as initials; every reading of a character with
several is there, for 单, 曾 and 重 are read one way in words and another in names.
"""

from __future__ import annotations

import itertools
import unicodedata
from functools import lru_cache

from app.domain.study import Study

#: readings of one name that are kept, at most
_MOST_READINGS = 16


def normalised(text: str) -> str:
    """Compatibility forms folded, accents and case dropped, separators of DICOM names to blanks."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    folded = unicodedata.normalize("NFKC", plain).casefold().replace("\0", " ")
    return " ".join(folded.translate(_SEPARATORS).split())


def terms(text: str) -> list[str]:
    """The parts of a query; a study must have them all."""
    return normalised(text).split()


def search_text(study: Study) -> str:
    """The text that a study is found by; its parts divided by line breaks, so that no hit spans two."""
    patient = study.patient
    parts = {normalised(patient.patient_id), normalised(study.study_id), normalised(study.accession_number), normalised(study.description)}
    for group in patient.name.split("="):
        spaced = normalised(group)
        joined = spaced.replace(" ", "")
        parts |= {spaced, joined, *_pinyin(joined)}
    return "\n".join(sorted(part for part in parts if part))


@lru_cache(maxsize=4096)
def _pinyin(name: str) -> frozenset[str]:
    if not any(_is_han(c) for c in name):
        return frozenset()
    from pypinyin import Style, lazy_pinyin, pinyin  # a dictionary of megabytes: only where there is something to read

    readings = pinyin(name, style=Style.NORMAL, heteronym=True, errors="default")
    found: set[tuple[str, ...]] = {tuple(lazy_pinyin(name, style=Style.NORMAL, errors="default"))}
    found.update(itertools.islice(itertools.product(*[sorted(set(r)) for r in readings]), _MOST_READINGS))
    spelled = {_plain_u(reading) for reading in found} | {tuple(s.replace("ü", "v") for s in reading) for reading in found}
    full = {"".join(syllables) for syllables in spelled}
    initials = {"".join(s[:1] for s in syllables) for syllables in spelled}
    return frozenset(normalised(text) for text in full | initials)


def _plain_u(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """吕 is typed lv or, as in passports, lyu."""
    return tuple(s.replace("ü", "yu").replace("lv", "lyu").replace("nv", "nyu") for s in syllables)


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


_SEPARATORS = str.maketrans(dict.fromkeys("^=,，、·•\n\r\t", " "))
