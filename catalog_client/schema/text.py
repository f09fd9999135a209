"""Words of a text for finding it again: one function for what is indexed, one for what is asked, over the
same runs.

Chinese has no spaces and its words mostly have two characters, so runs of non-ASCII letters are cut into
overlapping pairs. A run ends with its last character alone: that makes one character findable as the prefix
of a token, and keeps a phrase from reaching over the end of a run. Tokens are ASCII (`c` and five
hexadecimal digits a character; `w` and the word), so that the database's own ideas of letters never matter.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

Run = tuple[bool, str]  # (is a word of ASCII letters and digits, folded text)


def fold(text: str) -> str:
    """Full width to half width, compatibility forms to plain ones, capitals to small letters."""
    return unicodedata.normalize("NFKC", text).casefold()


def runs(text: str) -> list[Run]:
    """Folded text cut into words of ASCII letters and digits and runs of other letters; all else
    separates.
    """
    found: list[Run] = []
    current = ""
    current_is_word = False
    for character in fold(text):
        is_letter = character.isalnum()
        is_word = character.isascii()
        if current and (not is_letter or is_word != current_is_word):
            found.append((current_is_word, current))
            current = ""
        if is_letter:
            current += character
            current_is_word = is_word
    if current:
        found.append((current_is_word, current))
    return found


def _letters(text: str) -> str:
    return "c" + "".join(f"{ord(character):05x}" for character in text)


def _pairs(run: str) -> list[str]:
    return [_letters(run[i : i + 2]) for i in range(len(run) - 1)]


def index_tokens(text: str) -> list[str]:
    """Tokens of a text as they are stored, in order."""
    tokens: list[str] = []
    for is_word, run in runs(text):
        if is_word:
            tokens.append("w" + run)
        else:
            tokens.extend([*_pairs(run), _letters(run[-1])])
    return tokens


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that must be found: tokens next to each other, the last one possibly only begun."""

    tokens: tuple[str, ...]
    prefix: bool


def query_terms(text: str) -> list[Term]:
    """What a query asks for; all terms must be found.

    A run of two and more Chinese characters is found wherever it stands inside a longer run; a single one by
    prefix; a word of letters and digits by its beginning.
    """
    terms: list[Term] = []
    for is_word, run in runs(text):
        if is_word:
            terms.append(Term(("w" + run,), prefix=True))
        elif len(run) == 1:
            terms.append(Term((_letters(run),), prefix=True))
        else:
            terms.append(Term(tuple(_pairs(run)), prefix=False))
    return list(dict.fromkeys(terms))


def matches(query: str, text: str) -> bool:
    """The same question answered by looking at the text itself: what an index must agree with."""
    there = runs(text)
    return all(any(_found_in(asked, run) for run in there) for asked in runs(query))


def _found_in(asked: Run, run: Run) -> bool:
    is_word, wanted = asked
    if run[0] != is_word:
        return False
    return run[1].startswith(wanted) if is_word else wanted in run[1]
