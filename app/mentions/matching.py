"""The longest of many known strings that begins at a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Generic, TypeVar

from app.mentions.characters import is_latin

V = TypeVar("V")


class Longest(Generic[V]):
    """A table of strings; Latin words and numbers match only as whole words."""

    def __init__(self, table: Mapping[str, V]) -> None:
        self._table = {key: value for key, value in table.items() if key}
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in self._table:
            lengths[key[:2]].add(len(key))
        self._lengths = {head: sorted(sizes, reverse=True) for head, sizes in lengths.items()}

    def exactly(self, words: str) -> V | None:
        """The value of a string that is all there is."""
        return self._table.get(words)

    def at(self, text: str, place: int) -> tuple[int, V] | None:
        """End and value of the longest string at `place`, None where none begins."""
        if place and is_latin(text[place - 1]) and is_latin(text[place]):
            return None
        heads = {text[place : place + 2], text[place : place + 1]}
        for size in sorted({n for head in heads for n in self._lengths.get(head, ())}, reverse=True):
            end = place + size
            if end > len(text) or (value := self._table.get(text[place:end])) is None:
                continue
            if end < len(text) and is_latin(text[end - 1]) and is_latin(text[end]):
                continue
            return end, value
        return None
