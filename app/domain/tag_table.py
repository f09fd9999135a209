"""The elements of one DICOM object as rows, for people who look into it."""

from __future__ import annotations

from dataclasses import dataclass, field

#: tag of the rows that stand for items of sequences
ITEM = 0xFFFEE000
PER_FRAME = 0x52009230
#: value representations whose values are bytes without a meaning of their own (PS3.5 6.2)
BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


@dataclass(frozen=True, slots=True)
class TagTable:
    """Columns of the same length, in the order of the file.

    `tags` are group << 16 | element, `vrs` two letters as the values are read ("" for items), `lengths` the
    bytes of the value, of a sequence the number of its items.  `values` are decoded texts, numbers in
    decimal, several values with a backslash between them, of `BINARY` ones the first bytes in hexadecimal,
    of items their number from 1.  `parents` are the rows around, -1 at the top.

    Only rows that need it are in the rest: `creators` owns a private element, `written` is the VR in the file
    where it is another one, `cut` has values that go on, `digests` tell values apart that are not shown
    whole. `notices` are English texts (translation keys) with parameters.  `encoding` is the codec of the
    texts, "" where all are ASCII.
    """

    tags: tuple[int, ...]
    vrs: tuple[str, ...]
    lengths: tuple[int, ...]
    values: tuple[str, ...]
    parents: tuple[int, ...]
    creators: dict[int, str] = field(default_factory=dict)
    written: dict[int, str] = field(default_factory=dict)
    cut: frozenset[int] = frozenset()
    digests: dict[int, int] = field(default_factory=dict)
    notices: tuple[tuple[str, dict[str, str]], ...] = ()
    encoding: str = ""
    transfer_syntax: str = ""

    def __len__(self) -> int:
        return len(self.tags)


#: tags from the top down, numbers of items (from 1) between them
ElementPath = tuple[int, ...]


def paths_of(table: TagTable) -> list[ElementPath]:
    """Where each row stands, the same for the same element of another object."""
    found: list[ElementPath] = []
    for row, parent in enumerate(table.parents):
        own = int(table.values[row]) if table.tags[row] == ITEM else table.tags[row]
        found.append((*found[parent], own) if parent >= 0 else (own,))
    return found


@dataclass(frozen=True, slots=True)
class ElementCounts:
    """The values of one element in the objects of a series, each with the number of objects that have it.

    `further` objects have values that are not among the listed ones.
    """

    path: ElementPath
    vr: str
    creator: str
    counts: dict[str, int]
    further: int = 0

    @property
    def present(self) -> int:
        """Objects that have the element."""
        return sum(self.counts.values()) + self.further
