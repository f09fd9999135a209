"""The last look before a record leaves the station: nothing of the patient in it, in any spelling that can be
foreseen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from typing import Any

from app.domain.study import Series, Study
from app.errors import Refused
from app.i18n import tr
from catalog_client.schema.document import flatten
from catalog_client.schema.elements import Element

#: shorter numbers are found in every text
_SHORTEST_NUMBER = 4
_SHORTEST_LATIN_PART = 3
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")
_UID = re.compile(r"(?<![\d.])(?:1\.2|1\.3|2\.16|2\.25)(?:\.\d+)+")
_CITIZEN_ID = re.compile(
    r"(?<!\d)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?![\da-z])"
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A value as it is searched: folded, and once more without anything between letters and digits."""

    folded: str
    dense: str


def assert_no_identity(document: Mapping[str, Any], study: Study, series: Sequence[Series] = ()) -> None:
    """Refuse a document that holds something of the patient or of the study's DICOM identity.

    ScanResult for are: the name in all its groups, whole and in parts, in Chinese, in pinyin and in Latin
    letters, in both orders; patient number, accession number, study number; the birth date as it is commonly
    written; every DICOM UID.

    Raises
    ------
    Refused
        Names the element and the kind of identity, never the value.
    """
    needles = list(_needles(study, series))
    for element_id, value in [*flatten(document), *_keys(document)]:
        text = _text(value)
        for kind, found in _patterns(element_id, text):
            _refuse(element_id, kind, found)
        for kind, pattern in needles:
            _refuse(element_id, kind, pattern.search(text.folded) or pattern.search(text.dense))


def _refuse(element_id: str, kind: str, found: object) -> None:
    if found:
        raise Refused(
            "“{element}” holds {kind}; nothing was sent to the directory.",
            element=_title(element_id),
            kind=_kind(kind),
            hint="Take it out of the value and register again.",
        )


def _patterns(element_id: str, text: _Text) -> Iterator[tuple[str, object]]:
    yield "uid", _UID.search(text.folded)
    if element_id != Element.ORGANIZATION_CODE:
        yield "citizen-id", _CITIZEN_ID.search(text.folded) or _CITIZEN_ID.search(text.dense)


def _needles(study: Study, series: Sequence[Series]) -> Iterator[tuple[str, re.Pattern[str]]]:
    for spelling in sorted(_name_spellings(study.patient.name)):
        yield "name", _word(spelling)
    for number in (study.patient.patient_id, study.accession_number, study.study_id):
        folded = _text(number)
        for each in {folded.folded, folded.dense}:
            if len(each) >= _SHORTEST_NUMBER:
                yield "number", _word(each)
    if study.patient.birth_date is not None:
        for spelling in sorted(_date_spellings(study.patient.birth_date)):
            yield "birth-date", _word(spelling)
    for uid in {
        study.study_uid,
        *(each.series_uid for each in series),
        *(each.frame_of_reference_uid for each in series),
    }:
        if uid:
            yield "uid", _word(str(uid))


def _name_spellings(name: str) -> set[str]:
    """Spellings of a DICOM person name (PS3.5 6.2.1): groups split by ``=``, components by ``^``."""
    found: set[str] = set()
    for group in name.split("="):
        parts = [
            _text(part).folded for component in group.split("^") for part in component.split() if part.strip()
        ]
        if not parts:
            continue
        if all(_HAN.fullmatch(part) for part in parts):
            found |= _han_spellings(parts)
        else:
            found |= _latin_spellings([_latin_letters(part) for part in parts if _latin_letters(part)])
    return {spelling for spelling in found if len(spelling) >= 2}


def _han_spellings(parts: list[str]) -> set[str]:
    from pypinyin import lazy_pinyin  # a dictionary of megabytes: only where there is something to read

    whole = "".join(parts)
    found = {whole} | {part for part in parts if len(part) >= 2}
    # a name given as one component: its first character, or its first two, are the family name
    cuts = [parts] if len(parts) > 1 else [[whole[:n], whole[n:]] for n in (1, 2) if len(whole) > n]
    for cut in cuts:
        sounds = ["".join(lazy_pinyin(part)) for part in cut]
        found |= _orders(sounds)
        found |= {sound for sound in sounds if len(sound) >= 6}
    return found


