"""RGB of colour pixels and palettes (PS3.3 C.7.6.3.1.2, C.7.6.3.1.5, C.7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.image_pixel import ImagePixel
from app.dicom.read.prescan import Prescan

_RGB = ("RGB", "YBR_ICT", "YBR_RCT")  # the decoders of JPEG 2000 turn its transforms back
_RED = (0x00281101, 0x00281201, 0x00281221)  # descriptor, data, segmented data; green and blue follow
_ENTRIES = 65536

# what a chrominance adds, by its value; green in units of 1/65536, the half of one for rounding within
_CHROMA = np.arange(256) - 128
_RED_OF_RED = np.floor(1.402 * _CHROMA + 0.5).astype(np.int16)
_BLUE_OF_BLUE = np.floor(1.772 * _CHROMA + 0.5).astype(np.int16)
_GREEN_OF_BLUE = np.floor(-0.344136286 * 65536 * _CHROMA + 0.5).astype(np.int32)
_GREEN_OF_RED = np.floor(-0.714136286 * 65536 * _CHROMA + 0.5).astype(np.int32) + 32768


def rgb_of(
    samples: NDArray[Any], pixel: ImagePixel, *, bits: int, is_ycc: bool | None = None
) -> NDArray[np.uint8]:
    """Shape (row, column, 3) of samples of `bits` bits; `is_ycc` is what the compressed stream says, which is
    believed more than Photometric Interpretation. Raises `ValueError` for a kind of colour that is not known.
    """
    eight = _eight_bits(samples, bits)
    kind = pixel.photometric
    if kind == "ARGB" and pixel.samples == 4:
        return eight[..., 1:]
    if kind == "CMYK" and pixel.samples == 4:
        wide = 255 - eight.astype(np.uint16)
        return np.asarray((wide[..., :3] * wide[..., 3:] + 127) // 255, np.uint8)
    if pixel.samples != 3:
        raise ValueError(f"{pixel.samples} samples of {kind}")
    if kind == "HSV":
        return _of_hue(eight)
    if is_ycc is None:
        is_ycc = kind.startswith("YBR") and kind not in _RGB
    if not is_ycc:
        return eight
    return _of_studio_range(eight) if kind.startswith("YBR_PARTIAL") else _of_full_range(eight)


def _eight_bits(samples: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    if bits > 8:
        return np.asarray(samples >> (bits - 8), np.uint8)
    if bits == 8:
        return np.asarray(samples, np.uint8)
    return np.asarray(samples.astype(np.uint16) * 255 // ((1 << bits) - 1), np.uint8)


def _of_full_range(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """YBR_FULL: the matrix of JFIF, rounded, by tables as JPEG decoders have them."""
    luma, blue, red = (samples[..., i] for i in range(3))
    out = np.empty(samples.shape, np.int16)
    np.add(luma, _RED_OF_RED[red], out=out[..., 0])
    np.add(luma, (_GREEN_OF_BLUE[blue] + _GREEN_OF_RED[red]) >> 16, out=out[..., 1], casting="unsafe")
    np.add(luma, _BLUE_OF_BLUE[blue], out=out[..., 2])
    return np.asarray(np.clip(out, 0, 255), np.uint8)


def _of_hue(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """HSV, retired: hue once round the circle, saturation, value."""
    from PIL import Image

    high, wide = samples.shape[:2]
    return np.asarray(Image.frombytes("HSV", (wide, high), samples.tobytes()).convert("RGB"))


def _of_studio_range(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """YBR_PARTIAL: black is 16, white 235, colour differences 16 to 240 (ITU-R BT.601)."""
    matrix = np.array(((1.1644, 0, 1.5960), (1.1644, -0.3917, -0.8130), (1.1644, 2.0173, 0)), np.float32)
    centred = samples.astype(np.float32) - np.array((16, 128, 128), np.float32)
    return np.asarray(np.clip(centred @ matrix.T + 0.5, 0, 255), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Colours of stored values: `table` has the shape (entry, 3); the values from `first` on have the entries
    in turn, values outside those of the ends.
    """

    first: int
    table: NDArray[np.uint8]

    def colours(self, stored: NDArray[Any]) -> NDArray[np.uint8]:
        """RGB of stored values, shape (row, column, 3)."""
        index = np.clip(stored.astype(np.int64) - self.first, 0, len(self.table) - 1)
        return self.table[index]


