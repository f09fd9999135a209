"""A bounded look at the raw bytes of a file before any parser sees them.

One loop without recursion walks the elements (PS3.5 section 7), explicit or implicit VR, defined or undefined
length, and refuses what would hurt: nesting, lengths that the file does not have, deflate bombs, dimensions
that lie.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from pydicom.datadict import dictionary_VR
from pydicom.uid import UID

from app.dicom.read.file_meta import (
    DEFLATED,
    EXPLICIT_BIG,
    GE_BIG_ENDIAN_PIXELS,
    LONG_VRS,
    NATIVE,
    Buffer,
    long_length,
    read_file_meta,
)
from app.dicom.read.fragments import Fragments, bare_stream, frame_groups, starts_stream, walk_fragments
from app.dicom.read.refusal import Unusable, truncated
from app.domain.study import Notice
from app.processes.limits import (
    MAX_DECODED_BYTES,
    MAX_ELEMENTS,
    MAX_FRAME_BYTES,
    MAX_FRAMES,
    MAX_NESTING,
    MAX_VIDEO_BYTES,
    mebibytes,
)

__all__ = ["DEFLATED", "EXPLICIT_BIG", "NATIVE", "Buffer", "Prescan", "Unusable", "prescan"]

UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXELS = frozenset((0x7FE00010, 0x7FE00008, 0x7FE00009))
_ROOT, _SEQUENCE, _ITEM_BODY = 0, 1, 2
VIDEO = "1.2.840.10008.1.2.4.10"
LONG_VIDEO = "The video has {frames} frames; the first {found} are shown (limit {limit})."
#: a single frame of more than so many that are declared is no slip: the dimensions lie
_FRAMES_FOR_ONE = 4

_KEPT = frozenset(
    (
        0x00080016,
        0x00280002,
        0x00280004,
        0x00280006,
        0x00280008,
        0x00280010,
        0x00280011,
        0x00280100,
        0x00280101,
        0x00280102,
        0x00280103,
    )
)


@dataclass(slots=True)
class Prescan:
    """What the look found.  Offsets count in `data`, which is the file, or the inflated data set of a
    deflated one.
    """

    data: Buffer
    preamble: bool
    transfer_syntax: str
    start: int
    explicit: bool
    little: bool
    pixel_offset: int | None = None
    pixel_length: int = 0  # UNDEFINED for encapsulated pixel data
    pixel_tag: int = 0
    pixel_vr: bytes = b""  # empty in implicit VR
    #: of encapsulated pixel data; None for native ones
    fragments: Fragments | None = None
    #: frames whose pixels are there, where that is another number than Number of Frames
    frames_there: int | None = None
    values: dict[int, bytes] = field(default_factory=dict)
    #: offset and length of each element at the top, sequences and pixel data left out
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    sequences: set[int] = field(default_factory=set)
    #: what was set right; their paths are empty
    notices: list[Notice] = field(default_factory=list)

    def number(self, tag: int, default: int = 0) -> int:
        """An unsigned 16-bit value of the image pixel module, or the integer string of Number of Frames."""
        raw = self.values.get(tag, b"")
        if tag == 0x00280008:
            text = raw[:16].strip(b"\0 ").split(b"\\")[0].split(b".")[0]
            return int(text) if text.lstrip(b"+-").isdigit() else default
        return int.from_bytes(raw[:2], "little" if self.little else "big") if len(raw) >= 2 else default

    def uid(self, tag: int) -> str:
        """A unique identifier of the file meta information."""
        return self.values.get(tag, b"").strip(b"\0 ").decode("ascii", "replace")

    @property
    def frames(self) -> int:
        """Number of frames that are there: Number of Frames (1 where the object has none), or what the pixel
        data hold of it.
        """
        return self.number(0x00280008, 1) or 1 if self.frames_there is None else self.frames_there

    @property
    def is_video(self) -> bool:
        """The pixel data are one stream of MPEG-2, H.264 or HEVC, in however many fragments."""
        return self.transfer_syntax.startswith(VIDEO) and self.encapsulated

    @property
    def encapsulated(self) -> bool:
        """The pixel data are compressed streams."""
        return self.fragments is not None

    @property
    def chroma_halved(self) -> bool:
        """Uncompressed pixels of two luminances and one pair of chrominances (PS3.3 C.7.6.3.1.2)."""
        if self.encapsulated or not self.values.get(0x00280004, b"").startswith(
            (b"YBR_FULL_422", b"YBR_PARTIAL_422")
        ):
            return False
        # the label stays on some images that were written out with all three samples
        pixels = self.number(0x00280010) * self.number(0x00280011) * self.frames
        return self.pixel_length < pixels * 3 * self.number(0x00280100) // 8

    @property
    def samples(self) -> int:
        """Samples of a pixel; one where that is missing or said to be none."""
        return self.number(0x00280002, 1) or 1

    @property
    def frame_bits(self) -> int:
        """Bits of one uncompressed frame as it lies in the file."""
        samples = 2 if self.chroma_halved else self.samples
        return self.number(0x00280010) * self.number(0x00280011) * samples * self.number(0x00280100)

    def bytes_of(self, tag: int) -> bytes:
        """The value of a plain element at the top."""
        at, length = self.places.get(tag, (0, 0))
        return bytes(self.data[at : at + length])

    def vr_of(self, tag: int) -> bytes:
        """Value representation of a plain element with a long length (PS3.5 7.1.2); empty in implicit VR."""
        at, _ = self.places.get(tag, (0, 0))
        return bytes(self.data[at - 8 : at - 6]) if self.explicit and at else b""


def prescan(data: Buffer) -> Prescan:
    """Look at a whole file; raises `Unusable`."""
    meta = read_file_meta(data)
    found = Prescan(
        meta.data,
        meta.preamble,
        meta.transfer_syntax,
        meta.start,
        meta.explicit,
        meta.little,
        values=meta.values,
        notices=meta.notices,
    )
    _walk(found)
    if found.pixel_offset is not None:
        _find_fragments(found)
        _judge_pixels(found)
    return found


def _walk(found: Prescan) -> None:
    """Walk all elements up to the pixel data; lengths must fit into what holds them."""
    data, at = found.data, found.start
    explicit, order = found.explicit, "<" if found.little else ">"
    pair, word = struct.Struct(order + "HH").unpack_from, struct.Struct(order + "I").unpack_from
    short = struct.Struct(order + "H").unpack_from
    kind, end, size = _ROOT, len(data), len(data)
    stack: list[
        tuple[int, int, bool]
    ] = []  # (kind, end, explicit) of the containers around; an open end is that of its parent
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
                    # some writers count the sequence too short: the item's own length is the one that parsers
                    # follow
                    if at + length > size:
                        raise truncated(tag, length, size - at)
                    end = at + length
            elif (tag == _ITEM_END and kind == _ITEM_BODY and opened) or (
                tag == _SEQUENCE_END and kind == _SEQUENCE and opened
            ):
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
            if vr in LONG_VRS:
                length, at = long_length(data, at, order), at + 12
            else:
                length, at = short(data, at + 6)[0], at + 8
        else:
            vr, length, at = b"", word(data, at + 4)[0], at + 8
        if tag in PIXELS and not stack:
            found.pixel_offset, found.pixel_length = at, length
            found.pixel_tag, found.pixel_vr = tag, vr
            return
        if length == UNDEFINED and (tag in PIXELS or vr in (b"OB", b"OW")):  # an icon image's
            at = walk_fragments(data, at, end).end
            continue
        if length == UNDEFINED or vr == b"SQ" or (not vr and length and _is_sequence(tag)):
            nesting += 1
            if nesting > MAX_NESTING:
                raise Unusable("limit", "sequences are nested deeper than {limit}", limit=MAX_NESTING)
            if not stack:
                found.sequences.add(tag)
            stack.append((kind, end, explicit))
            opens.append(opened)
            explicit = explicit and vr not in (
                b"UN",
                b"",
            )  # PS3.5 6.2.2: UN of undefined length is implicit VR
            kind, opened = _SEQUENCE, length == UNDEFINED
            if not opened:
                if at + length > end:
                    raise truncated(tag, length, end - at)
                end = at + length
            continue
        if at + length > end:
            raise truncated(tag, length, end - at)
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


def _find_fragments(found: Prescan) -> None:
    """Whether the pixel data are compressed, by the bytes themselves, and their fragments.

    Undefined length under a native transfer syntax, fragments under a defined length and bare streams
    without fragments are all met in archives.
    """
    data, at, length = found.data, found.pixel_offset or 0, found.pixel_length
    if length == UNDEFINED:
        found.fragments = walk_fragments(data, at, len(data))
    else:
        end, head = min(at + length, len(data)), bytes(data[at : at + 8])
        needed = (found.frame_bits * found.frames + 7) // 8
        if found.transfer_syntax in NATIVE and length >= needed:
            return
        if head.startswith(b"\xfe\xff\x00\xe0"):
            found.fragments = walk_fragments(data, at, end)
        elif starts_stream(head) or found.transfer_syntax.startswith(VIDEO):
            found.fragments = bare_stream(at, end - at)
    if found.encapsulated == (found.transfer_syntax in (*NATIVE, GE_BIG_ENDIAN_PIXELS)):
        found.notices.append(_contradiction(found.encapsulated, UID(found.transfer_syntax).name))


def _contradiction(compressed: bool, said: str) -> Notice:
    if compressed:
        return Notice(
            "transfer-syntax",
            "the pixel data are compressed, the transfer syntax {said} says that they are not",
            {"said": said},
        )
    return Notice(
        "transfer-syntax",
        "the pixel data are not compressed, the transfer syntax {said} says that they are",
        {"said": said},
    )


def _judge_pixels(found: Prescan) -> None:
    """Declared dimensions against the budget and against the bytes that are there."""
    frames, frame_bits = found.frames, found.frame_bits
    if frames < 0:
        raise Unusable("contradictory", "number of frames is {found}", found=frames)
    if frame_bits > MAX_FRAME_BYTES * 8:
        raise Unusable(
            "limit",
            "one frame of {rows} × {columns} claims {found} (limit {limit})",
            found=mebibytes(frame_bits // 8),
            rows=found.number(0x00280010),
            columns=found.number(0x00280011),
            limit=mebibytes(MAX_FRAME_BYTES),
        )
    if found.is_video:
        return _judge_video(found, frames, frame_bits)
    if frame_bits * frames > MAX_DECODED_BYTES * 8:
        raise Unusable(
            "limit",
            "the pixel data claim {found} ({frames} frames of {rows} × {columns}; limit {limit})",
            found=mebibytes(frame_bits * frames // 8),
            frames=frames,
            rows=found.number(0x00280010),
            columns=found.number(0x00280011),
            limit=mebibytes(MAX_DECODED_BYTES),
        )
    if found.fragments is None:
        _judge_native(found, frames, frame_bits)
    else:
        _judge_compressed(found, found.fragments, frames)
    if found.frames > MAX_FRAMES:
        raise Unusable(
            "limit", "{frames} frames are there (limit {limit})", frames=found.frames, limit=MAX_FRAMES
        )


def _judge_video(found: Prescan, frames: int, frame_bits: int) -> None:
    """A long video is kept whole; how much of it is shown is told."""
    fitting = min(MAX_VIDEO_BYTES * 8 // max(1, frame_bits), MAX_FRAMES)
    if frames <= fitting:
        return
    found.frames_there = fitting
    limit = mebibytes(MAX_VIDEO_BYTES)
    told = {"frames": str(frames), "found": str(fitting), "limit": limit}
    found.notices.append(Notice("long-video", LONG_VIDEO, told))


def _judge_compressed(found: Prescan, fragments: Fragments, frames: int) -> None:
    if len(fragments) == frames and not fragments.cut:
        return
    there = len(frame_groups(found.data, fragments, frames, found.bytes_of(0x7FE00001)))
    if not there and fragments.cut:
        raise truncated(0x7FE00010, fragments.lengths[0], len(found.data) - fragments.end)
    if not there or (there == 1 and frames > _FRAMES_FOR_ONE and not fragments.cut):
        raise Unusable(
            "contradictory", "{frames} frames are declared, {found} are there", frames=frames, found=there
        )
    _set_frames(found, frames, there)


def _judge_native(found: Prescan, frames: int, frame_bits: int) -> None:
    present = len(found.data) - (found.pixel_offset or 0)
    cut = found.pixel_length > present
    length = min(found.pixel_length, present)
    there = length * 8 // frame_bits if frame_bits else frames
    if there < frames and (there == 0 or (there == 1 and frames > _FRAMES_FOR_ONE and not cut)):
        if cut:
            raise truncated(0x7FE00010, found.pixel_length, present)
        raise Unusable(
            "contradictory",
            "{frames} frames of {rows} × {columns} need {expected} bytes, {present} are there",
            frames=frames,
            rows=found.number(0x00280010),
            columns=found.number(0x00280011),
            expected=(frame_bits * frames + 7) // 8,
            present=found.pixel_length,
        )
    if there > frames and (length * 8 - there * frame_bits > 16 or length * 8 - frames * frame_bits < 16):
        return  # something else follows the frames, or padding that is as large as some tiny frames
    _set_frames(found, frames, there)


def _set_frames(found: Prescan, declared: int, there: int) -> None:
    if there == declared:
        return
    found.frames_there = there
    found.notices.append(
        Notice(
            "frames",
            "{frames} frames are declared, {found} are there",
            {"frames": str(declared), "found": str(there)},
        )
    )


def frames_of(found: Prescan) -> list[tuple[int, int]]:
    """Fragments of each frame of compressed pixel data, as (first, past the last)."""
    assert found.fragments is not None
    declared = found.number(0x00280008, 1) or 1
    return frame_groups(found.data, found.fragments, declared, found.bytes_of(0x7FE00001))
