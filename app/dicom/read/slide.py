"""Whole slide images: the tiles of one resolution, focal plane and optical path make one image (PS3.3
C.8.12).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.dicom.read.functional_groups import groups_of
from app.dicom.read.header import Header
from app.dicom.read.prescan import Prescan
from app.domain.frame import Frame
from app.processes.limits import MAX_DECODED_BYTES

_PLANE_POSITION, _OPTICAL_PATH = 0x0048021A, 0x00480207
_TILED_FULL = "TILED_FULL"
Corner = tuple[int, int]


def slide_frames(header: Header, found: Prescan, base: Frame) -> tuple[Frame, ...]:
    """One frame for each optical path and focal plane; none where the object does not say where its tiles
    lie, or claims a size that no object has.
    """
    rows, columns = header.word(0x00480007, "I"), header.word(0x00480006, "I")
    if not rows or not columns or not base.rows or not base.columns:
        return ()
    if rows * columns * base.pixel_format.samples > MAX_DECODED_BYTES:  # more than its tiles may be
        return ()
    full = header.text(0x00209311).upper() == _TILED_FULL
    placed = _regular(found, base, rows, columns) if full else _told(header, found)
    planes: dict[str, list[tuple[int, int, int]]] = {}
    for index, (plane, (row, column)) in enumerate(placed):
        if 0 <= row < rows and 0 <= column < columns:
            planes.setdefault(plane, []).append((index, row, column))
    return tuple(
        replace(base, rows=rows, columns=columns, tiles=tuple(tiles), number=base.number, index=number)
        for number, tiles in enumerate(planes.values())
    )


def _regular(found: Prescan, base: Frame, rows: int, columns: int) -> Iterator[tuple[str, Corner]]:
    """Row by row, then the focal planes and optical paths (PS3.3 C.7.6.17.3)."""
    across, down = -(-columns // base.columns), -(-rows // base.rows)
    for index in range(found.frames):
        plane, place = divmod(index, across * down)
        yield str(plane), (place // across * base.rows, place % across * base.columns)


def _told(header: Header, found: Prescan) -> Iterator[tuple[str, Corner]]:
    for groups in groups_of(header, found):
        place, path = groups.one(_PLANE_POSITION), groups.one(_OPTICAL_PATH)
        row, column = place.word(0x0048021F, "i"), place.word(0x0048021E, "i")
        plane = f"{path.text(0x00480106)} {place.number(0x0040074A) or 0:g}"
        yield plane, (-1, -1) if row is None or column is None else (row - 1, column - 1)
