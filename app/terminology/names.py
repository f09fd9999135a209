"""The index of names that a search reads: words, characters and sounds, each with the rows that have them.

One row is one name of one concept.  Rows of a key lie together in one array, keys in order, so that all rows
whose words begin so are one slice.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.terminology.folding import fold, has_han, split

Rows = NDArray[np.int32]

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
#: words that no search needs
SMALL_WORDS = frozenset({"of", "the", "a", "an", "in", "on", "and", "with", "to", "by"})
#: British spelling and rarer forms → the form that RadLex writes
_SPELLING = (
    (re.compile(r"\b(h|an|leuk|isch|septic|olig|hyper|py)aem"), r"\1em"),
    (re.compile(r"\boe(?=dem|soph|str)"), "e"),
    (re.compile(r"aed|\bae(?=tiol)"), lambda found: "ed" if found.group() == "aed" else "e"),
    (re.compile(r"\bcaec"), "cec"),
    (re.compile(r"tumour|colour"), lambda found: found.group().replace("our", "or")),
    (re.compile(r"\b(cent|fib|calib)re\b"), r"\1er"),
    (re.compile(r"\bgrey\b"), "gray"),
    (re.compile(r"\bdisk\b"), "disc"),
    (re.compile(r"\bdiarrhoea"), "diarrhea"),
)


@lru_cache(maxsize=4096)
def comparable(text: str) -> str:
    """Folded, in RadLex's spelling; what a name and a query are compared in."""
    folded = fold(text)
    if folded.isascii() and any(mark in folded for mark in ("ae", "oe", "our", "re", "grey", "disk")):
        for pattern, instead in _SPELLING:
            folded = pattern.sub(instead, folded)
    return folded


def words_of(folded: str) -> list[str]:
    """The words of a folded text that count: no small ones, unless there are no others."""
    words = split(folded)
    return [word for word in words if word not in SMALL_WORDS] or words


