"""A process of the program's own: started by `exec` over a socket pair, watched, ended.

It imports neither the program's main module nor anything that its serving function does not need.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType

import psutil

import app

_ROOT = Path(app.__file__).resolve().parent.parent
_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from app.processes.entry import run; run(*sys.argv[2:])"
#: how long an end is waited for
END_S = 5.0


class ChildProcess:
    """One child process and the connection to it.

    Parameters
    ----------
    serve : ``module:function`` that is called in the child with the connection and the arguments; it returns
        when the connection ends.
    arguments : texts for that function.
    environment : variables that the child has besides those of this process.

    Raises `OSError` where the system starts no process.
    """

    def __init__(
        self, serve: str, *arguments: str, environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-c", _BOOT, str(_ROOT), serve, str(theirs.fileno()), *arguments]
        try:
            self._process = subprocess.Popen(
                command,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self.connection = Connection(ours.detach())
        self._seen = psutil.Process(self._process.pid)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return self._process.poll() is None

    def resident_bytes(self) -> int:
        """Memory that it holds, shared blocks that it has written or read included; 0 when it has ended."""
        try:
            return int(self._seen.memory_info().rss)
        except psutil.Error:
            return 0

    def cause_of_end(self) -> str:
        """How it ended: the name of a signal, or ``exit 3``.  Waits a little for the end, then makes it."""
        try:
            code = self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait(END_S)
        return named_end(code)

    def kill(self) -> None:
        """End it at once, from any thread; whoever reads from it meets `EOFError`."""
        self._process.kill()
        self._process.wait(END_S)

    def end(self) -> None:
        """End it and give the connection back; only for the thread that reads from it."""
        self.kill()
        self.connection.close()


def named_end(code: int) -> str:
    """How a process ended: ``exit 3``, or the name of the signal where the code is negative."""
    try:
        return f"exit {code}" if code >= 0 else signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def private_bytes(pid: int) -> int:
    """Memory that a process holds alone; 0 when it has ended."""
    try:
        info = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(info.rss - getattr(info, "shared", 0))
