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
from app.session.autosave import AutosaveQueue
from app.session.dispatcher import MainThreadDispatcher

log = logging.getLogger(__name__)
T = TypeVar("T")
_LEAVING = "leave"


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

        What could not be saved stays on the screen.
        """
        self.try_all()
        _raise_first(self._errors, study_uid)

    def settling(self, study_uid: str) -> Callable[[], None]:
        """What a job calls before it goes on with a study: it waits there until the edits that are handed
        over now are saved, and raises why one is not.
        """
        _raise_first({k: e for k, e in self._errors.items() if not self._queue.is_pending(k)}, study_uid)
        return lambda: _raise_first(self._queue.wait(), study_uid)

    def flush_study(self, study_uid: str, *kinds: str) -> None:
        """What was edited of a study is in the database before it is read from there."""
        if any(self._queue.is_pending(f"{kind}:{study_uid}") for kind in kinds):
            self.flush(study_uid)

    def try_all(self) -> bool:
        """Wait until every edit was tried; whether none waits for another try."""
        self._flushing = True
        try:
            return self._queue.flush()
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
