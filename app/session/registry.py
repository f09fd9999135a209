"""Objects by their type: services of the station, controllers of a window."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class TypeRegistry:
    """One object for each type, in the order they were added."""

    def __init__(self) -> None:
        self._by_type: dict[type[Any], Any] = {}

    def add(self, *, of: type[T], made: T) -> T:
        """Keep an object under its type, or under the protocol that others know it by; twice is a defect."""
        if of in self._by_type:
            raise ValueError(f"{of.__name__} is there already")
        self._by_type[of] = made
        return made

    def get(self, of: type[T]) -> T:
        """The object of a type; `LookupError` names the type where it is missing."""
        if of not in self._by_type:
            raise LookupError(f"no {of.__name__} is registered")
        found: T = self._by_type[of]
        return found

    def all(self) -> tuple[Any, ...]:
        """Every object, in the order they were added."""
        return tuple(dict.fromkeys(self._by_type.values()))
