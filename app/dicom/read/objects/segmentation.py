"""Segmentation and Label Map Segmentation Storage (PS3.3 A.51, A.85): any maker's, on planes of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.decode import PixelFile
from app.dicom.read.header import Header
from app.dicom.read.objects.cielab import color_by_number, recommended_color
from app.dicom.read.objects.mask_planes import FramePlace, Placing, frame_places
from app.dicom.read.objects.opening import code_of, failures_told, first, image_references
from app.domain.coding import Code
from app.domain.layers import ImageReference, MaskKind, SegmentationImage, SegmentMask, SpatialReference
from app.domain.segmentation import Segment
from app.domain.study import SeriesUid
from app.errors import BadInput, LimitExceeded
from app.processes.limits import MAX_DECODED_BYTES, mebibytes

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
_LABELMAP = SEGMENTATIONS[1]
_UNKNOWN = Code("Unknown", "99YINGSHU", "Unknown")
_MOST_BOXES = 65535
_BOX_BYTES = MAX_DECODED_BYTES // 8


def read_labels(path: Path, name: str) -> SegmentationImage:
    """Segments of a SEG with their masks.  Runs in a bounded child; raises `BadInput` about `name`."""
    with failures_told(name):
        file = PixelFile(path, name)
        try:
            return _read(file, Header.of(file.found), name)
        finally:
            file.close()


@dataclass(slots=True)
class _Piece:
    """What one frame holds of a segment: a box of values at a plane, row and column."""

    plane: int
    row: int
    column: int
    values: NDArray[np.uint8]


@dataclass(slots=True)
class _Pieces:
    """Pieces by the number of their segment."""

    by_number: dict[int, list[_Piece]] = field(default_factory=lambda: defaultdict(list))

    def add(self, number: int, place: FramePlace, values: NDArray[np.uint8], at: tuple[int, int]) -> None:
        self.by_number[number].append(_Piece(place.plane, place.row + at[0], place.column + at[1], values))


def _read(file: PixelFile, header: Header, name: str) -> SegmentationImage:
    kind = _kind(header, name)
    placing = frame_places(header, file.found, name)
    pieces = _Pieces()
    ceiling = header.short(0x0062000E) or 255
    for index, place in enumerate(placing.places):
        words = file.words(index)
        if kind is MaskKind.LABELMAP:
            _take_labels(pieces, place, words)
        else:
            _take_one(pieces, place, words, ceiling if kind.is_fractional else 0)
    masks = tuple(_masks(header, kind, pieces, name))
    return SegmentationImage(
        header.text(0x0008103E) or header.text(0x00700081) or header.text(0x00700080),
        kind,
        placing.rows,
        placing.columns,
        masks,
        _reference(header, placing),
        placing.planes,
        placing.images,
    )


def _kind(header: Header, name: str) -> MaskKind:
    said = header.text(0x00620001).upper()
    if header.uid(0x00080016) == _LABELMAP or said == "LABELMAP":
        return MaskKind.LABELMAP
    if said == "BINARY":
        return MaskKind.BINARY
    if said == "FRACTIONAL":
        is_occupancy = header.text(0x00620010).upper() == "OCCUPANCY"
        return MaskKind.OCCUPANCY if is_occupancy else MaskKind.PROBABILITY
    raise BadInput("{name} is a segmentation of an unknown type ({found}).", name=name, found=said or "?")


def _take_labels(pieces: _Pieces, place: FramePlace, words: NDArray[Any]) -> None:
    """Each label of a frame, cut to its box; large labels are counted anew, as boxes are made up to the
    largest.
    """
    from scipy import ndimage  # not when the window starts

    known = np.unique(words) if words.max(initial=0) > _MOST_BOXES else None
    numbers = words if known is None else np.searchsorted(known, words) + 1
    for number, box in enumerate(ndimage.find_objects(numbers.astype(np.int32)), 1):
        label = number if known is None else int(known[number - 1])
        if box is not None and label:
            found = (words[box] == label).astype(np.uint8)
            pieces.add(label, place, found, (box[0].start, box[1].start))


def _take_one(pieces: _Pieces, place: FramePlace, words: NDArray[Any], ceiling: int) -> None:
    """The segment of a frame, cut to its box; `ceiling` is the stored value of one, 0 for masks."""
    rows, columns = np.flatnonzero(words.any(axis=1)), np.flatnonzero(words.any(axis=0))
    if not len(rows):
        return
    cut = words[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if ceiling:
        values = np.rint(np.minimum(cut.astype(np.float64), ceiling) * 255 / ceiling).astype(np.uint8)
    else:
        values = (cut != 0).astype(np.uint8)
    pieces.add(place.segment, place, values, (int(rows[0]), int(columns[0])))


def _masks(header: Header, kind: MaskKind, pieces: _Pieces, name: str) -> Iterator[SegmentMask]:
    """One for each description, and for numbers of the pixels that have none; the background is no
    segment.
    """
    palette = _palette_colors(header)
    background = header.word(0x00280120, "H") if kind is MaskKind.LABELMAP else None
    described: set[int] = set()
    for item in header.items(0x00620002):
        segment = _segment(item, palette)
        described.add(segment.number)
        if segment.number and segment.number != background:
            yield _mask(segment, pieces.by_number.pop(segment.number, []), kind, item.text(0x00620008), name)
    for number in sorted(set(pieces.by_number) - described - {background}):
        unnamed = Segment(number, str(number), _UNKNOWN, _UNKNOWN, color_by_number(number))
        yield _mask(unnamed, pieces.by_number[number], kind, "", name)


def _mask(
    segment: Segment, pieces: list[_Piece], kind: MaskKind, algorithm_type: str, name: str
) -> SegmentMask:
    """One box around all pieces of a segment."""
    if not pieces:
        empty = np.zeros((0, 0, 0), np.uint8)
        return SegmentMask.of(segment, (0, 0, 0), empty, algorithm_type=algorithm_type)
    low = np.array([(p.plane, p.row, p.column) for p in pieces]).min(axis=0)
    ends = [(p.plane + 1, p.row + p.values.shape[0], p.column + p.values.shape[1]) for p in pieces]
    shape = np.array(ends).max(axis=0) - low
    if int(np.prod(shape.astype(np.int64))) > _BOX_BYTES:
        raise LimitExceeded(
            "{name}: a segment needs more than {limit}.", name=name, limit=mebibytes(_BOX_BYTES)
        )
    box = np.zeros(tuple(shape), np.uint8)
    for piece in pieces:
        k, r, c = np.array((piece.plane, piece.row, piece.column)) - low
        part = box[k, r : r + piece.values.shape[0], c : c + piece.values.shape[1]]
        np.maximum(part, piece.values, out=part)
    corner = (int(low[0]), int(low[1]), int(low[2]))
    return SegmentMask.of(segment, corner, box, fractional=kind.is_fractional, algorithm_type=algorithm_type)


def _segment(item: Header, palette: NDArray[np.uint8] | None) -> Segment:
    number = item.short(0x00620004) or 0
    color = recommended_color(item, 0x0062000D)
    if color is None and palette is not None and number < len(palette):
        red, green, blue = (int(value) for value in palette[number])
        color = (red, green, blue)
    return Segment(
        number,
        item.text(0x00620005) or str(number),
        code_of(first(item, 0x00620003)) or _UNKNOWN,
        code_of(first(item, 0x0062000F)) or _UNKNOWN,
        color or color_by_number(number),
    )


def _palette_colors(header: Header) -> NDArray[np.uint8] | None:
    """Colours of the labels of a PALETTE COLOR label map, shape (label, 3); None where it has none."""
    if header.text(0x00280004) != "PALETTE COLOR":
        return None
    described = header.words(0x00281101, "H")
    if len(described) != 3:
        return None
    count, offset, bits = described[0] or 65536, described[1], described[2]
    channels = []
    for tag in (0x00281201, 0x00281202, 0x00281203):
        raw = header.raw(tag)
        words = header.words(tag, "H" if len(raw) >= 2 * count else "B")
        channel = np.array(words[:count], np.uint16)
        channels.append((channel >> 8 if bits > 8 else channel).astype(np.uint8))
    if min(len(channel) for channel in channels) < count:
        return None
    colors = np.zeros((offset + count, 3), np.uint8)
    colors[offset:] = np.stack(channels, axis=1)
    return colors


def named_reference(header: Header) -> SpatialReference:
    """The frame of reference, series and images that the top of the object names."""
    series: list[SeriesUid] = []
    images: list[ImageReference] = []
    for item in header.items(0x00081115):
        series.append(SeriesUid(item.uid(0x0020000E)))
        images += image_references(item, 0x0008114A)
    images += image_references(header, 0x00082112)
    return SpatialReference(header.uid(0x00200052), tuple(series), tuple(images))


def _reference(header: Header, placing: Placing) -> SpatialReference:
    """Where the top names no images, those that the frames name."""
    named = named_reference(header)
    if named.images:
        return named
    of_frames = {one.sop_uid: one for one in placing.images if one is not None}
    images = tuple(ImageReference(uid, (), one.sop_class_uid) for uid, one in of_frames.items())
    return replace(named, images=images)
