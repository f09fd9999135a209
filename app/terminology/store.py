"""The vocabulary that a report's chips come from, and its search.

`resources/terminology/radlex_starter.csv` holds RadLex identifiers with their unmodified English names and
the nearest concept above; `radlex_zh.csv` is our own overlay: Chinese names, local synonyms, group, broader
term, body regions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from app.paths import resource_path
from app.terminology.categories import BRANCHES, CATEGORIES
from app.terminology.folding import fold, has_han
from app.terminology.ranking import Entry, How, Match, Ranking
from app.terminology.reading import read_sounds, read_terms
from app.terminology.term import Term as Term
from app.terminology.term import TermHit as TermHit

Sounds = Mapping[str, Sequence[str]]
#: what is typed or pasted beyond is no name
_LONGEST = 120
#: of two equally good terms the one that reports name oftener
_FAVOURED = {"observation": 0.012, "anatomy": 0.006, "modality": 0.004, "object": 0.004}
_GROUPS = {category: i for i, category in enumerate(CATEGORIES)}


@dataclass(slots=True, eq=False)
class TermStore:
    """An index over terms.  Reading is safe from several threads; nothing changes after construction.

    `version` says where the terms come from; `sounds` gives the pinyin of Chinese names, asked for once.
    """

    terms: Sequence[Term]
    version: str = ""
    sounds: Callable[[], Sounds] = dict
    _by_rid: dict[str, Term] = field(init=False)
    _children: dict[str, list[Term]] = field(init=False)
    _ranking: Ranking | None = field(init=False, default=None)
    _named: dict[str, tuple[Term, ...]] | None = field(init=False, default=None)
    _branch: dict[str, str] = field(init=False, default_factory=dict)

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
        return self._by_rid.get(rid.strip().upper()) if len(rid) <= _LONGEST else None

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
        self,
        text: str,
        *,
        language: str = "zh",
        limit: int = 20,
        body_part: str | None = None,
        branch: str = "",
        only_region: bool = False,
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
        branch : str
            Only terms below this identifier of `BRANCHES`.
        only_region : bool
            Terms of other regions than `body_part` disappear.
        """
        hits = [
            TermHit(self.terms[m.owner], m.name, m.how, self._weighed(m, body_part))
            for m in self.ranking.search(text[:_LONGEST], language)
            if (not branch or self.branch(self.terms[m.owner].rid) == branch)
            and not (only_region and not self.fits(self.terms[m.owner], body_part))
        ]
        hits.sort(
            key=lambda hit: (
                -hit.score,
                not hit.term.zh,
                _GROUPS.get(hit.term.category, 99),
                len(hit.term.words(language)),
                hit.term.rid,
            )
        )
        if (known := self.term(text)) is not None:
            hits = [TermHit(known, known.rid, How.EXACT, 2.0), *(h for h in hits if h.term is not known)]
        return hits[:limit]

    @property
    def ranking(self) -> Ranking:
        """The index of names, made when it is first asked for."""
        if self._ranking is None:
            self._ranking = Ranking(self._entries())
        return self._ranking

    def _entries(self) -> Iterator[Entry]:
        sounds = self.sounds()
        for owner, term in enumerate(self.terms):
            heard = iter(sounds.get(term.rid, ()))
            yield Entry(owner, term.name, 0)
            if term.zh:
                yield Entry(owner, term.zh, 0, next(heard, ""))
            for place, name in enumerate(term.synonyms, 1):
                yield Entry(owner, name, place, next(heard, "") if has_han(name) else "")

    def parents(self, rid: str) -> tuple[Term, ...]:
        """The way up by our own grouping, nearest first."""
        return self._up(rid, lambda term: term.broader)

    def way(self, rid: str) -> tuple[Term, ...]:
        """The way up to the branch: what it is part of, else what it is, nearest first."""
        return self._up(rid, lambda term: term.broader or term.is_a)

    def _up(self, rid: str, step: Callable[[Term], str]) -> tuple[Term, ...]:
        way: list[Term] = []
        at = self.term(rid)
        while at is not None and (up := self._by_rid.get(step(at))) is not None and up not in way:
            way.append(up)
            at = up
        return tuple(way)

    def children(self, rid: str) -> tuple[Term, ...]:
        """Terms directly below."""
        return tuple(self._children.get(rid, ()))

    def branch(self, rid: str) -> str:
        """The identifier of RadLex's branch that a term is in; empty where it is in none."""
        way: list[str] = []
        at: str = rid
        found = ""
        while at and at not in way:
            found = at if at in BRANCHES else self._branch.get(at, "")
            if found:
                break
            way.append(at)
            term = self._by_rid.get(at)
            at = (term.is_a or term.broader) if term is not None else ""
        self._branch.update((one, found) for one in way)
        return found

    def tops(self) -> tuple[Term, ...]:
        """RadLex's branches, in the order of the picker's tabs."""
        return tuple(term for rid in BRANCHES if (term := self._by_rid.get(rid)) is not None)

    def fits(self, term: Term, body_part: str | None) -> bool:
        """Whether a term belongs to a region of the body, by itself or by what it is part of."""
        regions = term.body_parts or next(
            (up.body_parts for up in self.parents(term.rid) if up.body_parts), ()
        )
        return not body_part or not regions or any(region in body_part.upper() for region in regions)

    def _weighed(self, match: Match, body_part: str | None) -> float:
        term = self.terms[match.owner]
        score = match.score + _FAVOURED.get(term.category, 0.0) + (0.003 if term.zh else 0.0)
        if not body_part or match.how in (How.EXACT, How.SYNONYM) or self.fits(term, body_part):
            return score
        return score * 0.8


@dataclass(slots=True, eq=False)
class TermShelf:
    """Holds the store in use: the shipped subset, read when it is first asked for, or a whole release.

    Who searches asks for it each time.
    """

    _store: TermStore | None = None

    @property
    def store(self) -> TermStore:
        """The store in use."""
        return self._store or load_terms()

    def put(self, store: TermStore | None) -> None:
        """Use another store from now on; None is the shipped subset."""
        self._store = store


def make_store(terms: Iterable[Term], version: str, sounds: Callable[[], Sounds] | None = None) -> TermStore:
    """A store of terms whose Chinese names sound as the shipped table says."""
    return TermStore(list(terms), version, sounds or shipped_sounds)


def shipped_sounds() -> Sounds:
    """The pinyin of the overlay's names."""
    return read_sounds(resource_path("terminology", "radlex_pinyin.csv"))


#: what the shipped subset is called in settings and messages
SUBSET = "RadLex 2017, subset"


@cache
def load_terms() -> TermStore:
    """The vocabulary of the product."""
    folder = resource_path("terminology")
    return make_store(read_terms(folder / "radlex_starter.csv", folder / "radlex_zh.csv"), SUBSET)
