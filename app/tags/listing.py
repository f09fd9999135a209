"""Lines of the tag browser: of one object, of two beside each other, of all objects of a series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from app.dicom.dictionary import is_creator, name_of
from app.domain.tag_table import BINARY, ITEM, PER_FRAME, ElementCounts, ElementPath, TagTable, paths_of


class Kind(StrEnum):
    """What a line stands for."""

    ELEMENT = "element"
    ITEM = "item"
    FRAME = "frame"  # the functional groups of the shown frame
    VALUE = "value"  # one of the values that an element has in a series; `length` is the number of objects


class Line(NamedTuple):
    """One line; a named tuple because there may be hundreds of thousands.

    `value` is as in `TagTable`; `other` that of the compared object (None where it has no such element, or
    where nothing is compared).  `objects` is how many objects of a series have the element, `values` how many
    different ones it has there.
    """

    kind: Kind
    tag: int
    vr: str
    value: str
    length: int
    parent: int
    creator: str = ""
    written: str = ""
    cut: bool = False
    other: str | None = None
    differs: bool = False
    objects: int = 0
    values: int = 1

    @property
    def is_private(self) -> bool:
        """An element of a manufacturer."""
        return self.kind is not Kind.ITEM and bool(self.tag >> 16 & 1)


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines, each after the one around it, with what a search looks in; of an object, of two, of a series."""

    lines: tuple[Line, ...] = ()
    searched: tuple[str, ...] = ()
    compared: bool = False
    of_series: bool = False
    objects: int = 1

    @property
    def private(self) -> int:
        """Number of private elements."""
        return sum(line.is_private for line in self.lines)

    @property
    def differing(self) -> int:
        """Number of elements that differ."""
        return sum(line.differs and line.kind is Kind.ELEMENT for line in self.lines)

    @property
    def elements(self) -> int:
        """Number of elements at the top."""
        return sum(line.parent < 0 and line.kind is Kind.ELEMENT for line in self.lines)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a search and filters leave: the lines below each line (-1: at the top), and which were meant."""

    children: dict[int, list[int]] = field(default_factory=dict)
    hits: frozenset[int] = frozenset()

    @property
    def in_order(self) -> list[int]:
        """All of them in the order of the listing."""
        return sorted(line for lines in self.children.values() for line in lines)


def tag_text(tag: int) -> str:
    """A tag as people write it: ``0028,0A02``."""
    return f"{tag >> 16:04X},{tag & 0xFFFF:04X}"


# -- listings -----------------------------------------------------------------------------------------------


def listing_of(table: TagTable, frame: int | None = None) -> Listing:
    """The elements of an object; the functional groups of a frame (zero-based) come first as well."""
    lines: list[Line] = list(_frame_lines(table, frame)) if frame is not None else []
    first = len(lines)
    for row in range(len(table)):
        parent = table.parents[row]
        lines.append(_line(table, row, parent + first if parent >= 0 else -1))
    return Listing(tuple(lines), _searched(lines))


def comparison(table: TagTable, other: TagTable) -> Listing:
    """The elements of two objects beside each other, in the order of the tags."""
    mine, theirs = _rows_by_path(table), _rows_by_path(other)
    at: dict[ElementPath, int] = {}
    lines: list[Line] = []
    for path in sorted(mine.keys() | theirs.keys()):
        row, second = mine.get(path), theirs.get(path)
        parent = at.get(path[:-1], -1)
        line = _line(table, row, parent) if row is not None else _line(other, second or 0, parent)
        differs = row is None or second is None or _key(table, row) != _key(other, second)
        line = line._replace(
            value="" if row is None else line.value,
            other=None if second is None else other.values[second],
            differs=differs and line.vr != "SQ" and line.kind is Kind.ELEMENT,
        )
        at[path] = len(lines)
        lines.append(line)
    return Listing(tuple(lines), _searched(lines), compared=True)


def series_listing(counts: Sequence[ElementCounts], objects: int) -> Listing:
    """The elements of a series; under those that differ the values, the most frequent first."""
    at: dict[ElementPath, int] = {}
    lines: list[Line] = []
    for one in counts:
        at[one.path] = len(lines)
        lines.append(_series_line(one, at.get(one.path[:-1], -1), objects))
        if lines[-1].differs and one.vr != "SQ":
            lines += _value_lines(one, len(lines) - 1, objects)
    return Listing(tuple(lines), _searched(lines), of_series=True, objects=objects)


def _frame_lines(table: TagTable, frame: int) -> Iterator[Line]:
    sequence = next((i for i, tag in enumerate(table.tags) if tag == PER_FRAME and table.parents[i] < 0), -1)
    number = str(frame + 1)
    item = next(
        (i for i, parent in enumerate(table.parents) if parent == sequence and table.values[i] == number), -1
    )
    if sequence < 0 or item < 0:
        return
    at = {item: 0}
    yield _line(table, item, -1)._replace(kind=Kind.FRAME)
    for row in range(item + 1, len(table)):
        if table.parents[row] not in at:
            return
        at[row] = len(at)
        yield _line(table, row, at[table.parents[row]])


def _line(table: TagTable, row: int, parent: int) -> Line:
    tag = table.tags[row]
    return Line(
        Kind.ITEM if tag == ITEM else Kind.ELEMENT,
        tag,
        table.vrs[row],
        table.values[row],
        table.lengths[row],
        parent,
        table.creators.get(row, ""),
        table.written.get(row, ""),
        row in table.cut,
    )


def _rows_by_path(table: TagTable) -> dict[ElementPath, int]:
    return {path: row for row, path in enumerate(paths_of(table))}


def _key(table: TagTable, row: int) -> tuple[object, ...]:
    """The same for the same value."""
    if row in table.cut or table.vrs[row] in BINARY:
        return table.values[row], table.lengths[row], table.digests.get(row)
    return (table.values[row],)


def _series_line(one: ElementCounts, parent: int, objects: int) -> Line:
    is_item = parent >= 0 and one.vr == ""
    values = len(one.counts) + bool(one.further) + (one.present < objects)
    first = next(iter(one.counts))
    return Line(
        Kind.ITEM if is_item else Kind.ELEMENT,
        ITEM if is_item else one.path[-1],
        one.vr,
        first if len(one.counts) == 1 and not one.further else "",
        int(first) if one.vr == "SQ" and first.isdigit() else 0,
        parent,
        one.creator,
        differs=values > 1 and not is_item,
        objects=one.present,
        values=values,
    )


def _value_lines(one: ElementCounts, parent: int, objects: int) -> Iterator[Line]:
    tag = one.path[-1]
    for value, count in sorted(one.counts.items(), key=lambda item: (-item[1], item[0])):
        yield Line(Kind.VALUE, tag, one.vr, value, count, parent, one.creator, objects=count)
    if one.further:
        yield Line(Kind.VALUE, tag, "", "", one.further, parent, objects=one.further)
    if one.present < objects:
        yield Line(Kind.VALUE, tag, "", "", 0, parent, objects=objects - one.present)


# -- searching ----------------------------------------------------------------------------------------------


def _searched(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(_words_of(line) for line in lines)


def _words_of(line: Line) -> str:
    if line.kind in (Kind.ITEM, Kind.FRAME):
        return ""
    name = name_of(line.tag, line.creator)
    tag = tag_text(line.tag)
    parts = (tag, tag.replace(",", ""), line.vr, name.keyword, name.english, name.chinese, line.creator)
    return "\n".join((*parts, line.value, line.other or "")).casefold()


def choose(listing: Listing, search: str = "", *, private: bool = False, differing: bool = False) -> Shown:
    """The lines that have all words of a search (where none has: any of them) and that the filters leave.

    With a line come those around it; with a sequence that is meant itself come its items.
    """
    words = [word.strip("()") for word in search.casefold().split()]
    allowed = [
        (not private or line.is_private or _in_block(line))
        and (not differing or line.differs or line.kind is Kind.VALUE)
        for line in listing.lines
    ]
    hits = _hits(listing, words, allowed)
    kept = _with_contents(listing, hits if words else None, allowed, narrowed=private or differing)
    children: dict[int, list[int]] = {}
    for line in sorted(kept):
        children.setdefault(listing.lines[line].parent, []).append(line)
    return Shown(children, frozenset(hits))


def _in_block(line: Line) -> bool:
    return is_creator(line.tag) and line.kind is Kind.ELEMENT


def _hits(listing: Listing, words: list[str], allowed: list[bool]) -> set[int]:
    if not words:
        return set()
    found = {
        i for i, text in enumerate(listing.searched) if allowed[i] and all(word in text for word in words)
    }
    if found or len(words) == 1:
        return found
    return {
        i for i, text in enumerate(listing.searched) if allowed[i] and any(word in text for word in words)
    }


def _with_contents(
    listing: Listing, hits: set[int] | None, allowed: list[bool], *, narrowed: bool
) -> set[int]:
    """Wanted lines, what is in them, and what is around them."""
    kept: set[int] = set()
    whole: set[int] = set()  # lines whose contents are wanted as well
    for i, line in enumerate(listing.lines):
        structure = line.kind in (Kind.ITEM, Kind.FRAME)
        if line.kind is Kind.VALUE:
            wanted = line.parent in kept
        elif hits is None:
            wanted = allowed[i] and not (narrowed and structure)
        else:
            wanted = i in hits or (line.parent in whole and (structure or allowed[i]))
            whole |= {i} if wanted else set()
        if wanted:
            kept.add(i)
    return kept | _around(listing, kept)


def _around(listing: Listing, kept: set[int]) -> set[int]:
    found: set[int] = set()
    for i in kept:
        parent = listing.lines[i].parent
        while parent >= 0 and parent not in found:
            found.add(parent)
            parent = listing.lines[parent].parent
    return found
