"""The far side of `app.dicom.bounded`: a process that parses and decodes, with limits, and nothing else.

It loads no toolkit and no network.  Functions are named by module and name and must lie in `app.dicom`.
"""

from __future__ import annotations

import importlib
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Generator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from app.dicom import wire
from app.errors import UserError
from app.logs import without_values

_PACKAGE = "app.dicom."


def main(descriptor: int, address_space_bytes: int, silence_s: int) -> None:
    """Serve calls on a connected socket until it is closed."""
    _bound(address_space_bytes)
    warnings.simplefilter("ignore")  # the standard's loose ends are judged by the code, not by chance warnings
    # The parent owns all shared blocks: a tracker here would unlink them when this process ends.
    resource_tracker.register = resource_tracker.unregister = lambda *_: None  # type: ignore[assignment,misc]
    connection = Connection(descriptor)
    importlib.import_module("app.dicom.header")
    importlib.import_module("app.dicom.decode")
    connection.send_bytes(wire.pack(wire.READY))
    try:
        while True:
            request = connection.recv_bytes()
            if request == wire.STOP:
                continue  # it came after the work had ended by itself
            signal.alarm(silence_s + 30)  # a child whose parent died while it worked ends as well
            connection.send_bytes(_answer(connection, request, silence_s))
            signal.alarm(0)
    except (EOFError, ConnectionResetError, BrokenPipeError):
        sys.exit(0)


def _bound(address_space_bytes: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if address_space_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (address_space_bytes, address_space_bytes))


def _function(module: str, name: str) -> Callable[..., Any]:
    if not module.startswith(_PACKAGE) or "." in name:
        raise LookupError(f"{module}.{name} is not for the bounded child")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def _answer(connection: Connection, request: bytes, silence_s: int) -> bytes:
    try:
        module, name, args = pickle.loads(request)  # noqa: S301  (from our own parent)
        result: Any = _function(module, name)(*args)
        return _stream(connection, result, silence_s) if isinstance(result, Generator) else wire.pack(wire.OK, result)
    except UserError as error:
        return wire.pack(wire.ERROR, error)
    except MemoryError:
        return wire.pack(wire.MEMORY)
    except Exception as error:  # noqa: BLE001  (whatever a hostile file provokes must reach the parent as words)
        return wire.pack(wire.DEFECT, f"{type(error).__name__}:\n{without_values(error)}"[:4000])


def _stream(connection: Connection, work: Generator[Any, None, Any], silence_s: int) -> bytes:
    while True:
        try:
            event = next(work)
        except StopIteration as end:
            return wire.pack(wire.OK, end.value)
        connection.send_bytes(wire.pack(wire.EVENT, event))
        signal.alarm(silence_s + 30)
        if connection.poll():
            connection.recv_bytes()  # the only thing a parent says now is STOP
            work.close()
            return wire.pack(wire.STOPPED)
