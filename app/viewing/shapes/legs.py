"""Axes of the legs and angles of the hips, on films of the whole legs and of the pelvis."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.coding import Code
from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.domain.roi import RoiKind
from app.errors import BadInput
from app.i18n import tr
from app.viewing.shapes.angle import degrees_between, to_sheet, turn_of
from app.viewing.shapes.concepts import DEGREE, MILLIMETRE, PIXEL
from app.viewing.shapes.scales import length_scale
from app.viewing.shapes.shape import Box, Drawing, MeasuredImage, Polyline, Shape, Stroke, box_around
from app.viewing.shapes.words import angle_text, length_text, side_word

_SCHEME = "99YINGSHU"
#: sides of the patient in the order of a reader, and those of images that do not tell them
SIDES, ORDER = ("R", "L"), ("1", "2")
_WORDS = {"R": "right", "L": "left", "1": "first", "2": "second"}


def _sided(code: str, meaning: str) -> dict[str, Code]:
    return {side: Code(f"{code}-{side}", _SCHEME, f"{meaning}, {word}") for side, word in _WORDS.items()}


#: the standard has no codes for these (PS3.16)
LEG_LENGTH = _sided("LEG", "Mechanical length of leg")
HKA = _sided("HKA", "Hip-knee-ankle angle")
CENTRE_EDGE_ANGLE = _sided("LCEA", "Lateral centre-edge angle")
ACETABULAR_ANGLE = _sided("AI", "Acetabular index")
LENGTH_DIFFERENCE = Code("LLD", _SCHEME, "Leg length difference")


class _BilateralShape(Shape, ABC):
    """Points of one side, and of the other."""

    drawing = Drawing.PLACE
    measures_values = False

    def path(self, points: Sequence[PointPx]) -> tuple[Stroke, ...]:
        lines = [line for line in self.kind.lines_of(tuple(points)) if len(line) > 1]
        return tuple(Polyline(line) for line in lines) or (Polyline(tuple(points)),)

    def bounds(self, points: Sequence[PointPx]) -> Box:
        return box_around(points)


def _sides(image: MeasuredImage, first: NDArray[np.float64], second: NDArray[np.float64]) -> tuple[str, str]:
    """Which side of the patient two places are of, by the image's letters; ORDER where they do not tell."""
    left, right, *_ = image.plane.letters
    if {left, right} != set(SIDES):
        return ORDER
    return (left, right) if first[0] < second[0] else (right, left)


def _in_order(values: dict[str, MeasuredValue]) -> tuple[MeasuredValue, ...]:
    """The right side first."""
    return tuple(values[side] for side in (*SIDES, *ORDER) if side in values)


class LegAxes(_BilateralShape):
    """Six points: the middles of hip, knee and ankle of one leg, then of the other.

    The mechanical axis goes from the middle of the femoral head to that of the ankle.  Measured are the
    length of each leg along hip, knee and ankle, their difference, and the medial hip-knee-ankle angle
    (Paley, Principles of Deformity Correction, 2002): 180 degrees where the knee lies on the axis, less in
    varus, more in valgus.
    """

    shape_id = "legs"
    title = "Measure leg axes"
    key = "Shift+M"
    icon = "walk"
    letter = "K"
    count = 6
    kind = RoiKind.LEG_AXES

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        known = length_scale(image, points)
        unit = MILLIMETRE if known is not None else PIXEL
        # lengths that are counted in pixels, beside angles that are true on pixels of any form
        counted = np.asarray(points, dtype=float) @ (known[0] if known is not None else np.eye(2)).T
        sheet = np.asarray(points, dtype=float) @ to_sheet(image, points).T
        legs = sheet[:3], sheet[3:]
        names = _sides(image, legs[0].mean(axis=0), legs[1].mean(axis=0))
        lengths, angles = {}, {}
        for name, leg, other, measured in zip(
            names, legs, legs[::-1], (counted[:3], counted[3:]), strict=True
        ):
            way = float(np.hypot(*np.diff(measured, axis=0).T).sum())
            lengths[name] = MeasuredValue(LEG_LENGTH[name], way, unit)
            angles[name] = MeasuredValue(HKA[name], _medial_angle(leg, other.mean(axis=0)), DEGREE)
        first, second = (one.value for one in _in_order(lengths))
        difference = MeasuredValue(LENGTH_DIFFERENCE, abs(first - second), unit)
        return (*_in_order(lengths), *_in_order(angles), difference)

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        *sides, difference = values
        lengths, angles = sides[:2], sides[2:]
        return (
            *(
                f"{side_word(length.concept)} {length_text(length)}  HKA {angle_text(angle)}"
                for length, angle in zip(lengths, angles, strict=True)
            ),
            tr("Difference {length}", length=length_text(difference)),
        )


