"""The job runner: threads for the waiting, processes do the heavy part (see `app.dicom` and `inference`)."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from psygnal import EmitLoopError, Signal

from app.errors import Cancelled, UserError

log = logging.getLogger(__name__)

T = TypeVar("T")
Cancelling = Callable[[], bool]


class Progress(Protocol):
    """`progress(fraction, done, total)`: fraction 0…1; `done` of `total` things where they can be counted."""

    def __call__(self, fraction: float, done: int = 0, total: int = 0) -> None: ...


def no_progress(fraction: float, done: int = 0, total: int = 0) -> None:
    """For callers whom nobody watches."""


def never_cancelled() -> bool:
    """For callers whom nobody stops."""
    return False


class JobState(StrEnum):
    """Where a job is."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Job(Generic[T]):
    """One piece of work.

    `changed` is emitted with the job on **the worker's thread**; whoever draws must carry it over to its own thread
    (`widgets.bridge`).  `error` is a `UserError`, or any exception when a defect was met.
    """

    changed = Signal(object)

    def __init__(self, job_id: int, title: str) -> None:
        self.job_id = job_id
        self.title = title
        self.state = JobState.PENDING
        self.fraction = 0.0
        self.done = 0
        self.total = 0
        self.result: T | None = None
        self.error: BaseException | None = None
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self._cancel = threading.Event()
        self._finished = threading.Event()

    @property
    def ended(self) -> bool:
        """Done, cancelled or failed."""
        return self.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)

    @property
    def seconds(self) -> float:
        """Time it has run."""
        if self.started_at is None:
            return 0.0
        return (self.ended_at or time.monotonic()) - self.started_at

    @property
    def seconds_left(self) -> float | None:
        """Guess from the progress so far; None while there is none."""
        if self.fraction <= 0.02 or self.ended:
            return None
        return self.seconds * (1 - self.fraction) / self.fraction

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next look."""
        self._cancel.set()

    def cancelled(self) -> bool:
        """What the work looks at."""
        return self._cancel.is_set()

    def wait(self, timeout_s: float | None = None) -> T:
        """Block until the end (never on the GUI thread); the result, or the error raised again."""
        if not self._finished.wait(timeout_s):
            raise TimeoutError(f"job {self.title!r} did not end in {timeout_s} s")
        if self.error is not None:
            raise self.error
        if self.state is JobState.CANCELLED:
            raise Cancelled
        return self.result  # type: ignore[return-value]

    def progress(self, fraction: float, done: int = 0, total: int = 0) -> None:
        """What the work calls; never goes back."""
        self.fraction = max(self.fraction, min(1.0, fraction))
        self.done, self.total = done, total
        self.changed.emit(self)


class JobRunner:
    """Runs jobs on a few threads.  `submitted` tells whoever lists them; jobs outlive windows, not the runner."""

    submitted = Signal(object)

    def __init__(self, threads: int = 3) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._ids = itertools.count(1)
        self._jobs: dict[int, Job[Any]] = {}
        self._lock = threading.Lock()

    def submit(self, title: str, work: Callable[..., T], /, *inputs: Any, **options: Any) -> Job[T]:
        """Run ``work(*inputs, progress=…, cancelled=…, **options)``.

        `title` is for people (already translated).  Inputs must not change while the work runs.
        """
        job: Job[T] = Job(next(self._ids), title)
        with self._lock:
            self._jobs[job.job_id] = job
        self.submitted.emit(job)
        self._pool.submit(self._run, job, work, inputs, options)
        return job

    @property
    def active(self) -> list[Job[Any]]:
        """Jobs that have not ended, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if not job.ended]

    def close(self, timeout_s: float = 10.0) -> None:
        """Cancel everything and wait for the threads."""
        for job in self.active:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        for job in self.active:
            job._finished.wait(max(0.0, deadline - time.monotonic()))
        self._pool.shutdown(wait=not self.active, cancel_futures=True)

    def _run(self, job: Job[T], work: Callable[..., T], inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
        job.started_at = time.monotonic()
        job.state = JobState.RUNNING
        try:
            if job.cancelled():
                raise Cancelled
            job.changed.emit(job)
            job.result = work(*inputs, progress=job.progress, cancelled=job.cancelled, **options)
            end = JobState.DONE
            job.fraction = 1.0
        except Cancelled:
            end = JobState.CANCELLED
        except UserError as error:
            job.error, end = error, JobState.FAILED
        except BaseException as error:
            log.exception("job %d failed by a defect", job.job_id)
            job.error, end = error, JobState.FAILED
        job.ended_at = time.monotonic()
        job.state = end
        with self._lock:
            self._jobs.pop(job.job_id, None)
        job._finished.set()
        try:
            job.changed.emit(job)
        except EmitLoopError:
            log.exception("a listener of job %d failed", job.job_id)
