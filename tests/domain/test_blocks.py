"""Shared memory: whose a block is, what is left of one that was killed, and how much may be asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.domain import blocks
from app.domain.volume import SharedVoxels
from app.errors import Unavailable

_ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not blocks.FOLDER.is_dir(), reason="no /dev/shm here")

#: makes a block, has a worker process as the station has, says both, then waits
_OWNER = """
import time
import numpy as np
from app.domain.volume import SharedVoxels
from app.jobs import never_cancelled, no_progress
from inference.engine import WorkerEngine
if __name__ == "__main__":
    voxels = SharedVoxels.create((1, 4, 64, 64), np.int16)
    voxels.array[:] = 1
    engine = WorkerEngine()
    with engine._turn:
        engine._ask(("modules",), no_progress, never_cancelled)
    print(voxels.descriptor.name, engine.worker_pid, flush=True)
    time.sleep(120)
"""


def _owner(folder: Path) -> tuple[subprocess.Popen[str], Path, int]:
    program = folder / "owner.py"
    program.write_text(_OWNER)
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    owner = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
    )
    assert owner.stdout is not None
    with owner.stdout as said:
        name, worker = said.readline().split()
    return owner, blocks.FOLDER / name.lstrip("/"), int(worker)


def _until(reached: object, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reached():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_what_a_killed_station_leaves_is_removed_at_the_next_start(tmp_path: Path) -> None:
    """SIGKILL of the main process: its worker ends, its tracker removes the block; of the whole group: the
    next start removes it.
    """
    owner, block, worker = _owner(tmp_path)
    assert block.is_file()
    owner.kill()
    owner.wait()
    assert _until(lambda: not psutil.pid_exists(worker))
    assert _until(lambda: not block.exists())

    living, held, _ = _owner(tmp_path)
    group, left, _ = _owner(tmp_path)
    try:
        blocks.remove_abandoned()
        os.killpg(group.pid, signal.SIGKILL)
        group.wait()
        assert left.is_file(), "nobody was left who could have removed it"
        assert blocks.remove_abandoned() >= 4 * 64 * 64 * 2
        assert not left.exists()
        assert held.is_file(), "a living process keeps its block"
    finally:
        os.killpg(living.pid, signal.SIGKILL)
        living.wait()
        blocks.remove_abandoned()
    assert not held.exists()


def test_blocks_that_are_not_clearly_abandoned_stay() -> None:
    """Names of others, of a process number that was used again, and a block that somebody holds a lock on."""
    mine = SharedVoxels.create((1, 1, 8, 8), np.int16)
    own = blocks.FOLDER / mine.descriptor.name.lstrip("/")
    strange = blocks.FOLDER / "yingshu-of-somebody-else"
    parts = own.name.split("-")
    of_another_life = blocks.FOLDER / "-".join([*parts[:3], "1", "1"])
    foreign_and_young = blocks.FOLDER / "-".join([parts[0], "1", *parts[2:]])
    try:
        for file in (strange, of_another_life, foreign_and_young):
            file.write_bytes(b"x" * 4096)
        assert blocks.remove_abandoned() >= 4096
        assert [f.exists() for f in (own, strange, of_another_life, foreign_and_young)] == [
            True,
            True,
            False,
            True,
        ]
        renamed = blocks.FOLDER / of_another_life.name
        os.link(own, renamed)  # the name says that its owner is gone, the lock says that it is not
        blocks.remove_abandoned()
        assert renamed.exists()
        renamed.unlink()
    finally:
        for file in (strange, of_another_life, foreign_and_young):
            file.unlink(missing_ok=True)
        mine.close()


def test_what_was_promised_is_counted() -> None:
    """Two large volumes that are still loading: the second is refused in words before a write into missing
    memory ends the program.
    """
    free = min(size for size in (blocks._free_shared(), blocks._free_memory()) if size is not None)
    before = blocks.promised()
    slices = int((free - before) * 0.6) // (1024 * 1024 * 2)
    first = SharedVoxels.create((1, slices, 1024, 1024), np.int16)
    try:
        assert blocks.promised() - before >= slices * 1024 * 1024 * 2
        with pytest.raises(Unavailable, match="MiB of memory"):
            SharedVoxels.create((1, slices, 1024, 1024), np.int16)
    finally:
        first.close()
    assert blocks.promised() <= before
