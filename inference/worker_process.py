"""The parent's side of the worker: start, ask, watch its memory, stop it in time, notice its death."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import time
from pathlib import Path
from typing import Any

from app.errors import Cancelled, LimitExceeded, Unavailable, UserError
from app.jobs import Progress
from app.jobs.runner import Cancelling
from app.processes import wire
from app.processes.host import ChildProcess

log = logging.getLogger(__name__)

GIB = 1024**3
_POLL_S = 0.04
#: after a cancel the worker has this long to stop by itself; then it is ended
_CANCEL_GRACE_S = 0.5


class WorkerProcess:
    """One worker.  Not safe for several threads at once: the engine gives turns."""

    def __init__(self, models: Path, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        try:
            self._process = ChildProcess("inference.worker:serve", str(models))
        except OSError as error:
            raise Unavailable(
                "The analysis process could not be started: {cause}.", cause=str(error.strerror)
            ) from error

    @property
    def pid(self) -> int:
        """Process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """It can be asked."""
        return self._process.alive

    def ask(self, message: tuple[Any, ...], *, progress: Progress, cancelled: Cancelling) -> tuple[Any, int]:
        """Send `message`, wait for its answer; (answer, peak of resident memory in bytes meanwhile).

        Raises what the worker met, `Cancelled`, `LimitExceeded` when it took too much memory, and
        `Unavailable` when it died. After the last two, and after a cancel that it did not heed, it is gone.
        """
        connection, peak, stopped_at = self._process.connection, 0, 0.0
        self._begin_peak()
        try:
            connection.send_bytes(pickle.dumps(message, protocol=5))
            while True:
                if connection.poll(_POLL_S):
                    kind, value = wire.unpack(connection.recv_bytes())
                    if kind != wire.EVENT:
                        return _result(kind, value), max(peak, self._process.resident_bytes(), self._peak())
                    progress(*value)  # and go on to the watch: many small steps must not put it off
                peak = max(peak, self._process.resident_bytes())
                self._check_memory(peak)
                if not stopped_at and cancelled():
                    connection.send_bytes(wire.STOP)
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
        self._process.end()

    def _begin_peak(self) -> None:
        """Let the kernel note the peak anew (Linux; elsewhere the samples of `ask` stand for it)."""
        with contextlib.suppress(OSError):
            Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def _peak(self) -> int:
        """What the kernel noted since `_begin_peak`, in bytes; 0 where it does not say."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self._process.pid}/status").read_text()
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
            found=f"{resident / GIB:.1f}",
            limit=f"{self._memory_bytes / GIB:.1f}",
        )

    def _death(self) -> Unavailable:
        cause = self._process.cause_of_end()
        self.end()
        log.error("analysis process died (%s)", cause)
        return Unavailable(
            "The analysis process ended ({cause}); nothing was changed.",
            hint="Start the analysis again.",
            cause=cause,
        )


def _result(kind: str, value: Any) -> Any:
    if kind == wire.OK:
        return value
    if kind == wire.STOPPED:
        raise Cancelled
    if kind == wire.ERROR and isinstance(value, UserError):
        raise value
    if kind == wire.MEMORY:
        raise LimitExceeded("The analysis needs more memory than this machine gives.")
    log.error("the analysis process met a defect:\n%s", value)
    raise RuntimeError("the analysis process met a defect")
