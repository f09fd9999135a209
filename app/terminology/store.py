"""The vocabulary that a report's chips come from, and its search.

`resources/terminology/radlex_starter.csv` holds RadLex identifiers with their unmodified English names and
the nearest concept above; `radlex_zh.csv` is our own overlay: Chinese names, local synonyms, group, broader
term, body regions.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from app.domain.coding import Code
from app.errors import BadInput
from app.paths import resource_path
from app.terminology.categories import CATEGORIES, GROUPS
from app.terminology.folding import fold
from app.terminology.ranking import Entry, Ranking


@dataclass(frozen=True, slots=True)
class Term:
    """A concept: identifier, unmodified English name, our Chinese name and synonyms.

    `broader` and `category` are our grouping, not RadLex's own hierarchy, which `is_a` is; `body_parts` are
    values of DICOM Body Part Examined, empty for terms that fit everywhere.
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
        """The concept as reports and DICOM carry it."""
        return Code(self.rid, self.scheme, self.name)

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
    """A found term: the name that matched, how (``exact``, ``prefix``, ``words``, ``inside``, ``pinyin``),
    the score.
    """

    term: Term
    matched: str
    how: str
    score: float


@dataclass(frozen=True, slots=True)
class TermBranch:
    """A node of the picker's tree: a category (term None) or a term, with what is below it."""

    title: str
    term: Term | None
    below: tuple[TermBranch, ...] = ()


@dataclass(slots=True, eq=False)
class TermStore:
    """An index over terms.  Reading is safe from several threads; nothing changes after construction."""

    terms: Sequence[Term]
    _by_rid: dict[str, Term] = field(init=False)
    _children: dict[str, list[Term]] = field(init=False)
    _ranking: Ranking | None = field(init=False, default=None)
    _named: dict[str, tuple[Term, ...]] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._by_rid = {term.rid: term for term in self.terms}
        self._children = defaultdict(list)
        for term in self.terms:
            if up := term.broader or term.is_a:
                self._children[up].append(term)

    def __len__(self) -> int:
        return len(self.terms)

    def term(self, rid: str) -> Term | None:
        """The term of an identifier, in any letter case."""
        return self._by_rid.get(rid.strip().upper())

    def named(self, words: str) -> tuple[Term, ...]:
        """Terms one of whose names equals `words`, folded."""
        if self._named is None:
            found: dict[str, dict[str, Term]] = defaultdict(dict)
            for term in self.terms:
                for name in term.names:
                    found[fold(name)][term.rid] = term
            self._named = {name: tuple(terms.values()) for name, terms in found.items()}
        return self._named.get(fold(words), ())

    def search(
        self, text: str, *, language: str = "zh", limit: int = 20, body_part: str | None = None
    ) -> list[TermHit]:
        """Terms for what was typed, best first.

        Parameters
        ----------
        text : str
            Chinese words of any length, English words or their beginnings, pinyin or its initials, or an
            identifier.
        language : str
            Of two equally good terms the one found by a name in this language comes first.
        limit : int
            At most so many hits.
        body_part : str, optional
            DICOM Body Part Examined: terms of other regions sink, none disappears.
        """
        known = self.term(text)
        if self._ranking is None:
            self._ranking = Ranking(
                Entry(term.rid, name, i) for term in self.terms for i, name in enumerate(term.names)
            )
        found = self._ranking.search(text, language)
        hits = [
            TermHit(self._by_rid[m.key], m.name, m.how, self._weighed(m.key, m.score, body_part))
            for m in found
        ]
        hits.sort(
            key=lambda hit: (
                -hit.score,
                int(hit.term.category == "root"),
                len(hit.term.words(language)),
                hit.term.rid,
            )
        )
        if known is not None:
            hits = [TermHit(known, known.rid, "exact", 2.0), *(h for h in hits if h.term is not known)]
        return hits[:limit]

    def parents(self, rid: str) -> tuple[Term, ...]:
        """The way up, nearest first."""
        way: list[Term] = []
        at = self.term(rid)
        while (
            at is not None
            and at.broader
            and (up := self._by_rid.get(at.broader)) is not None
            and up not in way
        ):
            way.append(up)
            at = up
        return tuple(way)

    def children(self, rid: str) -> tuple[Term, ...]:
        """Terms directly below."""
        return tuple(self._children.get(rid, ()))

    def tree(self, language: str = "zh") -> tuple[TermBranch, ...]:
        """Categories in the picker's order, in each its terms, narrower ones below broader ones."""
        branches = []
        for category, (en, zh) in CATEGORIES.items():
            top = [t for t in self.terms if t.category == category and not self._inside(t)]
            if top:
                branches.append(
                    TermBranch(
                        zh if language.startswith("zh") else en, None, self._branches(top, category, language)
                    )
                )
        return tuple(branches)

    def _branches(self, terms: Iterable[Term], category: str, language: str) -> tuple[TermBranch, ...]:
        made = [
            TermBranch(
                t.words(language),
                t,
                self._branches(
                    [c for c in self.children(t.rid) if c.category == category], category, language
                ),
            )
            for t in terms
        ]
        return tuple(made)

    def _inside(self, term: Term) -> bool:
        up = self._by_rid.get(term.broader or term.is_a)
        return up is not None and up.category == term.category

    def _weighed(self, rid: str, score: float, body_part: str | None) -> float:
        regions = self._by_rid[rid].body_parts
        fits = not body_part or not regions or any(region in body_part.upper() for region in regions)
        return score if fits else score * 0.8


def read_terms(starter: Path, overlay: Path) -> list[Term]:
    """Read the two tables; `BadInput` names the line that is wrong."""
    names = {row[0]: row for row in _rows(starter, ("rid", "name", "is_a", "source"))}
    ours = {row[0]: row for row in _rows(overlay, _OVERLAY)}
    for rid in ours:
        if rid not in names:
            raise BadInput(
                "{file} names {rid}, which {other} has not.", file=overlay.name, rid=rid, other=starter.name
            )
    above = {rid: row[2] for rid, row in names.items()}
    return [
        _term(row, ours.get(rid) or [rid, "", "", "", _group(rid, above), "", ""])
        for rid, row in names.items()
    ]


_OVERLAY = ("rid", "zh", "synonyms", "english", "category", "broader", "body_parts")


def _term(row: Sequence[str], ours: Sequence[str]) -> Term:
    rid, name, is_a, source = row
    _, zh, synonyms, english, category, broader, body_parts = ours
    return Term(
        rid,
        name,
        zh,
        (*_listed(synonyms), *_listed(english)),
        category,
        broader,
        _listed(body_parts),
        source,
        is_a=is_a,
    )


def _group(rid: str, above: Mapping[str, str]) -> str:
    """The group of the nearest concept above that has one."""
    seen = set()
    while rid and rid not in seen:
        if rid in GROUPS:
            return GROUPS[rid]
        seen.add(rid)
        rid = above.get(rid, "")
    return ""


@cache
def load_terms() -> TermStore:
    """The vocabulary of the product."""
    folder = resource_path("terminology")
    return TermStore(read_terms(folder / "radlex_starter.csv", folder / "radlex_zh.csv"))


def _rows(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        found = tuple(next(reader, ()))
        if found != columns:
            raise BadInput(
                "{file} must have the columns {wanted}, found {found}.",
                file=path.name,
                wanted=columns,
                found=found,
            )
        return [row for row in reader if len(row) == len(columns)]


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()
