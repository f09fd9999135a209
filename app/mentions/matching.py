"""The longest of many known strings that begins at a place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
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
        self._lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}

    def all_at(self, text: str, place: int) -> Iterator[tuple[int, V]]:
        """Ends and values of all strings at `place`, the longest first."""
        if place and is_latin(text[place - 1]) and is_latin(text[place]):
            return
        lengths = self._lengths.get(text[place : place + 2], ())
        if len(text) > place + 1 and (single := self._lengths.get(text[place])):
            lengths = (*lengths, *single)
        for size in lengths:
            end = place + size
            if end > len(text) or (value := self._table.get(text[place:end])) is None:
                continue
            if end < len(text) and is_latin(text[end - 1]) and is_latin(text[end]):
                continue
            yield end, value
