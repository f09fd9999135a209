"""Finding a name by what was typed: exact ones, beginnings, names that hold it; apart from them near ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.terminology.folding import has_han
from app.terminology.names import Entry as Entry
from app.terminology.names import Names, Rows, comparable, loosely, words_of
from app.terminology.near import BROADER, Slips, by_characters, by_slips, by_sound, by_words, inside

Scores = NDArray[np.float64]

_LETTERS = re.compile(r"[a-z' ]+")
#: names of one kind that are weighed one by one
_MOST = 400


class How(StrEnum):
    """How a name fits what was typed; a near one is never taken for the one that is meant."""

    EXACT = "exact"
    SYNONYM = "synonym"
    PREFIX = "prefix"
    CONTAINS = "contains"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Match:
    """The best name of a concept for a query; `score` in 0…1, near ones below .4, or .7 where broader."""

    owner: int
    name: str
    how: How
    score: float


class Ranking:
    """One row for each name; the concept's score is its best name's."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.names = Names(entries)

    @cached_property
    def _slips(self) -> Slips:
        return Slips(self.names.words)

    def search(self, text: str, language: str) -> list[Match]:
        """The best match of every concept that matches at all, unsorted."""
        wanted = comparable(text)
        if not wanted or not words_of(wanted):
            return []
        best: dict[int, Match] = {}
        own = language.startswith("zh")
        self._take(best, self._found(wanted), own)
        if not any(match.how in (How.EXACT, How.SYNONYM, How.PREFIX) for match in best.values()):
            near = (
                (rows, How.NEAR, 0.1 + 0.3 * share if share <= BROADER else 0.4 + 0.3 * (share - BROADER))
                for rows, share in self._near(wanted)
            )
            self._take(best, near, own)
        return list(best.values())

    def _take(
        self, best: dict[int, Match], found: Iterable[tuple[Rows, How, float | Scores]], own: bool
    ) -> None:
        names = self.names
        for rows, how, base in found:
            if not len(rows):
                continue
            score = base - 0.0005 * names.place[rows] + 0.002 * (names.han[rows] == own)
            if len(rows) > _MOST:
                keep = np.argpartition(-score, _MOST)[:_MOST]
                rows, score = rows[keep], score[keep]
            for row, value in zip(rows.tolist(), np.asarray(score).tolist(), strict=True):
                owner = int(names.owner[row])
                known = best.get(owner)
                if known is None or value > known.score:
                    best[owner] = Match(owner, names.entries[row].name, how, value)

    def _found(self, wanted: str) -> Iterator[tuple[Rows, How, float | Scores]]:
        names = self.names
        exact = np.array(names.exact.get(wanted, ()), np.int32)
        yield exact[names.place[exact] == 0], How.EXACT, 1.0
        yield exact[names.place[exact] > 0], How.SYNONYM, 0.97
        words = words_of(wanted)
        other_order = names.unordered.get(tuple(sorted(words)), ()) if len(words) > 1 else ()
        yield np.array(other_order, np.int32), How.CONTAINS, 0.69
        yield from self._holding(wanted, words)
        if _LETTERS.fullmatch(wanted):
            yield from self._by_pinyin(wanted.replace(" ", "").replace("'", ""))

    def _holding(self, wanted: str, words: list[str]) -> Iterator[tuple[Rows, How, float | Scores]]:
        """Names that begin with what was typed, and names that hold it: Chinese as it stands, other words in
        any order and by their beginnings.
        """
        names = self.names
        groups = [
            names.characters.rows(word)
            if has_han(word)
            else names.words.rows(word)
            if word.isdigit()
            else names.words.beginning(word)
            for word in words
        ]
        if has_han(wanted):
            groups += [names.pairs.rows(wanted[i : i + 2]) for i in range(len(wanted) - 1)]
        rows = names.having(groups)
        if has_han(wanted) and len(wanted) > 2:
            rows = np.array([row for row in rows.tolist() if wanted in names.folded[row]], np.int32)
        if not len(rows):
            return
        cover = np.minimum(1.0, sum(map(len, words)) / names.length[rows])
        begins = names.starting(wanted)[rows]
        yield rows[begins], How.PREFIX, 0.72 + 0.18 * cover[begins]
        yield rows[~begins], How.CONTAINS, 0.45 + 0.22 * cover[~begins]

    def _by_pinyin(self, typed: str) -> Iterator[tuple[Rows, How, float | Scores]]:
        """Sounds and first letters; those of one concept alone stand for it."""
        names = self.names
        for rows, least, base in ((names.sounds.rows(typed), 2, 0.95), (names.initials.rows(typed), 2, 0.9)):
            if len(rows) and len(typed) >= least:
                one = len(set(names.owner[rows].tolist())) == 1
                whole = base > 0.9
                if one:
                    preferred = names.place[rows] == 0
                    yield rows[preferred], How.EXACT if whole else How.PREFIX, base
                    yield rows[~preferred], How.SYNONYM if whole else How.PREFIX, base - 0.02
                else:
                    yield rows, How.PREFIX if len(typed) >= 3 else How.CONTAINS, base - 0.18
        if len(typed) >= 2:
            begun = np.unique(names.sounds.beginning(typed))
            yield begun, How.PREFIX if len(typed) >= 4 else How.CONTAINS, self._cover(begun, typed, 0.6)
            short = np.unique(names.initials.beginning(typed))
            yield short, How.CONTAINS, 0.5 + 0.1 * np.minimum(1.0, len(typed) / names.length[short])
        if len(typed) >= 3:
            yield np.unique(names.tails.beginning(typed)), How.CONTAINS, 0.47
            yield np.unique(names.initial_tails.beginning(typed)), How.CONTAINS, 0.45

    def _cover(self, rows: Rows, typed: str, base: float) -> Scores:
        """A score that grows with how much of the sound is typed, a syllable being some three letters."""
        share = np.minimum(1.0, len(typed) / (3.2 * self.names.length[rows]))
        return np.asarray(base + 0.15 * share)

    def _near(self, wanted: str) -> Iterator[tuple[Rows, float]]:
        names = self.names
        words = words_of(wanted)
        if has_han(wanted):
            yield from by_sound(names, wanted)
            yield from by_characters(names, wanted)
            yield from inside(names, wanted)
            return
        yield from by_slips(names, self._slips, words)
        yield from by_words(names, words)
        typed = wanted.replace(" ", "")
        if len(typed) >= 4 and typed.isalpha():
            yield names.loose_sounds.rows(loosely(typed)), 0.9
