"""Blocks of shared memory that tell whose they are.

A block outlives the process that made it when that process is killed together with its resource tracker (a
whole group, a container, the kernel out of memory). Its name therefore says which process made it, and that
process holds a lock on it: `remove_abandoned` takes away those whose owner is gone, and never another one.
Pages are taken as they are written, so that a block may be larger than what is left: `require_room` counts
what the blocks of this process have still to take.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import shutil
import threading
import time
import weakref
from functools import cache
from multiprocessing import shared_memory
from pathlib import Path

from app.errors import Unavailable

FOLDER = Path("/dev/shm")
_PREFIX = "yingshu"
_numbers = itertools.count(1)
#: a block of another process namespace is looked at only when it is older: its maker had time to lock it
_LOCKED_BY_THEN_S = 60.0
_live: weakref.WeakSet[Block] = weakref.WeakSet()
_live_lock = threading.Lock()


class Block(shared_memory.SharedMemory):
    """Shared memory that may be closed, or forgotten, while somebody still reads a view: the mapping then
    goes with its last view.
    """

    @classmethod
    def made(cls, size: int) -> Block:
        """A new block of this process, all zero; its pages are taken as they are written."""
        while True:
            with contextlib.suppress(FileExistsError):
                block = cls(name=own_name(), create=True, size=size)
                break
        with contextlib.suppress(
            OSError
        ):  # where the system locks no shared memory, the name alone tells the owner
            fcntl.flock(block._fd, fcntl.LOCK_SH | fcntl.LOCK_NB)  # type: ignore[attr-defined]
        with _live_lock:
            _live.add(block)
        return block

    def close(self) -> None:
        try:
            super().close()
        except BufferError:
            self._buf = self._mmap = None
            super().close()

    @property
    def missing(self) -> int:
        """Bytes that were asked for and not written yet."""
        try:
            return max(0, self.size - os.fstat(self._fd).st_blocks * 512)  # type: ignore[attr-defined]
        except OSError:
            return 0  # closed


def own_name() -> str:
    """A name for the next block of this process: it says whose it is."""
    return f"{_PREFIX}-{_namespace()}-{os.getpid()}-{_started(os.getpid())}-{next(_numbers)}"


def require_room(size: int) -> None:
    """`Unavailable` where a new block of `size` bytes would not fit: a write into shared memory that is not
    there ends the process.
    """
    free = [place for place in (_free_shared(), _free_memory()) if place is not None]
    left = min(free) - promised() if free else None
    if left is not None and size > left * 0.95:
        raise Unavailable(
            "The series needs {found} of memory, {free} are free.",
            hint="Close other series and try again.",
            found=_mebibytes(size),
            free=_mebibytes(max(0, left)),
        )


def promised() -> int:
    """Bytes that the blocks of this process have asked for and not taken yet."""
    with _live_lock:
        return sum(block.missing for block in _live)


def _free_shared() -> int | None:
    try:
        return shutil.disk_usage(FOLDER).free
    except OSError:
        return None


def _free_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _mebibytes(count: int) -> str:
    return f"{count / (1 << 20):,.1f} MiB"


def remove_abandoned(folder: Path = FOLDER) -> int:
    """Remove blocks whose owner is gone; how many bytes they held."""
    freed = 0
    with contextlib.suppress(OSError):
        for file in list(folder.glob(f"{_PREFIX}-*")):
            freed += _remove_if_abandoned(file)
    return freed


def _remove_if_abandoned(file: Path) -> int:
    try:
        namespace, pid, started = (int(part) for part in file.name.split("-")[1:4])
        state = file.lstat()
        if state.st_uid != os.geteuid() or (namespace == _namespace() and _started(pid) == started):
            return 0
        if namespace != _namespace() and time.time() - state.st_ctime < _LOCKED_BY_THEN_S:
            return 0
        descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW)
    except (ValueError, OSError):
        return 0
    try:
        fcntl.flock(
            descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB
        )  # a living owner holds it, in whatever namespace
        file.unlink()
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    return state.st_blocks * 512


@cache
def _namespace() -> int:
    """Which process numbers are meant: those of a container are not those of its host."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _started(pid: int) -> int | None:
    """When a process was started, in ticks since the system's start (proc(5), field 22); None without such a
    process.
    """
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None
    return int(after_name[19])
