"""`python -m benchmarks [NAME…] [--full] [--page FILE]`: run all benchmarks, or those named; the page says
what was measured, and on what machine.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import datetime
from pathlib import Path

import psutil

from app.loading import load
from benchmarks.rows import Row, page, table, verdict

ALL = ("start", "load", "reading", "import_beside", "worklist", "viewers", "inference", "terms")


def main(arguments: list[str]) -> int:
    """Print a table for each benchmark, and at the end which targets are met."""
    full = "--full" in arguments
    path = Path(arguments[arguments.index("--page") + 1]) if "--page" in arguments[:-1] else None
    wanted = [a for a in arguments if not a.startswith("-") and a != str(path)] or list(ALL)
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    machine = _machine()
    print(machine)
    measured: dict[str, list[Row]] = {}
    for name in wanted:
        measured[name] = load(f"benchmarks.bench_{name}").run(full=full)  # as `main.py` does
        print(f"\n{name}\n{table(measured[name])}", flush=True)
        if path is not None:  # written as it grows: a benchmark that fails costs itself
            path.write_text(
                page(measured, machine, f"{datetime.now().astimezone():%Y-%m-%d}"), encoding="utf-8"
            )
    print(f"\n{verdict([row for rows in measured.values() for row in rows])}")
    return 0


def _machine() -> str:
    """Processor, memory and interpreter in words."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    cores, memory = len(os.sched_getaffinity(0)), psutil.virtual_memory().total / 2**30
    return f"{name}, {cores} processors, {memory:.0f} GiB, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
