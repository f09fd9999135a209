"""Decoders of compressed frames, tried in order until one gives an image of the right size.

OpenJPEG for JPEG 2000 (high throughput too), CharLS and then GDCM for JPEG-LS, Pillow for JPEG of 8 bits and
GDCM for all JPEG processes, Pillow and an own reader for RLE, an own one for deflated frames; then the same
on the mended stream.  GDCM is not asked for JPEG 2000: it has the same library within, and aborts on some
damaged streams.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.header import PARSE_FAILURES
from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.native import frame_of_words
from app.dicom.read.streams import (
    StreamHeader,
    StreamKind,
    codestream,
    damage_of,
    is_whole,
    kind_of,
    mended,
    read_stream_header,
)
from app.domain.study import Notice

DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_JPEG_LOSSLESS, _JPEG_EXTENDED = "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.51"
_JPEG_LS = "1.2.840.10008.1.2.4.80"
_REASON = 160  # characters of a library's words that are told


class Undecodable(Exception):
    """No decoder could read the frame; the text holds the reason of each."""


class WrongSize(Undecodable):
    """The stream holds an image of another size than the object declares."""

    def __init__(self, header: StreamHeader, pixel: ImagePixel) -> None:
        self.found = f"{header.rows} × {header.columns} × {header.samples}"
        self.expected = f"{pixel.rows} × {pixel.columns} × {pixel.samples}"
        super().__init__(f"{self.found} instead of {self.expected}")


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """Samples of a frame as the stream holds them, shape (row, column) or (row, column, sample).

    `precision` is the number of bits that each of them has; `as_words` says that they are whole words of the
    object (RLE, deflated) and not samples of a stream with a precision of its own.
    """

    samples: NDArray[Any]
    precision: int
    decoder: str
    is_ycc: bool | None = None
    as_words: bool = False
    damage: Notice | None = None  # what was wrong with a stream that had to be mended


Decoder = Callable[[bytes, ImagePixel, StreamHeader], NDArray[Any]]


def decode_frame(stream: bytes, pixel: ImagePixel, transfer_syntax: str) -> DecodedFrame:
    """Decode the stream of one frame; raises `Undecodable`."""
    if transfer_syntax == DEFLATED_FRAMES:
        return _attempt("deflate", lambda: _words(_inflated(stream, pixel), pixel), pixel)
    try:
        if is_whole(stream):
            return _decoded(stream, pixel)
        # mended before a library sees it: CharLS may not come to an end where there is none
        return replace(_decoded(mended(stream, pixel.rows) or stream, pixel), damage=damage_of(stream))
    except Undecodable as first:
        repaired = mended(stream, pixel.rows)
        if repaired is None:
            raise
        try:
            return replace(_decoded(repaired, pixel), damage=damage_of(stream))
        except Undecodable:
            raise first from None


def _decoded(stream: bytes, pixel: ImagePixel) -> DecodedFrame:
    kind = kind_of(stream)
    if kind is StreamKind.RLE:
        return _attempt("RLE", lambda: _words(_rle(stream, pixel), pixel, by_plane=True), pixel)
    header = read_stream_header(stream)
    if header is None or kind not in _DECODERS:
        raise Undecodable(
            "the bytes are no compressed image of a known kind" if header is None else kind.value
        )
    if (header.rows, header.columns) != (pixel.rows, pixel.columns) or header.samples != pixel.samples:
        raise WrongSize(header, pixel)
    return _first_right(stream, pixel, header)


def _first_right(stream: bytes, pixel: ImagePixel, header: StreamHeader) -> DecodedFrame:
    reasons = []
    shape = (pixel.rows, pixel.columns) if pixel.samples == 1 else (pixel.rows, pixel.columns, pixel.samples)
    for name, decode in _DECODERS[header.kind]:
        try:
            samples = decode(stream, pixel, header)
        except PARSE_FAILURES as error:
            reasons.append(f"{name}: {_words_of(error)}")
            continue
        if samples.size == np.prod(shape):
            return DecodedFrame(samples.reshape(shape), header.precision, name, header.is_ycc)
        reasons.append(f"{name}: {samples.size} samples instead of {np.prod(shape)}")
    raise Undecodable("; ".join(reasons))


def _attempt(name: str, decode: Callable[[], NDArray[Any]], pixel: ImagePixel) -> DecodedFrame:
    try:
        return DecodedFrame(decode(), pixel.bits_allocated, name, as_words=True)
    except (*PARSE_FAILURES, zlib.error) as error:
        raise Undecodable(f"{name}: {_words_of(error)}") from error


def _words_of(error: BaseException) -> str:
    return " ".join(str(error).split())[:_REASON] or type(error).__name__


def _frame_bytes(pixel: ImagePixel) -> int:
    return (pixel.rows * pixel.columns * pixel.samples * pixel.bits_allocated + 7) // 8


def _inflated(stream: bytes, pixel: ImagePixel) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(stream, _frame_bytes(pixel))


def _rle(stream: bytes, pixel: ImagePixel) -> bytes:
    """Little-endian words, all of the first sample first (PS3.5 G); the segments hold the words' bytes from
    the highest on.
    """
    offsets = np.frombuffer(stream[:64], "<u4").tolist()
    size = max(1, pixel.bits_allocated // 8)
    wanted = pixel.samples * size
    if offsets[0] != wanted:
        raise ValueError(f"{offsets[0]} segments instead of {wanted}")
    length = _frame_bytes(pixel) // wanted
    ends = [*offsets[2 : wanted + 1], len(stream)]
    planes = [_rle_segment(stream[a:b], length) for a, b in zip(offsets[1 : wanted + 1], ends, strict=True)]
    if size == 1:
        return b"".join(planes)
    out = np.empty((pixel.samples, length, size), np.uint8)
    for i, plane in enumerate(planes):
        out[i // size, :, size - 1 - i % size] = np.frombuffer(plane, np.uint8)
    return out.tobytes()


def _rle_segment(data: bytes, length: int) -> bytes:
    """PackBits (PS3.5 G.3.2) by Pillow; where it refuses a segment, as one whose last run goes beyond its
    end, by `_unpacked`.
    """
    from PIL import Image

    try:
        return Image.frombytes("L", (length, 1), data, "packbits", "L").tobytes()
    except (ValueError, IndexError):
        return _unpacked(data, length)


def _unpacked(data: bytes, length: int) -> bytes:
    """PackBits, never more than `length` bytes and a run."""
    out, at, size = bytearray(), 0, len(data)
    while at < size and len(out) < length:
        code = data[at]
        if code > 128:
            out += data[at + 1 : at + 2] * (257 - code)
            at += 2
        elif code < 128:
            out += data[at + 1 : at + 2 + code]
            at += 2 + code
        else:
            at += 1
    if len(out) < length:
        raise ValueError(f"a segment has {len(out)} bytes instead of {length}")
    return bytes(out[:length])


def _words(data: bytes, pixel: ImagePixel, *, by_plane: bool | None = None) -> NDArray[Any]:
    """Whole words as samples of a frame."""
    if len(data) < _frame_bytes(pixel):
        raise ValueError(f"{len(data)} bytes instead of {_frame_bytes(pixel)}")
    return frame_of_words(data, 0, pixel, by_plane=pixel.by_plane if by_plane is None else by_plane)


def _by_openjpeg(stream: bytes, _pixel: ImagePixel, _header: StreamHeader) -> NDArray[Any]:
    import openjpeg

    samples: NDArray[Any] = openjpeg.decode(codestream(stream), j2k_format=0)
    return samples


def _by_charls(stream: bytes, pixel: ImagePixel, _header: StreamHeader) -> NDArray[Any]:
    import jpeg_ls

    data, info = jpeg_ls.decode_pixel_data(stream)
    samples = np.frombuffer(data, "u1" if info["bits_per_sample"] <= 8 else "<u2")
    if info["components"] == 1 or info["interleave_mode"] != 0:
        return samples
    return np.moveaxis(samples.reshape(info["components"], pixel.rows, pixel.columns), 0, 2)


def _by_pillow(stream: bytes, pixel: ImagePixel, header: StreamHeader) -> NDArray[Any]:
    """Grey, or luminance and chrominance as they are; other colours would be guessed at."""
    from PIL import Image

    if header.precision != 8 or header.lossless or not (pixel.samples == 1 or header.is_ycc):
        raise NotImplementedError("not for this kind of JPEG")
    try:
        image = Image.open(io.BytesIO(stream), formats=["JPEG"])
        if pixel.samples == 3:
            image.draft("YCbCr", image.size)
        return np.asarray(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error


def _by_gdcm(stream: bytes, pixel: ImagePixel, header: StreamHeader) -> NDArray[Any]:
    """Samples as the stream has them, without a transform of colours."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(stream)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((pixel.columns, pixel.rows, 1))
    image.SetDataElement(element)
    names = gdcm.PhotometricInterpretation
    image.SetPhotometricInterpretation(names(names.RGB if pixel.samples == 3 else names.MONOCHROME2))
    if pixel.samples > 1:
        image.SetPlanarConfiguration(0)
    jpeg = _JPEG_LOSSLESS if header.lossless else _JPEG_EXTENDED
    syntax = gdcm.TransferSyntax.GetTSType(_JPEG_LS if header.kind is StreamKind.JPEG_LS else jpeg)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    bits = 8 if header.precision <= 8 else 16
    image.SetPixelFormat(gdcm.PixelFormat(pixel.samples, bits, header.precision, header.precision - 1, 0))
    text = image.GetBuffer()
    if not text:
        raise RuntimeError("no image")
    return np.frombuffer(text.encode("utf-8", "surrogateescape"), f"<u{bits // 8}")


_DECODERS: dict[StreamKind, tuple[tuple[str, Decoder], ...]] = {
    StreamKind.JPEG: (("Pillow", _by_pillow), ("GDCM", _by_gdcm)),
    StreamKind.JPEG_LS: (("CharLS", _by_charls), ("GDCM", _by_gdcm)),
    StreamKind.JPEG_2000: (("OpenJPEG", _by_openjpeg),),
}
