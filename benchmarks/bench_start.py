"""Time until the window is on the screen and takes keys, warm; against an empty Qt window in the same run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.rows import Row

_EMPTY = """
import time; t = time.perf_counter()
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([]); w = QMainWindow(); w.resize(1600, 900); w.show()
app.processEvents(); print("shown", flush=True)
"""

#: begins as `main.py` does
_OURS = """
from pathlib import Path
import sys
from app.loading import load
load("app.cli")
from app.bootstrap.station import open_station
with open_station(Path(sys.argv[1])) as station:
    from app.bootstrap.window import SessionWindow
    window = SessionWindow(station)
    window.show((1600, 900))
    window.process_events()
    print("shown", flush=True)
    heavy = sorted(m for m in ("torch", "vtkmodules", "SimpleITK") if m in sys.modules)
    print("loaded", ",".join(heavy) or "none", flush=True)
    window.close()
"""


def run(*, full: bool = False) -> list[Row]:
    """Median of five starts (three when not full) after one to warm the caches."""
    with tempfile.TemporaryDirectory() as home:
        ours = _median(_OURS, home, 5 if full else 3)
    empty = _median(_EMPTY, "", 3)
    return [Row("window visible and usable, warm", ours, "s", "≤ 2.5 s", "an empty Qt window", empty)]


def _median(script: str, argument: str, times: int) -> float:
    taken = []
    for attempt in range(times + 1):
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", script, argument],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        ) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            seconds = time.perf_counter() - started
            if line.strip() != b"shown":
                raise RuntimeError("the window did not open")
            process.stdout.read()
        if attempt:
            taken.append(seconds)
    return sorted(taken)[len(taken) // 2]
