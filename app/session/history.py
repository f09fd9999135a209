"""Undo and redo of everything a person does to a reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from psygnal import Signal


@dataclass(frozen=True, slots=True)
class Change:
    """One act that can be taken back.  `name` is English, a translation key; `of_view`: it changed how the
    images are looked at, and nothing that is kept.
    """

    name: str
    do: Callable[[], None]
    undo: Callable[[], None]
    of_view: bool = False


class History:
    """Two stacks; a new act clears what could be redone."""

    changed = Signal()

    def __init__(self, depth: int = 200) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._depth = depth

    def apply(self, change: Change) -> None:
        """Do it and remember it."""
        change.do()
        self._done.append(change)
        del self._done[: -self._depth]
        self._undone.clear()
        self.changed.emit()

    def undo(self) -> bool:
        """Take the last act back; False when there is none."""
        return self._step(self._done, self._undone, lambda change: change.undo())

    def redo(self) -> bool:
        """Do the last taken-back act again; False when there is none."""
        return self._step(self._undone, self._done, lambda change: change.do())

    @property
    def undo_name(self) -> str:
        """Name of what undo would take back, or ""."""
        return self._done[-1].name if self._done else ""

    @property
    def redo_name(self) -> str:
        """Name of what redo would do again, or ""."""
        return self._undone[-1].name if self._undone else ""

    def may_undo(self, *, draws: bool) -> bool:
        """There is something to take back for someone who may draw, or who may only look."""
        return bool(self._done) and (draws or self._done[-1].of_view)

    def may_redo(self, *, draws: bool) -> bool:
        """There is something to do again for someone who may draw, or who may only look."""
        return bool(self._undone) and (draws or self._undone[-1].of_view)

    def clear(self) -> None:
        """Forget all, on opening another study."""
        self._done.clear()
        self._undone.clear()
        self.changed.emit()

    def _step(self, source: list[Change], target: list[Change], act: Callable[[Change], None]) -> bool:
        if not source:
            return False
        change = source[-1]
        act(change)  # where it is refused, nothing has moved
        source.pop()
        target.append(change)
        self.changed.emit()
        return True
