"""What was nearly typed: slips of the keyboard, characters of the same sound, known names inside it."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np

from app.paths import resource_path
from app.terminology.folding import has_han
from app.terminology.names import Names, Postings, Rows, loosely, words_of

#: so many words are compared letter by letter
_SHORTLIST = 80
#: a name longer than this is not looked for inside what was typed
_LONGEST = 24
#: a name that most of what was typed ends with is the broader concept: it comes before narrower ones that
#: only hold what was typed
BROADER, _MOSTLY = 1.0, 0.6
#: so many readings of what was typed are tried
_READINGS = 32


class Slips:
    """Words of the vocabulary by their pairs of letters, to find those that a slip leads away from."""

    def __init__(self, words: Postings) -> None:
        self._words = words.keys
        pairs: dict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(self._words):
            for pair in {f"^{word}$"[j : j + 2] for j in range(len(word) + 1)}:
                pairs[pair].append(i)
        self._pairs = Postings(pairs)

    def near(self, typed: str) -> list[tuple[str, int]]:
        """Known words with their distance: one slip, two in long words; `typed` may be their beginning."""
        allowed = 0 if len(typed) < 4 or not typed.isalpha() else 1 if len(typed) < 6 else 2
        if not allowed:
            return []
        marked = f"^{typed}"
        shared = np.concatenate([self._pairs.rows(marked[i : i + 2]) for i in range(len(marked) - 1)])
        if not len(shared):
            return []
        counts = np.bincount(shared, minlength=len(self._words))
        best = np.argsort(-counts, kind="stable")[:_SHORTLIST]
        found = [(self._words[i], distance(typed, self._words[i], allowed)) for i in best if counts[i] >= 2]
        near = [(word, steps) for word, steps in found if steps <= allowed]
        least = min((steps for _, steps in near), default=0)
        return [(word, steps) for word, steps in near if steps == least]


def distance(typed: str, word: str, most: int) -> int:
    """Slips between what was typed and a word, or its beginning where that is nearer and long enough.

    A slip is a letter too much, too few, another one, or two that changed places; above `most` the answer is
    only known to be above.
    """
    if len(typed) - len(word) > most:
        return most + 1
    word = word[: len(typed) + most]
    before, last = list(range(len(word) + 1)), [0] * (len(word) + 1)
    for i, letter in enumerate(typed, 1):
        now = [i] + [0] * len(word)
        for j, other in enumerate(word, 1):
            now[j] = min(before[j] + 1, now[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                now[j] = min(now[j], last[j - 2] + 1)
        last, before = before, now
    return min(before[len(typed) :], default=before[-1]) if len(typed) <= len(word) else before[-1]


def by_slips(names: Names, slips: Slips, words: list[str]) -> Iterator[tuple[Rows, float]]:
    """Names that have all the words, some of them mended; with how near they are, 0…1."""
    groups: list[Rows] = []
    steps = 0
    for word in words:
        rows = names.words.beginning(word)
        if not len(rows):
            mended = slips.near(word)
            if not mended:
                return
            steps += mended[0][1]
            rows = np.concatenate([names.words.rows(known) for known, _ in mended])
        groups.append(rows)
    if steps:
        rows = names.having(groups)
        cover = np.minimum(1.0, sum(map(len, words)) / np.maximum(1, names.length[rows]))
        for row, share in zip(rows.tolist(), cover.tolist(), strict=True):
            yield _row(row), (1.0 - 0.15 * steps) * (0.6 + 0.4 * share)


@cache
def all_readings() -> dict[str, tuple[str, ...]]:
    """How the characters of GB 2312 are read."""
    heard: dict[str, list[str]] = defaultdict(list)
    with resource_path("terminology", "hanzi_pinyin.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for character in row["characters"]:
                heard[character].append(row["sound"])
    return {character: tuple(sounds) for character, sounds in heard.items()}


def by_sound(names: Names, wanted: str) -> Iterator[tuple[Rows, float]]:
    """Names that sound as what was typed does, in other characters."""
    readings = [
        sorted(names.readings.get(c, ()) or all_readings().get(c, ())) if has_han(c) else [c]
        for c in wanted
        if c != " "
    ]
    if not readings or not all(readings):
        return
    for n, syllables in enumerate(product(*readings)):
        if n >= _READINGS:
            return
        sound = "".join(syllables)
        yield names.sounds.rows(sound), 1.0
        yield names.loose_sounds.rows(loosely(sound)), 0.9


def by_characters(names: Names, wanted: str) -> Iterator[tuple[Rows, float]]:
    """Names that have all the characters in their order with one or two between, one too few, or two that
    changed places.
    """
    if len(wanted) < 3:
        return
    counts = Counter[int]()
    for character in dict.fromkeys(wanted):
        counts.update(names.characters.rows(character).tolist())
    least = len(set(wanted)) - 1
    for row, shared in counts.items():
        name = names.folded[row]
        if shared < least or abs(len(name) - len(wanted)) > 2 or name in wanted:
            continue
        if len(name) > len(wanted) and name[0] == wanted[0] and _in_order(wanted, name):
            yield _row(row), 1.0 - 0.1 * (len(name) - len(wanted))
        elif len(name) == len(wanted) - 1 >= 3 and name[-1] == wanted[-1] and _in_order(name, wanted):
            yield _row(row), 0.85
        elif len(name) == len(wanted) and sorted(name) == sorted(wanted) and _swapped(name, wanted):
            yield _row(row), 0.95


def inside(names: Names, wanted: str) -> Iterator[tuple[Rows, float]]:
    """Known names inside what was typed: the last one says what it is, the first ones where."""
    for length in range(min(len(wanted) - 1, _LONGEST), 1, -1):
        for at in range(len(wanted) - length + 1):
            piece = wanted[at : at + length]
            rows = names.exact.get(piece) if has_han(piece) else None
            if rows:
                share, ends = length / len(wanted), at + length == len(wanted)
                broader = BROADER if ends and share >= _MOSTLY else 0.0
                yield np.array(rows, np.int32), 0.75 * share + 0.25 * ends + broader


def by_words(names: Names, words: list[str]) -> Iterator[tuple[Rows, float]]:
    """Names all of whose words were typed, among others, and names that have most of what was typed; rare
    words count more.
    """
    if len(words) < 2:
        return
    total = len(names.entries)
    weights = {word: np.log(1 + total / (1 + len(names.words.rows(word)))) for word in words}
    shared = [names.words.rows(word) for word in words]
    rows = np.concatenate(shared)
    if not len(rows):
        return
    value = np.bincount(
        rows, np.concatenate([np.full(len(r), weights[w]) for w, r in zip(words, shared, strict=True)])
    )
    held = np.bincount(rows)
    whole = np.flatnonzero((held == names.count[: len(held)]) & (held > 0))
    most = sum(weights.values())
    for row in whole[np.argsort(-value[whole], kind="stable")][:40]:
        share, ends = float(value[row] / most), words_of(names.folded[row])[-1] == words[-1]
        broader = BROADER if ends and share >= _MOSTLY * 0.7 else 0.0
        yield _row(int(row)), min(1.0, 0.85 * share + 0.15 * ends) + broader
    mostly = np.flatnonzero(value >= 0.5 * most)
    for row in mostly[np.argsort(names.count[mostly] - value[mostly], kind="stable")][:20]:
        yield _row(int(row)), 0.5 * float(value[row] / most) * float(held[row] / names.count[row])


def _row(row: int) -> Rows:
    return np.array([row], np.int32)


def _in_order(few: str, many: str) -> bool:
    rest = iter(many)
    return all(character in rest for character in few)


def _swapped(one: str, other: str) -> bool:
    unlike = [i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    return len(unlike) == 2 and unlike[1] == unlike[0] + 1
