"""English names with one letter wrong, missing, too many or changed round: pneumothroax."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

#: shorter words are too like others
_SHORTEST = 7
#: forms of words that are not names
_NO_NAME = ("ic", "al", "ed", "ous", "ing", "ly", "ary", "ive", "able", "ar")


class NearNames:
    """Names of one word, to be found by a misspelling."""

    def __init__(self, names: Iterable[str]) -> None:
        self._known: dict[str, set[str]] = defaultdict(set)
        for name in names:
            if len(name) >= _SHORTEST and name.isascii() and name.isalpha():
                for form in {name, *_shorter(name)}:
                    self._known[form].add(name)

    def meant(self, word: str) -> str | None:
        """The name that a word was meant to be; None where it is none, or could be two."""
        if len(word) < _SHORTEST or not word.isalpha() or word.endswith(_NO_NAME):
            return None
        near = {
            name
            for form in {word, *_shorter(word)}
            for name in self._known.get(form, ())
            if name != word and _one_apart(word, name)
        }
        return near.pop() if len(near) == 1 else None


def _shorter(word: str) -> Iterator[str]:
    return (word[:n] + word[n + 1 :] for n in range(len(word)))


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter, or two neighbours changed round, make one word of the other."""
    if len(one) != len(other):
        short, long = sorted((one, other), key=len)
        return len(long) - len(short) == 1 and short in _shorter(long)
    places = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) == 1:
        return places[0] > 0
    return len(places) == 2 and places[1] == places[0] + 1 and one[places[0]] == other[places[1]]
