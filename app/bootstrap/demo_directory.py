"""The embedded three-tier directory of the demo: its own processes, ports and home, stopped with the station."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Cancelled, Unavailable
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.ports import DemoDirectory

START_S = 60.0


@contextmanager
def demo_directory(home: Path, *, cancelled: Cancelling = never_cancelled) -> Iterator[DemoDirectory]:
    """Start county, city and province on free loopback ports; stop them at the end.

    The child stops by itself when its standard input closes, so that a killed station leaves no server behind.
    """
    home.mkdir(parents=True, exist_ok=True)
    log = (home / "directory.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "catalog_server", "demo", "--home", str(home)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        told = _first_line(process, home, cancelled)
        yield DemoDirectory(told["urls"], home, {role: (pair[0], pair[1]) for role, pair in told["accounts"].items()})
    finally:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        log.close()


def _first_line(process: subprocess.Popen[bytes], home: Path, cancelled: Cancelling) -> dict[str, dict[str, str]]:
    assert process.stdout is not None
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if cancelled():
            raise Cancelled
        ready, _, _ = select.select([process.stdout], [], [], 0.2)
        if ready:
            line = process.stdout.readline()
            if line.strip().startswith(b"{"):
                told: dict[str, dict[str, str]] = json.loads(line)
                return told
        if process.poll() is not None:
            break
    raise Unavailable(
        "The demo directory did not start within {limit} s.", hint="Its log is {log}.",
        limit=int(START_S), log=str(home / "directory.log"),
    )  # fmt: skip
