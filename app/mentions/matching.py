"""Which of many known strings begin at a place of a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from app.mentions.characters import is_latin

V = TypeVar("V")


#: strings are looked up by so many of their first characters
_HEAD = 4


class Strings(Generic[V]):
    """A table of strings; Latin words and numbers match only as whole words."""

    def __init__(self, table: Mapping[str, V]) -> None:
        self._table = {key: value for key, value in table.items() if key}
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in self._table:
            lengths[key[:_HEAD]].add(len(key))
        self._lengths = {head: tuple(sorted(sizes, reverse=True)) for head, sizes in lengths.items()}

    def all_at(self, text: str, place: int) -> Iterator[tuple[int, V]]:
        """Ends and values of all strings at `place`, the longest first."""
        if place and is_latin(text[place - 1]) and is_latin(text[place]):
            return
        for head in range(_HEAD, 0, -1):
            for size in (
                self._lengths.get(text[place : place + head], ()) if place + head <= len(text) else ()
            ):
                end = place + size
                value = self._table.get(text[place:end]) if end <= len(text) else None
                if value is None or (end < len(text) and is_latin(text[end - 1]) and is_latin(text[end])):
                    continue
                yield end, value
