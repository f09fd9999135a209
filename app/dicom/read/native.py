"""Uncompressed frames, as their words lie in the file (PS3.5 8.1, 8.2)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.file_meta import GE_BIG_ENDIAN_PIXELS
from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.prescan import Prescan

_OVERLAY_BIT = 0x60000102
_FLOAT_PIXELS = {0x7FE00008: "f4", 0x7FE00009: "f8"}


class NativeFrames:
    """The words of the frames of uncompressed pixel data."""

    def __init__(self, found: Prescan, pixel: ImagePixel) -> None:
        self._found, self._pixel = found, pixel
        self._data: Any = found.data
        self._at = found.pixel_offset or 0
        big = not found.little or found.transfer_syntax == GE_BIG_ENDIAN_PIXELS
        self._order = ">" if big else "<"
        self._is_swapped = big and found.pixel_vr == b"OW" and pixel.bits_allocated <= 8

    def words(self, index: int) -> NDArray[Any]:
        """Words of a frame with all their bits, shape (row, column) or (row, column, sample)."""
        found, pixel = self._found, self._pixel
        if found.chroma_halved:
            return halved_chroma(self._data, self._at + index * found.frame_bits // 8, pixel)
        if kind := _FLOAT_PIXELS.get(found.pixel_tag):
            count = pixel.rows * pixel.columns
            offset = self._at + index * count * np.dtype(kind).itemsize
            return np.frombuffer(self._data, f"{self._order}{kind}", count, offset).reshape(
                pixel.rows, pixel.columns
            )
        data, first_bit = self._data, 8 * self._at + index * found.frame_bits
        if self._is_swapped:
            data, first_bit = self._swapped(index * found.frame_bits)
        return frame_of_words(data, first_bit, pixel, by_plane=pixel.by_plane, order=self._order)

    def _swapped(self, first_bit: int) -> tuple[bytes, int]:
        """Bytes of a frame in the order of its pixels, and the bit of them that it starts at: big-endian
        words of 16 bits hold the first pixel below.
        """
        start = first_bit // 16 * 2
        past = -(-(first_bit + self._found.frame_bits) // 16) * 2
        data = bytes(self._data[self._at + start : self._at + past])
        padded = data + b"\0" * (past - start - len(data))
        return np.frombuffer(padded, ">u2").astype("<u2").tobytes(), first_bit - 8 * start


def has_bits_above(found: Prescan) -> bool:
    """Words of the first frame are greater than their High Bit lets them be, or lower than its sign does.

    Asked of grey pixels without planes of overlays, which once lay in these bits.
    """
    pixel = ImagePixel.of(found)
    whole = pixel.rows and pixel.columns and pixel.samples == 1 and pixel.bits_allocated in (8, 16, 32)
    if not whole or found.encapsulated or pixel.high_bit + 1 >= pixel.bits_allocated:
        return False
    if found.pixel_tag in _FLOAT_PIXELS or any(tag & 0xFF00FFFF == _OVERLAY_BIT for tag in found.places):
        return False
    words = NativeFrames(found, pixel).words(0)
    if pixel.signed:
        words = words.view(np.dtype(words.dtype.str.replace("u", "i")))
        if int(words.min()) < -(1 << pixel.high_bit):
            return True
    return int(words.max()) >= 1 << pixel.high_bit + 1


def frame_of_words(
    data: Any, first_bit: int, pixel: ImagePixel, *, by_plane: bool, order: str = "<"
) -> NDArray[Any]:
    """The words of a frame whose pixels start at `first_bit` of `data`; shape (row, column[, sample])."""
    count = pixel.rows * pixel.columns * pixel.samples
    if pixel.bits_allocated == 1:  # packed, the first pixel in the lowest bit, frames without padding
        start, past = first_bit // 8, (first_bit + count + 7) // 8
        bits = np.unpackbits(np.frombuffer(data, np.uint8, past - start, start), bitorder="little")
        words: NDArray[Any] = bits[first_bit % 8 : first_bit % 8 + count]
    elif pixel.bits_allocated == 12:  # two pixels in three bytes (retired)
        words = _packed_12(np.frombuffer(data, np.uint8, (count * 12 + 7) // 8, first_bit // 8), count)
    else:
        kind = np.dtype(f"{order}u{pixel.bits_allocated // 8}")
        words = np.frombuffer(data, kind, count, first_bit // 8)
    if pixel.samples == 1:
        return words.reshape(pixel.rows, pixel.columns)
    if by_plane:
        return np.moveaxis(words.reshape(pixel.samples, pixel.rows, pixel.columns), 0, 2)
    return words.reshape(pixel.rows, pixel.columns, pixel.samples)


def _packed_12(data: NDArray[np.uint8], count: int) -> NDArray[np.uint16]:
    padded = np.zeros(-(-len(data) // 3) * 3, np.uint16)
    padded[: len(data)] = data
    first, middle, last = padded.reshape(-1, 3).T
    pairs = np.stack((first | (middle & 15) << 8, middle >> 4 | last << 4), axis=1)
    return pairs.reshape(-1)[:count]


def halved_chroma(data: Any, at: int, pixel: ImagePixel) -> NDArray[np.uint8]:
    """Samples (row, column, 3) of uncompressed pixels that share their colour in pairs: Y Y Cb Cr."""
    count = pixel.rows * pixel.columns
    pairs = np.frombuffer(data, np.uint8, count * 2, at).reshape(-1, 4)
    out = np.empty((len(pairs), 2, 3), np.uint8)
    out[:, :, 0] = pairs[:, :2]
    out[:, :, 1:] = pairs[:, np.newaxis, 2:]
    return out.reshape(pixel.rows, pixel.columns, 3)
