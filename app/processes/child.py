"""The far side of `app.processes.bounded`: a process that parses and decodes, with limits, and nothing else.

It loads no toolkit and no network. Functions are named by module and name and must lie in the package that
the child was started for.
"""

from __future__ import annotations

import importlib
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from app.errors import UserError
from app.logs import without_values
from app.processes import wire


def serve(connection: Connection, package: str, address_space_bytes: str, silence_s: str) -> None:
    """Answer calls until the connection is closed."""
    _bound(int(address_space_bytes))
    warnings.simplefilter("ignore")  # loose ends of files are judged by the code, not by chance warnings
    answering = _Answering(connection, package, int(silence_s))
    connection.send_bytes(wire.pack(wire.READY))
    try:
        while True:
            request = connection.recv_bytes()
            if request == wire.STOP:
                continue  # it came after the work had ended by itself
            answering.live()
            connection.send_bytes(answering.to(request))
            signal.alarm(0)
    except (EOFError, ConnectionResetError, BrokenPipeError):
        sys.exit(0)


def _bound(address_space_bytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, address_space_bytes))


@dataclass(frozen=True, slots=True)
class _Answering:
    connection: Connection
    package: str
    silence_s: int

    def live(self) -> None:
        """A child whose parent died while it worked ends as well."""
        signal.alarm(self.silence_s + 30)

    def to(self, request: bytes) -> bytes:
        """The message that answers a request; events of a generator are sent before it."""
        try:
            module, name, args = pickle.loads(request)  # noqa: S301  (from our own parent)
            result: Any = self._function(module, name)(*args)
            return self._stream(result) if isinstance(result, Generator) else wire.pack(wire.OK, result)
        except UserError as error:
            return wire.pack(wire.ERROR, error)
        except MemoryError:
            return wire.pack(wire.MEMORY)
        except Exception as error:  # noqa: BLE001  (whatever a hostile file provokes must reach the parent as words)
            return wire.pack(wire.DEFECT, f"{type(error).__name__}:\n{without_values(error)}"[:4000])

    def _function(self, module: str, name: str) -> Callable[..., Any]:
        if not module.startswith(self.package) or "." in name:
            raise LookupError(f"{module}.{name} is not for this child")
        found: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return found

    def _stream(self, work: Generator[Any, None, Any]) -> bytes:
        while True:
            try:
                event = next(work)
            except StopIteration as end:
                return wire.pack(wire.OK, end.value)
            self.connection.send_bytes(wire.pack(wire.EVENT, event))
            self.live()
            if self.connection.poll():
                self.connection.recv_bytes()  # the only thing a parent says now is STOP
                work.close()
                return wire.pack(wire.STOPPED)
