"""Bounded children: untrusted files are parsed and decoded in processes of their own, with limits.

A child is started by `exec` and talks over a socket pair, so it imports neither the program's main module nor any
toolkit.  It is kept warm between calls.  Its death is a message about the file it worked on, and the next call has a
new child.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

import psutil

import app
from app.dicom import wire
from app.dicom.limits import DECODER, PARSER, Limits, mebibytes
from app.errors import BadInput, Cancelled, LimitExceeded, Unavailable, UserError
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling

log = logging.getLogger(__name__)

T = TypeVar("T")

_ROOT = Path(app.__file__).resolve().parent.parent
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from app.dicom.child import main; main(*map(int, sys.argv[2:5]))"
_START_S = 20.0
_TICK_S = 0.05
_STOP_S = 0.5


class BoundedChild:
    """One warm child process; one call at a time, from any thread.

    Parameters
    ----------
    limits : what the child may use.
    """

    def __init__(self, limits: Limits = PARSER) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._watch: psutil.Process | None = None
        self._greeted = False
        self._closed = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the living child."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def warm(self) -> None:
        """Start the child now; it loads while the caller goes on.  A busy child is warm already."""
        if self._closed or not self._lock.acquire(blocking=False):
            return
        try:
            self._start()
        finally:
            self._lock.release()

    def call(self, work: Callable[..., T], *args: Any, about: str, cancelled: Cancelling = never_cancelled) -> T:
        """Run ``work(*args)`` in the child.

        `work` is a function at the top of a module of `app.dicom`; `about` names the file in messages.  Raises
        `BadInput` or `LimitExceeded` when the child did not survive the file, `Cancelled` within a second of the wish.
        """
        result: T = _last(self.stream(work, *args, about=about, cancelled=cancelled))
        return result

    def stream(
        self, work: Callable[..., Any], *args: Any, about: str, cancelled: Cancelling = never_cancelled
    ) -> Generator[Any, None, Any]:
        """Run a generator function in the child and yield what it yields; its return value ends the iteration."""
        self._acquire(cancelled)
        finished = False
        try:
            connection = self._start()
            self._send(connection, pickle.dumps((work.__module__, work.__name__, args), protocol=5), about)
            while True:
                kind, value = self._receive(connection, about, cancelled)
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
                self._kill()
            self._lock.release()

    def close(self) -> None:
        """End the child; a later call is refused."""
        self._closed = True
        self._kill()

    def _acquire(self, cancelled: Cancelling) -> None:
        while not self._lock.acquire(timeout=_TICK_S):
            if cancelled():
                raise Cancelled
        if self._closed:
            self._lock.release()
            raise Unavailable("The reader of image files has been closed.")

    def _start(self) -> Connection:
        if self._connection is not None and self._process is not None and self._process.poll() is None:
            return self._connection
        self._kill()
        ours, theirs = socket.socketpair()
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        command = [
            sys.executable, "-P", "-c", _BOOT, str(_ROOT), str(theirs.fileno()),
            str(self.limits.address_space_bytes or 0), str(int(self.limits.silence_s)),
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(
                command, pass_fds=(theirs.fileno(),), env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            ours.close()
            raise Unavailable("The reader of image files could not be started: {cause}.", cause=str(error.strerror)) from error
        finally:
            theirs.close()
        self._connection = Connection(ours.detach())
        self._watch = psutil.Process(self._process.pid) if self.limits.resident_bytes else None
        self._greeted = False
        return self._connection

    def _send(self, connection: Connection, request: bytes, about: str) -> None:
        try:
            connection.send_bytes(request)
        except OSError as error:
            raise self._death(about) from error

    def _receive(self, connection: Connection, about: str, cancelled: Cancelling) -> tuple[str, Any]:
        silent_since = time.monotonic()
        while True:
            if cancelled():
                raise Cancelled
            try:
                if connection.poll(_TICK_S):
                    kind, value = wire.unpack(connection.recv_bytes())
                    if kind != wire.READY:
                        return kind, value
                    self._greeted, silent_since = True, time.monotonic()
            except (EOFError, OSError) as error:
                raise self._death(about) from error
            except pickle.UnpicklingError as error:
                self._kill()
                raise BadInput("Reading {name} gave an answer that is not allowed.", name=about) from error
            self._check(about, time.monotonic() - silent_since)

    def _check(self, about: str, silent_s: float) -> None:
        allowed = self.limits.silence_s if self._greeted else _START_S
        if silent_s > allowed:
            self._kill()
            raise LimitExceeded("Reading {name} took longer than {limit} s and was stopped.", name=about, limit=f"{allowed:g}")
        used = self._resident_bytes()
        if self.limits.resident_bytes and used > self.limits.resident_bytes:
            self._kill()
            raise LimitExceeded(
                "Reading {name} used {found} of memory (limit {limit}) and was stopped.",
                name=about, found=mebibytes(used), limit=mebibytes(self.limits.resident_bytes),
            )  # fmt: skip

    def _resident_bytes(self) -> int:
        if self._watch is None:
            return 0
        try:
            info = self._watch.memory_info()
        except psutil.Error:
            return 0
        return int(info.rss - getattr(info, "shared", 0))

    def _settle(self, kind: str, value: Any, about: str) -> Any:
        if kind == wire.OK:
            return value
        if kind == wire.ERROR and isinstance(value, UserError):
            raise value
        if kind == wire.MEMORY:
            limit = self.limits.address_space_bytes or self.limits.resident_bytes or 0
            raise LimitExceeded("Reading {name} needed more than {limit} of memory and was stopped.", name=about, limit=mebibytes(limit))
        if kind == wire.STOPPED:
            raise Cancelled
        log.error("a bounded child met a defect: %s", value)
        raise BadInput("{name} could not be read: {cause}.", name=about, cause=str(value).split("\n", 1)[0].split(":", 1)[0])

    def _death(self, about: str) -> UserError:
        process = self._process
        code = process.wait(5) if process is not None else None
        started = self._greeted
        self._kill()
        if self._closed:
            return Unavailable("The reader of image files has been closed.")
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit {code}"
        log.warning("a bounded child ended (%s)", cause)
        if not started:
            return Unavailable("The reader of image files could not be started: {cause}.", cause=cause)
        return BadInput("The reading process ended ({cause}) while it worked on {name}.", name=about, cause=cause)

    def _stop_work(self) -> None:
        """Ask a streaming child to stop after its present step; kill it when that step takes too long."""
        connection, deadline = self._connection, time.monotonic() + _STOP_S
        try:
            if connection is None or not self._greeted:
                return self._kill()
            connection.send_bytes(wire.STOP)
            while (left := deadline - time.monotonic()) > 0 and connection.poll(left):
                if wire.unpack(connection.recv_bytes())[0] != wire.EVENT:
                    return None
        except (EOFError, OSError, pickle.UnpicklingError):
            pass
        return self._kill()

    def _kill(self) -> None:
        process, connection = self._process, self._connection
        self._process = self._connection = self._watch = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.wait(5)


def _last(events: Iterator[Any]) -> Any:
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


@dataclass(slots=True)
class DicomProcesses:
    """The station's two children: one parses headers (and draws thumbnails), one decodes into shared volumes."""

    parser: BoundedChild = field(default_factory=lambda: BoundedChild(PARSER))
    decoder: BoundedChild = field(default_factory=lambda: BoundedChild(DECODER))

    def warm(self) -> None:
        """Start both; they load while the caller goes on."""
        self.parser.warm()
        self.decoder.warm()

    def close(self) -> None:
        """End both."""
        self.parser.close()
        self.decoder.close()

    def __enter__(self) -> DicomProcesses:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
