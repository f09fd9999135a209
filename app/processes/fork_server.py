"""Children that begin as a copy of a process which has loaded their modules already.

Loading the modules that read DICOM takes most of a second of a processor; a fork of a process that has
loaded them takes some milliseconds.  The server runs one thread only and opens no file of anybody: what a
child inherits is loaded code.  (`multiprocessing` has a fork server as well, but one for a whole program; its
children run the program's main module, and all have the same environment.)
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import MappingProxyType
from typing import NoReturn

from app.processes.entry import run
from app.processes.host import END_S, ChildProcess, named_end, private_bytes

#: what children need besides the modules that are named
_ALWAYS = ("app.processes.child",)
_NUMBER = struct.Struct("i")
#: how many numbers have been told of a child that has begun, and of one that has ended
_BEGUN, _ENDED = 1, 2
_BEGIN_S = 20.0

_Key = tuple[tuple[str, ...], tuple[tuple[str, str], ...]]

_lock = threading.Lock()
#: servers that somebody holds, and how many do
_held: dict[_Key, tuple[ForkServer, int]] = {}


class ForkServer:
    """A process that has loaded modules and makes children of itself; any thread may ask.

    It is started with the first child, and anew where it has died.  `hold` gives the one of this program for
    these modules and variables; it ends when all who hold it have released it.
    """

    def __init__(self, key: _Key) -> None:
        self._key = key
        self._turn = threading.Lock()
        self._process: ChildProcess | None = None

    @classmethod
    def hold(
        cls, modules: tuple[str, ...], environment: Mapping[str, str] = MappingProxyType({})
    ) -> ForkServer:
        """The server of this program for these modules and variables of the environment."""
        key = (modules, tuple(sorted(environment.items())))
        with _lock:
            server, count = _held.get(key, (None, 0))
            server = server or cls(key)
            _held[key] = (server, count + 1)
        return server

    def release(self) -> None:
        """One who holds it needs it no more; the last one ends the process."""
        with _lock:
            _, count = _held[self._key]
            if count > 1:
                _held[self._key] = (self, count - 1)
                return
            del _held[self._key]
        with self._turn:
            self._end()

    def fork(self, serve: str, *arguments: str) -> ForkedProcess:
        """A child that runs ``module:function`` with a connection and the arguments; it begins while the
        caller goes on.  Raises `OSError` where the system starts no process.
        """
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        try:
            self._ask((serve, *arguments), [theirs.fileno(), tell])
        except OSError:
            ours.close()
            os.close(told)
            raise
        finally:
            theirs.close()
            os.close(tell)
        return ForkedProcess(ours, told)

    def _ask(self, what: tuple[str, ...], descriptors: list[int]) -> None:
        with self._turn:
            try:
                self._send(what, descriptors)
            except (BrokenPipeError, ConnectionResetError):  # it has died
                self._end()
                self._send(what, descriptors)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def _send(self, what: tuple[str, ...], descriptors: list[int]) -> None:
        if self._process is None or not self._process.alive:
            self._end()
            modules, environment = self._key
            self._process = ChildProcess(
                "app.processes.fork_server:serve", *modules, environment=dict(environment)
            )
        line = self._process.connection
        line.send_bytes("\0".join(what).encode())
        with socket.socket(fileno=os.dup(line.fileno())) as same:
            socket.send_fds(same, [b"."], descriptors)


class ForkedProcess:
    """A child of a fork server, and the connection to it.

    The server tells its process id, and later how it ended, through a pipe of the child's own: two numbers of
    four bytes.  Where the server dies first the pipe ends, and the child counts as ended: `kill` ends it.
    """

    def __init__(self, line: socket.socket, told: int) -> None:
        self._line = Connection(os.dup(line.fileno()))  # any thread may shut it
        self.connection = Connection(line.detach())
        self._told = Connection(told, writable=False)
        self._hearing = threading.Lock()
        self._numbers: list[int] = []
        self._lost = False

    @property
    def pid(self) -> int:
        """Process id; waits for the child to begin, 0 where it does not."""
        self._hear(_BEGUN, _BEGIN_S)
        return self._numbers[0] if self._numbers else 0

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return not self._hear(_ENDED)

    def private_bytes(self) -> int:
        """Memory that it holds alone; 0 when it has ended, or has not begun."""
        self._hear(_BEGUN)
        return private_bytes(self._numbers[0]) if self._numbers else 0

    def cause_of_end(self) -> str:
        """How it ended: the name of a signal, or ``exit 3``.  Waits a little for the end, then makes it."""
        if not self._hear(_ENDED, END_S):
            self.kill()
        return named_end(self._numbers[1]) if len(self._numbers) == _ENDED else "its fork server ended"

    def kill(self) -> None:
        """End it at once, from any thread; whoever reads from it meets `EOFError`."""
        with suppress(OSError), socket.socket(fileno=os.dup(self._line.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)  # one that has not begun ends as it begins
        self._hear(_BEGUN)
        if len(self._numbers) == _BEGUN:
            with suppress(ProcessLookupError):
                os.kill(self._numbers[0], signal.SIGKILL)
            self._hear(_ENDED, END_S)
        if len(self._numbers) == _ENDED:
            self._hear_no_more()

    def end(self) -> None:
        """End it and give the connection back; only for the thread that reads from it."""
        self.kill()
        self.connection.close()
        self._line.close()
        self._hear_no_more()

    def _hear_no_more(self) -> None:
        with self._hearing:
            self._lost = True
            self._told.close()

    def _hear(self, count: int, timeout_s: float = 0.0) -> bool:
        """Wait until so many numbers have been told; True as well where no more will come."""
        deadline = time.monotonic() + timeout_s
        with self._hearing:
            while len(self._numbers) < count and not self._lost:
                if not wait([self._told], max(deadline - time.monotonic(), 0.0)):
                    return False
                told = os.read(self._told.fileno(), _NUMBER.size)
                if len(told) == _NUMBER.size:
                    self._numbers += _NUMBER.unpack(told)
                else:
                    self._lost = True
            return True


# -- in the server's process --------------------------------------------------------------------------------


def serve(line: Connection, *modules: str) -> None:
    """Load modules, then fork a child for each request until the connection ends."""
    for module in (*_ALWAYS, *modules):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # what is loaded stays, and its pages are shared with all children
    _Serving(line).run()


class _Serving:
    def __init__(self, line: Connection) -> None:
        self._line = line
        self._tells: dict[int, int] = {}  # by process id, where to tell how it ended
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._private = (self._woken, wake)

    def run(self) -> None:
        with socket.socket(fileno=os.dup(self._line.fileno())) as same:
            while True:
                for ready in wait([self._line, self._woken]):
                    if ready is self._line:
                        try:
                            what = self._line.recv_bytes().decode().split("\0")
                            _, (line, tell), _, _ = socket.recv_fds(same, 1, 2)
                        except (EOFError, OSError):
                            return
                        self._fork(what, line, tell, same)
                    else:
                        with suppress(BlockingIOError):
                            os.read(self._woken, 4096)
                        self._reap()

    def _fork(self, what: list[str], line: int, tell: int, same: socket.socket) -> None:
        try:
            pid = os.fork()
        except OSError:  # no more processes: the pipe ends without a word
            os.close(line)
            os.close(tell)
            return
        if pid == 0:
            self._become(what, line, [tell, same.fileno(), self._line.fileno(), *self._tells.values()])
        os.close(line)
        self._tells[pid] = tell
        _tell(tell, pid)

    def _become(self, what: list[str], line: int, not_mine: list[int]) -> NoReturn:
        """The child: it keeps the connection to its parent alone."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for descriptor in (*not_mine, *self._private):
                os.close(descriptor)
            gc.enable()
            run(what[0], str(line), *what[1:])
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            os._exit(code)  # nothing of the server is ended twice

    def _reap(self) -> None:
        while self._tells:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            tell = self._tells.pop(pid)
            _tell(tell, os.waitstatus_to_exitcode(status))
            os.close(tell)


def _tell(to: int, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody asks any more
        os.write(to, _NUMBER.pack(number))
