"""RT Structure Set Storage (PS3.3 A.19, C.8.8.5, C.8.8.6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.header import Header
from app.dicom.read.objects.cielab import color_by_number
from app.dicom.read.objects.opening import image_references, object_header
from app.domain.layers import Contour, ContourKind, ImageReference, SpatialReference, Structure, StructureSet
from app.domain.study import SeriesUid

STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"


def read_structures(path: Path, name: str) -> StructureSet:
    """Structures with their contours.  Runs in a bounded child; raises `BadInput` about `name`."""
    with object_header(path, name) as (header, _):
        return StructureSet(
            header.text(0x30060002) or header.text(0x30060004) or header.text(0x0008103E),
            tuple(_structures(header)),
            structure_reference(header),
        )


def _structures(header: Header) -> Iterator[Structure]:
    """In the order of the object; a structure without contours is one that was not drawn."""
    contours = {item.integer(0x30060084): item for item in header.items(0x30060039)}
    observed = {item.integer(0x30060084): item.text(0x300600A4) for item in header.items(0x30060080)}
    for item in header.items(0x30060020):
        number = item.integer(0x30060022)
        drawn = contours.get(number)
        number = number or 0
        yield Structure(
            number,
            item.text(0x30060026) or str(number),
            _color(drawn, number),
            tuple(_contours(drawn)) if drawn is not None else (),
            observed.get(number, ""),
            item.uid(0x30060024),
        )


def _color(drawn: Header | None, number: int) -> tuple[int, int, int]:
    values = drawn.numbers(0x3006002A) if drawn is not None else ()
    if len(values) != 3:
        return color_by_number(number)
    red, green, blue = (min(255, max(0, int(value))) for value in values)
    return red, green, blue


def _contours(drawn: Header) -> Iterator[Contour]:
    for item in drawn.items(0x30060040):
        points = _points(item)
        if len(points):
            yield Contour(_kind(item, len(points)), points, image_references(item, 0x30060016))


def _points(item: Header) -> NDArray[np.float64]:
    """LPS points, shape (n, 3); numbers beyond the last whole point are left out, unreadable ones empty
    it.
    """
    try:
        values = np.array([float(part) for part in item.raw(0x30060050).rstrip(b"\0 ").split(b"\\")])
    except ValueError:
        values = np.array(item.numbers(0x30060050))
    points = values[: len(values) // 3 * 3].reshape(-1, 3)
    return points if np.isfinite(points).all() else points[:0]


def _kind(item: Header, points: int) -> ContourKind:
    try:
        return ContourKind(item.text(0x30060042).upper())
    except ValueError:
        return ContourKind.POINT if points == 1 else ContourKind.CLOSED_PLANAR


def structure_reference(header: Header) -> SpatialReference:
    """The frame of reference, series and images that the structures were drawn on."""
    frames: list[str] = []
    series: list[SeriesUid] = []
    images: list[ImageReference] = []
    for frame in header.items(0x30060010):
        frames.append(frame.uid(0x00200052))
        for study in frame.items(0x30060012):
            for one in study.items(0x30060014):
                series.append(SeriesUid(one.uid(0x0020000E)))
                images += image_references(one, 0x30060016)
    frames += [item.uid(0x30060024) for item in header.items(0x30060020)]
    known = [uid for uid in frames if uid]
    return SpatialReference(known[0] if known else "", tuple(series), tuple(images))
