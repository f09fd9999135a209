"""Connections of a running node: small answers leave at once."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from catalog_client.schema.wire import Tier
from catalog_server.api.application import create_app
from catalog_server.config import NodeConfig, sqlite_url
from catalog_server.serving import RunningNode, listen


def _sockets() -> Iterator[socket.socket]:
    """Copies of all TCP sockets of this process."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(int(name)))
            with found:
                if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
                    yield found


def _accepted(client: socket.socket) -> list[int]:
    """TCP_NODELAY at the node's end of a connection."""
    found = []
    for each in _sockets():
        with contextlib.suppress(OSError):
            if each.getpeername() == client.getsockname():
                found.append(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    return found


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_small_answers_do_not_wait_for_an_acknowledgement(host: str, tmp_path: Path) -> None:
    """A kept connection has TCP_NODELAY at the node's end, from its first request to a later one."""
    try:
        bound = listen(host, 0)
    except OSError:
        pytest.skip(f"this machine has no address {host}")
    app = create_app(NodeConfig(Tier.COUNTY, "130608", sqlite_url(tmp_path / "node.db")))
    node = RunningNode(app, bound, "county")
    node.start()
    kept = HTTPConnection(host, bound.getsockname()[1], timeout=20)
    try:
        kept.connect()
        held = kept.sock
        for _ in range(2):
            kept.request("GET", "/v1/capabilities")
            assert kept.getresponse().read()
            assert kept.sock is held, "the connection was not kept"
            assert [bool(each) for each in _accepted(held)] == [True]
    finally:
        kept.close()
        node.stop()
