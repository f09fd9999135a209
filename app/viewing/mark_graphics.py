"""Drawn shapes as the graphics and texts of a presentation state (PS3.3 C.10.5)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.domain.frame import Frame
from app.domain.geometry import PointPx
from app.domain.layers import Annotation, GraphicKind, GraphicObject, ImageReference, Rgb, TextObject
from app.domain.roi import RoiKind
from app.viewing.layers import ShapeAnnotation

#: graphic layers, the lowest first, with their recommended colours
LAYERS: dict[str, Rgb] = {"MEASUREMENTS": (127, 224, 255), "NOTES": (255, 255, 255)}
#: length of a stroke of an arrow's head: a share of the arrow, and of the longer side of the image
_HEAD_SHARE, _HEAD_OF_IMAGE, _HEAD_ANGLE = 0.4, 0.025, math.radians(25)
#: straight strokes that an ellipse is cut into where it leaves the image
_STEPS = 72
#: Unformatted Text Value is an ST
_MOST_LETTERS = 1024

#: (columns, rows)
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class DrawnAnnotations:
    """What marks became on one image: `marks` in all, of which `cut` end at its edge; `beside` lie outside
    and are in no annotation.
    """

    annotations: tuple[Annotation, ...]
    marks: int = 0
    cut: int = 0
    beside: int = 0


def drawn_annotations(
    marks: Sequence[ShapeAnnotation], frame: Frame, reference: ImageReference
) -> DrawnAnnotations:
    """The marks of one image by graphic layers; coordinates must lie on the image (PS3.3 C.10.5.1.1)."""
    size = (frame.columns, frame.rows)
    graphics: dict[str, list[GraphicObject]] = {name: [] for name in LAYERS}
    texts: dict[str, list[TextObject]] = {name: [] for name in LAYERS}
    cut = beside = 0
    for mark in marks:
        whole = tuple(_graphics(mark, size, frame.spacing.display_ratio))
        kept = tuple(_single(part) for one in whole for part in on_image(one, size))
        if not kept:
            beside += 1
            continue
        cut += kept != tuple(map(_single, whole))
        layer = "NOTES" if mark.shape.kind.is_note else "MEASUREMENTS"
        graphics[layer] += kept
        texts[layer] += _texts(mark, kept)
    annotations = tuple(
        Annotation(name, (reference,), tuple(graphics[name]), tuple(texts[name]), color)
        for name, color in LAYERS.items()
        if graphics[name]
    )
    return DrawnAnnotations(annotations, len(marks) - beside, cut, beside)


def _graphics(mark: ShapeAnnotation, size: Size, ratio: tuple[float, float]) -> Iterator[GraphicObject]:
    for kind, points in _lines(mark, size, ratio):
        yield GraphicObject(kind, points, tracking_uid=mark.tracking_uid, label=_label(mark))


def _single(graphic: GraphicObject) -> GraphicObject:
    """Coordinates as an object holds them: FL."""
    return replace(
        graphic, points=tuple((float(np.float32(x)), float(np.float32(y))) for x, y in graphic.points)
    )


def _label(mark: ShapeAnnotation) -> str:
    """Tracking ID, a UT: what people call the mark."""
    return mark.lines[0].split("  ")[0] if mark.lines else mark.shape.shape_id


def _lines(
    mark: ShapeAnnotation, size: Size, ratio: tuple[float, float]
) -> Iterator[tuple[GraphicKind, tuple[PointPx, ...]]]:
    """Figures of a mark; `ratio` is the (height, width) of a pixel."""
    kind, points = mark.shape.kind, mark.points_px
    if len(points) == 1:
        yield GraphicKind.POINT, points
    elif kind is RoiKind.ELLIPSE:
        yield GraphicKind.ELLIPSE, points
    elif kind is RoiKind.SPHERE:
        yield _round(points, ratio)
    elif kind.is_outline:
        corners = kind.outline_of(points)
        yield GraphicKind.POLYLINE, (*corners, corners[0])
    else:
        for line in kind.lines_of(points):
            yield GraphicKind.POLYLINE, line
        if kind is RoiKind.ARROW:
            yield GraphicKind.POLYLINE, _head(points[0], points[1], size)


def _round(points: Sequence[PointPx], ratio: tuple[float, float]) -> tuple[GraphicKind, tuple[PointPx, ...]]:
    """A circle around the first point through the second; an ellipse on pixels that are not square."""
    (x, y), (u, v), (height, width) = points[0], points[1], ratio
    if height == width:
        return GraphicKind.CIRCLE, ((x, y), (u, v))
    radius = math.hypot((u - x) * width, (v - y) * height)
    across, down = radius / width, radius / height
    axes = (((x - across, y), (x + across, y)), ((x, y - down), (x, y + down)))
    major, minor = axes if across > down else axes[::-1]
    return GraphicKind.ELLIPSE, (*major, *minor)


def _head(tip: PointPx, end: PointPx, size: Size) -> tuple[PointPx, ...]:
    angle = math.atan2(end[1] - tip[1], end[0] - tip[0])
    length = min(_HEAD_SHARE * math.dist(tip, end), _HEAD_OF_IMAGE * max(size))
    first, second = (
        (tip[0] + length * math.cos(angle + turn), tip[1] + length * math.sin(angle + turn))
        for turn in (-_HEAD_ANGLE, _HEAD_ANGLE)
    )
    return (first, tip, second)


def _texts(mark: ShapeAnnotation, kept: Sequence[GraphicObject]) -> Iterator[TextObject]:
    """Beside the mark's rightmost point."""
    if mark.lines:
        text = "\n".join(mark.lines)[:_MOST_LETTERS]
        anchor = max(point for one in kept for point in one.points)
        yield TextObject(text, anchor=anchor, tracking_uid=mark.tracking_uid, label=_label(mark))


