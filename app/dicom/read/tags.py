"""Every element of a file as it is written, for people who look into it.  Runs in the bounded child.

The walk follows PS3.5 section 7 by itself and goes as far as the bytes bear it out: of a damaged file is told
what could be read and where it ends.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.dicom.dictionary import is_creator, vr_of
from app.dicom.read.file_meta import LONG_VRS, SHORT_VRS, Buffer, read_file_meta
from app.dicom.read.fragments import walk_fragments
from app.dicom.read.header import opened
from app.dicom.read.prescan import PIXELS, UNDEFINED
from app.dicom.read.refusal import Unusable, truncated
from app.dicom.read.tag_rows import MAX_ROWS, TagRows, TooManyRows
from app.dicom.read.tag_values import FIRST_BYTES, TEXT_BYTES, settle_vr
from app.domain.tag_table import ITEM, PER_FRAME, TagTable
from app.errors import BadInput
from app.processes.limits import MAX_ELEMENTS, MAX_NESTING

#: items of the frames that are listed besides that of the frame in question
LISTED_FRAMES = 1_000
_ITEM_END, _SEQUENCE_END, _DELIMITERS = 0xFFFEE00D, 0xFFFEE0DD, 0xFFFE
_ITEM_BYTES = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
_KNOWN_VRS = LONG_VRS | SHORT_VRS

MORE_ROWS = "The object has more than {limit} elements; the rest is not listed."
MORE_FRAMES = "Of {found} frames the groups of the first {limit} and of the shown one are listed."


def read_tags(path: Path, name: str, encoding: str = "", frame: int = 0, digested: int = 0) -> TagTable:
    """The elements of a file in its order; `name` stands for it in messages.

    `encoding` is the codec that a person chose for the study's texts, "" to find it.  `frame` (zero-based) is
    the one whose functional groups are listed in any case.  Values of up to `digested` bytes that are not
    shown whole have a digest, to compare them.  Raises `BadInput` where the file is not DICOM.
    """
    try:
        with opened(path, header_only=True) as data:
            return _table(data, encoding, frame, digested)
    except Unusable as refusal:
        raise refusal.as_error(name) from refusal
    except OSError as error:
        raise BadInput(
            "{name} cannot be read ({cause}).", name=name, cause=error.strerror or type(error).__name__
        ) from error


def _table(data: Buffer, encoding: str, frame: int, digested: int) -> TagTable:
    meta = read_file_meta(data)
    rows = TagRows(notices=[(one.template, one.params) for one in meta.notices])
    try:
        _ElementWalker(data, rows, frame, 0, little=True).file_meta(132 if meta.preamble else 0)
        _ElementWalker(meta.data, rows, frame, digested, little=meta.little).top(
            meta.start, explicit=meta.explicit
        )
    except TooManyRows:
        rows.notices.append((MORE_ROWS, {"limit": str(MAX_ROWS)}))
    except Unusable as refusal:
        rows.notices.append((refusal.template, refusal.params))
    return rows.table(encoding, meta.transfer_syntax)


@dataclass(frozen=True, slots=True)
class _Head:
    """Tag, VR as it is written ("" in implicit VR), where the value starts, its length."""

    tag: int
    written: str
    at: int
    length: int


@dataclass(slots=True)
class _DataSetContext:
    """What counts for the elements of one data set or item; items start with that of what is around them."""

    row: int = -1
    explicit: bool = True
    depth: int = 0
    charsets: tuple[str, ...] = ()
    signed: bool = False
    creators: dict[int, str] = field(default_factory=dict)

    def inside(self, row: int, *, explicit: bool) -> _DataSetContext:
        """Of an item in a sequence of this data set."""
        return replace(self, row=row, explicit=explicit, depth=self.depth + 1, creators={})

    def creator(self, tag: int) -> str:
        """Who owns a private element."""
        return self.creators.get(tag >> 8, "") if tag >> 16 & 1 and not is_creator(tag) else ""


class _ElementWalker:
    """The walk through one data set."""

    def __init__(self, data: Buffer, rows: TagRows, frame: int, digested: int, *, little: bool) -> None:
        self._data, self._rows, self._frame, self._little = data, rows, frame, little
        self._digested = digested
        order = "<" if little else ">"
        self._pair, self._word = struct.Struct(order + "HH"), struct.Struct(order + "I")
        self._short = struct.Struct(order + "H")
        self._count = 0

    def file_meta(self, at: int) -> None:
        """The elements of group 2."""
        scope = _DataSetContext()
        while at + 8 <= len(self._data) and self._data[at : at + 2] == b"\x02\x00":
            at = self._element(at, len(self._data), scope)

    def top(self, at: int, *, explicit: bool) -> None:
        """The data set itself."""
        end = self._data_set(at, len(self._data), _DataSetContext(explicit=explicit), opened=False)
        if end < len(self._data) and any(self._data[end : len(self._data)]):
            raise Unusable("truncated", "the file ends inside an element header")

    # -- structure ------------------------------------------------------------------------------------------

    def _data_set(self, at: int, end: int, scope: _DataSetContext, *, opened: bool) -> int:
        """Elements up to `end`, or of an `opened` item to its delimiter; where the next thing starts."""
        while at + 8 <= end:
            tag = self._tag(at)
            if tag >> 16 != _DELIMITERS:
                at = self._element(at, end, scope)
            elif tag == _SEQUENCE_END and scope.depth:
                return at
            elif tag in (_ITEM_END, _SEQUENCE_END):
                at += 8
                if tag == _ITEM_END and opened:
                    return at
            else:
                raise Unusable("damaged", "a sequence item stands outside a sequence")
        if opened:
            raise Unusable("truncated", "the file ends inside a sequence")
        return at if not scope.depth else end

    def _element(self, at: int, end: int, scope: _DataSetContext) -> int:
        """One element; where the next one starts."""
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise Unusable("limit", "more than {limit} elements", limit=MAX_ELEMENTS)
        head = self._head(at, end, scope)
        if head.length == UNDEFINED and (head.tag in PIXELS or head.written in ("OB", "OW")):
            return self._encapsulated(head, scope, end)
        vr = self._vr(head, scope)
        if vr == "SQ":
            return self._sequence(head, scope, end)
        row = self._row(head, vr, scope)
        there = min(head.length, end - head.at)
        raw = bytes(self._data[head.at : head.at + min(there, 4 * TEXT_BYTES)])
        self._note(head.tag, raw, scope)
        self._rows.fill(row, raw, scope.charsets, little=self._little)
        self._digest(row, head.at, there)
        if there < head.length:
            raise truncated(head.tag, head.length, there)
        return head.at + head.length

    def _head(self, at: int, end: int, scope: _DataSetContext) -> _Head:
        tag, written = self._tag(at), bytes(self._data[at + 4 : at + 6])
        if not (scope.explicit and written.isalpha() and written.isupper()):
            return _Head(tag, "", at + 8, self._word.unpack_from(self._data, at + 4)[0])
        if written not in LONG_VRS:
            return _Head(tag, written.decode(), at + 8, self._short.unpack_from(self._data, at + 6)[0])
        if at + 12 > end:
            raise Unusable("truncated", "the file ends inside an element header")
        return _Head(tag, written.decode(), at + 12, self._word.unpack_from(self._data, at + 8)[0])

    def _sequence(self, head: _Head, scope: _DataSetContext, end: int) -> int:
        if scope.depth >= MAX_NESTING:
            raise Unusable("limit", "sequences are nested deeper than {limit}", limit=MAX_NESTING)
        row = self._row(head, "SQ", scope)
        closed = head.length != UNDEFINED
        if closed and head.at + head.length > end:
            raise truncated(head.tag, head.length, end - head.at)
        own_end = head.at + head.length if closed else end
        inner = scope if head.written not in ("UN", "") or self._explicit_inside(head.at) else None
        inside = inner or replace(scope, explicit=False)
        try:
            at, items = self._items(head, inside, row, own_end, closed=closed)
        except Unusable as refusal:
            if not closed:
                raise
            self._rows.notices.append((refusal.template, refusal.params))
            return own_end
        if row >= 0:
            self._rows.lengths[row] = items
        return max(at, own_end) if closed else at

    def _items(
        self, head: _Head, scope: _DataSetContext, row: int, end: int, *, closed: bool
    ) -> tuple[int, int]:
        """Where the sequence ends, and how many items it has."""
        at, items = head.at, 0
        frames = head.tag == PER_FRAME and not scope.depth
        while at + 8 <= end:
            tag, length = self._tag(at), self._word.unpack_from(self._data, at + 4)[0]
            at += 8
            if tag == _SEQUENCE_END:
                break
            if tag != ITEM:
                if tag == _ITEM_END:
                    continue  # a stray delimiter: parsers step over it
                raise Unusable("damaged", "a sequence holds something that is not an item")
            items += 1
            left_out = frames and items > LISTED_FRAMES and items != self._frame + 1
            at = self._item(at, end, length, scope, row, items, silent=left_out)
        else:
            if not closed:
                raise Unusable("truncated", "the file ends inside a sequence")
        if frames and items > LISTED_FRAMES:
            self._rows.notices.append((MORE_FRAMES, {"found": str(items), "limit": str(LISTED_FRAMES)}))
        return at, items

    def _item(
        self, at: int, end: int, length: int, scope: _DataSetContext, row: int, number: int, *, silent: bool
    ) -> int:
        opened, size = length == UNDEFINED, len(self._data)
        if silent and not opened:
            return at + length
        if not opened and at + length > size:
            raise truncated(ITEM, length, size - at)
        before, self._rows.silent = self._rows.silent, self._rows.silent or silent
        try:
            own = self._rows.add(ITEM, "", 0, row, str(number))
            # some writers count the sequence too short: the item's own length is the one that parsers follow
            own_end = end if opened else at + length
            return self._data_set(at, own_end, scope.inside(own, explicit=scope.explicit), opened=opened)
        finally:
            self._rows.silent = before

    def _encapsulated(self, head: _Head, scope: _DataSetContext, end: int) -> int:
        found = walk_fragments(self._data, head.at, end)
        row = self._row(head, head.written or "OB", scope)
        if row >= 0:
            closing = 8 if self._tag(found.end - 8) == _SEQUENCE_END else 0
            self._rows.lengths[row] = found.end - closing - head.at
            first = found.starts[0] if len(found) else head.at
            raw = bytes(self._data[first : min(first + 32, end)])
            self._rows.fill(row, raw, (), little=self._little)
            self._digest(row, head.at, found.end - head.at)
        return found.end

    def _digest(self, row: int, at: int, length: int) -> None:
        if row >= 0 and FIRST_BYTES < length <= self._digested:
            with memoryview(self._data) as whole, whole[at : at + length] as value:
                self._rows.digests[row] = zlib.crc32(value)

    # -- elements -------------------------------------------------------------------------------------------

    def _tag(self, at: int) -> int:
        group, element = self._pair.unpack_from(self._data, at)
        return int(group << 16 | element)

    def _vr(self, head: _Head, scope: _DataSetContext) -> str:
        """The VR that the value is read by: as written, else by the dictionaries."""
        if head.length == UNDEFINED:
            return "SQ"
        if head.written and head.written != "UN":
            return head.written
        if head.written == "UN" and head.length >= 0xFFFF:
            return "UN"  # PS3.5 6.2.2: of values that long the VR did not fit into the file
        vr = settle_vr(vr_of(head.tag, scope.creator(head.tag)), signed=scope.signed)
        if vr == "SQ" and head.length and bytes(self._data[head.at : head.at + 4]) not in _ITEM_BYTES:
            return "UN"
        return vr or "UN"

    def _row(self, head: _Head, vr: str, scope: _DataSetContext) -> int:
        row = self._rows.add(head.tag, vr, 0 if vr == "SQ" else head.length, scope.row)
        if row >= 0:
            if creator := scope.creator(head.tag):
                self._rows.creators[row] = creator
            if head.written and head.written != vr:
                self._rows.written[row] = head.written
        return row

    def _note(self, tag: int, raw: bytes, scope: _DataSetContext) -> None:
        """What later elements of the data set are read by."""
        if tag == 0x00080005:
            terms = raw.strip(b"\0 ").decode("ascii", "replace").split("\\")
            scope.charsets = tuple(term.strip() for term in terms)
        elif tag == 0x00280103:
            scope.signed = self._short.unpack(raw[:2])[0] == 1 if len(raw) >= 2 else False
        elif is_creator(tag):
            scope.creators[tag >> 16 << 8 | tag & 0xFF] = raw.strip(b"\0 ").decode("latin-1")

    def _explicit_inside(self, at: int) -> bool:
        """The first element of the first item names a VR."""
        return bytes(self._data[at + 12 : at + 14]) in _KNOWN_VRS
