"""Overlay planes of images, apart from the pixels or in their unused bits (PS3.3 C.9.2, PS3.5 8.1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.decode import PixelFile
from app.dicom.read.header import Header
from app.dicom.read.prescan import Prescan
from app.domain.overlay import OverlayPlane, packed_bits

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION, _TYPE, _SUBTYPE = 0x10, 0x11, 0x15, 0x22, 0x40, 0x45
_ORIGIN, _IMAGE_FRAME_ORIGIN, _BIT_POSITION, _LABEL, _DATA = 0x50, 0x51, 0x102, 0x1500, 0x3000
_ACTIVATION_LAYER = 0x1001


def read_overlays(path: Path, name: str, frames: tuple[int, ...]) -> dict[int, tuple[OverlayPlane, ...]]:
    """Planes of frames (zero-based) of a file, cropped to what is drawn; frames without any are left out.

    Runs in the bounded child; raises as `PixelFile` does.
    """
    file = PixelFile(path, name)
    same: dict[int, OverlayPlane | None] = {}  # planes that all frames share are cropped and sent once
    try:
        found = {frame: tuple(_cropped(file, frame, same)) for frame in frames}
    finally:
        file.close()
    return {frame: planes for frame, planes in found.items() if planes}


def _cropped(file: PixelFile, frame: int, same: dict[int, OverlayPlane | None]) -> Iterator[OverlayPlane]:
    for plane in overlays(file, frame):
        shared = not plane.frames and file.found.places.get(plane.group << 16 | _DATA) is not None
        cropped = same[plane.group] if shared and plane.group in same else plane.cropped()
        if shared:
            same[plane.group] = cropped
        if cropped is not None:
            yield cropped


def overlays(file: PixelFile, frame: int) -> tuple[OverlayPlane, ...]:
    """Planes that lie over a frame (zero-based), by their groups; those without their bits are left out."""
    header = Header.of(file.found)
    planes = (_plane(file.found, header, group, frame, file) for group in _GROUPS)
    return tuple(plane for plane in planes if plane is not None)


def planes_of_object(header: Header, found: Prescan) -> tuple[OverlayPlane, ...]:
    """Planes of an object without pixels, such as a presentation state."""
    planes = (_plane(found, header, group, 0, None) for group in _GROUPS)
    return tuple(plane for plane in planes if plane is not None)


def activation_layers(header: Header) -> dict[int, str]:
    """Groups whose planes a presentation state shows, each with its graphic layer (PS3.3 C.11.7)."""
    layers = {group: header.text(group << 16 | _ACTIVATION_LAYER) for group in _GROUPS}
    return {group: layer for group, layer in layers.items() if layer}


def _plane(
    found: Prescan, header: Header, group: int, frame: int, pixels: PixelFile | None
) -> OverlayPlane | None:
    base = group << 16
    packed = header.has(base | _DATA)
    if not packed and (pixels is None or not header.has(base | _BIT_POSITION)):
        return None
    first, frames = header.short(base | _IMAGE_FRAME_ORIGIN) or 1, header.integer(base | _FRAMES) or 0
    index = frame + 1 - first
    if frames and not 0 <= index < frames:
        return None
    if packed or pixels is None:
        bitmap = _packed(found, header, base, index if frames else 0)
    else:
        bitmap = _embedded(pixels, header, base, frame)
    if bitmap is None:
        return None
    return OverlayPlane(
        group=group,
        shape=(bitmap.shape[0], bitmap.shape[1]),
        data=packed_bits(bitmap),
        origin=_origin(found, base),
        kind=header.text(base | _TYPE)[:1] or "G",
        subtype=header.text(base | _SUBTYPE),
        label=header.text(base | _LABEL),
        description=header.text(base | _DESCRIPTION),
        first_frame=first,
        frames=frames,
    )


def _origin(found: Prescan, base: int) -> tuple[int, int]:
    raw = found.bytes_of(base | _ORIGIN)
    if len(raw) < 4:
        return 1, 1
    row, column = np.frombuffer(raw, "<i2" if found.little else ">i2", 2).tolist()
    return row, column


def _packed(found: Prescan, header: Header, base: int, index: int) -> NDArray[np.uint8] | None:
    """Overlay Data: one bit a pixel, the first in the lowest bit, frames without padding."""
    rows, columns = header.short(base | _ROWS) or 0, header.short(base | _COLUMNS) or 0
    data, count = found.bytes_of(base | _DATA), rows * columns
    if not count or 8 * len(data) < (index + 1) * count:
        return None
    if not found.little and found.vr_of(base | _DATA) == b"OW":
        data = np.frombuffer(data[: len(data) // 2 * 2], ">u2").astype("<u2").tobytes()
    first = index * count
    packed = np.frombuffer(data, np.uint8)[first // 8 : (first + count + 7) // 8]
    bits = np.unpackbits(packed, bitorder="little")[first % 8 : first % 8 + count]
    return bits.reshape(rows, columns)


def _embedded(file: PixelFile, header: Header, base: int, frame: int) -> NDArray[np.uint8] | None:
    """The bit of each pixel's word that the object does not use for the value (retired)."""
    position = header.short(base | _BIT_POSITION) or 0
    pixel = file.pixel
    used = range(pixel.high_bit + 1 - pixel.bits_stored, pixel.high_bit + 1)
    if pixel.samples != 1 or position >= pixel.bits_allocated or position in used:
        return None
    words = file.words(frame)
    if words.dtype.kind not in "iu" or position >= 8 * words.dtype.itemsize:
        return None
    return np.asarray(words >> position & 1, np.uint8)
