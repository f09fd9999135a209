"""The fork server: what its children are, and what is left when it or they end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.processes.fork_server import ForkServer
from app.processes.limits import Limits
from app.processes.pool import Pool
from tests.processes.child_work import note

_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OF_THIS_TEST": "1"}


def _pool(size: int = 1) -> Pool:
    return Pool(Limits(), size, package="tests.processes.", modules=("tests.processes.child_work",))


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = _pool(2)
    yield made
    made.close()


def _wait_for(reached: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.01)
    assert reached()  # type: ignore[operator]


def _server_of(child: int) -> psutil.Process:
    server = psutil.Process(child).parent()
    assert server is not None
    assert server.pid != os.getpid(), "a child is made by the server, not by this program"
    return server


def test_children_of_all_pools_come_from_one_server(pool: Pool, tmp_path: Path) -> None:
    """The server stays as long as one pool is open, and ends with the last one."""
    other = _pool()
    first, second = (one.call(note, tmp_path / "log", "x", about="x") for one in (pool, other))
    server = _server_of(first)
    assert _server_of(second) == server
    other.close()
    other.close()
    assert server.is_running()
    assert pool.call(note, tmp_path / "log", "y", about="x") == first
    pool.close()
    assert not server.is_running()
    assert not psutil.pid_exists(first)


def test_a_server_that_died_is_started_again(pool: Pool, tmp_path: Path) -> None:
    """Its child counts as ended, is ended, and the next call has a new one of a new server."""
    first = pool.call(note, tmp_path / "log", "x", about="x")
    server = _server_of(first)
    server.kill()
    _wait_for(lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE)
    second = pool.call(note, tmp_path / "log", "y", about="x")
    assert second != first
    assert _server_of(second).pid != server.pid
    _wait_for(lambda: not psutil.pid_exists(first))


def test_a_child_has_its_own_connection_and_nothing_of_others(pool: Pool, tmp_path: Path) -> None:
    """Standard streams and one socket: whoever else ends or is closed is not held open by it."""
    other = _pool()
    try:
        children = [one.call(note, tmp_path / "log", "x", about="x") for one in (pool, other)]
        for child in children:
            held = {int(fd): os.readlink(f"/proc/{child}/fd/{fd}") for fd in os.listdir(f"/proc/{child}/fd")}
            assert [what for fd, what in sorted(held.items()) if fd < 3] == ["/dev/null"] * 3
            assert [what.split(":")[0] for fd, what in held.items() if fd > 2] == ["socket"]
    finally:
        other.close()


def test_the_server_keeps_nothing_of_children_that_ended(pool: Pool, tmp_path: Path) -> None:
    """Neither zombies nor pipes."""
    server = _server_of(pool.call(note, tmp_path / "log", "x", about="x"))
    before = server.num_fds()
    for _ in range(5):
        short = _pool()
        short.call(note, tmp_path / "log", "x", about="x")
        short.close()
    _wait_for(lambda: server.num_fds() == before)
    assert len(server.children()) == 1


def test_how_a_child_ended_is_told() -> None:
    """A signal by its name, an exit by its status; a kill comes back when the child is gone."""
    server = ForkServer.hold(("tests.processes.child_work",), _ENVIRONMENT)
    try:
        ended = server.fork("tests.processes.child_work:leave", "3")
        assert ended.cause_of_end() == "exit 3"
        assert not ended.alive
        shot = server.fork("tests.processes.child_work:wait_for_end")
        assert shot.alive
        os.kill(shot.pid, signal.SIGSEGV)
        assert shot.cause_of_end() == "SIGSEGV"
        killed = server.fork("tests.processes.child_work:wait_for_end")
        pid = killed.pid
        assert killed.private_bytes() > 0
        killed.kill()
        assert not psutil.pid_exists(pid)
        assert killed.private_bytes() == 0
        for one in (ended, shot, killed):
            one.end()
            assert not one.alive
    finally:
        server.release()


def test_variables_hold_in_children() -> None:
    """They are part of what makes a server: two pools with others have two."""
    server = ForkServer.hold(("tests.processes.child_work",), _ENVIRONMENT)
    try:
        assert server is ForkServer.hold(("tests.processes.child_work",), _ENVIRONMENT)
        server.release()
        child = server.fork("tests.processes.child_work:wait_for_end")
        assert psutil.Process(child.pid).environ()["OF_THIS_TEST"] == "1"
        child.end()
    finally:
        server.release()


def test_one_killed_before_it_begins_does_not_begin(tmp_path: Path) -> None:
    """A station that closes at once does not wait for modules to load, and leaves nobody."""
    server = ForkServer.hold(("tests.processes.child_work",), _ENVIRONMENT)
    try:
        child = server.fork("tests.processes.child_work:wait_for_end")
        child.kill()
        _wait_for(lambda: not child.alive)
        pid = child.pid
        child.end()
        assert not pid or not psutil.pid_exists(pid)
    finally:
        server.release()


def test_many_threads_may_ask_at_once(tmp_path: Path) -> None:
    pools = [_pool() for _ in range(6)]
    told: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: told.append(one.call(note, tmp_path / "log", "x", about="x")))
        for one in pools
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(told)) == 6
    for one in pools:
        one.close()
    assert not any(psutil.pid_exists(pid) for pid in told)
