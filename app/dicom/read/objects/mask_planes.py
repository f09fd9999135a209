"""Where the frames of a segmentation lie: planes in the patient, tiles of a slide, or pixels of an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.functional_groups import Groups, groups_of
from app.dicom.read.header import Header
from app.dicom.read.numbers import LEAST_MM
from app.dicom.read.objects.opening import first, image_references
from app.dicom.read.prescan import Prescan
from app.domain.geometry import Point3, Vector3
from app.domain.layers import ImageReference, MaskPlanes
from app.errors import BadInput

#: positions nearer than this are the same plane
_SAME_MM = 0.01
_SAME_DIRECTION = 1e-3
#: planes lie at most so many thicknesses apart where nothing else tells their distance
_WIDEST_GAP = 3.0


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Plane, row and column of the upper left pixel of a frame, and the number of its segment."""

    plane: int
    segment: int
    row: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """The places of all frames; `planes` is None where the patient's space is not told, `images` name what
    then lies under each plane.
    """

    rows: int
    columns: int
    places: tuple[FramePlace, ...]
    planes: MaskPlanes | None
    images: tuple[ImageReference | None, ...]


def frame_places(header: Header, found: Prescan, name: str) -> Placing:
    """Places of the frames that are there; raises `BadInput` where frames do not lie parallel."""
    groups = list(groups_of(header, found))
    if header.word(0x00480006, "I"):
        return _tiles(header, found, groups)
    positions = [_position(one) for one in groups]
    known = [position for position in positions if position is not None]
    if len(known) == len(positions):
        return _planes(found, groups, known, name)
    return _pixels(header, found, groups)


def _segment(groups: Groups) -> int:
    item = groups.item(0x0062000A)
    return (item.short(0x0062000B) if item is not None else None) or 1


def _position(groups: Groups) -> Point3 | None:
    values = groups.one(0x00209113).lengths(0x00200032)
    return (values[0], values[1], values[2]) if len(values) == 3 else None


def _source(groups: Groups) -> ImageReference | None:
    derivation = groups.item(0x00089124)
    named = image_references(derivation, 0x00082112) if derivation is not None else ()
    return named[0] if named else None


# -- planes in the patient ----------------------------------------------------------------------------------


def _planes(found: Prescan, groups: list[Groups], known: list[Point3], name: str) -> Placing:
    rows, columns = found.number(0x00280010), found.number(0x00280011)
    right, down = _directions(groups, name)
    positions = np.array(known, dtype=float)
    order, plane_of = _distinct(positions, np.cross(right, down))
    spacing, between, thickness = _measures(groups[0], name)
    origins = tuple(_point(positions[index]) for index in order)
    heights = np.array(origins) @ np.cross(right, down)
    planes = MaskPlanes(rows, columns, spacing, right, down, origins, _reach(heights, between, thickness))
    images: list[ImageReference | None] = [None] * len(order)
    for one, plane in zip(groups, plane_of, strict=True):
        images[plane] = images[plane] or _source(one)
    places = tuple(FramePlace(p, _segment(one)) for one, p in zip(groups, plane_of, strict=True))
    return Placing(rows, columns, places, planes, tuple(images))


def _directions(groups: list[Groups], name: str) -> tuple[Vector3, Vector3]:
    """The common directions of increasing column and row of all frames."""
    all_of = [one.one(0x00209116).numbers(0x00200037) for one in groups]
    if any(len(values) != 6 for values in all_of):
        raise BadInput("{name} has frames without an orientation.", name=name)
    if np.abs(np.array(all_of) - np.array(all_of[0])).max() > _SAME_DIRECTION:
        raise BadInput("{name} has frames that are not parallel to each other.", name=name)
    right, down = np.array(all_of[0][:3]), np.array(all_of[0][3:])
    lengths = np.linalg.norm(right), np.linalg.norm(down)
    if min(lengths) < 0.5 or abs(float(right @ down)) > 0.01:
        raise BadInput("{name} has frames whose rows and columns are not at right angles.", name=name)
    return _point(right / lengths[0]), _point(down / lengths[1])


