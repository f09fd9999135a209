"""Drawn shapes, in the patient's space."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.geometry import Point3, PointPx
from app.domain.study import SeriesUid, SopUid


class RoiKind(StrEnum):
    """`points_mm` of each kind: POINT one; LENGTH two ends; ELLIPSE four: ends of the major, then of the minor axis."""

    POINT = "point"
    LENGTH = "length"
    ELLIPSE = "ellipse"


@dataclass(frozen=True, slots=True)
class ImageAnchor:
    """The image on which something was drawn or marked.

    `sop_uid` and `frame` (one-based) name a source image where the plane is one; an MPR plane has none and is given by
    `plane`: (``axial`` | ``coronal`` | ``sagittal``, continuous index along its normal in the volume's grid).
    """

    study_uid: str
    series_uid: SeriesUid
    frame_of_reference_uid: str
    plane: tuple[str, float]
    sop_uid: SopUid | None = None
    sop_class_uid: str = ""
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Roi:
    """A shape: LPS points always; `points_px` as well, (column, row) as SCOORD, where the anchor is a source image."""

    kind: RoiKind
    points_mm: tuple[Point3, ...]
    points_px: tuple[PointPx, ...] = ()
