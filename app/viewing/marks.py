"""Drawn shapes on the screen: their points, their handles, and where their text stands."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.geometry import Point3
from app.domain.roi import RoiKind
from app.viewing.state import Mark, Plane

PointPx = tuple[float, float]
#: text of marks: height of a line, padding of its box, distance from the shape
LINE_PX, PAD_PX, GAP_PX = 19.0, 6.0, 10.0


def text_width(text: str, size_px: float = 13.0) -> float:
    """About how wide a text is: full width for Chinese, a good half for Latin."""
    return sum(size_px if ord(c) > 0x2E80 else size_px * 0.56 for c in text)


class Placed(Protocol):
    """What is needed of a resolved slice."""

    @property
    def plane(self) -> Plane: ...
    @property
    def index(self) -> int: ...
    @property
    def size_px(self) -> tuple[int, int]: ...
    def to_px(self, point_mm: Point3) -> PointPx:
        """Screen pixel of a point."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the screen."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: Box) -> bool:
        """They share an area."""
        return (
            self.x < other.x + other.width and other.x < self.x + self.width
            and self.y < other.y + other.height and other.y < self.y + self.height
        )  # fmt: skip

    def inside(self, size_px: tuple[int, int]) -> bool:
        """It lies on the tile, a little off its edges."""
        return self.x >= 4 and self.y >= 4 and self.x + self.width <= size_px[0] - 4 and self.y + self.height <= size_px[1] - 4


@dataclass(frozen=True, slots=True)
class MarkPx:
    """A shape in pixels: `handles` are the points of the ROI in their order, `text_box` holds `lines`."""

    tracking_uid: str
    kind: RoiKind
    handles: tuple[PointPx, ...]
    lines: tuple[str, ...]
    text_box: Box
    selected: bool
    unconfirmed: bool
    key: bool

    @property
    def bounds(self) -> Box:
        """Smallest box around the shape."""
        return bounds_of(self.handles, self.kind)

    def distance(self, at: PointPx) -> float:
        """Pixels from the shape's line."""
        return distance_to_shape(self.kind, self.handles, at)


def place_marks(marks: Sequence[Mark], shown: Placed, reserved: Sequence[Box] = ()) -> tuple[MarkPx, ...]:
    """The marks of the shown slice with text that covers neither another text nor, where there is room, a shape."""
    here = [m for m in marks if m.plane is shown.plane and abs(m.index - shown.index) <= 0.5]
    shapes = [tuple(shown.to_px(p) for p in m.roi.points_mm) for m in here]
    taken = list(reserved)
    bodies = [bounds_of(points, m.roi.kind) for points, m in zip(shapes, here, strict=True)]
    placed = []
    for mark, points, body in zip(here, shapes, bodies, strict=True):
        box = _text_box(mark.lines, body, [*taken, *bodies], taken, shown.size_px)
        taken.append(box)
        placed.append(MarkPx(mark.tracking_uid, mark.roi.kind, points, mark.lines, box, mark.selected, mark.unconfirmed, mark.key))
    return tuple(placed)


def _text_box(lines: Sequence[str], body: Box, avoid: Sequence[Box], must: Sequence[Box], size_px: tuple[int, int]) -> Box:
    width = max((text_width(line) for line in lines), default=0.0) + 2 * PAD_PX
    height = len(lines) * LINE_PX + PAD_PX
    tries = list(_places(body, width, height))
    for others in (avoid, must):
        for box in tries:
            if box.inside(size_px) and not any(box.overlaps(other) for other in others):
                return box
    x = min(max(tries[0].x, 4), max(size_px[0] - width - 4, 4))
    y = min(max(tries[0].y, 4), max(size_px[1] - height - 4, 4))
    return Box(x, y, width, height)


def _places(body: Box, width: float, height: float) -> list[Box]:
    """Right, left, above, below of the shape, then farther out."""
    middle_x, middle_y = body.x + body.width / 2 - width / 2, body.y + body.height / 2 - height / 2
    out = []
    for gap in (GAP_PX, GAP_PX + height + 6, GAP_PX + 2 * (height + 6), GAP_PX + 4 * (height + 6)):
        right, left = body.x + body.width + gap, body.x - gap - width
        above, below = body.y - gap - height, body.y + body.height + gap
        out += [
            Box(right, middle_y, width, height), Box(left, middle_y, width, height), Box(middle_x, above, width, height),
            Box(middle_x, below, width, height), Box(right, above, width, height), Box(right, below, width, height),
            Box(left, above, width, height), Box(left, below, width, height),
        ]  # fmt: skip
    return out


def ellipse_of(handles: Sequence[PointPx]) -> tuple[PointPx, float, float, float]:
    """(centre, half of the first axis, half of the second, angle of the first in radians) of four handles."""
    cx, cy = (sum(p[i] for p in handles) / 4 for i in (0, 1))
    a, b = math.dist(handles[0], handles[1]) / 2, math.dist(handles[2], handles[3]) / 2
    return (cx, cy), a, b, math.atan2(handles[1][1] - handles[0][1], handles[1][0] - handles[0][0])


def bounds_of(handles: Sequence[PointPx], kind: RoiKind) -> Box:
    """Smallest upright box around a shape."""
    if kind is RoiKind.ELLIPSE:
        (cx, cy), a, b, angle = ellipse_of(handles)
        half_w = math.hypot(a * math.cos(angle), b * math.sin(angle))
        half_h = math.hypot(a * math.sin(angle), b * math.cos(angle))
        return Box(cx - half_w, cy - half_h, 2 * half_w, 2 * half_h)
    xs, ys = [p[0] for p in handles], [p[1] for p in handles]
    pad = 6.0 if kind is RoiKind.POINT else 0.0
    return Box(min(xs) - pad, min(ys) - pad, max(xs) - min(xs) + 2 * pad, max(ys) - min(ys) + 2 * pad)


def distance_to_shape(kind: RoiKind, handles: Sequence[PointPx], at: PointPx) -> float:
    """Pixels from the line of a shape (about, for a slim ellipse)."""
    if kind is RoiKind.POINT:
        return math.dist(handles[0], at)
    if kind is RoiKind.LENGTH:
        return _to_segment(handles[0], handles[1], at)
    (cx, cy), a, b, angle = ellipse_of(handles)
    dx, dy = at[0] - cx, at[1] - cy
    u, v = dx * math.cos(angle) + dy * math.sin(angle), -dx * math.sin(angle) + dy * math.cos(angle)
    if min(a, b) <= 0:
        return math.hypot(u, v)
    radius = math.hypot(u / a, v / b)
    return abs(radius - 1) * math.hypot(u, v) / radius if radius > 1e-9 else min(a, b)


def _to_segment(first: PointPx, second: PointPx, at: PointPx) -> float:
    dx, dy = second[0] - first[0], second[1] - first[1]
    square = dx * dx + dy * dy
    share = 0.0 if square == 0 else min(max(((at[0] - first[0]) * dx + (at[1] - first[1]) * dy) / square, 0.0), 1.0)
    return math.hypot(at[0] - first[0] - share * dx, at[1] - first[1] - share * dy)