def read_palette(found: Prescan, *, signed: bool) -> Palette | None:
    """The Palette Color Lookup Table of a file; None where it has none that can be used.

    Entries of 16 bits are taken by their high byte.
    """
    tables, first = [], 0
    for channel in range(3):
        descriptor, data, segmented = (found.bytes_of(tag + channel) for tag in _RED)
        if len(descriptor) < 6 or not (data or segmented):
            return None
        order = "<" if found.little else ">"
        entries, start, bits = np.frombuffer(descriptor[:6], f"{order}u2").tolist()
        first = start - _ENTRIES if signed and start >= _ENTRIES // 2 else start
        entries = entries or _ENTRIES
        words = (
            _expanded(segmented, bits, order)
            if segmented and not data
            else _entries(data, entries, bits, order)
        )
        if not len(words):
            return None
        tables.append((words[:entries], bits))
    length = min(len(words) for words, _ in tables)
    return Palette(
        first, np.stack([words[:length] for words in _high_bytes(tables)], axis=1).astype(np.uint8)
    )


def _high_bytes(tables: list[tuple[NDArray[np.uint16], int]]) -> list[NDArray[np.uint16]]:
    """Eight bits of each entry; some writers say 16 bits and fill only eight."""
    wide = any(int(words.max()) > 255 for words, _ in tables)
    return [np.asarray(words >> 8 if wide and bits > 8 else words & 255, np.uint16) for words, bits in tables]


def _entries(data: bytes, entries: int, bits: int, order: str) -> NDArray[np.uint16]:
    """Entries of one word each, or, of 8 bits, two in a word; as many as there are."""
    is_packed = len(data) < 2 * entries and (bits <= 8 or entries <= len(data) <= entries + 1)
    if not is_packed:
        return np.frombuffer(data, f"{order}u2", min(entries, len(data) // 2)).astype(np.uint16)
    packed = np.frombuffer(data, np.uint8)
    if order == ">":
        packed = packed[: len(packed) // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1)
    return packed[:entries].astype(np.uint16)


def _expanded(data: bytes, bits: int, order: str) -> NDArray[np.uint16]:
    """A segmented table (PS3.3 C.7.9.2): runs of values, straight lines, and segments told again."""
    words = np.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")
    if bits <= 8 and order == "<":
        words = np.frombuffer(data, np.uint8)
    return np.array(_segments(words.tolist(), wide=bits > 8)[:_ENTRIES], np.uint16)


def _segments(words: list[int], *, wide: bool) -> list[int]:
    out: list[int] = []
    at = 0
    while at + 1 < len(words) and len(out) < _ENTRIES:
        if words[at] == 2:
            at = _repeat(words, at, out, wide=wide)
        else:
            at = _segment(words, at, out)
    return out


def _segment(words: list[int], at: int, out: list[int]) -> int:
    """Append a discrete (0) or linear (1) segment; returns where it ends: the end of all for one that is
    none.
    """
    kind, length = words[at], words[at + 1]
    if length == 0:  # references to empty segments could be followed for hours
        return len(words)
    if kind == 0:
        out.extend(words[at + 2 : at + 2 + length])
        return at + 2 + length
    if kind != 1 or at + 2 >= len(words):
        return len(words)
    start, end = out[-1] if out else 0, words[at + 2]
    out.extend(round(start + (end - start) * (i + 1) / length) for i in range(min(length, _ENTRIES)))
    return at + 3


def _repeat(words: list[int], at: int, out: list[int], *, wide: bool) -> int:
    """Append the segments that an indirect one (2) points to; the byte offset has its low part first."""
    past = at + (4 if wide else 6)
    if past > len(words):
        return len(words)
    parts = words[at + 2 : past]
    offset = sum(part << ((16 if wide else 8) * i) for i, part in enumerate(parts))
    target = offset // 2 if wide else offset
    for _ in range(words[at + 1]):
        if target + 1 >= at or words[target] == 2 or len(out) >= _ENTRIES:
            break  # only to what was told before, and never to another reference
        target = _segment(words, target, out)
    return past
