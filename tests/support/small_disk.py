"""A real file system that is small enough to be filled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A tmpfs of `size` mounted at `place`; the test is skipped where that is not permitted."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a tmpfs needs root")
    place.mkdir(exist_ok=True)
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path, *, leave: int = 0) -> Path:
    """Fill the disk but for `leave` bytes; the file that does, to be deleted when there shall be room
    again.
    """
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        left = shutil.disk_usage(place).free - leave
        while left > 0:
            try:
                left -= file.write(bytes(min(left, 1 << 20)))
            except OSError:
                break
    return filler
