"""Finding a name by what was typed: exact, then every word a beginning, then BM25 over words, then inside,
then pinyin.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from app.terminology.folding import fold, has_han, split, tokens

_K1, _B = 1.2, 0.5
#: a candidate by words must reach this share of the best one's BM25
_RELATIVE_CUT = 0.6
#: a name longer than this is not looked for inside what was typed
_LONGEST = 24
#: one Chinese character, or what stands between two
_PART = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\u3400-\u9fff\U00020000-\U0003ffff]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of one concept; `place` is 0 for the preferred English name, growing along the concept's
    names.
    """

    key: str
    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Match:
    """The best name of a concept for a query, with a score in 0…1."""

    key: str
    name: str
    how: str
    score: float


class Ranking:
    """One row for each name; the concept's score is its best name's."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        self._folded = [fold(e.name) for e in self._entries]
        self._tokens = [split(name) for name in self._folded]
        self._length = sum(map(len, self._tokens)) / max(1, len(self._tokens))
        self._postings: dict[str, list[int]] = defaultdict(list)
        self._named: dict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self._tokens):
            self._named[self._folded[i]].append(i)
            for word in set(words):
                self._postings[word].append(i)
        self._words = sorted(self._postings)

    def search(self, text: str, language: str) -> list[Match]:
        """The best match of every concept that matches at all, unsorted."""
        wanted, words = fold(text), tokens(text)
        if not wanted or not words:
            return []
        best: dict[str, Match] = {}
        for i, how, score in self._candidates(wanted, words):
            entry = self._entries[i]
            preferred = 0.002 if has_han(entry.name) == language.startswith("zh") else 0.0
            score += preferred - 0.0005 * min(entry.place, 5)
            if entry.key not in best or score > best[entry.key].score:
                best[entry.key] = Match(entry.key, entry.name, how, score)
        return list(best.values())

    def _candidates(self, wanted: str, words: list[str]) -> list[tuple[int, str, float]]:
        found = [(i, "exact", 1.0) for i in self._named.get(wanted, ())]
        found += self._prefixes(wanted, words)
        found += self._inside(wanted, words)
        found += self._by_words(words)
        if wanted.replace(" ", "").isascii() and wanted.replace(" ", "").isalpha():
            found += self._by_pinyin(wanted.replace(" ", ""))
        return found

    def _beginning(self, word: str) -> set[int]:
        """Names that have a word which begins so; digits and Chinese characters are whole words."""
        if not (word.isalpha() and word.isascii()):
            return set(self._postings.get(word, ()))
        first, last = bisect_left(self._words, word), bisect_left(self._words, word + "\x7f")
        return {i for known in self._words[first:last] for i in self._postings[known]}

    def _holding(self, words: Iterable[str], rows_of: Callable[[str], Iterable[int]]) -> list[int]:
        """Names that hold all the words, in their order."""
        sets = sorted((set(rows_of(word)) for word in set(words)), key=len)
        return sorted(sets[0].intersection(*sets[1:])) if sets else []

    def _prefixes(self, wanted: str, words: list[str]) -> list[tuple[int, str, float]]:
        """Every typed word begins a word of the name; whole beginnings and short names first."""
        found = []
        typed = sum(map(len, words))
        for i in self._holding(words, self._beginning):
            if has_han(wanted) and wanted not in self._folded[i]:
                continue
            cover = typed / max(1, sum(map(len, self._tokens[i])))
            start = 0.06 if self._folded[i].startswith(wanted) else 0.0
            found.append((i, "prefix", 0.70 + 0.18 * min(1.0, cover) + start))
        return found

    def _inside(self, wanted: str, words: list[str]) -> list[tuple[int, str, float]]:
        """Chinese words inside a longer name, or a known name inside what was typed."""
        if not has_han(wanted):
            return []
        holding = self._holding(words, lambda word: self._postings.get(word, ()))
        inside = [
            (i, "inside", 0.55 + 0.2 * len(wanted) / len(self._folded[i]))
            for i in holding
            if wanted in self._folded[i]
        ]
        pieces = {
            wanted[i:j] for i in range(len(wanted)) for j in range(i + 2, min(len(wanted), i + _LONGEST) + 1)
        }
        around = [
            (i, "inside", 0.45 + 0.2 * len(piece) / len(wanted))
            for piece in sorted(pieces)
            if has_han(piece)
            for i in self._named.get(piece, ())
        ]
        parted = [
            (i, "inside", 0.5 + 0.2 * len(wanted) / len(self._folded[i]))
            for i in holding
            if _in_order(wanted, self._folded[i])
        ]
        return inside + around + parted

    def _by_words(self, words: list[str]) -> list[tuple[int, str, float]]:
        """BM25 over words; below a share of the best it is noise."""
        weights: Counter[int] = Counter()
        for word in words:
            rows = self._postings.get(word, [])
            rarity = math.log(1 + (len(self._entries) - len(rows) + 0.5) / (len(rows) + 0.5))
            for i in rows:
                often = self._tokens[i].count(word)
                size = 1 - _B + _B * len(self._tokens[i]) / self._length
                weights[i] += rarity * often * (_K1 + 1) / (often + _K1 * size)  # type: ignore[assignment]
        if not weights:
            return []
        top = max(weights.values())
        share = {i: sum(w in self._tokens[i] for w in words) / len(words) for i in weights}
        return [
            (i, "words", 0.25 + 0.25 * value / top * share[i])
            for i, value in weights.items()
            if value >= _RELATIVE_CUT * top
        ]

    def _by_pinyin(self, typed: str) -> list[tuple[int, str, float]]:
        found = []
        for i, sound, initials in self._pinyin:
            if typed not in sound and typed not in initials:
                continue
            full = self._sound_score(typed, sound, 0.80)
            short = self._sound_score(typed, initials, 0.72) if len(typed) >= 2 else 0.0
            score = max(full, short)
            if score:
                found.append((i, "pinyin", score))
        return found

    @staticmethod
    def _sound_score(typed: str, sound: str, base: float) -> float:
        if sound == typed:
            return base + 0.1
        if sound.startswith(typed):
            return base - 0.15 + 0.1 * len(typed) / len(sound)
        if len(typed) >= 3 and typed in sound:
            return base - 0.3 + 0.1 * len(typed) / len(sound)
        return 0.0

    @cached_property
    def _pinyin(self) -> list[tuple[int, str, str]]:
        """Sounds and first letters of the Chinese names, worked out when the first Latin query comes."""
        return [(i, *_sounds(name.replace(" ", ""))) for i, name in enumerate(self._folded) if has_han(name)]


def _sounds(name: str) -> tuple[str, str]:
    """Pinyin of a name and its first letters; what is not Chinese stays as it is."""
    from pypinyin import (
        Style,
        lazy_pinyin,
    )  # a dictionary of megabytes: only where there is something to read

    sounds = lazy_pinyin(name)
    parts = _PART.findall(name)
    if len(parts) != len(sounds):  # a reading of several syllables
        return "".join(sounds), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return "".join(sounds), "".join(
        sound[:1] if has_han(part) else sound for part, sound in zip(parts, sounds, strict=True)
    )


def _in_order(wanted: str, name: str) -> bool:
    """Most of the name's characters in their order (压缩骨折 in 压缩性骨折), the first one at the start."""
    if len(wanted) < 3 or len(name) - len(wanted) not in (1, 2) or wanted[0] != name[0]:
        return False
    rest = iter(name)
    return all(character in rest for character in wanted)
