"""Levels of the spine by name, and which follows on which."""

from __future__ import annotations

from itertools import pairwise

#: vertebrae from the first cervical to the first sacral
VERTEBRAE = (
    *(f"C{n}" for n in range(1, 8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    "S1",
)
#: the discs between them, from that under the second cervical vertebra on, as radiologists write them:
#: C2/3, C7/T1, L5/S1
DISCS = tuple(
    f"{upper}/{lower[1:] if lower[0] == upper[0] else lower}"
    for upper, lower in pairwise(VERTEBRAE)
    if upper != "C1"
)
#: supernumerary vertebrae: what lies above and below them
_VARIANTS = {"T13": ("T12", "L1"), "L6": ("L5", "S1")}


def is_level(name: str) -> bool:
    """The name is that of a vertebra or a disc."""
    return name in VERTEBRAE or name in DISCS or name in _VARIANTS


def next_level(name: str, *, up: bool) -> str:
    """The level above or below one of the same sort; "" at the ends, and where the name is none."""
    if name in _VARIANTS:
        return _VARIANTS[name][0 if up else 1]
    for levels in (VERTEBRAE, DISCS):
        if name in levels:
            at = levels.index(name) + (-1 if up else 1)
            return levels[at] if 0 <= at < len(levels) else ""
    return ""
