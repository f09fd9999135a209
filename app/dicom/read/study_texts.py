"""The texts of a study's files, read together: which encoding they need, and what they say in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.dicom.read.charset import ENCODINGS, Guess, RawText, guess, readable
from app.dicom.read.header import Header
from app.domain.study import CharsetChoice, RawField, Series, Study

_NAMES = frozenset({"patient_name", "referring_physician"})
STUDY_TEXTS = {
    "patient_name": 0x00100010,
    "patient_issuer": 0x00100021,
    "study_id": 0x00200010,
    "accession_number": 0x00080050,
    "description": 0x00081030,
    "body_part": 0x00180015,
    "institution": 0x00080080,
    "referring_physician": 0x00080090,
}
SERIES_TEXTS = {
    "description": 0x0008103E,
    "body_part": 0x00180015,
    "protocol": 0x00181030,
    "manufacturer": 0x00080070,
}

Readings = Mapping[tuple[str, str], str]


def raw_fields(header: Header, series_uid: str) -> tuple[RawField, ...]:
    """The texts of a file that a character set makes a difference for."""
    found = []
    for owner, attributes in (("", STUDY_TEXTS), (series_uid, SERIES_TEXTS)):
        for name, tag in attributes.items():
            text = header.raw_text(tag, person_name=name in _NAMES)
            if not text.is_plain:
                found.append(RawField(owner, name, text.raw, text.declared))
    return tuple(found)


def reading_of(fields: Iterable[RawField], chosen: str = "") -> Guess:
    """How the texts of a study are to be read: as a person chose, else as all of them together tell."""
    return Guess.chosen(chosen) if chosen else guess(_text(field) for field in fields)


def readings(fields: Iterable[RawField], reading: Guess) -> dict[tuple[str, str], str]:
    """The texts by (series UID or "", name); where a field occurs twice the first counts."""
    found: dict[tuple[str, str], str] = {}
    for field in fields:
        found.setdefault((field.series_uid, field.name), readable(_text(field), reading))
    return found


def reread(study: Study, series: Series, found: Readings) -> tuple[Study, Series]:
    """A study and a series with their texts as they are read now."""
    of_study: dict[str, Any] = {name: text for (owner, name), text in found.items() if not owner}
    of_series: dict[str, Any] = {
        name: text for (owner, name), text in found.items() if owner == series.series_uid
    }
    patient = replace(
        study.patient,
        name=of_study.pop("patient_name", study.patient.name),
        issuer=of_study.pop("patient_issuer", study.patient.issuer),
    )
    return replace(study, patient=patient, **of_study), replace(series, **of_series)


def charset_choices(fields: Iterable[RawField]) -> list[CharsetChoice]:
    """Sets that decode every text, the likeliest first; those that make the same of the patient's name count
    once.
    """
    texts = tuple(fields)
    labels = {encoding.codec: encoding.label for encoding in ENCODINGS}
    found: dict[str, CharsetChoice] = {}
    for candidate in reading_of(texts).candidates:
        if candidate.encoding not in labels:
            continue
        read = readings(texts, Guess.chosen(candidate.encoding))
        shown = read.get(("", "patient_name")) or next(iter(read.values()), "")
        found.setdefault(shown, CharsetChoice(candidate.encoding, labels[candidate.encoding], shown))
    return list(found.values())


def _text(field: RawField) -> RawText:
    return RawText(field.raw, field.declared, field.name in _NAMES)
