"""Codes of other schemes for a term: SNOMED CT and LOINC as far as the DICOM standard has them.

Both are free for implementers of DICOM in that extent.  A code is related where its meaning in PS3.16 is one
of the term's English names and no other code's; nothing is guessed from parts of names.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from app.dicom.write.codes import table
from app.domain.coding import Code
from app.terminology import Term
from app.terminology.folding import has_han
from app.terminology.names import comparable

SCHEMES = ("SCT", "LN")


@cache
def _by_meaning(scheme: str) -> dict[str, str]:
    """Comparable meaning → value; meanings that several codes share are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for value, meaning in table(scheme).items():
        found[comparable(meaning)].add(value)
    return {meaning: values.pop() for meaning, values in found.items() if len(values) == 1}


def related(term: Term) -> tuple[Code, ...]:
    """Codes of the same meaning, one a scheme."""
    codes = []
    for scheme in SCHEMES:
        known = _by_meaning(scheme)
        names = (name for name in term.names if not has_han(name) and (name == term.name or len(name) > 4))
        value = next((known[c] for name in names if (c := comparable(name)) in known), None)
        if value is not None:
            codes.append(Code(value, scheme, table(scheme)[value][:64]))
    return tuple(codes)


def prepare() -> None:
    """Read the tables, so that nobody waits for them later."""
    for scheme in SCHEMES:
        _by_meaning(scheme)