class Postings:
    """Rows by key: a dictionary whose ranges of keys are slices."""

    def __init__(self, pairs: Mapping[str, Sequence[int]]) -> None:
        self.keys = sorted(pairs)
        self._at = {key: i for i, key in enumerate(self.keys)}
        sizes = [len(pairs[key]) for key in self.keys]
        self._starts = np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))
        self._rows: Rows = np.fromiter(
            (row for key in self.keys for row in pairs[key]), dtype=np.int32, count=int(self._starts[-1])
        )

    def __contains__(self, key: str) -> bool:
        return key in self._at

    def rows(self, key: str) -> Rows:
        """Rows of one key."""
        at = self._at.get(key)
        return self._rows[:0] if at is None else self._rows[self._starts[at] : self._starts[at + 1]]

    def beginning(self, prefix: str) -> Rows:
        """Rows of all keys that begin so; a row may come more than once."""
        first, last = self.span(prefix)
        return self._rows[self._starts[first] : self._starts[last]]

    def span(self, prefix: str) -> tuple[int, int]:
        """The range of `keys` that begin so."""
        return bisect_left(self.keys, prefix), bisect_left(self.keys, prefix + "\U0010ffff")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of one concept.

    `place` is 0 for a preferred name and grows along the synonyms; `sound` holds the pinyin of a Chinese name
    in syllables.
    """

    owner: int
    name: str
    place: int
    sound: str = ""


class Names:
    """Every name with its words, characters and sounds."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self.folded = [comparable(entry.name) for entry in self.entries]
        n = len(self.entries)
        self.owner: Rows = np.fromiter((e.owner for e in self.entries), np.int32, n)
        self.place: Rows = np.fromiter((min(e.place, 5) for e in self.entries), np.int32, n)
        self.han = np.fromiter((has_han(e.name) for e in self.entries), bool, n)
        self.length: Rows = np.fromiter(
            (max(1, len(name.replace(" ", ""))) for name in self.folded), np.int32, n
        )
        words: dict[str, list[int]] = defaultdict(list)
        characters: dict[str, list[int]] = defaultdict(list)
        pairs: dict[str, list[int]] = defaultdict(list)
        self.exact: dict[str, list[int]] = defaultdict(list)
        self.unordered: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.count: Rows = np.ones(n, np.int32)
        for row, name in enumerate(self.folded):
            self.exact[name].append(row)
            if " " in name and (joined := name.replace(" ", "")) != name:
                self.exact[joined].append(row)
            found = words_of(name)
            self.count[row] = len(found)
            if len(found) > 1 and name.isascii():
                self.unordered[tuple(sorted(found))].append(row)
            for word in dict.fromkeys(found):
                (characters if _HAN.match(word) else words)[word].append(row)
            if self.han[row]:
                for pair in {name[i : i + 2] for i in range(len(name) - 1)}:
                    pairs[pair].append(row)
        self.words, self.characters, self.pairs = Postings(words), Postings(characters), Postings(pairs)
        order = sorted(range(n), key=self.folded.__getitem__)
        self._sorted = [self.folded[row] for row in order]
        self.rank: Rows = np.empty(n, np.int32)
        self.rank[order] = np.arange(n, dtype=np.int32)
        self._read_sounds()

    def _read_sounds(self) -> None:
        """Whole sounds, sounds and first letters from every syllable on, and how characters are read."""
        whole: dict[str, list[int]] = defaultdict(list)
        loose: dict[str, list[int]] = defaultdict(list)
        tails: dict[str, list[int]] = defaultdict(list)
        initials: dict[str, list[int]] = defaultdict(list)
        initial_tails: dict[str, list[int]] = defaultdict(list)
        self.readings: dict[str, set[str]] = defaultdict(set)
        for row, entry in enumerate(self.entries):
            if not entry.sound:
                continue
            syllables = entry.sound.split(" ")
            pieces = _pieces(self.folded[row])
            if len(pieces) != len(syllables):
                pieces = [""] * len(syllables)
            for piece, syllable in zip(pieces, syllables, strict=True):
                if piece and _HAN.match(piece):
                    self.readings[piece].add(syllable)
            short = [
                syllable if piece and not _HAN.match(piece) else syllable[:1]
                for piece, syllable in zip(pieces, syllables, strict=True)
            ]
            whole["".join(syllables)].append(row)
            loose[loosely("".join(syllables))].append(row)
            initials["".join(short)].append(row)
            for i in range(1, len(syllables)):
                tails["".join(syllables[i:])].append(row)
                initial_tails["".join(short[i:])].append(row)
        self.sounds, self.loose_sounds, self.tails = Postings(whole), Postings(loose), Postings(tails)
        self.initials, self.initial_tails = Postings(initials), Postings(initial_tails)

    def starting(self, folded: str) -> NDArray[np.bool_]:
        """Which names begin so."""
        first = bisect_left(self._sorted, folded)
        last = bisect_left(self._sorted, folded + "\U0010ffff")
        return (self.rank >= first) & (self.rank < last)

    def having(self, keys: Iterable[Rows]) -> Rows:
        """Rows that all the groups of rows hold, in order."""
        mask: NDArray[np.bool_] | None = None
        for rows in keys:
            one = np.zeros(len(self.entries), bool)
            one[rows] = True
            mask = one if mask is None else mask & one
            if not mask.any():
                break
        return np.flatnonzero(mask).astype(np.int32) if mask is not None else self.owner[:0]


def _pieces(folded: str) -> list[str]:
    """Characters, and runs of letters and digits, as the sounds were made of them."""
    return [piece for run in _RUNS.findall(folded) for piece in (list(run) if _HAN.match(run) else [run])]


_LOOSE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


def loosely(sound: str) -> str:
    """A sound without what many speakers do not tell apart."""
    for told, heard in _LOOSE:
        sound = sound.replace(told, heard)
    return sound
