"""Names of findings and places, filled by a terminology and by everyday words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from app.mentions.characters import has_han
from app.mentions.matching import Strings
from app.mentions.typos import NearNames
from app.mentions.words import endings, words

_IRREGULAR = {
    "calculus": "calculi", "thrombus": "thrombi", "embolus": "emboli", "diverticulum": "diverticula",
    "focus": "foci", "bronchus": "bronchi", "hilum": "hila", "ovary": "ovaries", "vertebra": "vertebrae",
    "pleura": "pleurae", "apex": "apices", "testis": "testes", "varix": "varices", "bulla": "bullae",
    "fistula": "fistulae",
}  # fmt: skip
#: what is named beside findings; of procedures only operations
_NAMED = frozenset(("anatomy", "object", "procedure"))
_NO_PLURAL = re.compile(r"(?:ed|ing|ic|al|ous|ive|ty of|itis|osis|iasis|pathy)$")


class Concept(Protocol):
    """What a terminology tells of a concept."""

    @property
    def rid(self) -> str:
        """Its identifier."""

    @property
    def names(self) -> Iterable[str]:
        """Its names and synonyms, the preferred one first."""

    @property
    def is_finding(self) -> bool:
        """Whether it can be there or absent."""

    @property
    def category(self) -> str:
        """Its group; ``anatomy`` are places."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a name stands for; `exact` names are short capitals that count only as they are written."""

    rid: str | None
    finding: bool
    exact: str = ""


class Lexicon:
    """Names, their plurals and their ways of writing."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        table: dict[str, Entry] = {}
        for concept in sorted(concepts, key=lambda c: not c.is_finding):
            for name in concept.names if concept.is_finding or concept.category in _NAMED else ():
                if concept.category != "procedure" or name.endswith(endings("operations")):
                    finding = concept.category != "anatomy"
                    for written in _ways(name):
                        table.setdefault(written.lower(), Entry(concept.rid, finding, _capitals(written)))
        for language in ("zh", "en"):
            self._add_words(table, language)
            for word in words()["no_findings"][language].split():
                table.pop(word.replace("_", " "), None)
        self.names: Strings[Entry] = Strings(table)
        self._entries = table
        self._near = NearNames(name for name, entry in table.items() if entry.finding)

    def misspelt(self, word: str) -> Entry | None:
        """The finding that an unknown English word was meant to name."""
        name = self._near.meant(word)
        return self._entries[name] if name is not None else None

    @staticmethod
    def _add_words(table: dict[str, Entry], language: str) -> None:
        listed = words()
        for word, name in listed["same_as"][language].items():
            if (entry := table.get(name.lower())) is not None:
                for written in _ways(word):
                    table.setdefault(written.lower(), Entry(entry.rid, entry.finding, _capitals(written)))
        for word in listed["findings"][language].split():
            for written in _ways(word.replace("_", " ")):
                table.setdefault(written.lower(), Entry(None, True, _capitals(written)))
        for word in listed["places"][language].split():
            for written in _ways(word.replace("_", " ")):
                table.setdefault(written.lower(), Entry(None, False))


def _capitals(name: str) -> str:
    return name if len(name) <= 4 and name.isascii() and name.isupper() else ""


def _ways(name: str) -> Iterator[str]:
    """A name as it may be written: singular, plural, with a hyphen or without."""
    name = " ".join(name.split())
    if has_han(name):
        yield name
        return
    for one in {name, name.replace("-", " ")}:
        yield one
        head, _, last = one.rpartition(" ")
        for form in _numbers(last):
            yield f"{head} {form}".strip()


def _numbers(word: str) -> Iterator[str]:
    low = word.lower()
    if len(low) < 3 or word.isupper():
        if word.isupper() and len(low) > 1 and word.isalpha():
            yield f"{word}s"
        return
    if low in _IRREGULAR:
        yield _IRREGULAR[low]
    elif low.endswith("sis"):
        yield f"{word[:-2]}es"
    elif low.endswith("ses") and len(low) > 6:
        yield f"{word[:-2]}is"
        yield word[:-2]
    elif low.endswith(("s", "x", "ch", "sh")):
        yield f"{word}es"
        if low.endswith("s") and not low.endswith(("ss", "us", "is")):
            yield word[:-1]
    elif _NO_PLURAL.search(low):
        return
    elif low.endswith("y") and low[-2] not in "aeiou":
        yield f"{word[:-1]}ies"
    else:
        yield f"{word}s"