def _medial_angle(leg: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The angle at the knee on the side of the other leg, 0 to 360 degrees; `leg` is hip, knee, ankle."""
    hip, knee, ankle = leg
    angle = degrees_between(hip - knee, ankle - knee)
    knee_side, other_side = turn_of(ankle - hip, knee - hip), turn_of(ankle - hip, other - hip)
    return 360 - angle if knee_side * other_side > 0 else angle


class _HipAngles(_BilateralShape):
    """Four points: a place of each hip, then the lateral edge of each acetabulum, in the same order."""

    count = 4
    measures_size = False
    concepts: dict[str, Code]
    abbreviation: str

    def measure(self, image: MeasuredImage, points: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
        a, b, c, d = np.asarray(points, dtype=float) @ to_sheet(image, points).T
        if not np.hypot(*(b - a)) or not np.hypot(*(c - a)) or not np.hypot(*(d - b)):
            raise BadInput("A line of the angle has no length.")
        names = _sides(image, a, b)
        found = {
            names[0]: MeasuredValue(self.concepts[names[0]], self.angle(a - b, c - a), DEGREE),
            names[1]: MeasuredValue(self.concepts[names[1]], self.angle(b - a, d - b), DEGREE),
        }
        return _in_order(found)

    @abstractmethod
    def angle(self, outwards: NDArray[np.float64], edge: NDArray[np.float64]) -> float:
        """Degrees, from the direction to the patient's side and that to the edge."""

    def lines(self, values: Sequence[MeasuredValue]) -> tuple[str, ...]:
        return ("  ".join(f"{self.abbreviation} {side_word(v.concept)} {angle_text(v)}" for v in values),)


class CentreEdge(_HipAngles):
    """Lateral centre-edge angle (Wiberg, Acta Chir Scand 1939;83 Suppl 58): at the middle of the femoral
    head, from the normal of the line through both to the lateral edge of the acetabulum; negative where the
    edge lies medial.
    """

    shape_id = "centre-edge"
    title = "Measure centre-edge angles"
    key = "Shift+X"
    icon = "bone"
    letter = "J"
    kind = RoiKind.CENTRE_EDGE
    concepts = CENTRE_EDGE_ANGLE
    abbreviation = "CE"

    def angle(self, outwards: NDArray[np.float64], edge: NDArray[np.float64]) -> float:
        along = outwards / np.hypot(*outwards)
        aside, away = float(edge @ along), abs(turn_of(along, edge))
        return math.degrees(math.atan2(aside, away))


class AcetabularIndex(_HipAngles):
    """Acetabular index (Hilgenreiner, Med Klin 1925;21:1385): at the triradiate cartilage, between the line
    through both and that to the lateral edge of the acetabular roof.
    """

    shape_id = "acetabular-index"
    title = "Measure acetabular index"
    key = "Shift+I"
    icon = "bone"
    letter = "Q"
    kind = RoiKind.ACETABULAR_INDEX
    concepts = ACETABULAR_ANGLE
    abbreviation = "AI"

    def angle(self, outwards: NDArray[np.float64], edge: NDArray[np.float64]) -> float:
        return degrees_between(outwards, edge)
