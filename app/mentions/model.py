"""What is read off a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a text says of a finding that it names."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORY = "history"
    RESOLVED = "resolved"
    NOT_EXAMINED = "not_examined"
    RECOMMENDED = "recommended"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Named:
    """A stretch of text that names a concept; `rid` is None for a word that has no code."""

    start: int
    end: int
    rid: str | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that decided something, with their kind and place in the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """One naming of a finding.

    `restricted` says that what is denied is only a kind or a part of it ("no *other* nodule", 余肺未见结节):
    a denial that no code may carry.  `section` is the part of the report
    that it stands in.  `value` is in `unit` as written; extents and ranges are several numbers.
    """

    text: str
    start: int
    end: int
    rid: str | None
    status: Status
    side: str | None = None
    value: float | tuple[float, ...] | None = None
    unit: str | None = None
    cue: Cue | None = None
    restricted: bool = False
    section: str = ""
