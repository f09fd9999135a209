"""Running nodes: sockets first, so that addresses are known; a line when ready; an orderly end."""

from __future__ import annotations

import os
import select
import socket
import stat
import sys
import threading
import time
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    The protocol is named: connections inherit it, and asyncio sends small answers at once (TCP_NODELAY) only
    where it reads "TCP" there. Without, the rest of an answer waits for the reader's delayed acknowledgement,
    40 ms a request on a kept connection.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    bound.listen(128)
    return bound


def address(bound: socket.socket) -> str:
    """http address of a socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: FastAPI) -> uvicorn.Server:
    """A server that logs as we say: no access log, for it writes queries."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            lifespan="on",
        )
    )


class RunningNode:
    """A node served from a thread of this process."""

    def __init__(self, app: FastAPI, bound: socket.socket, name: str) -> None:
        self._server = server_of(app)
        self._socket = bound
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [bound]}, name=name, daemon=True
        )

    def start(self) -> None:
        """Serve; returns when it answers."""
        self._thread.start()
        wait_until(lambda: self._server.started or not self._thread.is_alive(), START_LIMIT_S)
        if not self._server.started:
            raise RuntimeError(f"{self._thread.name} did not start")

    def stop(self) -> None:
        """End requests in hand, then the thread."""
        self._server.should_exit = True
        self._thread.join(STOP_LIMIT_S)
        self._socket.close()


def wait_until(condition: Callable[[], bool], limit_s: float) -> bool:
    """Whether the condition came true within the limit."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class OrphanWatch:
    """Ends a demonstration whose station is gone: its pipe closed, or its parent process changed."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._pipe = _piped_input()

    def orphaned(self) -> bool:
        """Whether nobody is left who wants us."""
        return os.getppid() != self._parent or (self._pipe is not None and _closed(self._pipe))


def _piped_input() -> int | None:
    # a terminal or /dev/null says nothing about a parent; a pipe or socket does
    try:
        descriptor = sys.stdin.fileno()
        mode = os.fstat(descriptor).st_mode
    except (AttributeError, OSError, ValueError):
        return None
    return descriptor if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else None


def _closed(descriptor: int) -> bool:
    readable, _, _ = select.select([descriptor], [], [], 0)
    return bool(readable) and os.read(descriptor, 4096) == b""
