"""The figures that protect the station from what is in a file."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30

#: a file larger than this is not looked into
MAX_FILE_BYTES = 2 * GIB - 1
#: what a deflated data set may grow to
MAX_INFLATED_BYTES = 192 * MIB
#: sequences within sequences
MAX_NESTING = 64
#: elements and items of one file
MAX_ELEMENTS = 2_000_000
#: decoded pixel data of one object, and of one of its frames
MAX_DECODED_BYTES = 8 * GIB
MAX_FRAME_BYTES = 512 * MIB
#: decoded frames of one video: what is longer is shown up to here
MAX_VIDEO_BYTES = 4 * GIB
#: frames of one object
MAX_FRAMES = 100_000
#: archives
MAX_ZIP_ENTRIES = 200_000
MAX_ZIP_RATIO = 250
#: an entry under this size is not judged by its ratio
ZIP_RATIO_FLOOR = 4 * MIB
MAX_ZIP_TOTAL_BYTES = 64 * GIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What one bounded child may use.

    `silence_s` is the longest time between two signs of life within one call. `address_space_bytes` is set
    in the child itself (RLIMIT_AS); `resident_bytes` is private resident memory, watched from outside, for
    children that map shared volumes; `shared_bytes` is the budget for one shared block.
    """

    silence_s: float = 30.0
    address_space_bytes: int | None = None
    resident_bytes: int | None = None
    shared_bytes: int | None = None


PARSER = Limits(silence_s=30.0, address_space_bytes=3 * GIB)
DECODER = Limits(silence_s=30.0, resident_bytes=2 * GIB, shared_bytes=16 * GIB)


def mebibytes(count: int) -> str:
    """A byte count for people."""
    return f"{count / MIB:,.1f} MiB"