def _distinct(positions: NDArray[np.float64], normal: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """One frame of each plane, by height, and the plane of each frame."""
    heights = positions @ normal
    order: list[int] = []
    plane_of = [0] * len(positions)
    for index in np.argsort(heights, kind="stable"):
        if not order or np.linalg.norm(positions[index] - positions[order[-1]]) > _SAME_MM:
            order.append(int(index))
        plane_of[index] = len(order) - 1
    return order, plane_of


def _measures(groups: Groups, name: str) -> tuple[tuple[float, float], float, float]:
    """Distances of rows and columns, of slices, and their thickness (0 where not told)."""
    item = groups.one(0x00289110)
    spacing = item.lengths(0x00280030)
    if len(spacing) != 2 or min(spacing) < LEAST_MM:
        raise BadInput("{name} does not say how far its pixels are apart.", name=name)
    between, thickness = item.length(0x00180088), item.length(0x00180050)
    return (spacing[0], spacing[1]), abs(between or 0.0), abs(thickness or 0.0)


def _reach(heights: NDArray[np.float64], between: float, thickness: float) -> float:
    """How thick a plane is: the distance of planes; empty ones may be left out of the object."""
    gaps = np.diff(heights)
    gaps = gaps[gaps > _SAME_MM]
    narrowest = float(gaps.min()) if len(gaps) else 0.0
    if between:
        return min(between, narrowest) if narrowest else between
    if thickness and narrowest > _WIDEST_GAP * thickness:
        return thickness
    return narrowest or thickness or 1.0


def _point(values: NDArray[np.float64]) -> Vector3:
    x, y, z = (float(value) for value in values)
    return x, y, z


# -- tiles of a slide ---------------------------------------------------------------------------------------


def _tiles(header: Header, found: Prescan, groups: list[Groups]) -> Placing:
    """Frames as tiles of one matrix (PS3.3 C.7.6.17.3)."""
    columns, rows = header.word(0x00480006, "I"), header.word(0x00480007, "I")
    if header.text(0x00209311) == "TILED_FULL":
        places = tuple(_full(header, found, rows, columns, len(groups)))
    else:
        places = tuple(_tile(one) for one in groups)
    planes = None
    origin = first(header, 0x00480008)
    directions = header.numbers(0x00480102)
    spacing = groups[0].one(0x00289110).lengths(0x00280030)
    if origin is not None and len(directions) == 6 and len(spacing) == 2 and min(spacing) >= LEAST_MM:
        at = (origin.number(0x0040072A) or 0.0, origin.number(0x0040073A) or 0.0, 0.0)
        right, down = np.array(directions[:3]), np.array(directions[3:])
        planes = MaskPlanes(rows, columns, (spacing[0], spacing[1]), _point(right), _point(down), (at,), 1.0)
    return Placing(rows, columns, places, planes, (_source(groups[0]),))


def _tile(groups: Groups) -> FramePlace:
    item = groups.one(0x0048021A)
    row, column = item.word(0x0048021F, "i"), item.word(0x0048021E, "i")
    return FramePlace(0, _segment(groups), max(0, (row or 1) - 1), max(0, (column or 1) - 1))


def _full(header: Header, found: Prescan, rows: int, columns: int, frames: int) -> Iterator[FramePlace]:
    """Tiles from left to right and from top to bottom, segment after segment, as their numbers say."""
    height, width = found.number(0x00280010), found.number(0x00280011)
    across, down = -(-columns // width), -(-rows // height)
    numbers = [item.short(0x00620004) or 1 for item in header.items(0x00620002)] or [1]
    for index in range(frames):
        segment, tile = divmod(index, across * down)
        row, column = divmod(tile, across)
        yield FramePlace(0, numbers[segment % len(numbers)], row * height, column * width)


# -- pixels of images ---------------------------------------------------------------------------------------


def _pixels(header: Header, found: Prescan, groups: list[Groups]) -> Placing:
    """Frames that lie on the pixels of the image that they were drawn on: a plane for each of the images."""
    only = image_references(header, 0x00082112)
    images: list[ImageReference | None] = []
    places = []
    for one in groups:
        source = _source(one) or (only[0] if len(only) == 1 else None)
        if source is None or source not in images:  # what names no image shares its plane with nothing
            images.append(source)
        plane = len(images) - 1 if source is None else images.index(source)
        places.append(FramePlace(plane, _segment(one)))
    rows, columns = found.number(0x00280010), found.number(0x00280011)
    return Placing(rows, columns, tuple(places), None, tuple(images))
