"""A bounded look at the raw bytes of a file before any parser sees them.

One loop without recursion walks the elements (PS3.5 section 7), explicit or implicit VR, defined or undefined length,
and refuses what would hurt: nesting, lengths that the file does not have, deflate bombs, dimensions that lie.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_VR

from app.dicom.limits import (
    MAX_DECODED_BYTES,
    MAX_ELEMENTS,
    MAX_FRAME_BYTES,
    MAX_INFLATED_BYTES,
    MAX_NESTING,
    mebibytes,
)  # fmt: skip
from app.errors import BadInput, LimitExceeded

Buffer = bytes | mmap.mmap

UNDEFINED = 0xFFFFFFFF
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PIXELS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
_ROOT, _SEQUENCE, _ITEM_BODY = 0, 1, 2

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = frozenset(("1.2.840.10008.1.2.1.99",))
NATIVE = frozenset((IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, *DEFLATED))
_VIDEO = "1.2.840.10008.1.2.4.10"

_KEPT = frozenset((0x00080016, 0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280103))


class Unusable(Exception):
    """A file that is not taken: `reason` is a short id, `template` English with `params`, a translation key."""

    def __init__(self, reason: str, template: str, **params: object) -> None:
        super().__init__(template.format(**params))
        self.reason = reason
        self.template = template
        self.params = {name: str(value) for name, value in params.items()}

    def as_error(self, name: str) -> BadInput:
        """The same words as an error about the file `name`."""
        kind = LimitExceeded if self.reason == "limit" else BadInput
        return kind(self.template, hint="The file is {name}.", **{**self.params, "name": name})


@dataclass(slots=True)
class Prescan:
    """What the look found.  Offsets count in `data`, which is the file, or the inflated data set of a deflated one."""

    data: Buffer
    preamble: bool
    transfer_syntax: str
    start: int
    explicit: bool
    little: bool
    pixel_offset: int | None = None
    pixel_length: int = 0  # UNDEFINED for encapsulated pixel data
    fragments: int = 0
    values: dict[int, bytes] = field(default_factory=dict)
    #: offset and length of each element at the top, sequences and pixel data left out
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    sequences: set[int] = field(default_factory=set)

    def number(self, tag: int, default: int = 0) -> int:
        """An unsigned 16-bit value of the image pixel module, or the integer string of Number of Frames."""
        raw = self.values.get(tag, b"")
        if tag == 0x00280008:
            text = raw.strip(b"\0 ").split(b"\\")[0]
            return int(text) if text.lstrip(b"+-").isdigit() else default
        return int.from_bytes(raw[:2], "little" if self.little else "big") if len(raw) >= 2 else default

    def uid(self, tag: int) -> str:
        """A unique identifier of the file meta information."""
        return self.values.get(tag, b"").strip(b"\0 ").decode("ascii", "replace")

    @property
    def frames(self) -> int:
        """Number of Frames, 1 where the object has none."""
        return self.number(0x00280008, 1) or 1

    @property
    def encapsulated(self) -> bool:
        """The pixel data lie in fragments."""
        return self.pixel_length == UNDEFINED


def prescan(data: Buffer) -> Prescan:
    """Look at a whole file; raises `Unusable`."""
    found = _meta(data)
    if found.transfer_syntax in DEFLATED:
        found.data = _inflate(data, found.start)
        found.start = 0
    _walk(found)
    _judge_pixels(found)
    return found


def _meta(data: Buffer) -> Prescan:
    size = len(data)
    preamble = size >= 132 and data[128:132] == b"DICM"
    at = 132 if preamble else 0
    if size < at + 8:
        raise Unusable("not-dicom", "not a DICOM file ({found} bytes)", found=size)
    syntax = ""
    media: dict[int, bytes] = {}
    while at + 8 <= size and data[at : at + 2] == b"\x02\x00":
        if not data[at + 4 : at + 6].isalpha():  # file meta information in implicit VR: wrong, and seen
            length, value = struct.unpack_from("<I", data, at + 4)[0], at + 8
        elif data[at + 4 : at + 6] in _LONG:
            length, value = _long(data, at, "<"), at + 12
        else:
            length, value = struct.unpack_from("<H", data, at + 6)[0], at + 8
        if value + length > size:
            raise _truncated(0x00020000 + int.from_bytes(data[at + 2 : at + 4], "little"), length, size - value)
        if data[at + 2 : at + 4] == b"\x10\x00":
            syntax = data[value : value + length].rstrip(b"\0 ").decode("ascii", "replace")
        elif data[at + 2 : at + 4] in (b"\x02\x00", b"\x03\x00"):  # Media Storage SOP Class and Instance UID
            media[0x00020000 + data[at + 2]] = bytes(data[value : value + length])
        at = value + length
    if not syntax:
        syntax = _guess(data, at)
    return Prescan(data, preamble, syntax, at, syntax != IMPLICIT_LITTLE, syntax != EXPLICIT_BIG, values=media)


def _guess(data: Buffer, at: int) -> str:
    """Transfer syntax of a data set without file meta information, from its first element."""
    head = data[at : at + 8]
    if len(head) < 8 or head[:2] not in (b"\x08\x00", b"\x00\x08", b"\x04\x00", b"\x10\x00"):
        raise Unusable("not-dicom", "not a DICOM file (no DICM prefix, no data set)")
    if head[:2] == b"\x00\x08":
        return EXPLICIT_BIG
    if head[4:6].isalpha() and head[4:6].isupper():
        return EXPLICIT_LITTLE
    return IMPLICIT_LITTLE


def _long(data: Buffer, at: int, order: str) -> int:
    if at + 12 > len(data):
        raise Unusable("truncated", "the file ends inside an element header")
    return int(struct.unpack_from(order + "I", data, at + 8)[0])


def _inflate(data: Buffer, start: int) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = engine.decompress(data[start:], MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise Unusable("damaged", "the deflated data set is damaged") from error
    if engine.unconsumed_tail and not engine.eof:
        raise Unusable("limit", "the deflated data set grows over {limit}", limit=mebibytes(MAX_INFLATED_BYTES))
    return out


def _truncated(tag: int, declared: int, present: int) -> Unusable:
    return Unusable(
        "truncated", "element {tag} says {declared} bytes, {present} are there",
        tag=f"({tag >> 16:04X},{tag & 0xFFFF:04X})", declared=declared, present=max(0, present),
    )  # fmt: skip


def _walk(found: Prescan) -> None:
    """Walk all elements up to the pixel data; lengths must fit into what holds them."""
    data, at = found.data, found.start
    explicit, order = found.explicit, "<" if found.little else ">"
    pair, word = struct.Struct(order + "HH").unpack_from, struct.Struct(order + "I").unpack_from
    short = struct.Struct(order + "H").unpack_from
    kind, end, size = _ROOT, len(data), len(data)
    stack: list[tuple[int, int, bool]] = []  # (kind, end, explicit) of the containers around; an open end is that of its parent
    opened = True  # undefined length: closed by a delimiter
    opens: list[bool] = []
    nesting = count = 0
    while True:
        while at >= end and stack and not opened:
            nesting -= kind == _SEQUENCE
            kind, end, explicit = stack.pop()
            opened = opens.pop()
        if at + 8 > end:
            if at < size and not stack and any(data[at:size]):
                raise Unusable("truncated", "the file ends inside an element header")
            if stack:
                raise Unusable("truncated", "the file ends inside a sequence")
            return
        count += 1
        if count > MAX_ELEMENTS:
            raise Unusable("limit", "more than {limit} elements", limit=MAX_ELEMENTS)
        group, element = pair(data, at)
        tag = group << 16 | element
        if group == 0xFFFE:
            length = word(data, at + 4)[0]
            at += 8
            if tag == _ITEM and kind == _SEQUENCE:
                stack.append((kind, end, explicit))
                opens.append(opened)
                kind, opened = _ITEM_BODY, length == UNDEFINED
                if not opened:
                    # some writers count the sequence too short: the item's own length is the one that parsers follow
                    if at + length > size:
                        raise _truncated(tag, length, size - at)
                    end = at + length
            elif (tag == _ITEM_END and kind == _ITEM_BODY and opened) or (tag == _SEQUENCE_END and kind == _SEQUENCE and opened):
                nesting -= kind == _SEQUENCE
                kind, end, explicit = stack.pop()
                opened = opens.pop()
            elif tag in (_ITEM_END, _SEQUENCE_END):
                continue  # a stray delimiter: parsers step over it
            else:
                raise Unusable("damaged", "a sequence item stands outside a sequence")
            continue
        if kind == _SEQUENCE:
            raise Unusable("damaged", "a sequence holds something that is not an item")
        vr = data[at + 4 : at + 6]
        if explicit and vr.isalpha() and vr.isupper():
            if vr in _LONG:
                if at + 12 > end:
                    raise Unusable("truncated", "the file ends inside an element header")
                length, at = word(data, at + 8)[0], at + 12
            else:
                length, at = short(data, at + 6)[0], at + 8
        else:
            vr, length, at = b"", word(data, at + 4)[0], at + 8
        if tag in _PIXELS and not stack:
            found.pixel_offset, found.pixel_length = at, length
            if length == UNDEFINED:
                found.fragments = _fragments(data, at)[0]
            return
        if length == UNDEFINED and (tag in _PIXELS or vr in (b"OB", b"OW")):  # an icon image's
            at = _fragments(data, at)[1]
            continue
        if length == UNDEFINED or vr == b"SQ" or (not vr and length and _is_sequence(tag)):
            nesting += 1
            if nesting > MAX_NESTING:
                raise Unusable("limit", "sequences are nested deeper than {limit}", limit=MAX_NESTING)
            if not stack:
                found.sequences.add(tag)
            stack.append((kind, end, explicit))
            opens.append(opened)
            explicit = explicit and vr not in (b"UN", b"")  # PS3.5 6.2.2: UN of undefined length is implicit VR
            kind, opened = _SEQUENCE, length == UNDEFINED
            if not opened:
                if at + length > end:
                    raise _truncated(tag, length, end - at)
                end = at + length
            continue
        if at + length > end:
            raise _truncated(tag, length, end - at)
        if not stack:
            found.places[tag] = (at, length)
            if tag in _KEPT:
                found.values[tag] = bytes(data[at : at + length])
        at += length


_sequences: dict[int, bool] = {}


def _is_sequence(tag: int) -> bool:
    """By the dictionary; private tags are values."""
    known = _sequences.get(tag)
    if known is None:
        try:
            known = dictionary_VR(tag) == "SQ"
        except KeyError:
            known = False
        _sequences[tag] = known
    return known


def _fragments(data: Buffer, at: int) -> tuple[int, int]:
    """Number of fragments of encapsulated pixel data, the offset table not counted, and where they end."""
    unpack = struct.Struct("<HHI").unpack_from
    size, count = len(data), -1
    while at + 8 <= size:
        group, element, length = unpack(data, at)
        at += 8
        if (group, element) == (0xFFFE, 0xE0DD):
            return max(0, count), at
        if (group, element) != (0xFFFE, 0xE000):
            raise Unusable("damaged", "the compressed pixel data are not made of fragments")
        if length > size - at:
            raise _truncated(0x7FE00010, length, size - at)
        at += length
        count += 1
    return max(0, count), at  # the closing delimiter is missing, all fragments are there


def _judge_pixels(found: Prescan) -> None:
    """Declared dimensions against the budget and against the bytes that are there."""
    if found.pixel_offset is None:
        return
    rows, columns = found.number(0x00280010), found.number(0x00280011)
    samples, bits = found.number(0x00280002, 1), found.number(0x00280100)
    frames = found.frames
    if found.number(0x00280008, 1) < 0 or frames < 0:
        raise Unusable("contradictory", "number of frames is {found}", found=frames)
    if found.values.get(0x00280004, b"").startswith(b"YBR_FULL_422") and not found.encapsulated:
        samples = 2  # two samples of chrominance for two pixels
    frame_bits = rows * columns * samples * bits
    if frame_bits > MAX_FRAME_BYTES * 8 or frame_bits * frames > MAX_DECODED_BYTES * 8:
        raise Unusable(
            "limit", "the pixel data claim {found} ({frames} frames of {rows} × {columns}; limit {limit})",
            found=mebibytes(frame_bits * frames // 8), frames=frames, rows=rows, columns=columns, limit=mebibytes(MAX_DECODED_BYTES),
        )  # fmt: skip
    if found.encapsulated:
        if frames > max(1, found.fragments) and not found.transfer_syntax.startswith(_VIDEO):
            raise Unusable("contradictory", "{frames} frames are declared, {found} are there", frames=frames, found=found.fragments)
        return
    expected, present = (frame_bits * frames + 7) // 8, len(found.data) - found.pixel_offset
    if found.pixel_length > present:
        raise _truncated(0x7FE00010, found.pixel_length, present)
    if expected > found.pixel_length:
        raise Unusable(
            "contradictory", "{frames} frames of {rows} × {columns} need {expected} bytes, {present} are there",
            frames=frames, rows=rows, columns=columns, expected=expected, present=found.pixel_length,
        )  # fmt: skip
