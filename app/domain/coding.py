"""Coded concepts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept as DICOM (PS3.3 section 8.8), HL7 and RadLex share it.

    `value` may be over 16 characters (it is then written as Long Code Value); `meaning` is the English
    preferred name, at most 64 characters; `scheme` is the DICOM Coding Scheme Designator (`SCT`, `DCM`,
    `RADLEX`, `LN`, `UCUM`).
    """

    value: str
    scheme: str
    meaning: str
    version: str | None = None

    def same_as(self, other: Code) -> bool:
        """Equal concept: value and scheme, whatever the wording."""
        return (self.value, self.scheme) == (other.value, other.scheme)
