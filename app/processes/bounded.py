"""A bounded child: untrusted files are parsed and decoded in a process of its own, with limits.

It is kept warm between calls. Its death is a message about the file it worked on, and the next call has a new
process.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from app.errors import BadInput, Cancelled, LimitExceeded, Unavailable, UserError
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.processes import wire
from app.processes.fork_server import ForkedProcess, ForkServer
from app.processes.limits import Limits, mebibytes

log = logging.getLogger(__name__)

T = TypeVar("T")

_START_S = 20.0
_TICK_S = 0.05
_STOP_S = 0.5


class BoundedChild:
    """One warm child process.  One call at a time: the pool that has it lends it to one thread.

    Parameters
    ----------
    limits : what the child may use.
    server : makes the process.
    package : calls are functions at the top of modules whose names begin with this.
    """

    def __init__(self, limits: Limits, server: ForkServer, *, package: str) -> None:
        self.limits = limits
        self._server, self._package = server, package
        self._process: ForkedProcess | None = None
        self._greeted = False
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Process id of the living child."""
        process = self._process
        return process.pid if process is not None and process.alive else None

    def call(
        self, work: Callable[..., T], *args: Any, about: str, cancelled: Cancelling = never_cancelled
    ) -> T:
        """Run ``work(*args)`` in the child.

        `work` is a function at the top of a module of `app.dicom`; `about` names the file in messages.
        Raises `BadInput` or `LimitExceeded` when the child did not survive the file, `Cancelled` within a
        second of the wish.
        """
        result: T = _last(self.stream(work, *args, about=about, cancelled=cancelled))
        return result

    def stream(
        self, work: Callable[..., Any], *args: Any, about: str, cancelled: Cancelling = never_cancelled
    ) -> Generator[Any, None, Any]:
        """Run a generator function in the child and yield what it yields; its return value ends the
        iteration.
        """
        finished = False
        try:
            process = self.start()
            request = pickle.dumps((work.__module__, work.__name__, args), protocol=5)
            self._send(process.connection, request, about)
            while True:
                kind, value = self._receive(process, about, cancelled)
                if kind == wire.EVENT:
                    yield value
                    continue
                finished = True
                return self._settle(kind, value, about)
        except (Cancelled, GeneratorExit):
            if not finished:
                self._stop_work()
            finished = True
            raise
        except UserError:
            finished = True
            raise
        finally:
            if not finished:
                self._end()

    def start(self) -> ForkedProcess:
        """Start the process where there is none; it loads while the caller goes on."""
        if self._process is not None and self._process.alive:
            return self._process
        self._end()
        self._require_open()
        address_space, silence = self.limits.address_space_bytes or 0, int(self.limits.silence_s)
        arguments = (self._package, str(address_space), str(silence))
        try:
            self._process = self._server.fork("app.processes.child:serve", *arguments)
        except OSError as error:
            raise Unavailable(
                "The reader of image files could not be started: {cause}.", cause=str(error.strerror)
            ) from error
        self._greeted = False
        return self._process

    def close(self) -> None:
        """End the process, from any thread; a later call is refused."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()

    def give_up(self) -> None:
        """Close, by the thread that has the child: its connection is given back at once."""
        self._closed = True
        self._end()

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("The reader of image files has been closed.")

    def _send(self, connection: Connection, request: bytes, about: str) -> None:
        try:
            connection.send_bytes(request)
        except OSError as error:
            raise self._death(about) from error

    def _receive(self, process: ForkedProcess, about: str, cancelled: Cancelling) -> tuple[str, Any]:
        silent_since = time.monotonic()
        while True:
            self._require_open()
            if cancelled():
                raise Cancelled
            try:
                if process.connection.poll(_TICK_S):
                    kind, value = wire.unpack(process.connection.recv_bytes())
                    if kind != wire.READY:
                        return kind, value
                    self._greeted, silent_since = True, time.monotonic()
            except (EOFError, OSError) as error:
                raise self._death(about) from error
            except pickle.UnpicklingError as error:
                self._end()
                raise BadInput("Reading {name} gave an answer that is not allowed.", name=about) from error
            self._check(process, about, time.monotonic() - silent_since)

    def _check(self, process: ForkedProcess, about: str, silent_s: float) -> None:
        allowed = self.limits.silence_s if self._greeted else _START_S
        if silent_s > allowed:
            self._end()
            raise LimitExceeded(
                "Reading {name} took longer than {limit} s and was stopped.", name=about, limit=f"{allowed:g}"
            )
        if self.limits.resident_bytes and (used := process.private_bytes()) > self.limits.resident_bytes:
            self._end()
            raise LimitExceeded(
                "Reading {name} used {found} of memory (limit {limit}) and was stopped.",
                name=about,
                found=mebibytes(used),
                limit=mebibytes(self.limits.resident_bytes),
            )

    def _settle(self, kind: str, value: Any, about: str) -> Any:
        if kind == wire.OK:
            return value
        if kind == wire.ERROR and isinstance(value, UserError):
            raise value
        if kind == wire.MEMORY:
            limit = self.limits.address_space_bytes or self.limits.resident_bytes or 0
            raise LimitExceeded(
                "Reading {name} needed more than {limit} of memory and was stopped.",
                name=about,
                limit=mebibytes(limit),
            )
        if kind == wire.STOPPED:
            raise Cancelled
        log.error("a bounded child met a defect: %s", value)
        raise BadInput(
            "{name} could not be read: {cause}.",
            name=about,
            cause=str(value).split("\n", 1)[0].split(":", 1)[0],
        )

    def _death(self, about: str) -> UserError:
        cause = self._process.cause_of_end() if self._process is not None else "?"
        started = self._greeted
        self._end()
        if self._closed:
            return Unavailable("The reader of image files has been closed.")
        log.warning("a bounded child ended (%s)", cause)
        if not started:
            return Unavailable("The reader of image files could not be started: {cause}.", cause=cause)
        return BadInput(
            "The reading process ended ({cause}) while it worked on {name}.", name=about, cause=cause
        )

    def _stop_work(self) -> None:
        """Ask a streaming child to stop after its present step; end it when that step takes too long."""
        process, deadline = self._process, time.monotonic() + _STOP_S
        if process is None or not self._greeted:
            return self._end()
        try:
            process.connection.send_bytes(wire.STOP)
            while (left := deadline - time.monotonic()) > 0 and process.connection.poll(left):
                if wire.unpack(process.connection.recv_bytes())[0] != wire.EVENT:
                    return None
        except (EOFError, OSError, pickle.UnpicklingError):
            pass
        return self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()


def _last(events: Iterator[Any]) -> Any:
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value
