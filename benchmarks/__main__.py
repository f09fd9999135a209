"""`python -m benchmarks [NAME…] [--full]`: run all benchmarks, or those named."""

from __future__ import annotations

import importlib
import platform
import sys

from benchmarks.rows import table

ALL = ("start", "load", "viewers", "inference")


def main(arguments: list[str]) -> int:
    """Print a table for each benchmark."""
    full = "--full" in arguments
    wanted = [a for a in arguments if not a.startswith("-")] or list(ALL)
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for name in wanted:
        print(f"\n{name}")
        print(table(importlib.import_module(f"benchmarks.bench_{name}").run(full=full)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
