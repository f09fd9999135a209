"""The job runner: progress, cancel, failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.errors import Cancelled, Refused
from app.jobs import Job, JobRunner, JobState


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner(2)
    yield runner
    runner.close()


def test_result_and_monotone_progress(runner: JobRunner) -> None:
    """Progress never goes back, and the result comes."""
    seen: list[float] = []

    def work(n: int, *, progress: Callable[..., None], cancelled: Callable[[], bool]) -> int:
        progress(0.5)
        progress(0.3)
        return n + 1

    job = runner.submit("work", work, 1)
    job.changed.connect(lambda j: seen.append(j.fraction))
    assert job.wait(5) == 2
    assert seen == sorted(seen)
    assert job.fraction == 1.0


def test_cancel_stops_and_is_no_error(runner: JobRunner) -> None:
    """The person stops a job; nothing is told but the state."""
    entered = threading.Event()

    def work(*, progress: Any, cancelled: Callable[[], bool]) -> None:
        entered.set()
        while not cancelled():
            threading.Event().wait(0.01)
        raise Cancelled

    job = runner.submit("work", work)
    assert entered.wait(5)
    job.cancel()
    with pytest.raises(Cancelled):
        job.wait(5)
    assert job.state is JobState.CANCELLED
    assert job.error is None


def test_a_refusal_is_the_jobs_error(runner: JobRunner) -> None:
    """A UserError arrives whole, with its words."""

    def work(*, progress: Any, cancelled: Any) -> None:
        raise Refused("no {thing}", thing="way")

    job = runner.submit("work", work)
    with pytest.raises(Refused, match="no way"):
        job.wait(5)
    assert job.state is JobState.FAILED


def test_cancelled_before_it_began(runner: JobRunner) -> None:
    """A job that waits in the queue can be cancelled too."""
    gate = threading.Event()

    def block(*, progress: Any, cancelled: Any) -> None:
        gate.wait(5)

    blockers = [runner.submit("block", block) for _ in range(2)]
    waiting: Job[None] = runner.submit("later", block)
    waiting.cancel()
    gate.set()
    with pytest.raises(Cancelled):
        waiting.wait(5)
    for blocker in blockers:
        blocker.wait(5)
    assert runner.active == []
