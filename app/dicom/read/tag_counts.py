"""Which values the elements of a series have.  Runs in the bounded child."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from app.dicom.read.tags import read_tags
from app.domain.tag_table import BINARY, PER_FRAME, ElementCounts, ElementPath, TagTable, paths_of
from app.errors import UserError

#: different values of one element that are counted apart
VALUES_APART = 500
_DIGESTED = 1 << 20
_PIXELS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))


def count_values(files: list[tuple[Path, str]], encoding: str = "") -> tuple[list[ElementCounts], int]:
    """The values of some objects, as (path, name for messages), and how many of them could be read.

    Pixel data and functional groups of frames are left out: they differ by their nature.
    """
    tables = []
    for path, name in files:
        try:
            tables.append(read_tags(path, name, encoding, digested=_DIGESTED))
        except UserError:
            continue  # told by the number
    return merge(_counts(table) for table in tables), len(tables)


def merge(parts: Iterable[list[ElementCounts]]) -> list[ElementCounts]:
    """Counts of several groups of objects as one, in the order of the tags."""
    found: dict[ElementPath, ElementCounts] = {}
    for part in parts:
        for one in part:
            found[one.path] = _sum(found[one.path], one) if one.path in found else one
    return [found[path] for path in sorted(found)]


def _sum(one: ElementCounts, other: ElementCounts) -> ElementCounts:
    counts, further = dict(one.counts), one.further + other.further
    for value, number in other.counts.items():
        if value in counts or len(counts) < VALUES_APART:
            counts[value] = counts.get(value, 0) + number
        else:
            further += number
    return ElementCounts(one.path, one.vr, one.creator or other.creator, counts, further)


def _counts(table: TagTable) -> list[ElementCounts]:
    left_out: set[int] = set()
    found = []
    for row, path in enumerate(paths_of(table)):
        tag, parent = table.tags[row], table.parents[row]
        if tag in _PIXELS or parent in left_out or (parent >= 0 and table.tags[parent] == PER_FRAME):
            left_out.add(row)
            continue
        found.append(
            ElementCounts(path, table.vrs[row], table.creators.get(row, ""), {_value(table, row): 1})
        )
    return found


def _value(table: TagTable, row: int) -> str:
    """The value as it is compared: long ones with their length, and a digest where there is one."""
    value, vr = table.values[row], table.vrs[row]
    if vr == "SQ":
        return str(table.lengths[row])
    if row not in table.cut and vr not in BINARY:
        return value
    digest = f" #{table.digests[row]:08X}" if row in table.digests else ""
    return f"{value[:64]} … ({table.lengths[row]}{digest})"
