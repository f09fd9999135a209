"""Where measurements lie, as the coordinates of structured reports (PS3.16 TID 320, 1410)."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from typing import Any

import highdicom as hd
import numpy as np
from pydicom.sequence import Sequence

from app.dicom.read.source_header import SourceHeader
from app.dicom.write.codes import code_to_pydicom
from app.dicom.write.sr_document import find_image
from app.domain.anchor import FrameAnchor, source_image
from app.domain.geometry import PointPx
from app.domain.measurement import Measurement
from app.domain.report_marks import ARROW
from app.domain.roi import Roi, RoiKind
from app.errors import BadInput


def region_of(m: Measurement, sources: SequenceOf[SourceHeader]) -> Any:
    """The outline; of a note the place that it names."""
    at, kind = source_image(m.anchor), m.roi.kind
    if at is None:
        mm = kind.outline_of(m.roi.points_mm)
        graphic = "ELLIPSE" if kind is RoiKind.ELLIPSE else "POINT" if kind.is_note else "POLYGON"
        return hd.sr.ImageRegion3D(
            hd.sr.GraphicTypeValues3D(graphic),
            np.array(mm[:1] if kind.is_note else (*mm, mm[0]) if kind.is_outline else mm, dtype=float),
            m.anchor.frame_of_reference_uid,
        )
    px = kind.outline_of(_points_px(m.roi))
    graphic = "ELLIPSE" if kind is RoiKind.ELLIPSE else "POINT" if kind.is_note else "POLYLINE"
    return hd.sr.ImageRegion(
        hd.sr.GraphicTypeValues(graphic),
        np.array(px[:1] if kind.is_note else (*px, px[0]) if kind.is_outline else px, dtype=float),
        _source(at, sources),
    )


def shaft_of(m: Measurement, sources: SequenceOf[SourceHeader]) -> Any:
    """An arrow from its tip to its end, beside the region of TID 1410, which is its tip."""
    at, (line,), contains = source_image(m.anchor), lines_of(m), hd.sr.RelationshipTypeValues.CONTAINS
    name = code_to_pydicom(ARROW)
    if at is None:
        return hd.sr.Scoord3DContentItem(
            name=name,
            graphic_type=hd.sr.GraphicTypeValues3D.POLYLINE,
            graphic_data=line,
            frame_of_reference_uid=m.anchor.frame_of_reference_uid,
            relationship_type=contains,
        )
    shaft: Any = hd.sr.ScoordContentItem(
        name=name,
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE,
        graphic_data=line,
        relationship_type=contains,
    )
    shaft.ContentSequence = Sequence([_source(at, sources)])
    return shaft


def lines_of(m: Measurement) -> list[Any]:
    """Points of the lines of a shape, on the source image where it has one, else in the patient."""
    in_space = source_image(m.anchor) is None
    lines = m.roi.kind.lines_of(m.roi.points_mm) if in_space else m.roi.kind.lines_of(_points_px(m.roi))
    return [np.array(line, dtype=float) for line in lines]


def coordinates_of(m: Measurement, line: Any, sources: SequenceOf[SourceHeader]) -> Any:
    """One of the `lines_of` a measurement, with its source image, else its frame of reference."""
    at = source_image(m.anchor)
    graphic = "POINT" if len(line) == 1 else "POLYLINE"
    if at is None:
        return hd.sr.CoordinatesForMeasurement3D(
            hd.sr.GraphicTypeValues3D(graphic), line, m.anchor.frame_of_reference_uid
        )
    return hd.sr.CoordinatesForMeasurement(hd.sr.GraphicTypeValues(graphic), line, _source(at, sources))


def _source(at: FrameAnchor, sources: SequenceOf[SourceHeader]) -> Any:
    _, image = find_image(sources, at.sop_uid)
    frames = [at.frame] if at.frame and image.frames > 1 else None
    return hd.sr.SourceImageForRegion(image.sop_class_uid, image.sop_uid, frames)


def _points_px(roi: Roi) -> tuple[PointPx, ...]:
    if not roi.points_px:
        raise BadInput("A measurement on a source image has no image coordinates.")
    return roi.points_px
