"""Several warm bounded children of one kind, lent to calls by priority.

Children are started when they are needed: the first call, or `warm`, starts the first one. While something
that nobody waits for runs, one more is kept ready for what somebody will wait for. When all have been idle
for long, all but one end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from app.errors import Cancelled, Unavailable
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.processes.bounded import BoundedChild
from app.processes.fork_server import ForkServer
from app.processes.limits import Limits
from app.processes.turns import Priority, Turn, Turns

T = TypeVar("T")

#: one thread a child: children work side by side, and a process with threads cannot be forked safely
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_TICK_S = 0.05
IDLE_S = 120.0


class Pool:
    """At most `size` children, used from any thread.

    Parameters
    ----------
    limits : what each child may use.
    size : how many children there may be at a time.
    package : calls are functions at the top of modules whose names begin with this.
    modules : loaded once; children begin with them.
    idle_s : how long children besides the first one are kept when nothing is called.
    """

    def __init__(
        self, limits: Limits, size: int, *, package: str, modules: Sequence[str] = (), idle_s: float = IDLE_S
    ) -> None:
        if size < 1:
            raise ValueError(f"a pool has at least one child, found {size}")
        self.limits = limits
        self.size = size
        self._package, self._idle_s = package, idle_s
        self._server = ForkServer.hold(tuple(modules), _ENVIRONMENT)
        self._lock = threading.Lock()
        self._turns = Turns(size)
        self._children: list[BoundedChild] = []
        self._idle: list[BoundedChild] = []  # last used last
        self._used_at = 0.0
        self._idle_timer: threading.Timer | None = None
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the living children."""
        with self._lock:
            return tuple(child.pid for child in self._children if child.pid is not None)

    def warm(self) -> None:
        """Start the first child now; it loads while the caller goes on."""
        with self._lock:
            if not self._closed and not self._children:
                self._add_idle()

    def call(
        self,
        work: Callable[..., T],
        *args: Any,
        about: str,
        cancelled: Cancelling = never_cancelled,
        priority: Priority = Priority.INTERACTIVE,
    ) -> T:
        """Run ``work(*args)`` in a child.

        `about` names the file in messages. Raises `BadInput` or `LimitExceeded` when the child did not
        survive the file, `Cancelled` within a second of the wish, waiting for a child included.
        """
        with self.lent(cancelled=cancelled, priority=priority) as child:
            return child.call(work, *args, about=about, cancelled=cancelled)

    def stream(
        self,
        work: Callable[..., Any],
        *args: Any,
        about: str,
        cancelled: Cancelling = never_cancelled,
        priority: Priority = Priority.INTERACTIVE,
    ) -> Generator[Any, None, Any]:
        """Run a generator function in a child and yield what it yields; its return value ends the iteration.

        The child is held until then: what takes long looks at `others_wait` between its steps, closes the
        stream and goes on with another one.
        """
        with self.lent(cancelled=cancelled, priority=priority) as child:
            return (yield from child.stream(work, *args, about=about, cancelled=cancelled))

    @contextmanager
    def lent(
        self, *, cancelled: Cancelling = never_cancelled, priority: Priority = Priority.INTERACTIVE
    ) -> Iterator[BoundedChild]:
        """A child of one's own for some calls; `Cancelled` when the wish comes before the turn."""
        turn = self._turn(priority, cancelled)
        child: BoundedChild | None = None
        try:
            child = self._take(priority)
            yield child
        finally:
            self._give_back(turn, child)

    def others_wait(self, priority: Priority) -> bool:
        """A call waits that may have the child of a call of this priority."""
        with self._lock:
            return self._turns.others_wait(priority)

    def close(self) -> None:
        """End all children; what runs and what waits meets `Unavailable`, as whatever comes later."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            timer, self._idle_timer = self._idle_timer, None
            idle, self._idle = self._idle, []
            lent = [child for child in self._children if child not in idle]
        if timer is not None:
            timer.cancel()
            timer.join()
        for child in lent:
            child.close()  # the thread that has it gives it up
        for child in idle:
            child.give_up()
        self._server.release()

    # -- turns ----------------------------------------------------------------------------------------------

    def _turn(self, priority: Priority, cancelled: Cancelling) -> Turn:
        with self._lock:
            self._require_open()
            turn = self._turns.ask(priority)
        try:
            while not turn.granted.wait(_TICK_S):
                if cancelled():
                    raise Cancelled
                self._require_open()
        except BaseException:
            with self._lock:
                self._turns.leave(turn)
            raise
        return turn

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("The reader of image files has been closed.")

    # -- children -------------------------------------------------------------------------------------------

    def _take(self, priority: Priority) -> BoundedChild:
        with self._lock:
            self._require_open()
            if not self._idle:
                self._add_idle()
            child = self._idle.pop()
            if priority is not Priority.INTERACTIVE and not self._idle and len(self._children) < self.size:
                self._add_idle()
            return child

    def _give_back(self, turn: Turn, child: BoundedChild | None) -> None:
        with self._lock:
            if child is not None and not self._closed:
                self._idle.append(child)
            self._used_at = time.monotonic()
            self._turns.leave(turn)
            if self._closed and child is not None:
                child.give_up()
            elif len(self._children) > 1 and self._idle_timer is None and not self._closed:
                self._look_later(self._idle_s)

    def _add_idle(self) -> None:
        child = BoundedChild(self.limits, self._server, package=self._package)
        with suppress(Unavailable):  # the call that needs it says so
            child.start()
        self._children.append(child)
        self._idle.insert(0, child)

    def _look_later(self, seconds: float) -> None:
        self._idle_timer = threading.Timer(seconds, self._end_idle)
        self._idle_timer.name, self._idle_timer.daemon = "idle-children", True
        self._idle_timer.start()

    def _end_idle(self) -> None:
        with self._lock:
            self._idle_timer = None
            if self._closed:
                return
            left = self._idle_s - (time.monotonic() - self._used_at)
            if self._turns.running or left > 0:
                self._look_later(max(left, self._idle_s / 4))
                return
            extra, self._idle = self._idle[:-1], self._idle[-1:]
            self._children = list(self._idle)
        for child in extra:
            child.give_up()
