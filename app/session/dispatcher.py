"""Work in the background, its outcome on the main thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from psygnal import EmitLoopError

from app.errors import UserError
from app.i18n import tr
from app.jobs import Job, JobState
from app.notifications import Level, Notifications, left_study, root_cause

T = TypeVar("T")
Post = Callable[[Callable[[], None]], None]


class MainThreadDispatcher:
    """Carries outcomes to the main thread, and turns errors that a person can read into notifications.

    Parameters
    ----------
    post : runs a function on the main thread, later (a Qt bridge in the window, a queue elsewhere)
    notifications : where errors and messages are told
    """

    def __init__(self, post: Post, notifications: Notifications) -> None:
        self.post = post
        self.notifications = notifications

    def follow(
        self,
        job: Job[T],
        done: Callable[[T], None],
        *,
        failed: Callable[[BaseException], None] | None = None,
        always: Callable[[], None] | None = None,
    ) -> Job[T]:
        """When the job ends, go on with its result on the main thread; errors become notifications.

        What is told then belongs to the act, the study and the person of now.
        """
        first, scope = threading.Lock(), self.notifications.scope

        def ended() -> None:
            with self.notifications.within(scope):
                self._ended(job, done, failed, always)

        def look(which: Job[T]) -> None:
            # the worker's thread and this one may look at once
            if which.ended and first.acquire(blocking=False):
                self.post(ended)

        if not job.ended:  # one that has ended may be kept for long, and would keep who followed it
            job.changed.connect(look)
        look(job)
        return job

    def _ended(
        self,
        job: Job[T],
        done: Callable[[T], None],
        failed: Callable[[BaseException], None] | None,
        always: Callable[[], None] | None,
    ) -> None:
        if always is not None:
            self.attempt(always)
        if job.state is JobState.DONE:
            self.attempt(lambda: done(job.result))  # type: ignore[arg-type]
        elif job.error is not None:
            if failed is not None:
                failed(job.error)
            else:
                self.notifications.add_error(job.error)
                self._tell_late(job.title)

    def _tell_late(self, title: str) -> None:
        """The reason belongs to a study that was left; that something failed is told all the same."""
        notifications = self.notifications
        if title and not notifications.scope.is_within(notifications.here):
            scope = notifications.scope
            neutral = replace(scope, study_uid="", cause=left_study(scope.study_uid))
            text = tr("“{work}” failed for a study that is not open any more.", work=title)
            notifications.add(Level.ERROR, text, tr("Open the study to read why."), scope=neutral)

    def attempt(self, act: Callable[[], T], *, cause: str = "") -> T | None:
        """Do something a person asked for; an error becomes a notification.

        `cause` names the act: what was told of it before ends when it is tried again.
        """
        if not cause:
            return self._attempt(act)
        self.notifications.end(cause)
        with self.notifications.caused_by(cause):
            return self._attempt(act)

    def _attempt(self, act: Callable[[], T]) -> T | None:
        try:
            return act()
        except UserError as error:
            self.notifications.add_error(error)
        except EmitLoopError as error:
            # a refusal met by a listener is told as one; anything else is a defect
            if not isinstance(root_cause(error), UserError):
                raise
            self.notifications.add_error(error)
        return None

    def tell(self, text: str, level: Level = Level.INFO) -> None:
        """Say what has been done."""
        self.notifications.add(level, text)
