"""What a rule finds, and what rules share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from app.reporting.rules.reading import Clause, Reading, Said

FINDINGS, IMPRESSION, HISTORY, TECHNIQUE, EXAM = "findings", "impression", "history", "technique", "exam"
ADVICE_SECTION = "recommendation"
#: where the examination is described
DESCRIBED = (FINDINGS, IMPRESSION)
#: all that the author writes
WRITTEN = (EXAM, TECHNIQUE, FINDINGS, IMPRESSION, ADVICE_SECTION)


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that a rule names; `section` is "signature" where it is none of the text. `params` are words
    beside `section` and `text` for its message.
    """

    section: str
    start: int
    end: int
    params: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Reading], Iterator[Hit]]


def at(match: re.Match[str], section: str, **params: str) -> Hit:
    """The hit of a match in a section's text."""
    return Hit(section, match.start(), match.end(), params)


def of_clause(clause: Clause, **params: str) -> Hit:
    """The hit of a whole clause."""
    room = len(clause.text) - len(clause.text.lstrip())
    return Hit(clause.section, clause.start + room, clause.end, params)


def of_said(said: Said, **params: str) -> Hit:
    """The hit of one finding's words."""
    return Hit(said.section, said.start, said.end, params)


def search(reading: Reading, pattern: re.Pattern[str], sections: tuple[str, ...]) -> Iterator[Hit]:
    """All matches of a pattern in some sections."""
    for section in sections:
        for match in pattern.finditer(reading.text(section)):
            yield at(match, section)


def clause_words(reading: Reading, said: Said) -> str:
    """The words of the clause that a finding stands in."""
    clause = reading.clause_of(said)
    return clause.text.strip() if clause is not None else said.text
