"""Drawn shapes become measurements: values, label, anchor; and measurements become the lines beside them."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.domain.coding import Code
from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue, Measurement
from app.domain.roi import ImageAnchor, Roi, RoiKind
from app.domain.volume import Quantity, Volume
from app.errors import BadInput
from app.viewing.planes import nearest_slice
from app.viewing.sampling import RegionNumbers, ellipse_numbers, length_mm, value_at
from app.viewing.state import Drawn, Plane
from app.viewing.wording import length_words, region_lines, value_words

LENGTH = Code("410668003", "SCT", "Length")
MEAN = Code("373098007", "SCT", "Mean")
SD = Code("386136009", "SCT", "Standard Deviation")
MINIMUM = Code("255605001", "SCT", "Minimum")
MAXIMUM = Code("56851009", "SCT", "Maximum")
AREA = Code("42798000", "SCT", "Area")
ATTENUATION = Code("112031", "DCM", "Attenuation Coefficient")
SUV = Code("126401", "DCM", "SUVbw")
SIGNAL = Code("110852", "DCM", "MR signal intensity")

MILLIMETRE = Code("mm", "UCUM", "mm")
SQUARE_MILLIMETRE = Code("mm2", "UCUM", "mm2")
#: UCUM units of values as PS3.16 CID 7181 and 84 name them
VALUE_UNITS = {
    Quantity.HU: Code("[hnsf'U]", "UCUM", "HU"),
    Quantity.SUV_BW: Code("g/ml{SUVbw}", "UCUM", "SUV"),
    Quantity.ACTIVITY: Code("Bq/ml", "UCUM", "Bq/ml"),
    Quantity.ARBITRARY: Code("1", "UCUM", "no units"),
}
_VALUE_CONCEPTS = {Quantity.HU: ATTENUATION, Quantity.SUV_BW: SUV}
#: first letter of the label that people call a measurement by
_LETTERS = {RoiKind.LENGTH: "L", RoiKind.ELLIPSE: "E", RoiKind.POINT: "P"}
_POINTS = {RoiKind.LENGTH: 2, RoiKind.ELLIPSE: 4, RoiKind.POINT: 1}


def measure(volume: Volume, kind: RoiKind, points_mm: Sequence[Point3], plane: Plane, index: float) -> tuple[MeasuredValue, ...]:
    """Values of a shape.

    Length: millimetres.  Ellipse: mean, SD (sample), minimum, maximum, area, of the pixels whose centre lies in the ellipse on the
    plane's own slice nearest to `index`.  Point: value of its voxel.  Raises `BadInput` where the shape measures nothing.
    """
    if len(points_mm) != _POINTS[kind]:
        raise BadInput("The shape needs {wanted} points, found {found}.", wanted=_POINTS[kind], found=len(points_mm))
    unit = VALUE_UNITS[volume.quantity]
    if kind is RoiKind.LENGTH:
        return (MeasuredValue(LENGTH, length_mm(points_mm), MILLIMETRE),)
    if kind is RoiKind.POINT:
        value = value_at(volume, points_mm[0])
        if value is None:
            raise BadInput("There is no image at the point.")
        concept = _VALUE_CONCEPTS.get(volume.quantity) or (SIGNAL if volume.modality == "MR" else MEAN)
        return (MeasuredValue(concept, value, unit),)
    numbers = ellipse_numbers(volume, points_mm, plane, index)
    if numbers is None:
        raise BadInput("The ellipse holds no pixel.", hint="Draw it larger, inside the image.")
    return (
        MeasuredValue(MEAN, numbers.mean, unit), MeasuredValue(SD, numbers.sd, unit), MeasuredValue(MINIMUM, numbers.low, unit),
        MeasuredValue(MAXIMUM, numbers.high, unit), MeasuredValue(AREA, numbers.area_mm2, SQUARE_MILLIMETRE),
    )  # fmt: skip


def anchor_of(volume: Volume, study_uid: str, plane: Plane, index: float) -> ImageAnchor:
    """What a shape on a plane is drawn on: a source image where the plane is one, else the plane alone."""
    sop_uid, frame = None, None
    if plane is Plane.AXIAL and volume.sop_uids:
        slice_ = nearest_slice(index, len(volume.sop_uids))
        sop_uid = volume.sop_uids[slice_] or None
        frame = volume.frame_numbers[slice_] or None if volume.frame_numbers else None
    sop_class = volume.details.get("sop_class_uid", "") if sop_uid else ""
    return ImageAnchor(study_uid, volume.series_uid, volume.frame_of_reference_uid, (str(plane), index), sop_uid, sop_class, frame)


def make_measurement(
    volume: Volume, drawn: Drawn, *, study_uid: str, made_by: str, at: datetime, known: Sequence[Measurement] = ()
) -> Measurement:
    """A new measurement of a drawn shape, with a tracking UID and the next free label (L1, E2, P1)."""
    anchor = anchor_of(volume, study_uid, drawn.plane, drawn.index)
    values = measure(volume, drawn.kind, drawn.points_mm, drawn.plane, drawn.index)
    return Measurement(
        f"2.25.{uuid.uuid4().int}", _next_label(drawn.kind, known), _roi(volume, drawn.kind, drawn.points_mm, anchor), anchor, values,
        made_by, at,
    )  # fmt: skip


def reshape(volume: Volume, measurement: Measurement, points_mm: Sequence[Point3], *, at: datetime) -> Measurement:
    """The measurement with its shape moved and its values taken anew; tracking UID and label stay."""
    plane, index = Plane(measurement.anchor.plane[0]), measurement.anchor.plane[1]
    kind = measurement.roi.kind
    values = measure(volume, kind, points_mm, plane, index)
    return replace(measurement, roi=_roi(volume, kind, points_mm, measurement.anchor), values=values, made_at=at)


def describe(measurement: Measurement) -> tuple[str, ...]:
    """Lines beside the shape: ``L1  8.4 mm``; mean, SD and area of an ellipse; value of a probe."""
    values = {v.concept.value: v.value for v in measurement.values}
    first = measurement.values[0]
    quantity = next((q for q, unit in VALUE_UNITS.items() if unit.same_as(first.unit)), Quantity.ARBITRARY)
    label = measurement.label
    if first.concept.same_as(LENGTH):
        return (f"{label}  {length_words(first.value)}",)
    if AREA.value in values and MEAN.value in values:
        numbers = RegionNumbers(
            values[MEAN.value], values.get(SD.value, 0.0), values.get(MINIMUM.value, 0.0), values.get(MAXIMUM.value, 0.0),
            values[AREA.value], 0,
        )  # fmt: skip
        mean, area = region_lines(numbers, quantity)
        return (f"{label}  {mean}", area)
    return (f"{label}  {value_words(first.value, quantity)}",)


def _roi(volume: Volume, kind: RoiKind, points_mm: Sequence[Point3], anchor: ImageAnchor) -> Roi:
    points = tuple(points_mm)
    if kind is RoiKind.ELLIPSE and math.dist(points[2], points[3]) > math.dist(points[0], points[1]):
        points = (points[2], points[3], points[0], points[1])
    if anchor.sop_uid is None:
        return Roi(kind, points)
    pixels: tuple[PointPx, ...] = tuple((float(c) + 0.5, float(r) + 0.5) for _, r, c in volume.grid.to_index(points))
    return Roi(kind, points, pixels)


def _next_label(kind: RoiKind, known: Sequence[Measurement]) -> str:
    letter = _LETTERS[kind]
    used = [int(m.label[1:]) for m in known if m.label.startswith(letter) and m.label[1:].isdigit()]
    return f"{letter}{max(used, default=0) + 1}"
