"""Codes of the DICOM standard as domain codes, taken from pydicom's copy of PS3.16.

SNOMED CT codes are used only as far as the DICOM standard has them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from app.domain.coding import Code

if TYPE_CHECKING:
    from pydicom.sr.coding import Code as PydicomCode

SHORT_VALUE = 16  # characters of Code Value (SH); longer ones are Long Code Values


@cache
def _by_value(scheme: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    # not when the window starts; the second fills the first's SCT table
    from pydicom.sr import _concepts_dict, _snomed_dict  # noqa: F401

    found: dict[str, tuple[str, tuple[int, ...]]] = {}
    for values in _concepts_dict.concepts.get(scheme, {}).values():
        for value, (meaning, cids) in values.items():
            known = found.get(value)
            # one concept may have several wordings: the shortest is the preferred name, not the fully
            # specified one
            if known is None or len(meaning) < len(known[0]):
                found[value] = (meaning, tuple(cids))
    return found


def code(scheme: str, value: str) -> Code:
    """The concept of a value; `KeyError` where the standard does not have it."""
    return Code(value, scheme, _by_value(scheme)[value][0][:64])


def find(scheme: str, value: str) -> Code | None:
    """The concept of a value, None where the standard does not have it."""
    known = _by_value(scheme).get(value)
    return Code(value, scheme, known[0][:64]) if known else None


def table(scheme: str) -> dict[str, str]:
    """Value → English meaning of all concepts of a scheme in the standard."""
    return {value: meaning for value, (meaning, _) in _by_value(scheme).items()}


def code_to_pydicom(concept: Code) -> PydicomCode:
    """For pydicom and highdicom; the meaning cut to the 64 characters that LO has."""
    from pydicom.sr.coding import Code as PydicomCode

    return PydicomCode(concept.value, concept.scheme, concept.meaning[:64] or concept.value, concept.version)


def code_from_item(item: object) -> Code:
    """A code sequence item (PS3.3 section 8.8) as a domain code."""
    value = next(
        (
            str(getattr(item, name))
            for name in ("CodeValue", "LongCodeValue", "URNCodeValue")
            if getattr(item, name, "")
        ),
        "",
    )
    version = str(getattr(item, "CodingSchemeVersion", "") or "")
    return Code(
        value,
        str(getattr(item, "CodingSchemeDesignator", "")),
        str(getattr(item, "CodeMeaning", "")),
        version or None,
    )


SOURCE_FOR_PROCESSING = Code("121322", "DCM", "Source image for image processing operation")
SMOOTHING = Code("113087", "DCM", "Smoothing")
