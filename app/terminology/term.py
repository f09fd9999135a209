"""A concept of the vocabulary, and what a search says about it."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.coding import Code
from app.terminology.ranking import How

#: how the source of a term begins that is from a release that was taken in; its version follows
RELEASE = "RadLex "


@dataclass(frozen=True, slots=True)
class Term:
    """A concept: identifier, unmodified English name, our Chinese name and synonyms.

    `broader` (what it is part of, or the wider concept) and `category` are our grouping, not RadLex's own
    hierarchy, which `is_a` is; `body_parts` are values of DICOM Body Part Examined, empty for terms that fit
    everywhere.
    """

    rid: str
    name: str
    zh: str
    synonyms: tuple[str, ...] = ()
    category: str = ""
    broader: str = ""
    body_parts: tuple[str, ...] = ()
    source: str = ""
    scheme: str = "RADLEX"
    is_a: str = ""

    @property
    def code(self) -> Code:
        """The concept as reports and DICOM carry it, with the version of the release where it tells one."""
        version = self.source.removeprefix(RELEASE) if self.source.startswith(RELEASE) else ""
        return Code(self.rid, self.scheme, self.name, version if version.replace(".", "").isdigit() else None)

    @property
    def is_finding(self) -> bool:
        """Whether a chip of it says that something is there (and can be negated)."""
        return self.category == "observation"

    @property
    def names(self) -> tuple[str, ...]:
        """All words that mean this concept."""
        return (self.name, *((self.zh,) if self.zh else ()), *self.synonyms)

    def words(self, language: str) -> str:
        """The preferred name in a language."""
        return (self.zh or self.name) if language.startswith("zh") else self.name


@dataclass(frozen=True, slots=True)
class TermHit:
    """A found term: the name that matched, how it fits, the score."""

    term: Term
    matched: str
    how: How
    score: float

    @property
    def is_meant(self) -> bool:
        """Whether what was typed names this concept or begins its name; a picker may take it at once."""
        return self.how in (How.EXACT, How.SYNONYM, How.PREFIX)
