"""Words made comparable: letter case, width, hyphens, plurals; Chinese characters stay what they are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_TOKEN = re.compile(r"[a-z]+|[0-9]+|[^\x00-\x7f]", re.ASCII)
_BREAK = re.compile(r"[\s\-_/,.;:()，。；：（）、·'’]+")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Comparable form: NFKC, lower case, hyphens and marks as one space, none around Chinese characters,
    singular words.
    """
    plain = _BREAK.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()
    joined = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", plain)
    return " ".join(_singular(word) for word in joined.split(" "))


def tokens(text: str) -> list[str]:
    """Words, numbers (digits are kept: C7, T2) and single Chinese characters, in order, folded."""
    return split(fold(text))


def split(folded: str) -> list[str]:
    """The same of a text that is folded already."""
    return _TOKEN.findall(folded)


def has_han(text: str) -> bool:
    """Whether there is a Chinese character."""
    return bool(_HAN.search(text))


def _singular(word: str) -> str:
    """English plural to singular where it is regular; endings that are not plurals stay (stenosis, pelvis,
    mass, sinus).
    """
    if len(word) < 4 or not word.isascii() or not word.endswith("s"):
        return word
    if word.endswith(("ss", "is", "us")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    return word[:-1]
