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


def test_closing_ends_what_never_began_and_takes_nothing_more() -> None:
    """A job behind one that hangs is cancelled at the end, and one that comes after it is cancelled at once:
    nobody waits for ever.
    """
    runner, gate, entered = JobRunner(1), threading.Event(), threading.Event()

    def hang(*, progress: Any, cancelled: Any) -> None:
        entered.set()
        gate.wait(30)

    hanging, behind = runner.submit("hang", hang), runner.submit("behind it", hang)
    told: list[JobState] = []
    behind.changed.connect(lambda job: told.append(job.state))
    assert entered.wait(5)
    runner.close(0.1)
    late = runner.submit("late", hang)
    for job in (behind, late):
        with pytest.raises(Cancelled):
            job.wait(5)
    assert told == [JobState.CANCELLED]
    assert runner.active == [hanging]
    gate.set()
    hanging.wait(5)
    runner.close()
    assert runner.active == []


def test_long_work_keeps_nothing_waiting() -> None:
    """An import, an analysis, a directory that does not answer and many pictures of a list: a study opens all
    the same.
    """
    runner, gate = JobRunner(), threading.Event()

    def wait(*, progress: Any, cancelled: Any) -> None:
        gate.wait(30)

    for _ in range(4):
        runner.submit("long", wait)
    for _ in range(40):
        runner.submit_behind("picture", wait)
    try:
        opened: Job[int] = runner.submit("open", lambda *, progress, cancelled: 7)
        assert opened.wait(10) == 7
    finally:
        gate.set()
        runner.close()


def test_a_listener_that_fails_does_not_fail_the_work(runner: JobRunner) -> None:
    """A window that was closed meanwhile is no reason to lose an import."""

    def work(*, progress: Callable[..., None], cancelled: Any) -> str:
        progress(0.5)
        return "whole"

    def broken(job: Job[str]) -> None:
        raise RuntimeError("the window is gone")

    gate = threading.Event()
    runner.submit("first", lambda *, progress, cancelled: gate.wait(5))
    runner.submit("second", lambda *, progress, cancelled: gate.wait(5))
    job = runner.submit("work", work)
    job.changed.connect(broken)
    gate.set()
    assert job.wait(5) == "whole"
    assert job.state is JobState.DONE
