"""The parent's side of the worker: start, ask, watch its memory, stop it in time, notice its death."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import re
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil

from app.errors import Cancelled, LimitExceeded, Unavailable
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.worker import serve

log = logging.getLogger(__name__)

GIB = 1024**3
_POLL_S = 0.04
#: after a cancel the worker has this long to stop by itself; then it is ended
_CANCEL_GRACE_S = 0.5


class WorkerProcess:
    """One spawned worker.  Not safe for several threads at once: the engine gives turns."""

    def __init__(self, models: Path, memory_bytes: int) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._connection: Connection = ours
        self._stop = context.Event()
        self._memory_bytes = memory_bytes
        self._process = context.Process(target=serve, args=(theirs, self._stop, models), name="analysis", daemon=True)
        self._process.start()
        theirs.close()
        self._watched = psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        """Process number."""
        return int(self._process.pid or 0)

    @property
    def alive(self) -> bool:
        """It can be asked."""
        return bool(self._process.is_alive())

    def ask(self, message: tuple[Any, ...], *, progress: Progress, cancelled: Cancelling) -> tuple[Any, int]:
        """Send `message`, wait for its answer; (answer, peak of resident memory in bytes meanwhile).

        Raises what the worker met, `Cancelled`, `LimitExceeded` when it took too much memory, and `Unavailable` when it
        died.  After the last two, and after a cancel that it did not heed, it is gone.
        """
        self._stop.clear()
        peak, stopped_at = 0, 0.0
        self._begin_peak()
        try:
            self._connection.send(message)
            while True:
                if self._connection.poll(_POLL_S):
                    answer = self._connection.recv()
                    if answer[0] != "progress":
                        return _result(answer), max(peak, self._resident(), self._peak())
                    progress(*answer[1:])  # and go on to the watch: many small steps must not put it off
                peak = max(peak, self._resident())
                self._check_memory(peak)
                if not self.alive and not self._connection.poll(0):
                    raise EOFError
                if not stopped_at and cancelled():
                    self._stop.set()
                    stopped_at = time.monotonic()
                if stopped_at and time.monotonic() - stopped_at > _CANCEL_GRACE_S:
                    self.end()
                    raise Cancelled
        except (EOFError, OSError) as error:
            raise self._death() from error

    def kill(self) -> None:
        """Kill it; whoever asked it meets its death.  From any thread."""
        self._process.kill()

    def end(self) -> None:
        """Kill it and collect it."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join(5.0)
        self._connection.close()

    def _resident(self) -> int:
        try:
            return int(self._watched.memory_info().rss)
        except psutil.Error:
            return 0

    def _begin_peak(self) -> None:
        """Let the kernel note the peak anew (Linux; elsewhere the samples of `ask` stand for it)."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{self._watched.pid}/clear_refs").write_text("5")

    def _peak(self) -> int:
        """What the kernel noted since `_begin_peak`, in bytes; 0 where it does not say."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self._watched.pid}/status").read_text()
            found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
            return int(found[1]) * 1024 if found else 0
        return 0

    def _check_memory(self, resident: int) -> None:
        if resident <= self._memory_bytes:
            return
        log.warning("analysis process ended: %d bytes resident, %d allowed", resident, self._memory_bytes)
        self.end()
        raise LimitExceeded(
            "The analysis took {found} GiB of memory and was ended; {limit} GiB are allowed.",
            hint="Raise the limit in the settings, or take a smaller series.",
            found=f"{resident / GIB:.1f}", limit=f"{self._memory_bytes / GIB:.1f}",
        )  # fmt: skip

    def _death(self) -> Unavailable:
        self._process.join(5.0)
        code = self._process.exitcode
        self.end()
        log.error("analysis process died with exit code %s", code)
        if code is not None and code < 0:
            return Unavailable(
                "The analysis process ended (signal {signal}); nothing was changed.", hint="Start the analysis again.",
                signal=_signal_name(-code),
            )  # fmt: skip
        return Unavailable(
            "The analysis process ended (exit status {status}); nothing was changed.", hint="Start the analysis again.", status=code
        )


def _result(answer: tuple[Any, ...]) -> Any:
    kind = answer[0]
    if kind == "cancelled":
        raise Cancelled
    if kind == "error":
        raise answer[1]
    if kind == "defect":
        log.error("the analysis process met a defect:\n%s", answer[1])
        raise RuntimeError("the analysis process met a defect")
    return answer[1]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
