"""Slices of a volume that a scanner laid side by side in one image (Siemens mosaic, United Imaging VFRAME).

The position of a Siemens mosaic is that of the corner of the whole image round the centre of the first slice,
as dcm2niix and nibabel know it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.dicom.read.header import Header
from app.domain.frame import Frame
from app.domain.geometry import Point3

_SIZE_TEXT = re.compile(r"(\d+)[p*x](\d+)")
_SLICES_TEXT = re.compile(rb"sSliceArray\.lSize\s*=\s*(\d+)")
_NORMAL_TEXT = re.compile(rb"sSliceArray\.asSlice\[0\]\.sNormal\.d(Sag|Cor|Tra)\s*=\s*(-?[\d.]+(?:e-?\d+)?)")
_CSA_NUMBERS = re.compile(rb"-?\d+\.\d{4,}")
_CSA_FIELD = 84  # bytes of the head of a field in the vendor's header


def mosaic_frames(header: Header, frame: Frame) -> Sequence[Frame]:
    """The slices of a mosaic, or the frame itself where it is none."""
    kinds = frame.distinction.image_type
    if "MOSAIC" in kinds:
        return _siemens(header, frame) or (frame,)
    if "VFRAME" in kinds:
        return _united_imaging(header, frame) or (frame,)
    return (frame,)


def _tiles(frame: Frame, count: int, size: tuple[int, int]) -> list[Frame]:
    """Frames of the tiles, row by row; none where the image cannot be divided so."""
    rows, columns = size
    across = frame.columns // columns if columns else 0
    if not rows or count < 1 or count > across * (frame.rows // rows):
        return []
    return [
        replace(frame, rows=rows, columns=columns, crop=(i // across * rows, i % across * columns))
        for i in range(count)
    ]


def _size(text: str, frame: Frame, count: int) -> tuple[int, int]:
    """(rows, columns) of a tile: what the maker writes where it divides the image, else of a square
    arrangement.
    """
    found = _SIZE_TEXT.search(text)
    if found is not None:
        for rows, columns in ((int(found[1]), int(found[2])), (int(found[2]), int(found[1]))):
            divides = rows and columns and frame.rows % rows == 0 and frame.columns % columns == 0
            if divides and count <= (frame.rows // rows) * (frame.columns // columns):
                return rows, columns
    side = math.ceil(math.sqrt(count))
    return frame.rows // side, frame.columns // side


def _siemens(header: Header, frame: Frame) -> list[Frame]:
    tag = header.private(0x0019, "SIEMENS MR HEADER", 0x0A)
    image, series = header.raw(0x00291010), header.raw(0x00291020)
    text = _SLICES_TEXT.search(series)
    count = header.short(tag) if tag else int(text[1]) if text else None
    distance = header.length(0x00180088) or header.length(0x00180050)
    if not count or not distance or frame.position_mm is None or frame.orientation is None:
        return []
    if frame.spacing.mm is None:
        return []
    tiles = _tiles(frame, count, _size(header.text(0x0051100B), frame, count))
    if not tiles:
        return []
    along_row, along_column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    first = np.array(frame.position_mm)
    first = first + along_row * (frame.columns - tiles[0].columns) / 2 * frame.spacing.mm[1]
    first = first + along_column * (frame.rows - tiles[0].rows) / 2 * frame.spacing.mm[0]
    normal = np.cross(along_row, along_column)
    told = _slice_normal(image, series)
    if told is not None and float(normal @ told) < 0:
        normal = -normal
    return [
        replace(tile, position_mm=_point(first + normal * distance * i), location_mm=None)
        for i, tile in enumerate(tiles)
    ]


def _slice_normal(image: bytes, series: bytes) -> np.ndarray | None:
    """The direction from slice to slice, of the vendor's image or series header."""
    at = image.find(b"SliceNormalVector\0")
    if at >= 0:
        numbers = _CSA_NUMBERS.findall(image[at + _CSA_FIELD : at + 4 * _CSA_FIELD])[:3]
        if len(numbers) == 3:
            return np.array([float(number) for number in numbers])
    parts = dict(_NORMAL_TEXT.findall(series))
    if not parts:
        return None
    return np.array([float(parts.get(axis, 0.0)) for axis in (b"Sag", b"Cor", b"Tra")])


def _united_imaging(header: Header, frame: Frame) -> list[Frame]:
    """The maker's sequence has the place and the time of each tile."""
    tag = header.private(0x0065, "Image Private Header", 0x51)
    items = header.items(tag) if tag else []
    tiles = (
        _tiles(frame, len(items), _size(header.text(tag - 0x51 + 0x04), frame, len(items))) if items else []
    )
    placed = []
    for tile, item in zip(tiles, items, strict=False):
        place, moment = item.lengths(0x00200032), item.date_time(0x0008002A)
        if len(place) != 3:
            return []
        told = replace(tile.distinction, acquired_at=moment) if moment else tile.distinction
        position: Point3 = (place[0], place[1], place[2])
        placed.append(
            replace(tile, position_mm=position, location_mm=item.length(0x00201041), distinction=told)
        )
    return placed


def _point(values: np.ndarray) -> Point3:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
