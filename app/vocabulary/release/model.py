"""What a release says, in whatever form it came."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: `http://www.radlex.org/RID/RID58`, `http://radlex.org/RID/RID58` and `RID58` are one identifier
_RID = re.compile(r"(?:.*[/#])?(RID\d{1,9})$")
#: what is below this concept is obsolete
OBSOLETE = "RID15849"
#: the root, and the one above it, are no concepts of a report
ROOTS = frozenset({"RID0", "RID1"})


@dataclass(slots=True)
class Concept:
    """One concept of a release; `parents` are what it is, `part_of` what it is a part of."""

    rid: str
    name: str = ""
    parents: list[str] = field(default_factory=list)
    part_of: str = ""
    synonyms: list[str] = field(default_factory=list)
    obsolete: bool = False


@dataclass(slots=True)
class Release:
    """Concepts by identifier, and the version that the file tells (empty where it tells none).

    `skipped` counts what had no identifier of RadLex or no English name.
    """

    concepts: dict[str, Concept] = field(default_factory=dict)
    version: str = ""
    skipped: int = 0

    def concept(self, rid: str) -> Concept:
        """The concept of an identifier, made where it is new."""
        return self.concepts.setdefault(rid, Concept(rid))


def rid_of(text: str | None) -> str:
    """The identifier that an address or a cell holds; empty where it holds none."""
    found = _RID.match((text or "").strip())
    return found.group(1) if found else ""
