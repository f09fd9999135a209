"""Where something was drawn or marked: a source image, or a plane in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.geometry import Point3, Vector3
from app.domain.study import SeriesUid, SopUid, StudyUid


@dataclass(frozen=True, slots=True)
class FrameAnchor:
    """A source image.

    `frame` counts from 1 and is None where the object has one frame only.  `number` is the scanner's number
    of the image, None where it has none or was not kept (schema 2 of reports).
    """

    study_uid: StudyUid
    series_uid: SeriesUid
    sop_uid: SopUid
    sop_class_uid: str = ""
    frame: int | None = None
    frame_of_reference_uid: str = ""
    number: int | None = None
    kind: Literal["frame"] = "frame"

    def is_image(self, sop_uid: str, frame: int | None) -> bool:
        """Whether it is this image; of an object with one frame that is frame 1 or none."""
        return self.sop_uid == sop_uid and (self.frame or 1) == (frame or 1)


@dataclass(frozen=True, slots=True)
class PlaneAnchor:
    """A plane through a volume that is no source image.

    `origin_mm` is the centre of the upper left pixel as the image hung, `right` and `down` are unit LPS
    vectors.  `further` is the position along the volume's further axis, from 0.  `nearest` is an image that
    the volume has at that position: it tells the volume and the position from others of the series, whatever
    images the series gains; None for volumes that were made of no images.
    """

    study_uid: StudyUid
    series_uid: SeriesUid
    frame_of_reference_uid: str
    origin_mm: Point3
    right: Vector3
    down: Vector3
    further: int = 0
    nearest: FrameAnchor | None = None
    kind: Literal["plane"] = "plane"


@dataclass(frozen=True, slots=True)
class GridAnchor:
    """A plane across an axis of the grid of a series' volume (0 slice, 1 row, 2 column), at the continuous
    `index` along it.

    Documents up to schema 2 of reports named planes so ("axial", "coronal", "sagittal" were axes of the grid,
    whatever they were in the patient), of the only volume of a series that could be opened, the first, and
    without a position along the further axis, which counts as the first too.  Where the plane lies is known
    once the volume is (`app.viewing.anchors`); none are made any more.
    """

    study_uid: StudyUid
    series_uid: SeriesUid
    frame_of_reference_uid: str
    axis: int
    index: float
    kind: Literal["grid"] = "grid"


Anchor = FrameAnchor | PlaneAnchor | GridAnchor


def source_image(anchor: Anchor) -> FrameAnchor | None:
    """The source image that something was drawn on; None where it was a plane through a volume."""
    return anchor if isinstance(anchor, FrameAnchor) else None
