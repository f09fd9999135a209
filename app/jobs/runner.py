"""The job runner: threads for the waiting, processes do the heavy part (see `app.dicom` and `inference`)."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
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

    `changed` is emitted with the job on **the worker's thread**; whoever draws must carry it over to its own
    thread (`widgets.shell.bridge`). `error` is a `UserError`, or any exception when a defect was met.
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
        self._tell()

    def _tell(self) -> None:
        """A listener that fails is a defect of its own; the work goes on."""
        try:
            self.changed.emit(self)
        except EmitLoopError:
            log.exception("a listener of job %d failed", self.job_id)

    def _end(self, state: JobState, error: BaseException | None = None) -> None:
        self.ended_at = time.monotonic()
        self.error = error
        self.state = state

    def _tell_end(self) -> None:
        self._finished.set()
        self._tell()


class JobRunner:
    """Runs jobs on a few threads. `submitted` tells whoever lists them; jobs outlive windows, not the
    runner.

    There are more threads than anybody waits for long work at a time, so that an import, an analysis and a
    directory that does not answer never keep a study from opening.
    """

    submitted = Signal(object)

    def __init__(self, threads: int = 8) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="job")
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="job-behind")
        self._ahead = ThreadPoolExecutor(1, thread_name_prefix="job-ahead")
        self._ids = itertools.count(1)
        self._jobs: dict[int, Job[Any]] = {}
        self._futures: dict[int, Future[None]] = {}
        self._closed = False
        self._lock = threading.Lock()

    def submit(self, title: str, work: Callable[..., T], /, *inputs: Any, **options: Any) -> Job[T]:
        """Run ``work(*inputs, progress=…, cancelled=…, **options)``.

        `title` is for people (already translated). Inputs must not change while the work runs. After
        `close` the job is cancelled before it begins.
        """
        return self._submit(self._pool, title, work, inputs, options)

    def submit_behind(self, title: str, work: Callable[..., T], /, *inputs: Any, **options: Any) -> Job[T]:
        """As `submit`, for what nobody waits for, such as pictures of a list: one after the other, in
        nobody's way.
        """
        return self._submit(self._behind, title, work, inputs, options)

    def submit_ahead(self, title: str, work: Callable[..., T], /, *inputs: Any, **options: Any) -> Job[T]:
        """As `submit`, for what somebody may ask for later, such as images of the next series: one after the
        other, also not in the way of pictures.
        """
        return self._submit(self._ahead, title, work, inputs, options)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        title: str,
        work: Callable[..., T],
        inputs: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Job[T]:
        job: Job[T] = Job(next(self._ids), title)
        with self._lock:
            if self._closed:
                job.cancel()
                job._end(JobState.CANCELLED)
                job._finished.set()
                return job
            self._jobs[job.job_id] = job
        self.submitted.emit(job)
        try:
            future = pool.submit(self._run, job, work, inputs, options)
        except RuntimeError:  # closed between the look above and here
            self._ended(job, JobState.CANCELLED)
            return job
        with self._lock:
            if not job.ended:
                self._futures[job.job_id] = future
        return job

    @property
    def active(self) -> list[Job[Any]]:
        """Jobs that have not ended, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if not job.ended]

    def close(self, timeout_s: float = 10.0) -> None:
        """Cancel everything and wait for the threads; what has not begun by then never does."""
        with self._lock:
            self._closed = True
        for job in self.active:
            job.cancel()
        deadline = time.monotonic() + timeout_s
        for job in self.active:
            job._finished.wait(max(0.0, deadline - time.monotonic()))
        for pool in (self._pool, self._behind, self._ahead):
            pool.shutdown(wait=not self.active, cancel_futures=True)
        with self._lock:
            dropped = [
                job
                for key, job in self._jobs.items()
                if key in self._futures and self._futures[key].cancelled()
            ]
        for job in dropped:
            self._ended(job, JobState.CANCELLED)

    def _run(
        self, job: Job[T], work: Callable[..., T], inputs: tuple[Any, ...], options: dict[str, Any]
    ) -> None:
        job.started_at = time.monotonic()
        job.state = JobState.RUNNING
        error: BaseException | None = None
        try:
            if job.cancelled():
                raise Cancelled
            job._tell()
            job.result = work(*inputs, progress=job.progress, cancelled=job.cancelled, **options)
            end = JobState.DONE
            job.fraction = 1.0
        except Cancelled:
            end = JobState.CANCELLED
        except UserError as refusal:
            error, end = refusal, JobState.FAILED
        except BaseException as defect:
            log.exception("job %d failed by a defect", job.job_id)
            error, end = defect, JobState.FAILED
        self._ended(job, end, error)

    def _ended(self, job: Job[Any], end: JobState, error: BaseException | None = None) -> None:
        job._end(end, error)
        with self._lock:
            self._jobs.pop(job.job_id, None)
            self._futures.pop(job.job_id, None)
        job._tell_end()
