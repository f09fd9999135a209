"""Several children: who has one when, and what happens to the others when one ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from app.errors import BadInput, Cancelled, LimitExceeded, Unavailable
from app.processes.limits import MIB, Limits
from app.processes.pool import Pool
from app.processes.turns import Priority
from tests.processes import child_work as work

LONG_S = 60.0


def made(size: int, limits: Limits = Limits(silence_s=LONG_S), **options: float) -> Pool:
    return Pool(limits, size, package="tests.processes.", modules=("tests.processes.child_work",), **options)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = made(2)
    yield pool
    pool.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as executor:
        yield executor


class Held:
    """A call that goes on until it is let go."""

    def __init__(self, threads: ThreadPoolExecutor, pool: Pool, folder: Path, priority: Priority) -> None:
        number = len(list(folder.glob("begun-*")))
        self.begun, self._go = folder / f"begun-{number}", folder / f"go-{number}"
        self.call: Future[int] = threads.submit(
            pool.call, work.hold, self.begun, self._go, about="x", priority=priority
        )

    def wait_begun(self) -> Held:
        until(self.begun.exists)
        return self

    def let_go(self) -> int:
        self._go.touch()
        return self.call.result(LONG_S)


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_calls_go_by_priority(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    pool, log = made(1), tmp_path / "log"
    try:
        held = Held(threads, pool, tmp_path, Priority.BACKGROUND).wait_begun()
        calls = []
        for priority in reversed(Priority):
            calls.append(
                threads.submit(pool.call, work.note, log, priority.name, about="x", priority=priority)
            )
            until(lambda priority=priority: pool.others_wait(priority))  # type: ignore[misc]
        held.let_go()
        for call in calls:
            call.result(LONG_S)
        assert log.read_text().split() == ["INTERACTIVE", "VISIBLE", "BACKGROUND"]
    finally:
        pool.close()


@pytest.mark.parametrize("behind", [Priority.VISIBLE, Priority.BACKGROUND])
def test_the_last_child_is_for_what_is_waited_for(
    pool: Pool, threads: ThreadPoolExecutor, tmp_path: Path, behind: Priority
) -> None:
    """However much else is asked for: what somebody waits for has its child at once."""
    held = Held(threads, pool, tmp_path, behind).wait_begun()
    waiting = threads.submit(pool.call, work.note, tmp_path / "log", "second", about="x", priority=behind)
    until(lambda: pool.others_wait(behind))
    for _ in range(3):
        pool.call(work.note, tmp_path / "log", "opened", about="x")
    assert not held.call.done()
    assert not waiting.done()
    holder = held.let_go()
    waiting.result(LONG_S)
    assert (tmp_path / "log").read_text().split() == ["opened"] * 3 + ["second"]
    assert holder in pool.pids


def test_a_spare_child_loads_while_something_runs_behind(
    pool: Pool, threads: ThreadPoolExecutor, tmp_path: Path
) -> None:
    pool.warm()
    assert len(pool.pids) == 1
    held = Held(threads, pool, tmp_path, Priority.BACKGROUND).wait_begun()
    assert len(pool.pids) == 2
    held.let_go()


def test_a_death_costs_only_its_call(pool: Pool, threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    first = Held(threads, pool, tmp_path, Priority.INTERACTIVE).wait_begun()
    (victim,) = pool.pids
    second = Held(threads, pool, tmp_path, Priority.INTERACTIVE).wait_begun()
    os.kill(victim, signal.SIGKILL)
    with pytest.raises(BadInput, match="SIGKILL"):
        first.call.result(LONG_S)
    assert not second.call.done()
    third = Held(threads, pool, tmp_path, Priority.INTERACTIVE).wait_begun()
    assert {second.let_go(), third.let_go()} == set(pool.pids)
    assert victim not in pool.pids


def test_limits_are_each_childs_own(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    """One child over its memory and one over its time end; the third goes on."""
    pool = made(3, Limits(silence_s=2.0, resident_bytes=150 * MIB))
    try:
        stream = pool.stream(work.steps, 600, about="fine")
        assert next(stream) == 0
        grown = threads.submit(pool.call, work.grow, 300, about="large")
        stuck = threads.submit(pool.call, work.hold, tmp_path / "b", tmp_path / "never", about="stuck")
        with pytest.raises(LimitExceeded, match=r"large.*150\.0 MiB"):
            grown.result(LONG_S)
        with pytest.raises(LimitExceeded, match=r"stuck.*2 s"):
            stuck.result(LONG_S)
        assert list(stream) == list(range(1, 600))
    finally:
        pool.close()


def test_cancel_while_queued_and_while_streaming(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    pool, wish = made(1), threading.Event()
    try:
        stream = pool.stream(work.steps, 10**6, about="x", cancelled=wish.is_set)
        assert next(stream) == 0
        (pid,) = pool.pids
        queued_wish = threading.Event()
        queued = threads.submit(
            pool.call, work.note, tmp_path / "log", "never", about="x", cancelled=queued_wish.is_set
        )
        until(lambda: pool.others_wait(Priority.INTERACTIVE))
        queued_wish.set()
        with pytest.raises(Cancelled):
            queued.result(LONG_S)
        assert not pool.others_wait(Priority.BACKGROUND)
        assert next(stream) == 1, "what runs is not disturbed"
        wish.set()
        with pytest.raises(Cancelled):
            next(stream)
        assert not (tmp_path / "log").exists()
        assert pool.call(work.note, tmp_path / "log", "x", about="x") == pid, "the child stays"
    finally:
        pool.close()


def test_a_stream_that_is_closed_gives_its_child_back() -> None:
    pool = made(1)
    try:
        stream = pool.stream(work.steps, 10**6, about="x")
        assert [next(stream), next(stream)] == [0, 1]
        pids = pool.pids
        stream.close()
        assert list(pool.stream(work.steps, 3, about="x")) == [0, 1, 2]
        assert pool.pids == pids
    finally:
        pool.close()


def test_children_that_are_not_used_end_but_one(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    pool = made(3, idle_s=0.2)
    try:
        held = [Held(threads, pool, tmp_path, Priority.INTERACTIVE).wait_begun() for _ in range(3)]
        pids = pool.pids
        assert len(pids) == 3
        time.sleep(0.5)
        assert pool.pids == pids, "what works is not idle"
        for one in held:
            one.let_go()
        until(lambda: len(pool.pids) == 1)
        (left,) = pool.pids
        assert pool.call(work.note, tmp_path / "log", "x", about="x") == left
        until(lambda: not any(psutil.pid_exists(pid) for pid in set(pids) - {left}))
    finally:
        pool.close()


def test_closing_ends_what_runs_and_what_waits(threads: ThreadPoolExecutor, tmp_path: Path) -> None:
    """No process, no thread and no caller is left behind."""
    before = set(threading.enumerate())
    pool = made(1)
    held = Held(threads, pool, tmp_path, Priority.INTERACTIVE).wait_begun()
    waiting = Held(threads, pool, tmp_path, Priority.INTERACTIVE)
    until(lambda: pool.others_wait(Priority.INTERACTIVE))
    (pid,) = pool.pids
    pool.close()
    for call in (held.call, waiting.call):
        with pytest.raises(Unavailable):
            call.result(LONG_S)
    with pytest.raises(Unavailable):
        pool.call(work.note, tmp_path / "log", "x", about="x")
    pool.close()
    pool.warm()
    assert not psutil.pid_exists(pid)
    assert pool.pids == ()
    threads.shutdown()
    assert set(threading.enumerate()) <= before
