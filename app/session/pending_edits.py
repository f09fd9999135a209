"""What a person has edited and not saved yet: handed over, waited for, given up only knowingly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from psygnal import Signal

from app.errors import Refused, Unavailable, UserError
from app.notifications import explain
from app.session.autosave import AutosaveQueue, StillSaving
from app.session.dispatcher import MainThreadDispatcher

log = logging.getLogger(__name__)
T = TypeVar("T")
_LEAVING = "leave"
#: so long is waited for the last edits before it is shown, and in all
GLANCE_S, LONGEST_WAIT_S = 0.15, 8.0


class SaveState(StrEnum):
    """How far the saving of a thing is."""

    SAVED = "saved"
    SAVING = "saving"
    FAILED = "failed"  # told, and tried again where that helps


class PendingEdits:
    """Edits by key, ``kind:study``.  Lives on the main thread."""

    #: the save state of a key has changed for the worse
    failed = Signal(str)
    #: edits are about to lose their place or their author: whoever holds some hands them over now
    about_to_close = Signal()
    #: the window stands still until edits are saved (True), or goes on
    waiting = Signal(bool)

    def __init__(self, dispatcher: MainThreadDispatcher) -> None:
        self._dispatcher = dispatcher
        self._queue = AutosaveQueue(dispatcher.post)
        #: why the newest edit of a thing is not saved
        self._errors: dict[str, BaseException] = {}
        self._flushing = self._warned = False

    def save(self, key: str, write: Callable[[], T], done: Callable[[T], None] = lambda _: None) -> None:
        """Save something in the background; the newest of each thing counts."""
        scope = self._dispatcher.notifications.scope

        def saved(result: T) -> None:
            self.forget(key)
            done(result)

        def failed(error: BaseException) -> None:
            self._errors[key] = error
            if not isinstance(error, UserError):
                log.error("an edit could not be saved", exc_info=error)
            if not self._flushing:
                told_until_saved = replace(scope, cause=_cause(key), study_uid="")
                self._dispatcher.notifications.add_error(error, scope=told_until_saved)
            self.failed.emit(key)

        self._queue.enqueue(key, write, saved, failed)

    def state(self, key: str) -> SaveState:
        """How far the saving of a thing is."""
        if key in self._errors:
            return SaveState.FAILED
        return SaveState.SAVING if key and self._queue.is_pending(key) else SaveState.SAVED

    def forget(self, key: str) -> None:
        """Why a thing was not saved counts no longer: it was saved, or is read anew."""
        self._errors.pop(key, None)
        self._dispatcher.notifications.end(_cause(key))
        self._warned = self._warned and bool(self._errors)

    def flush(self, study_uid: str = "") -> None:
        """Wait until every edit that was handed over (or those of one study) is saved; raises why one is not.

        What could not be saved stays on the screen.  It is shown that the window waits, which it does for
        `LONGEST_WAIT_S` at most: work that can wait longer is a job (`settling`).
        """
        late = {key: error for key, error in self._tried().items() if isinstance(error, StillSaving)}
        _raise_first(late | self._errors, study_uid)

    def settling(self, study_uid: str) -> Callable[[], None]:
        """What a job calls before it goes on with a study: it waits there until the edits that are handed
        over now are saved, and raises why one is not.
        """
        _raise_first({k: e for k, e in self._errors.items() if not self._queue.is_pending(k)}, study_uid)
        return lambda: _raise_first(self._queue.wait(), study_uid)

    def tried(self, study_uid: str) -> Callable[[], None]:
        """What a job calls before it reads a study anew: it waits there until the edits that are handed over
        now were tried, and raises why one waits for another try.  What was refused for good holds nothing up.
        """

        def wait() -> None:
            errors = self._queue.wait()
            _raise_first({k: e for k, e in errors.items() if isinstance(e, Unavailable)}, study_uid)

        return wait

    def is_pending(self, study_uid: str, *kinds: str) -> bool:
        """What was edited of a study is on its way to the database."""
        return any(self._queue.is_pending(f"{kind}:{study_uid}") for kind in kinds)

    def deliver(self) -> None:
        """Take over what came of edits that were tried."""
        self._queue.deliver()

    def _tried(self) -> dict[str, BaseException]:
        """Wait until every edit was tried, for the longest time at most; why those that wait again do."""
        self._flushing = True
        try:
            errors = self._queue.wait(GLANCE_S)
            if any(isinstance(error, StillSaving) for error in errors.values()):
                self.waiting.emit(True)
                try:
                    errors = self._queue.wait(LONGEST_WAIT_S)
                finally:
                    self.waiting.emit(False)
            self._queue.deliver()
            return errors
        finally:
            self._flushing = False

    def commit(self) -> None:
        """Ask for what is being edited, and wait until it is saved.

        `Refused` the first time where that cannot be done; the second time the edits are given up.
        """
        self._dispatcher.attempt(self.about_to_close.emit)
        try:
            self.flush()
        except UserError as error:
            self._refuse_once(error)
            log.error("edits were given up that could not be saved")
            self._errors.clear()
            self._queue.discard()
        self._warned = False
        self._dispatcher.notifications.end(_LEAVING)

    def _refuse_once(self, error: UserError) -> None:
        if self._warned:
            return
        self._warned = True
        told = explain(error)
        raise Refused(
            "The last edits are not saved: {reason}",
            hint="Try again. Leaving a second time gives these edits up.",
            reason=" ".join(x for x in (told.message, told.hint) if x),
        ) from error

    def may_close(self) -> bool:
        """Everything that was edited is saved; tells it where not.  Asked again, it gives the edits up."""
        try:
            self.commit()
        except UserError as error:
            notifications = self._dispatcher.notifications
            notifications.add_error(error, scope=replace(notifications.scope, cause=_LEAVING))
            return False
        return True

    def close(self) -> None:
        """Nothing is saved any more."""
        self._queue.close()


def _cause(key: str) -> str:
    return f"save:{key}"


def _raise_first(errors: Mapping[str, BaseException], study_uid: str) -> None:
    for key, error in errors.items():
        if study_uid and not key.endswith(f":{study_uid}"):
            continue
        if isinstance(error, UserError):
            raise error
        raise Unavailable("The last edits could not be saved.", hint="Details are in the log.") from error
