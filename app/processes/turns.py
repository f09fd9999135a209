"""Whose turn it is: the order in which calls get one of a few children."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import IntEnum

#: a call that this many later ones went before is the next
PATIENCE = 8


class Priority(IntEnum):
    """Who waits for a call; the smaller goes first."""

    INTERACTIVE = 0  # a person waits: a series is opened, a result is filed
    VISIBLE = 1  # it shows when it comes: thumbnails, the next series ahead of time
    BACKGROUND = 2  # nobody looks: import


@dataclass(slots=True, eq=False)
class Turn:
    """One call that waits for a child or has it; `granted` is set when it has."""

    priority: Priority
    granted: threading.Event = field(default_factory=threading.Event)
    overtaken: int = 0


class Turns:
    """Gives `size` places to calls: smaller priority first, in the order of their coming among equals.

    Calls that no person waits for hold all places but one at most, so that one is always for those that are
    waited for. A call that was overtaken `PATIENCE` times goes first: nothing waits for ever. Not safe for
    several threads: the pool holds its lock.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: list[Turn] = []
        self._running: list[Turn] = []

    def ask(self, priority: Priority) -> Turn:
        """Wait in line."""
        turn = Turn(priority)
        self._waiting.append(turn)
        self._serve()
        return turn

    def leave(self, turn: Turn) -> None:
        """End a turn, or wait no longer for it."""
        (self._running if turn.granted.is_set() else self._waiting).remove(turn)
        self._serve()

    @property
    def running(self) -> int:
        """How many have a place."""
        return len(self._running)

    def others_wait(self, priority: Priority) -> bool:
        """A call waits that may have the place of one of this priority."""
        return any(turn.priority <= priority for turn in self._waiting)

    def _serve(self) -> None:
        while len(self._running) < self._size and (turn := self._next()) is not None:
            for earlier in self._waiting[: self._waiting.index(turn)]:
                earlier.overtaken += 1
            self._waiting.remove(turn)
            self._running.append(turn)
            turn.granted.set()

    def _next(self) -> Turn | None:
        behind = sum(turn.priority > Priority.INTERACTIVE for turn in self._running)
        fits = [
            turn
            for turn in self._waiting
            if turn.priority is Priority.INTERACTIVE or behind < max(1, self._size - 1)
        ]
        patient = next((turn for turn in fits if turn.overtaken >= PATIENCE), None)
        return patient or min(fits, key=lambda turn: turn.priority, default=None)
