"""Whether a piece of text is made of known words only, in a known order.

A `Phrase` is a small automaton: from each state it goes on by the words of a vocabulary. All ways are
followed together, so the time grows with the length of the text and never with the ways to part it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words, in lower case, and patterns that count as one word each."""

    words: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    _lengths: tuple[int, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lengths", tuple(sorted({len(word) for word in self.words})))

    @classmethod
    def of(cls, words: Iterable[str], *patterns: str) -> Vocabulary:
        """A vocabulary of any words and regular expressions."""
        return cls(frozenset(word.lower() for word in words), tuple(re.compile(p) for p in patterns))

    def __or__(self, other: Vocabulary) -> Vocabulary:
        return Vocabulary(self.words | other.words, (*self.patterns, *other.patterns))

    def ends(self, text: str, at: int) -> Iterator[int]:
        """Where a word that begins at `at` may end; Latin words and numbers end only at their boundary."""
        found = [at + n for n in self._lengths if at + n <= len(text) and text[at : at + n] in self.words]
        found += [m.end() for pattern in self.patterns if (m := pattern.match(text, at)) and m.end() > at]
        return (end for end in found if not _inside_latin(text, end))

    def found_in(self, text: str) -> bool:
        """Whether the text holds any of the words."""
        text = text.lower()
        return any(True for at in range(len(text)) for _ in self.ends(text, at))


def _inside_latin(text: str, at: int) -> bool:
    return at < len(text) and bool(_LATIN.match(text[at - 1]) and _LATIN.match(text[at]))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Steps by state: the vocabularies that lead on, each with the state that it leads to."""

    steps: Mapping[str, Sequence[tuple[Vocabulary, str]]]
    accept: frozenset[str]

    def covers(self, text: str, start: str) -> bool:
        """Whether the whole text, from the state `start`, ends in a state that is accepted; spaces count as
        nothing.
        """
        text = text.lower()
        reached: list[set[str]] = [set() for _ in range(len(text) + 1)]
        reached[0].add(start)
        for at, states in enumerate(reached[:-1]):
            if states and text[at].isspace():
                reached[at + 1] |= states
            for state in states:
                for vocabulary, following in self.steps.get(state, ()):
                    for end in vocabulary.ends(text, at):
                        reached[end].add(following)
        return bool(reached[-1] & self.accept)


def only(vocabulary: Vocabulary) -> Phrase:
    """Any number of words of one vocabulary, in any order."""
    return Phrase({"": ((vocabulary, ""),)}, frozenset({""}))
