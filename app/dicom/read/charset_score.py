"""How plausible a decoded text is: near 1 for what people write, below 0 for what nobody writes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from app.dicom.read.charset_letters import (
    COMMON_HAN,
    COMMON_HANGUL,
    COMMON_LATIN,
    KOREAN_SURNAMES,
    LATIN_PAIRS,
    RUSSIAN_VOWELS,
    SURNAMES,
)

#: a character that no text has: controls, private use, unassigned, the mark of a failure
IMPOSSIBLE = -4.0
_SYMBOL, _IN_A_NAME, _USEFUL = -1.0, -1.5, 0.3
_USEFUL_SYMBOLS = frozenset("°µμ²³±·×ØΦ（），。、：；－—–…“”‘’《》【】％＋／～℃㎜㎝Ⅰ　ⅡⅢⅣⅤⅥ・･ー々")
#: parts of a word that each begin with a capital, as in McDonald
_CAPITALS = re.compile(r".[^\W\d_]*?(?:(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])|\Z)")


def plausibility(text: str, scripts: frozenset[str], *, name: bool) -> tuple[float, int]:
    """Sum of the scores of the characters beyond ASCII, and their number.

    `scripts` are those that the character set is used for; `name` tells a person's name from other text.
    """
    strange = [c for c in text if c > "\x7f"]
    total = sum(_symbol(c, name=name) for c in strange if not _in_words(c))
    for word in _words(text):
        total += _word(word, scripts)
    if name:
        total += _family_names(text)
    return total, len(strange)


def _words(text: str) -> Iterable[str]:
    """Runs of letters with their combining marks, which some scripts write their vowels with."""
    word = ""
    for c in text:
        if _in_words(c):
            word += c
        elif word:
            yield word
            word = ""
    if word:
        yield word


def _in_words(c: str) -> bool:
    return c.isalpha() or (c > "\x7f" and unicodedata.category(c).startswith("M"))


def _symbol(c: str, *, name: bool) -> float:
    category = unicodedata.category(c)
    if category in ("Cc", "Co", "Cn", "Cs") or c == "\ufffd":
        return IMPOSSIBLE
    if c in _USEFUL_SYMBOLS and (not name or c in "·・･ー々　"):
        return _USEFUL
    return _IN_A_NAME if name else _SYMBOL


@lru_cache(maxsize=4096)
def _script(c: str) -> str:
    if c <= "\x7f":
        return "ASCII"
    if _is_han(c):
        return "HAN"
    name = unicodedata.name(c, "")
    first = name.split(" ", 1)[0]
    if first == "HALFWIDTH":
        return "KANA" if "KATAKANA" in name else "OTHER"
    if first in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"):
        return "KANA"
    return first if first in _SCORES else "OTHER"


def _is_han(c: str) -> bool:
    return "\u3400" <= c <= "\u9fff" or "\U00020000" <= c <= "\U0003ffff" or c == "々"


def _word(word: str, scripts: frozenset[str]) -> float:
    """The score of the letters beyond ASCII in one word."""
    kinds = [_script(c) for c in word]
    found = set(kinds)
    strange = sum(kind != "ASCII" for kind in kinds)
    if not strange:
        return 0.0
    alphabets = found - {"ASCII", "HAN", "KANA", "HANGUL"}
    total = 0.0
    for kind in found - {"ASCII"}:
        letters = [c for c, own in zip(word, kinds, strict=True) if own == kind]
        score = _SCORES[kind](word, letters)
        total += score if kind in scripts else min(score, 0.0) - 0.5 * len(letters)
    if len(alphabets) > 1 or (alphabets and found & {"HAN", "KANA", "HANGUL"}):
        total -= 1.5 * strange
    return total


def _latin(word: str, letters: list[str]) -> float:
    """Accented letters stand among plain ones, capitals at the beginning or everywhere."""
    if len(letters) > 0.8 * len(word):
        return -0.6 * len(letters)
    total = 0.0
    for before, c, after in zip(" " + word, word, word[1:] + " ", strict=False):
        strange = _strange_pair(before, c) + _strange_pair(c, after)
        if c > "\x7f" and strange:
            total -= 0.6 * (strange - 1)
        elif c > "\x7f":
            total += 1.0 if c.lower() in COMMON_LATIN else 0.2
    regular = all(part.istitle() or part.isupper() or part.islower() for part in _CAPITALS.findall(word))
    return total if regular else total - 1.0 * len(letters)


def _strange_pair(one: str, other: str) -> bool:
    """Two accented letters side by side that no language writes so; doubled ones are written."""
    pair = (one + other).lower()
    return min(pair) > "\x7f" and pair[0] != pair[-1] and pair not in LATIN_PAIRS


def _cyrillic(word: str, letters: list[str]) -> float:
    regular = word in (word.upper(), word.lower(), word[0].upper() + word[1:].lower())
    vowels = sum(c.lower() in RUSSIAN_VOWELS for c in word)
    each = (0.5 if word == word.lower() else 0.9) if regular else -0.8
    if len(word) == 1:
        each = 0.2
    elif regular and len(letters) == len(word) > 3 and not 0.2 <= vowels / len(word) <= 0.75:
        each = -0.2
    if len(word) != len(letters):
        each -= 0.8 if 2 * len(letters) >= len(word) else 1.5
    rare = sum(c.lower() not in "абвгдежзийклмнопрстуфхцчшщъыьэюяё" for c in letters)
    return each * len(letters) - 0.3 * rare


def _greek(word: str, letters: list[str]) -> float:
    regular = word in (word.upper(), word.lower(), word[0].upper() + word[1:].lower())
    if len(letters) != len(word) or (len(letters) == 1):
        return -0.3 * len(letters)
    each = (0.5 if word == word.lower() else 0.9) if regular else -0.8
    return each * len(letters) - 1.5 * ("ς" in word[:-1])


def _hebrew(word: str, letters: list[str]) -> float:
    finals = sum(c in "ךםןףץ" for c in word[:-1])
    points = sum(not c.isalpha() for c in letters)
    return (0.8 if len(letters) == len(word) > 1 else -0.5) * len(letters) - 1.5 * finals - points


def _arabic(word: str, letters: list[str]) -> float:
    inside = sum(c in "ةىء" for c in word[:-1])
    return (0.8 if len(letters) == len(word) > 1 else -0.5) * len(letters) - 0.5 * inside


def _thai(word: str, letters: list[str]) -> float:
    if len(letters) != len(word) or word[0] in "ะาำิีึืุูๅ็่้๊๋์":
        return -0.8 * len(letters)
    return 0.8 * len(letters)


def _kana(word: str, letters: list[str]) -> float:
    small = sum(c in "ぁぃぅぇぉっゃゅょァィゥェォッャュョ" for c in letters)
    kinds = {unicodedata.name(c, "").split(" ", 1)[0] for c in letters}
    return 0.8 * len(letters) - 0.6 * max(0, 2 * small - len(letters)) - 0.5 * (len(kinds) - 1) * len(letters)


def _hangul(word: str, letters: list[str]) -> float:
    each = sum(1.0 if c in COMMON_HANGUL else 0.0 for c in letters)
    mixed = any(_is_han(c) for c in word)
    return each - (0.8 * len(letters) if mixed else 0.0)


def _han(word: str, letters: list[str]) -> float:
    """Ideographs; one in the middle of a Latin word, or at its end, was two letters."""
    total = sum(_han_letter(c) for c in letters)
    for before, c, after in zip(" " + word, word, word[1:] + " ", strict=False):
        if _is_han(c) and ("a" <= before <= "z" or "a" <= after <= "z"):
            total -= 2.5 if _is_plain_letter(before) and _is_plain_letter(after) else 0.4
    return total


def _is_plain_letter(c: str) -> bool:
    return c.isascii() and c.isalpha()


@lru_cache(maxsize=8192)
def _han_letter(c: str) -> float:
    if c in COMMON_HAN:
        return 1.0
    try:
        lead = c.encode("gb2312")[0]
        return 0.45 if lead < 0xD8 else 0.2
    except UnicodeEncodeError:
        pass
    for encoding, last in (("big5", 0xC6), ("shift_jis", 0x97)):
        try:
            if c.encode(encoding)[0] <= last:
                return 0.5
        except UnicodeEncodeError:
            continue
    return -0.4 if c <= "\u9fff" else -0.8


def _other(_word: str, letters: list[str]) -> float:
    return -1.0 * len(letters)


def _family_names(text: str) -> float:
    """A component of a name that begins with a family name of Chinese or Korean."""
    heads = [group[:1] for group in re.split(r"[\^=\s\\]+", text) if 2 <= len(group) <= 4 or len(group) == 1]
    chinese = any(head in SURNAMES for head in heads[:2])
    korean = any(head in KOREAN_SURNAMES for head in heads[:2])
    return 0.8 * (chinese or korean)


_SCORES = {
    "LATIN": _latin, "CYRILLIC": _cyrillic, "GREEK": _greek, "HEBREW": _hebrew, "ARABIC": _arabic,
    "THAI": _thai, "KANA": _kana, "HANGUL": _hangul, "HAN": _han, "OTHER": _other,
}  # fmt: skip
