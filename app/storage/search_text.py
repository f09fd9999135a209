"""What a study can be found by, and what it is sorted by.

One normalised text a study is searched by plain containment.

Containment finds Chinese name parts of any length, which SQLite's trigram index does not (nothing under three
characters). Names are in it in their own script, as pinyin in full and as initials; every reading of a
character with several is there, for 单, 曾 and 重 are read one way in words and another in names.
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


def found_by(study: Study) -> dict[str, str]:
    """The columns of a study's row that follow from its others."""
    return {"search_text": search_text(study), "name_key": name_key(study)}


def search_text(study: Study) -> str:
    """The text that a study is found by; its parts divided by line breaks, so that no hit spans two."""
    patient, at = study.patient, study.started_at
    told = (
        patient.patient_id,
        study.study_id,
        study.accession_number,
        study.description,
        " ".join(study.modalities),
        study.body_part,
        study.institution,
        study.referring_physician,
        f"{at:%Y-%m-%d} {at:%Y%m%d}" if at else "",
    )
    parts = {normalised(text) for text in told} | _spelled(normalised(study.description).replace(" ", ""))
    for group in patient.name.split("="):
        spaced = normalised(group)
        joined = spaced.replace(" ", "")
        parts |= {spaced, joined, *_pinyin(joined)}
    return "\n".join(sorted(part for part in parts if part))


def name_key(study: Study) -> str:
    """What the patient's name is sorted by: pinyin where it is Chinese; a study without a name has none."""
    name = normalised(study.patient.display_name)
    return _plain_reading(name) if any(_is_han(c) for c in name) else name


@lru_cache(maxsize=4096)
def _plain_reading(text: str) -> str:
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text))


@lru_cache(maxsize=4096)
def _spelled(text: str) -> frozenset[str]:
    """Words as they are read, and the initials; texts longer than names have one reading only."""
    if not any(_is_han(c) for c in text):
        return frozenset()
    from pypinyin import Style, lazy_pinyin

    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))
    return frozenset({normalised(_plain_reading(text)), normalised(initials)})


@lru_cache(maxsize=4096)
def _pinyin(name: str) -> frozenset[str]:
    if not any(_is_han(c) for c in name):
        return frozenset()
    from pypinyin import (
        Style,
        lazy_pinyin,
        pinyin,
    )  # a dictionary of megabytes: only where there is something to read

    readings = pinyin(name, style=Style.NORMAL, heteronym=True, errors="default")
    found: set[tuple[str, ...]] = {tuple(lazy_pinyin(name, style=Style.NORMAL, errors="default"))}
    found.update(itertools.islice(itertools.product(*[sorted(set(r)) for r in readings]), _MOST_READINGS))
    spelled = {_plain_u(reading) for reading in found} | {
        tuple(s.replace("ü", "v") for s in reading) for reading in found
    }
    full = {"".join(syllables) for syllables in spelled}
    initials = {"".join(s[:1] for s in syllables) for syllables in spelled}
    return frozenset(normalised(text) for text in full | initials)


def _plain_u(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """吕 is typed lv or, as in passports, lyu."""
    return tuple(s.replace("ü", "yu").replace("lv", "lyu").replace("nv", "nyu") for s in syllables)


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


_SEPARATORS = str.maketrans(dict.fromkeys("^=,，、·•\n\r\t", " "))