# -- what lies on the image -------------------------------------------------------------------------------


def on_image(graphic: GraphicObject, size: Size) -> tuple[GraphicObject, ...]:
    """The figure where it lies on an image of (columns, rows); lines that leave it are cut at its edge."""
    ring = _outline(graphic)
    if all(_holds(point, size) for point in ring):
        return (graphic,)
    if graphic.kind is GraphicKind.POINT:
        return ()
    return tuple(
        GraphicObject(GraphicKind.POLYLINE, part, tracking_uid=graphic.tracking_uid, label=graphic.label)
        for part in _parts(ring, size)
    )


def _holds(point: PointPx, size: Size) -> bool:
    return 0 <= point[0] <= size[0] and 0 <= point[1] <= size[1]


def _outline(graphic: GraphicObject) -> tuple[PointPx, ...]:
    if graphic.kind is GraphicKind.ELLIPSE:
        return _ring(graphic.points)
    if graphic.kind is GraphicKind.CIRCLE:
        (x, y), radius = graphic.points[0], math.dist(graphic.points[0], graphic.points[1])
        return _ring(((x - radius, y), (x + radius, y), (x, y - radius), (x, y + radius)))
    return graphic.points


def _ring(points: Sequence[PointPx]) -> tuple[PointPx, ...]:
    """Points around an ellipse that is given by the ends of its axes."""
    (x, y), (u, v), (a, b) = (
        ((points[0][0] + points[1][0]) / 2, (points[0][1] + points[1][1]) / 2),
        ((points[1][0] - points[0][0]) / 2, (points[1][1] - points[0][1]) / 2),
        ((points[3][0] - points[2][0]) / 2, (points[3][1] - points[2][1]) / 2),
    )
    angles = (2 * math.pi * step / _STEPS for step in range(_STEPS + 1))
    return tuple(
        (x + u * math.cos(at) + a * math.sin(at), y + v * math.cos(at) + b * math.sin(at)) for at in angles
    )


def _parts(line: Sequence[PointPx], size: Size) -> Iterator[tuple[PointPx, ...]]:
    """The stretches of a line that lie on the image."""
    part: list[PointPx] = []
    for first, second in pairwise(line):
        inside = _stretch(first, second, size)
        if inside is None or not part or part[-1] != inside[0]:
            if len(part) > 1:
                yield tuple(part)
            part = list(inside[:1]) if inside is not None else []
        if inside is not None and inside[1] != part[-1]:
            part.append(inside[1])
    if len(part) > 1:
        yield tuple(part)


def _stretch(first: PointPx, second: PointPx, size: Size) -> tuple[PointPx, PointPx] | None:
    """What of a straight stroke lies on the image (Liang and Barsky)."""
    start, end = 0.0, 1.0
    for at, step, most in zip(first, (second[0] - first[0], second[1] - first[1]), size, strict=True):
        for toward, room in ((-step, at), (step, most - at)):
            if toward == 0:
                if room < 0:
                    return None
            elif toward < 0:
                start = max(start, room / toward)
            else:
                end = min(end, room / toward)
    if start > end:
        return None
    return _along(first, second, start, size), _along(first, second, end, size)


def _along(first: PointPx, second: PointPx, share: float, size: Size) -> PointPx:
    x, y = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return min(max(x, 0.0), float(size[0])), min(max(y, 0.0), float(size[1]))
