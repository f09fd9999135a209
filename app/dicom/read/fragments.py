"""Encapsulated pixel data: its fragments, and which of them make a frame (PS3.5 A.4)."""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from dataclasses import dataclass

from app.dicom.read.file_meta import Buffer
from app.dicom.read.refusal import Unusable, truncated
from app.processes.limits import MAX_ELEMENTS

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_PIXEL_DATA = 0x7FE00010
#: how the streams of JPEG, JPEG-LS, JPEG 2000 (code stream or file) and RLE of one to fifteen segments start
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")

Group = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fragments:
    """Fragments of a pixel data element, the Basic Offset Table not among them.

    `starts` are offsets of the items' values in the data, `lengths` their lengths, `table` the values of
    the Basic Offset Table. `cut` says that the file ends inside
    a fragment, which is left out; `end` is then where its value starts.
    """

    starts: array[int]
    lengths: array[int]
    table: tuple[int, ...]
    end: int
    cut: bool

    def __len__(self) -> int:
        return len(self.starts)

    def joined(self, data: Buffer, group: Group) -> bytes:
        """The bytes of a frame."""
        first, past = group
        return b"".join(
            bytes(data[self.starts[i] : self.starts[i] + self.lengths[i]]) for i in range(first, past)
        )


def walk_fragments(data: Buffer, at: int, end: int) -> Fragments:
    """The items from `at` on to the sequence delimiter, or to what is no item where it is missing.

    Raises `Unusable` where there is not one whole fragment before the end of the data.
    """
    starts, lengths = array("Q"), array("Q")
    table: tuple[int, ...] | None = None
    cut = False
    while at + 8 <= end:
        at = _after_odd_length(data, at, end)
        mark, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if mark == _END:
            at += 8
            break
        if mark != _ITEM:
            if not starts:
                raise Unusable("damaged", "the compressed pixel data are not made of fragments")
            break
        at += 8
        if length > end - at:
            if not starts:
                raise truncated(_PIXEL_DATA, length, end - at)
            cut = True
            break
        if table is None:
            table = _offsets(data, at, length)
        else:
            starts.append(at)
            lengths.append(length)
        if len(starts) > MAX_ELEMENTS:
            raise Unusable("limit", "more than {limit} elements", limit=MAX_ELEMENTS)
        at += length
    return Fragments(starts, lengths, table or (), at, cut)


def bare_stream(at: int, length: int) -> Fragments:
    """A compressed stream that was written as the value itself, without items."""
    return Fragments(array("Q", [at]), array("Q", [length]), (), at + length, False)


def frame_groups(data: Buffer, found: Fragments, frames: int, extended: bytes = b"") -> list[Group]:
    """The fragments of each frame that is there, as (first, past the last).

    By their number, by the Extended or Basic Offset Table, or by the starts of the streams; what is returned
    may be more or fewer than the `frames` that are declared, and is empty where nothing tells the frames
    apart.
    """
    count = len(found)
    if count == frames and not found.cut:
        return [(i, i + 1) for i in range(count)]
    by_table = _by_table(found, _long_offsets(extended)) or _by_table(found, found.table)
    by_start = _by_start(data, found)
    for groups in (by_table, by_start):
        if len(groups) == frames:
            return groups
    if found.cut:
        told = by_table or by_start or starts_stream(bytes(data[found.starts[0] : found.starts[0] + 8]))
        return by_table or by_start if told else [(i, i + 1) for i in range(count)]
    if frames == 1:
        # several streams tell that Number of Frames is wrong; other fragments are parts of the one frame
        return by_start if len(by_start) > 1 else [(0, count)] if count else []
    if count < frames:
        return [(i, i + 1) for i in range(count)]
    if count % frames == 0 and not by_start and not by_table:
        each = count // frames
        return [(i, i + each) for i in range(0, count, each)]
    return by_table or by_start


def starts_stream(head: bytes) -> bool:
    """The bytes are the start of a compressed image."""
    if head.startswith(_STARTS):
        return True
    segments = int.from_bytes(head[:4], "little")
    return 1 <= segments <= 15 and head[4:8] == b"\x40\0\0\0"


def _after_odd_length(data: Buffer, at: int, end: int) -> int:
    """A fragment of odd length may be followed by a pad byte that its length does not count."""
    if data[at : at + 4] not in (_ITEM, _END) and data[at + 1 : at + 5] in (_ITEM, _END) and at + 9 <= end:
        return at + 1
    return at


def _offsets(data: Buffer, at: int, length: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{length // 4}I", data, at)


def _long_offsets(table: bytes) -> tuple[int, ...]:
    return struct.unpack_from(f"<{len(table) // 8}Q", table)


def _by_table(found: Fragments, table: tuple[int, ...]) -> list[Group]:
    """Groups by offsets that count from the first item after the Basic Offset Table; empty where they name
    no starts of fragments.
    """
    starts = _all_starts(found)
    firsts: list[int] = []
    for offset in table:
        wanted = starts[0] + offset
        index = bisect_left(starts, wanted)
        if index == len(starts) and found.cut:
            break  # a frame that the file has no more
        if index == len(starts) or starts[index] != wanted or (firsts and index <= firsts[-1]):
            return []
        firsts.append(index)
    return _whole_groups(firsts, found)


def _by_start(data: Buffer, found: Fragments) -> list[Group]:
    starts = _all_starts(found)
    return _whole_groups([i for i, at in enumerate(starts) if starts_stream(bytes(data[at : at + 8]))], found)


def _all_starts(found: Fragments) -> array[int]:
    """Starts of the fragments, with that of the one that is cut off."""
    return found.starts + array("Q", [found.end]) if found.cut else found.starts


def _whole_groups(firsts: list[int], found: Fragments) -> list[Group]:
    """Groups by the first fragment of each, without those that miss a fragment."""
    if firsts[:1] != [0]:
        return []
    past = [*firsts[1:], len(_all_starts(found))]
    return [(a, b) for a, b in zip(firsts, past, strict=True) if b <= len(found)]
