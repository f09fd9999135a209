"""Drawn shapes on the screen: which show on an image, their points there, and where their text stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from app.domain.anchor import Anchor, FrameAnchor, PlaneAnchor
from app.domain.geometry import PointPx
from app.viewing.image_plane import ImagePlane, Placement
from app.viewing.labels import TEXT_PX, text_box
from app.viewing.layers import ShapeAnnotation
from app.viewing.screen import Viewport
from app.viewing.shapes.shape import BESIDE_PX, Box, Shape, Stroke, box_around
from app.viewing.shown_image import ShownImage, whole_image_at


@dataclass(frozen=True, slots=True)
class PlacedAnnotation:
    """A shape in pixels: `points` are those of the mark, `text_box` holds `lines`."""

    tracking_uid: str
    shape: Shape
    points: tuple[PointPx, ...]
    lines: tuple[str, ...]
    text_box: Box
    selected: bool
    unconfirmed: bool
    key: bool
    locked: bool
    text_px: float = TEXT_PX

    @property
    def path(self) -> tuple[Stroke, ...]:
        """Its line."""
        return self.shape.path(self.points)

    @property
    def handles(self) -> tuple[PointPx, ...]:
        """Points that can be taken hold of."""
        return self.points if self.shape.has_handles and not self.locked else ()

    @property
    def bounds(self) -> Box:
        """Smallest box around the shape."""
        return self.shape.bounds(self.points)

    def distance(self, at: PointPx) -> float:
        """Pixels from the shape's line."""
        return self.shape.distance(self.points, at)


def marks_on(
    viewport: Viewport, shown: ShownImage, marks: Sequence[ShapeAnnotation]
) -> tuple[ShapeAnnotation, ...]:
    """The marks that were drawn on the shown image."""
    here = whole_image_at(viewport, shown)
    return tuple(mark for mark in marks if _lies_on(mark.anchor, shown, here))


def _lies_on(anchor: Anchor, shown: ShownImage, here: tuple[str, str, int | None] | None) -> bool:
    match anchor:
        case FrameAnchor():
            return here is not None and anchor.is_image(here[0], here[2])
        case PlaneAnchor():
            return _in_plane(anchor, shown)
    return False  # not looked up in its volume


def _in_plane(anchor: PlaneAnchor, shown: ShownImage) -> bool:
    plane = shown.plane
    if (
        plane.pose is None
        or plane.view is None
        or anchor.frame_of_reference_uid != plane.frame_of_reference_uid
        or anchor.further != shown.further
    ):
        return False
    if not plane.pose.is_parallel(anchor.right, anchor.down):
        return False
    # the step from plane to plane is along the grid's axis, which may lean
    step = plane.view.step_mm * _upright(plane)
    return abs(plane.pose.distance_mm(anchor.origin_mm)) <= step / 2


def _upright(plane: ImagePlane) -> float:
    """Cosine between the direction of the planes' index and their normal."""
    assert plane.view is not None
    assert plane.pose is not None
    return abs(float(np.dot(plane.view.normal_vector, plane.pose.normal)))


def image_points(mark: ShapeAnnotation, plane: ImagePlane) -> tuple[PointPx, ...]:
    """Points of a mark in pixels of the image as it hangs."""
    if mark.points_px:
        return tuple(plane.from_source(*point) for point in mark.points_px)
    points = (plane.from_lps(point) for point in mark.points_mm)
    return tuple(point for point in points if point is not None)


def place_marks(
    marks: Sequence[ShapeAnnotation],
    placement: Placement,
    size_px: tuple[int, int],
    reserved: Sequence[Box] = (),
    text_px: float = TEXT_PX,
    *,
    shorten: bool = False,
) -> tuple[PlacedAnnotation, ...]:
    """Marks of one image with text that covers neither another text nor, where there is room, what is
    marked.  `shorten`: where there is none for all of it, a mark that is not selected has its name only.
    """
    return _placed(tuple(marks), placement, size_px, tuple(reserved), text_px, shorten)


@lru_cache(maxsize=64)
def _placed(
    marks: tuple[ShapeAnnotation, ...],
    placement: Placement,
    size_px: tuple[int, int],
    reserved: tuple[Box, ...],
    text_px: float,
    shorten: bool,
) -> tuple[PlacedAnnotation, ...]:
    """Kept, for a tile asks on every move of the pointer, and a crowded one takes long."""
    shapes = [
        tuple(placement.to_screen(*point) for point in image_points(mark, placement.plane)) for mark in marks
    ]
    bodies = [mark.shape.bounds(points) for mark, points in zip(marks, shapes, strict=True)]
    covers = [mark.shape.covers(points) for mark, points in zip(marks, shapes, strict=True)]
    covered = [box for boxes in covers for box in boxes]
    marked = [_around((body.grown(BESIDE_PX), *boxes)) for body, boxes in zip(bodies, covers, strict=True)]
    taken = list(reserved)
    placed = []
    for mark, points, body in zip(marks, shapes, bodies, strict=True):
        place = partial(
            text_box,
            body=body,
            avoid=[*taken, *marked],
            must=taken,
            size_px=size_px,
            covered=covered,
            text_px=text_px,
        )
        lines, box = mark.lines, place(mark.lines)
        hidden = [*taken, *covered]
        if shorten and not mark.selected and any(box.overlaps(other) for other in hidden):
            name = tuple(line.split("  ")[0] for line in lines[:1])
            short = place(name)
            if not any(short.overlaps(other) for other in hidden):
                lines, box = name, short
        taken.append(box)
        placed.append(
            PlacedAnnotation(
                tracking_uid=mark.tracking_uid,
                shape=mark.shape,
                points=points,
                lines=lines,
                text_box=box,
                selected=mark.selected,
                unconfirmed=mark.unconfirmed,
                key=mark.key,
                locked=mark.locked,
                text_px=text_px,
            )
        )
    return tuple(placed)


def _around(boxes: Sequence[Box]) -> Box:
    """Smallest box around boxes."""
    corners = [point for box in boxes for point in ((box.x, box.y), (box.x + box.width, box.y + box.height))]
    return box_around(corners)


@dataclass(frozen=True, slots=True)
class GrabbedHandle:
    """What the pointer holds of a mark: a handle by its number, or None for the whole shape."""

    tracking_uid: str
    handle: int | None


#: how near the pointer must come, in pixels
HANDLE_PX, NEAR_PX = 8.0, 5.0


def handle_at(marks: Sequence[PlacedAnnotation], at: PointPx) -> GrabbedHandle | None:
    """What of the marks lies under the pointer: handles first, then lines, then texts, the topmost first."""
    for mark in reversed(marks):
        for number, point in enumerate(mark.handles):
            if math.dist(point, at) <= HANDLE_PX:
                return GrabbedHandle(mark.tracking_uid, number)
    for mark in reversed(marks):
        if mark.distance(at) <= (NEAR_PX if mark.handles else HANDLE_PX):
            return GrabbedHandle(mark.tracking_uid, None)
    for mark in reversed(marks):
        if mark.lines and mark.text_box.holds(at):
            return GrabbedHandle(mark.tracking_uid, None)
    return None
