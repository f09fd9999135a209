"""Functional groups of the frames of a multi-frame object (PS3.3 C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator

from app.dicom.read.header import Header
from app.dicom.read.prescan import Prescan

_SHARED, _PER_FRAME, _DIMENSIONS = 0x52009229, 0x52009230, 0x00209222


class Groups:
    """Where a frame's attributes stand: in its own groups, then in the shared ones, then in the data set
    itself.
    """

    def __init__(
        self,
        top: Header,
        shared: Header | None = None,
        own: Header | None = None,
        known: dict[tuple[int, str, int], int] | None = None,
        dimensions: tuple[int, ...] = (),
    ) -> None:
        self.top = top
        self.dimensions = dimensions  # what the frame's Dimension Index Values count
        self._known = {} if known is None else known
        self._places = [place for place in (own, shared) if place is not None]

    def item(self, tag: int) -> Header | None:
        """The item of a functional group; None where neither the frame nor the object has it."""
        for place in self._places:
            if items := place.items(tag):
                return items[0]
        return None

    def items(self, tag: int) -> tuple[Header, ...]:
        """All items of a functional group, of the data set itself where there is none."""
        found = (place.items(tag) for place in (*self._places, self.top))
        return next((tuple(items) for items in found if items), ())

    def private(self, group: int, creator: str, element: int) -> int:
        """Tag of a private element of the data set, 0 where its block is not there; looked for once an
        object.
        """
        key = (group, creator, element)
        if key not in self._known:
            self._known[key] = self.top.private(group, creator, element)
        return self._known[key]

    def one(self, tag: int) -> Header:
        """The item of a functional group; the data set itself where there is none."""
        return self.item(tag) or self.top


def groups_of(header: Header, found: Prescan) -> Iterator[Groups]:
    """One for each frame, in order."""
    shared = next(iter(header.items(_SHARED)), None)
    own = header.items(_PER_FRAME)[: found.frames]
    known: dict[tuple[int, str, int], int] = {}
    dimensions = tuple(_pointer(item) for item in header.items(_DIMENSIONS))
    for item in own:
        yield Groups(header, shared, item, known, dimensions)
    same = Groups(header, shared, known=known)
    for _ in range(found.frames - len(own)):
        yield same


def _pointer(item: Header) -> int:
    """The attribute that a dimension counts; 0 where it is not said."""
    words = item.words(0x00209165, "H")
    return int(words[0]) << 16 | int(words[1]) if len(words) == 2 else 0


def is_enhanced(header: Header) -> bool:
    """The object describes its frames by functional groups."""
    return bool(header.items(_PER_FRAME) or header.items(_SHARED))
