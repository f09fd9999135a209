"""What a compressed image says of itself: kind, size, precision, colour; and the repair of damaged ones.

Sources: ISO/IEC 10918-1 B (JPEG), 14495-1 C (JPEG-LS), 15444-1 A (JPEG 2000).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum

from app.domain.study import Notice

_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_CODESTREAM, _TILE_PART, _CODING_STYLE = b"\xff\x4f\xff\x51", b"\xff\x90\x00\x0a", b"\xff\x52"
_TILE_PART_HEADER = 12  # bytes of an SOT marker segment
_NO_FRAME_HEADER = (0xC4, 0xC8, 0xCC)
_SEGMENTS = 10_000  # more of them, and fill bytes, are no header of an image
_LOSSLESS = (0xC3, 0xC7, 0xCB, 0xCF)


DAMAGED = Notice("damaged-image", "a compressed image is damaged; what could be decoded of it is shown")
REPAIRED = Notice(
    "repaired-image", "a compressed image breaks the rules of its format; it was mended and decoded in full"
)


class StreamKind(Enum):
    """How the bytes of a frame are coded."""

    JPEG = "JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    RLE = "RLE"
    VIDEO = "video"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """Size, samples and bits of a compressed image, from its own header.

    `signed` is told by JPEG 2000 only, `lossless` by JPEG. `is_ycc` says whether the three samples are
    luminance and chrominance after decoding, None where the stream does not tell.
    """

    kind: StreamKind
    rows: int
    columns: int
    samples: int
    precision: int
    signed: bool = False
    lossless: bool = False
    is_ycc: bool | None = None


def kind_of(stream: bytes) -> StreamKind:
    """By the first bytes."""
    if stream.startswith(_SOI):
        marker = _frame_header(stream)
        return StreamKind.JPEG_LS if marker and marker[0] == 0xF7 else StreamKind.JPEG
    if stream.startswith((_CODESTREAM, b"\0\0\0\x0cjP  ")):
        return StreamKind.JPEG_2000
    if stream.startswith((b"\0\0\x01\xb3", b"\0\0\x01\xba", b"\0\0\0\x01")) or stream[4:8] == b"ftyp":
        return StreamKind.VIDEO
    if 1 <= int.from_bytes(stream[:4], "little") <= 15 and len(stream) >= 64:
        return StreamKind.RLE
    return StreamKind.UNKNOWN


def read_stream_header(stream: bytes) -> StreamHeader | None:
    """The header of a JPEG, JPEG-LS or JPEG 2000 image; None for other kinds and damaged headers."""
    kind = kind_of(stream)
    try:
        if kind in (StreamKind.JPEG, StreamKind.JPEG_LS):
            return _jpeg(stream, kind)
        return _jpeg_2000(stream) if kind is StreamKind.JPEG_2000 else None
    except (struct.error, IndexError):
        return None


def mended(stream: bytes, rows: int) -> bytes | None:
    """The stream with what decoders stumble over set right; None where nothing is to be mended.

    Lengths of tile parts that go beyond the stream, a missing end marker, bytes before or after the image,
    an image height that is left to the end of the stream (DNL).
    """
    kind = kind_of(stream)
    if kind is StreamKind.JPEG_2000:
        repaired = _mended_tile_parts(codestream(stream))
    elif kind in (StreamKind.JPEG, StreamKind.JPEG_LS):
        repaired = _with_height(stream, rows)
        end = repaired.rfind(_EOI)
        repaired = repaired[: end + 2] if end >= 0 else repaired.rstrip(b"\0") + _EOI
    else:
        start = min(
            (at for mark in (_SOI + b"\xff", _CODESTREAM) if (at := stream.find(mark, 0, 4096)) > 0),
            default=0,
        )
        repaired = stream[start:]
    return None if repaired == stream else repaired


def is_whole(stream: bytes) -> bool:
    """False for a JPEG image without its end marker, which decoders fill up without a word or never come to
    the end of, and for a JPEG 2000 image whose first tile part is longer than the stream.
    """
    if stream.startswith(_SOI):
        return stream.rfind(_EOI) > 0
    at = stream.find(_TILE_PART) if kind_of(stream) is StreamKind.JPEG_2000 else -1
    return at < 0 or at + int.from_bytes(stream[at + 6 : at + 10], "big") <= len(stream)


def damage_of(stream: bytes) -> Notice:
    """What is to be said of an image that was decoded only after it was mended.

    A stream that has its end has all of its bytes, whatever its lengths say.
    """
    return REPAIRED if stream.rstrip(b"\0").endswith(_EOI) else DAMAGED


def codestream(stream: bytes) -> bytes:
    """The JPEG 2000 code stream, also of a JP2 file."""
    start = stream.find(_CODESTREAM)
    return stream[start:] if start > 0 else stream


def _segments(stream: bytes) -> list[tuple[int, int, int]]:
    """(marker, offset of the segment's data, length) of a JPEG stream up to its frame header."""
    at, found = 2, []
    for _ in range(_SEGMENTS):
        if at + 4 > len(stream) or stream[at] != 0xFF:
            break
        marker = stream[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
            continue
        if marker == 0xDA:
            break
        length = int.from_bytes(stream[at + 2 : at + 4], "big")
        found.append((marker, at + 4, length - 2))
        if _is_frame_header(marker):
            break
        at += 2 + max(2, length)
    return found


def _is_frame_header(marker: int) -> bool:
    return marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER)


def _frame_header(stream: bytes) -> tuple[int, int] | None:
    """Marker and data offset of the frame header."""
    found = _segments(stream)
    return found[-1][:2] if found and _is_frame_header(found[-1][0]) else None


def _jpeg(stream: bytes, kind: StreamKind) -> StreamHeader | None:
    found = _frame_header(stream)
    if found is None:
        return None
    marker, at = found
    precision, rows, columns, samples = struct.unpack_from(">BHHB", stream, at)
    is_ycc = None
    if (
        samples == 3 and kind is StreamKind.JPEG and marker not in _LOSSLESS
    ):  # those have no transform of their own
        is_ycc = _jpeg_colour(stream, at)
    return StreamHeader(kind, rows, columns, samples, precision, lossless=marker in _LOSSLESS, is_ycc=is_ycc)


def _jpeg_colour(stream: bytes, at: int) -> bool | None:
    """Whether the three components are luminance and chrominance: Adobe's marker, then JFIF, then the
    components' sampling and names.
    """
    segments = _segments(stream)
    for kind, start, length in segments:
        if kind == 0xEE and length >= 12 and stream[start : start + 5] == b"Adobe":
            return stream[start + 11] == 1
    if any(kind == 0xE0 and stream[start : start + 4] == b"JFIF" for kind, start, _ in segments):
        return True
    components = [stream[at + 6 + 3 * i : at + 9 + 3 * i] for i in range(3)]
    if components[0][1] != components[1][1]:
        return True  # chrominance of half the resolution
    if bytes(component[0] for component in components) == b"RGB":
        return False
    return None


def _jpeg_2000(stream: bytes) -> StreamHeader | None:
    stream = codestream(stream)
    right, bottom, left, top = struct.unpack_from(">IIII", stream, 8)
    samples, depth = struct.unpack_from(">HB", stream, 40)
    main_header = stream[: stream.find(_TILE_PART)]
    coding = main_header.find(_CODING_STYLE)
    transformed = coding > 0 and main_header[coding + 8] == 1
    return StreamHeader(
        StreamKind.JPEG_2000,
        bottom - top,
        right - left,
        samples,
        (depth & 0x7F) + 1,
        signed=bool(depth & 0x80),
        is_ycc=False if transformed else None,  # decoders turn the transform back
    )


def _mended_tile_parts(stream: bytes) -> bytes:
    """Each tile part ends where the next one or the end of the stream is."""
    if not stream.rstrip(b"\0").endswith(_EOI):
        stream += _EOI
    out = bytearray(stream)
    at = stream.find(_TILE_PART)
    while 0 <= at <= len(stream) - _TILE_PART_HEADER:
        length = int.from_bytes(stream[at + 6 : at + 10], "big")
        after = at + length if length else len(stream)
        if length and stream[after : after + 2] in (_EOI, _TILE_PART[:2]) and length >= _TILE_PART_HEADER:
            at = after if stream[after : after + 4] == _TILE_PART else -1
            continue
        after = stream.find(_TILE_PART, at + _TILE_PART_HEADER)
        out[at + 6 : at + 10] = (after - at if after > 0 else 0).to_bytes(4, "big")  # 0: to the end
        at = after
    return bytes(out)


def _with_height(stream: bytes, rows: int) -> bytes:
    found = _frame_header(stream)
    if found is None or stream[found[1] + 1 : found[1] + 3] != b"\0\0":
        return stream
    at = found[1] + 1
    return stream[:at] + rows.to_bytes(2, "big") + stream[at + 2 :]
