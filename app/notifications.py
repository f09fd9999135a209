"""What the person is told: one list, shown in the tray and by the command line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
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
class Scope:
    """Where a message belongs.  It ends with its `cause` (an act that is tried again, a thing that was
    saved), when its study is left, and when its person logs out; "" belongs to any study, or to the station.
    """

    cause: str = ""
    study_uid: str = ""
    person_id: str = ""

    def is_within(self, here: Scope) -> bool:
        """The message may be read by whoever works here, over the study that is open here."""
        return self.study_uid in ("", here.study_uid) and self.person_id in ("", here.person_id)


@dataclass(frozen=True, slots=True)
class Notification:
    """One message in the language of the moment it was made."""

    level: Level
    message: str
    hint: str
    at: datetime
    scope: Scope = Scope()


@dataclass(frozen=True, slots=True)
class Explained:
    """An error in the person's language."""

    message: str
    hint: str


def root_cause(error: BaseException) -> BaseException:
    """What went wrong in a listener: psygnal wraps it in its own error, under which a person would read of a
    defect.
    """
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


def left_study(study_uid: str) -> str:
    """The cause of what is told of a study that was left, until it is open again."""
    return f"left:{study_uid}"


class Notifications:
    """The list.  `added` is emitted on the thread of whoever adds, `ended` where messages count no longer."""

    added = Signal(object)
    ended = Signal()

    def __init__(self) -> None:
        self._rows: list[Notification] = []
        self._lock = threading.Lock()
        self._here = Scope()
        self._own = threading.local()

    @property
    def here(self) -> Scope:
        """Who works here, over which study."""
        return self._here

    @property
    def scope(self) -> Scope:
        """Where what this thread tells now belongs."""
        fixed: Scope | None = getattr(self._own, "scope", None)
        return fixed or replace(self._here, cause=getattr(self._own, "cause", None) or "")

    def within(self, scope: Scope) -> AbstractContextManager[None]:
        """What this thread tells meanwhile belongs to `scope`: the outcome of work that was begun there."""
        return self._set("scope", scope)

    def caused_by(self, cause: str) -> AbstractContextManager[None]:
        """What this thread tells meanwhile ends with `cause`, over whichever study is open when it is
        told.
        """
        return self._set("cause", cause)

    @contextmanager
    def _set(self, name: str, value: object) -> Iterator[None]:
        before = getattr(self._own, name, None)
        setattr(self._own, name, value)
        try:
            yield
        finally:
            setattr(self._own, name, before)

    def move(self, *, study_uid: str, person_id: str) -> None:
        """Another study is open or another person works here: what belonged to the one before is dropped."""
        left, self._here = self._here, Scope("", study_uid, person_id)
        self._drop(
            lambda of: (
                "" != of.study_uid == left.study_uid != study_uid
                or "" != of.person_id == left.person_id != person_id
                or of.cause == left_study(study_uid)
            )
        )
        self.ended.emit()

    def end(self, cause: str) -> None:
        """What was told of this cause counts no longer."""
        if self._drop(lambda of: "" != of.cause == cause):
            self.ended.emit()

    def _drop(self, over: Callable[[Scope], bool]) -> bool:
        with self._lock:
            before, self._rows = self._rows, [row for row in self._rows if not over(row.scope)]
            return len(self._rows) < len(before)

    def add(self, level: Level, message: str, hint: str = "", *, scope: Scope | None = None) -> Notification:
        """Add a message (already translated).

        Without a `scope` it belongs to the present person, and to the open study where it is a warning or an
        error: those may quote what was read or written.
        """
        if scope is None:
            scope = self.scope if level is not Level.INFO else replace(self.scope, study_uid="")
        row = Notification(level, message, hint, datetime.now(UTC), scope)
        with self._lock:
            self._rows.append(row)
        self.added.emit(row)
        return row

    def add_error(self, error: BaseException, *, scope: Scope | None = None) -> Notification:
        """Add an error, in words."""
        told = explain(error)
        return self.add(Level.ERROR, told.message, told.hint, scope=scope)

    @property
    def rows(self) -> list[Notification]:
        """Messages that count here and now, oldest first."""
        with self._lock:
            return [row for row in self._rows if row.scope.is_within(self._here)]
