"""What the children of these tests run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from app.domain.volume import SharedBlock, SharedVoxels


def note(log: Path, word: str) -> int:
    """Write a word behind those that are there; this child's process id."""
    with log.open("a", encoding="utf-8") as file:
        file.write(word + "\n")
    return os.getpid()


def hold(begun: Path, go: Path) -> int:
    """Say that it has begun and wait until it may go on."""
    begun.touch()
    while not go.exists():
        time.sleep(0.005)
    return os.getpid()


def steps(count: int) -> Iterator[int]:
    """So many events, one every five milliseconds."""
    for number in range(count):
        yield number
        time.sleep(0.005)


def ready_slices(block: SharedBlock) -> int:
    """How many slices of a volume have arrived."""
    voxels = SharedVoxels.attach(block)
    try:
        return int(voxels.ready.sum())
    finally:
        voxels.close()


def grow(megabytes: int) -> int:
    """Take memory, touch it, and tell its size."""
    taken = bytearray(os.urandom(1 << 20)) * megabytes
    time.sleep(0.3)
    return len(taken)


def leave(_: Connection, status: str) -> None:
    """End at once."""
    sys.exit(int(status))


def wait_for_end(connection: Connection) -> None:
    """Go on until the connection ends."""
    with suppress(EOFError, OSError):
        connection.recv_bytes()
