"""What the person is told: one list, shown in the tray and by the command line."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from psygnal import EmitLoopError, Signal

from app.errors import UserError
from app.i18n import tr

log = logging.getLogger(__name__)


class Level(StrEnum):
    """How loud."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notification:
    """One message in the language of the moment it was made."""

    level: Level
    message: str
    hint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Explained:
    """An error in the person's language."""

    message: str
    hint: str


def root_cause(error: BaseException) -> BaseException:
    """What went wrong in a listener: psygnal wraps it in its own error, under which a person would read of a defect."""
    while isinstance(error, EmitLoopError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def explain(error: BaseException) -> Explained:
    """An error in words: what happened, to what, and what to do next."""
    error = root_cause(error)
    if isinstance(error, UserError):
        hint = tr(error.hint, **error.params) if error.hint else ""
        return Explained(tr(error.template, **error.params), hint)
    return Explained(
        tr("The program met a defect: {name}.", name=type(error).__name__),
        tr("Your drafts are safe. Details are in the log."),
    )


class Notifications:
    """The list.  `added` is emitted on the thread of whoever adds."""

    added = Signal(object)

    def __init__(self) -> None:
        self._rows: list[Notification] = []
        self._lock = threading.Lock()

    def add(self, level: Level, message: str, hint: str = "") -> Notification:
        """Add a message (already translated)."""
        row = Notification(level, message, hint, datetime.now(UTC))
        with self._lock:
            self._rows.append(row)
        self.added.emit(row)
        return row

    def add_error(self, error: BaseException) -> Notification:
        """Add an error, in words."""
        told = explain(error)
        return self.add(Level.ERROR, told.message, told.hint)

    @property
    def rows(self) -> list[Notification]:
        """All messages, oldest first."""
        with self._lock:
            return list(self._rows)
