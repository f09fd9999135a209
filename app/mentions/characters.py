"""Characters made comparable, with the place of each in the text as it was written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SAME = str.maketrans(
    "，；：！？（）［］[]“”‘「」『』〔〕～－–—−×・’〈〉‹›☒✗✘✕", ",;:!?()()()       【】~----x·'()()xxxx"
)
#: a value in the brackets of headings
_VALUE = re.compile(r"【([-+±无有]|未见|阴性|阳性|存在)】")
_HAN = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]")
#: a line that goes on: no end of a sentence before the break, a small letter behind it
_WRAPPED = re.compile(r"(?<=[a-z0-9,(])[ \t]*\r?\n[ \t]*(?=[a-z])")


@dataclass(frozen=True, slots=True)
class Folded:
    """Half-width, lower-case text with single spaces; `places[i]` is where character i stands in `source`."""

    source: str
    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A stretch of the folded text in the source."""
        return self.places[start], self.places[end - 1] + 1

    def at(self, place: int) -> int:
        """The first character of the folded text at or behind a place of the source."""
        low, high = 0, len(self.places)
        while low < high:
            middle = (low + high) // 2
            if self.places[middle] < place:
                low = middle + 1
            else:
                high = middle
        return low


def folded(text: str) -> Folded:
    """Make a text comparable."""
    plain = text.translate(_SAME)
    plain = plain.lower() if plain.isascii() else "".join(_one(c) for c in plain)
    plain = _VALUE.sub(r"(\1)", plain)
    plain = _WRAPPED.sub(lambda m: " " * len(m.group()), plain)
    kept = [i for i, c in enumerate(plain) if not (c in " \t\r" and i and plain[i - 1] in " \t\r\n")]
    return Folded(text, "".join(" " if plain[i] in "\t\r" else plain[i] for i in kept), tuple(kept))


def _one(character: str) -> str:
    same = unicodedata.normalize("NFKC", character).lower()
    return same if len(same) == 1 else character


def has_han(text: str) -> bool:
    """Whether there is a Chinese character."""
    return bool(_HAN.search(text))


def is_latin(character: str) -> bool:
    """Whether a character belongs to a Latin word or a number."""
    return character.isascii() and character.isalnum()
