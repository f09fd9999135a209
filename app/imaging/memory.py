"""How much memory images may take."""

from __future__ import annotations

import os
from pathlib import Path

from app.processes.limits import GIB, MIB

#: what the program and the system need besides
_OTHERS_BYTES = 512 * MIB
_LEAST_BYTES = 256 * MIB
_MOST_WINDOW_BYTES = 256 * MIB
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def image_budget(physical_bytes: int, wanted_gib: float = 0.0) -> int:
    """Bytes for all images together: what is wanted, as far as the machine has it, else half of the machine's
    memory less what others need.
    """
    if wanted_gib > 0:
        return min(int(wanted_gib * GIB), max(_LEAST_BYTES, physical_bytes - _OTHERS_BYTES))
    return max(_LEAST_BYTES, physical_bytes // 2 - _OTHERS_BYTES)


def window_of(budget_bytes: int) -> int:
    """The part of a budget that is left for what is used of images in files."""
    return min(_MOST_WINDOW_BYTES, budget_bytes // 8)


def physical_memory() -> int:
    """Bytes of memory that the machine has, or the container that the program runs in."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(limit for place in _LIMITS if (limit := _limit(Path(place))) is not None)])


def _limit(place: Path) -> int | None:
    try:
        return int(place.read_text(encoding="ascii"))
    except (OSError, ValueError):  # not a container; "max" means none
        return None
