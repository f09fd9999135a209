"""Drawn shapes, in the patient's space."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np

from app.domain.geometry import Point3, PointPx

P = TypeVar("P", PointPx, Point3)
#: corners of a smooth outline for each of its points
CURVE_STEPS = 16


class RoiKind(StrEnum):
    """`points_mm` of each kind: POINT and NOTE one; LENGTH two ends; ARROW its tip, then its end; ANGLE an
    end, the vertex, the other end; COBB two lines of two ends; ELLIPSE four: ends of the major, then of the
    minor axis; RECTANGLE its four corners in turn; POLYGON and FREEHAND three or more corners in turn, the
    first not repeated; BIDIRECTIONAL the ends of the long, then of the short axis; CARDIOTHORACIC the ends of
    the heart's, then of the chest's width; VOI_RELATIVE, VOI_FIXED and VOI_PERCIST the point beside a lesion
    that its region was grown from, LIVER_REFERENCE the middle of a sphere; SPLINE three or more points in
    turn that a smooth closed line goes through (`smooth_outline`); SPHERE its middle and a point of its
    surface; SPINE_LABEL one; LEG_AXES the middles of hip, knee and ankle of one leg, then of the other;
    CENTRE_EDGE the middles of both femoral heads, then the lateral edges of the acetabula in the same order;
    ACETABULAR_INDEX both triradiate cartilages, then the lateral edges.
    """

    POINT = "point"
    LENGTH = "length"
    ELLIPSE = "ellipse"
    ANGLE = "angle"
    COBB = "cobb"
    ARROW = "arrow"
    NOTE = "note"
    RECTANGLE = "rectangle"
    POLYGON = "polygon"
    FREEHAND = "freehand"
    BIDIRECTIONAL = "bidirectional"
    CARDIOTHORACIC = "cardiothoracic"
    VOI_RELATIVE = "voi_relative"
    VOI_FIXED = "voi_fixed"
    VOI_PERCIST = "voi_percist"
    LIVER_REFERENCE = "liver_reference"
    SPLINE = "spline"
    SPHERE = "sphere"
    SPINE_LABEL = "spine_label"
    LEG_AXES = "leg_axes"
    CENTRE_EDGE = "centre_edge"
    ACETABULAR_INDEX = "acetabular_index"

    @property
    def is_region(self) -> bool:
        """It encloses an area, whose pixels are measured together."""
        return self is RoiKind.ELLIPSE or self.is_outline

    @property
    def is_volume(self) -> bool:
        """It stands for voxels of a volume, which are found again from its point and its values."""
        return self is RoiKind.LIVER_REFERENCE or self in (
            RoiKind.VOI_RELATIVE,
            RoiKind.VOI_FIXED,
            RoiKind.VOI_PERCIST,
            RoiKind.SPHERE,
        )

    @property
    def is_outline(self) -> bool:
        """A region within lines from corner to corner (`outline_of`)."""
        return self in (RoiKind.RECTANGLE, RoiKind.POLYGON, RoiKind.FREEHAND, RoiKind.SPLINE)

    @property
    def is_note(self) -> bool:
        """It says something of the place that its first point names, and measures nothing."""
        return self in (RoiKind.ARROW, RoiKind.NOTE, RoiKind.SPINE_LABEL)

    def outline_of(self, points: tuple[P, ...]) -> tuple[P, ...]:
        """Corners of a region's outline, the first not repeated: its points; of a spline those of its
        curve.
        """
        return smooth_outline(points) if self is RoiKind.SPLINE else points

    def lines_of(self, points: tuple[P, ...]) -> tuple[tuple[P, ...], ...]:
        """The lines that it is made of: the two of an angle of Cobb, the axes of a tumour, both legs, the
        line through both hips and that of each; else all its points as one.
        """
        if self in (RoiKind.COBB, RoiKind.BIDIRECTIONAL, RoiKind.CARDIOTHORACIC):
            return points[:2], points[2:]
        if self is RoiKind.LEG_AXES:
            return points[:3], points[3:]
        if self in (RoiKind.CENTRE_EDGE, RoiKind.ACETABULAR_INDEX):
            return points[:2], points[::2], points[1::2]
        return (points,)


def smooth_outline(points: tuple[P, ...]) -> tuple[P, ...]:
    """A closed line through all points, twice continuously differentiable: the periodic cubic spline with
    even steps of its parameter, `CURVE_STEPS` corners for each point.  It goes with the points through any
    affine map.
    """
    corners = np.asarray(points, dtype=float)
    count = len(corners)
    if count < 3:
        return points
    after, before = np.roll(corners, -1, axis=0), np.roll(corners, 1, axis=0)
    turns = np.eye(count) * 4 + np.roll(np.eye(count), 1, axis=1) + np.roll(np.eye(count), -1, axis=1)
    # second derivatives at the points, where those of both sides meet
    bend = np.linalg.solve(turns, 6 * (after - 2 * corners + before))
    t = np.arange(CURVE_STEPS)[None, :, None] / CURVE_STEPS
    start, end = corners[:, None], after[:, None]
    first, second = bend[:, None], np.roll(bend, -1, axis=0)[:, None]
    curve = start + t * (end - start) - t * (1 - t) * ((2 - t) * first + (1 + t) * second) / 6
    return tuple(tuple(float(v) for v in point) for point in curve.reshape(-1, corners.shape[1]))  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Roi:
    """A shape: `points_mm` in LPS, empty where the image has no place in the patient; `points_px`, (column,
    row) as SCOORD, where the anchor is a source image.
    """

    kind: RoiKind
    points_mm: tuple[Point3, ...]
    points_px: tuple[PointPx, ...] = ()