def _latin_spellings(parts: list[str]) -> set[str]:
    found = {part for part in parts if len(part) >= _SHORTEST_LATIN_PART}
    return found | (_orders(parts) if len(parts) > 1 else set())


def _orders(parts: list[str]) -> set[str]:
    some = [part for part in parts if part][:4]
    return {
        joint.join(order)
        for order in permutations(some)
        for joint in ("", " ", "^", "-", ", ", ",", ".", "_")
    }


def _latin_letters(part: str) -> str:
    plain = unicodedata.normalize("NFD", part)
    return "".join(c for c in plain if c.isalpha())


def _date_spellings(day: date) -> set[str]:
    y, m, d = day.year, day.month, day.day
    found = {
        f"{y}{m:02}{d:02}",
        f"{y}年{m}月{d}日",
        f"{y}年{m:02}月{d:02}日",
        f"{y}年{m}月{d}",
        f"{m}月{d}日{y}",
    }
    for joint in ("-", "/", ".", " "):
        for month, dom in ((f"{m:02}", f"{d:02}"), (str(m), str(d))):
            found |= {
                joint.join(order)
                for order in ((str(y), month, dom), (dom, month, str(y)), (month, dom, str(y)))
            }
    return found


def _word(text: str) -> re.Pattern[str]:
    """The text, not as a part of a longer number or Latin word."""
    before = r"(?<![a-z0-9])" if text[0].isascii() and text[0].isalnum() else ""
    after = r"(?![a-z0-9])" if text[-1].isascii() and text[-1].isalnum() else ""
    return re.compile(before + re.escape(text) + after)


def _text(value: str) -> _Text:
    # decomposed after folding, so that tone marks of pinyin fall away with the other marks
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", value).casefold())
    folded = "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Mn"}).strip()
    return _Text(folded, _without_joints(folded))


def _without_joints(folded: str) -> str:
    """Letters and digits closed up over spaces and signs (张 三, 1-2-3); marks of a sentence still
    separate.
    """
    return "".join(c for c in folded if c.isalnum() or c in ",。;、()")


def _keys(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Element identifiers themselves: a document made by hand may hide something there."""
    for key, occurrences in document.get("elements", {}).items():
        yield key, key
        yield from ((inner, inner) for each in occurrences if isinstance(each, Mapping) for inner in each)


def _kind(kind: str) -> str:
    return {
        "name": tr("the patient's name"),
        "number": tr("a number of the patient or the examination"),
        "birth-date": tr("the patient's birth date"),
        "uid": tr("a DICOM UID"),
        "citizen-id": tr("a citizen's identity number"),
    }[kind]


def _title(element_id: str) -> str:
    return {
        Element.RESOURCE_TITLE: tr("Resource Title"),
        Element.CATEGORY_SCHEMA_NAME: tr("Resource Category Schema Name"),
        Element.CATEGORY_SCHEMA_CODE: tr("Resource Category Schema Code"),
        Element.CATEGORY_NAME: tr("Resource Category Name"),
        Element.CATEGORY_CODE: tr("Resource Category Code"),
        Element.KEYWORD: tr("Keyword"),
        Element.ABSTRACT: tr("Abstract"),
        Element.ORGANIZATION_NAME: tr("Organization Name"),
        Element.ORGANIZATION_CODE: tr("Organization Code"),
        Element.EMAIL: tr("Electronic Mail Address"),
        Element.PHONE: tr("Contact Number"),
        Element.ADDRESS: tr("Contact Address"),
        Element.ZIP_CODE: tr("Zip Code"),
        Element.DATA_FORMAT: tr("Data Format Information"),
        Element.SECURITY_CLASSIFICATION: tr("Security Classification"),
        Element.ONLINE_LINK: tr("Online resource link address"),
        Element.CHARGE_SIGN: tr("Charge Sign"),
    }.get(
        Element(element_id) if element_id in set(Element) else Element.RESOURCE_ID, tr("A metadata element")
    )
