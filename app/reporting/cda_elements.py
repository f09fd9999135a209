"""Small pieces of HL7 V3 XML that a CDA document is made of."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from lxml import etree

from app.domain.coding import Code
from app.domain.provenance import derived_uid
from app.errors import BadInput
from app.reporting.page_words import body_part_words
from app.terminology import load_terms

V3 = "urn:hl7-org:v3"
PS3_20 = "urn:dicom-org:ps3-20"
SDTC = "urn:hl7-org:sdtc"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

#: DICOM Coding Scheme Designator → (OID, name) as PS3.16 chapter 8 registers them
CODE_SYSTEMS: dict[str, tuple[str, str]] = {
    "RADLEX": ("2.16.840.1.113883.6.256", "RadLex"),
    "LN": ("2.16.840.1.113883.6.1", "LOINC"),
    "SCT": ("2.16.840.1.113883.6.96", "SNOMED CT"),
    "DCM": ("1.2.840.10008.2.16.4", "DCM"),
    "UCUM": ("2.16.840.1.113883.6.8", "UCUM"),
}
#: meanings of PS3.16 CID 29
_MODALITIES = {
    "CT": "Computed Tomography",
    "MR": "Magnetic Resonance",
    "DX": "Digital Radiography",
    "CR": "Computed Radiography",
    "US": "Ultrasound",
    "MG": "Mammography",
    "PT": "Positron emission tomography",
    "NM": "Nuclear Medicine",
    "XA": "X-Ray Angiography",
}
SOP_CLASSES = "1.2.840.10008.2.6.1"
ACT_CODE = "2.16.840.1.113883.5.4"

Element = Any  # lxml ships no types


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """A child in the V3 namespace; attribute names as in the standard."""
    child = etree.SubElement(parent, f"{{{V3}}}{tag}", {k: legal(v) for k, v in attributes.items()})
    if text:
        child.text = legal(text)
    return child


def legal(text: str) -> str:
    """The text; `BadInput` names a character that XML cannot hold."""
    for character in text:
        code = ord(character)
        if (
            (code < 0x20 and character not in "\t\n\r")
            or 0xD800 <= code <= 0xDFFF
            or code in (0xFFFE, 0xFFFF)
        ):
            raise BadInput(
                "The report holds the character {code}, which XML cannot carry.", code=f"U+{code:04X}"
            )
    return text


def templates(parent: Element, *roots: str) -> None:
    """``templateId`` elements."""
    for root in roots:
        add(parent, "templateId", root=root)


def coded(parent: Element, tag: str, code: Code, original: str = "", **attributes: str) -> Element:
    """A code; `original` is the text it stands for."""
    oid, name = CODE_SYSTEMS.get(code.scheme, ("", code.scheme))
    system = {"codeSystem": oid, "codeSystemName": name} if oid else {"codeSystemName": name}
    if code.version:
        system["codeSystemVersion"] = code.version
    element = add(parent, tag, code=code.value, **system, displayName=code.meaning, **attributes)
    if original and original != code.meaning:
        add(element, "originalText", original)
    return element


def modality_code(modality: str) -> Code:
    """A modality as PS3.16 CID 29 has it."""
    return Code(modality, "DCM", _MODALITIES.get(modality, modality))


def region_code(body_part: str) -> Code | None:
    """The region that Body Part Examined names, by RadLex; None where the vocabulary has no such region."""
    words = body_part_words(body_part)
    found = next((t for t in load_terms().named(words) if t.category == "anatomy"), None) if words else None
    return found.code if found else None


def typed(element: Element, kind: str) -> Element:
    """The element with its ``xsi:type``."""
    element.set(f"{{{XSI}}}type", kind)
    return element


def time(at: datetime | date | None) -> str:
    """HL7 TS, with the zone where the time has one."""
    if at is None:
        return ""
    if not isinstance(at, datetime):
        return at.strftime("%Y%m%d")
    return at.strftime("%Y%m%d%H%M%S%z") if at.tzinfo else at.strftime("%Y%m%d%H%M%S")


def add_time(parent: Element, tag: str, at: datetime | date | None) -> None:
    """A time, or that it is unknown."""
    add(parent, tag, value=time(at)) if at is not None else add(parent, tag, nullFlavor="UNK")


def add_or_unknown(parent: Element, tag: str, text: str) -> None:
    """A text element, or that it is unknown."""
    add(parent, tag, text) if text else add(parent, tag, nullFlavor="UNK")


def uid(*parts: str) -> str:
    """A UID under 2.25 that belongs to these words."""
    return derived_uid("cda", *parts)
