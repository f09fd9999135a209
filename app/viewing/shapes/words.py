"""Measured values as the screen writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.coding import Code
from app.domain.measurement import MeasuredValue
from app.i18n import tr
from app.viewing.shapes.concepts import (
    ANGLE,
    AREA,
    COBB_ANGLE,
    DEGREE,
    ENTROPY,
    KURTOSIS,
    LENGTH,
    LONG_AXIS,
    MAXIMUM,
    MEAN,
    MEDIAN,
    METABOLIC_VOLUME,
    MILLILITRE,
    MINIMUM,
    PERCENTILE_10,
    PERCENTILE_90,
    PIXEL,
    SD,
    SHORT_AXIS,
    SKEWNESS,
    SQUARE_MILLIMETRE,
    SQUARE_PIXEL,
    VELOCITY_TIME_INTEGRAL,
    VOLUME,
    WIDTH,
    quantity_of,
)
from app.viewing.wording import UNIT_WORDS, area_words, decimals_of, length_words, number


def unit_text(unit: Code) -> str:
    """What a reader calls a unit; "" for values without one."""
    if unit.value.startswith("{") or unit.value == "1":
        return UNIT_WORDS[quantity_of(unit)]
    return UNIT_WORDS[quantity_of(unit)] or unit.value


def length_text(value: MeasuredValue) -> str:
    """E.g. ``8.4 mm``; ``120 px`` where no distance is known."""
    if value.unit.same_as(PIXEL):
        return tr("{count} px", count=number(value.value, 0))
    return length_words(value.value)


def lengths_text(values: Sequence[MeasuredValue], between: str) -> str:
    """E.g. ``23.4 × 12.1 mm``; the unit stands once."""
    *others, last = values
    digits = 0 if last.unit.same_as(PIXEL) else 1
    return between.join((*(number(value.value, digits) for value in others), length_text(last)))


def angle_text(value: MeasuredValue) -> str:
    """E.g. ``43.5°``."""
    return f"{number(value.value, 1)}°"


def sizes_text(values: Sequence[float], unit: Code) -> tuple[tuple[str, ...], str]:
    """Sizes as figures of one unit, that of the largest, and the unit: millimetres and degrees to a tenth,
    areas from 1 cm² on in centimetres.
    """
    largest = max(map(abs, values), default=0.0)
    scale, digits, word = 1.0, 1, unit.value
    if unit.same_as(SQUARE_MILLIMETRE):
        scale, word = (100.0, "cm²") if largest >= 100 else (1.0, "mm²")
    elif unit.same_as(MILLILITRE):
        digits, word = 2, "mL"
    elif unit.same_as(DEGREE):
        word = "°"
    return tuple(number(value / scale, digits) for value in values), word


#: names of what is measured, by code; English, translation keys
_CONCEPT_TITLES = {
    LENGTH.value: "Length",
    LONG_AXIS.value: "Long axis",
    SHORT_AXIS.value: "Short axis",
    WIDTH.value: "Width",
    AREA.value: "Area",
    VOLUME.value: "Volume",
    METABOLIC_VOLUME.value: "Metabolic volume",
    ANGLE.value: "Angle",
    COBB_ANGLE.value: "Cobb angle",
    "LLD": "Leg length difference",
}


#: of what is measured on both sides, by the code without its side
_SIDED_TITLES = {
    "LEG": "Leg length",
    "HKA": "Hip-knee-ankle angle",
    "LCEA": "Centre-edge angle",
    "AI": "Acetabular index",
}


def side_word(concept: Code) -> str:
    """The side that a value is of, as it stands before it: that of the patient, or 1 and 2; "" where it is
    of none.
    """
    side = concept.value.rpartition("-")[2]
    return {"R": tr("R"), "L": tr("L"), "1": "1", "2": "2"}.get(side, "")


def concept_text(concept: Code) -> str:
    """What is measured, as people call it, with its side where it has one."""
    sided = _SIDED_TITLES.get(concept.value.rpartition("-")[0])
    if sided is not None:
        return f"{tr(sided)} {side_word(concept)}"
    return tr(_CONCEPT_TITLES.get(concept.value, concept.meaning))


def value_text(value: MeasuredValue) -> str:
    """E.g. ``−812 HU``."""
    digits = decimals_of(quantity_of(value.unit), abs(value.value))
    return f"{number(value.value, digits)} {unit_text(value.unit)}".strip()


_REGION_SIZES = (AREA.value, VELOCITY_TIME_INTEGRAL.value)


def region_text(values: Sequence[MeasuredValue]) -> tuple[str, ...]:
    """Mean with SD where it has values, and area, or the velocity-time integral in its place."""
    by = {v.concept.value: v.value for v in values}
    unit, last = values[0].unit, next(v for v in values if v.concept.value in _REGION_SIZES)
    if last.concept.same_as(VELOCITY_TIME_INTEGRAL):
        return (tr("VTI {value} cm", value=number(last.value, 1)),)
    size = (
        tr("{count} px", count=number(last.value, 0))
        if last.unit.same_as(SQUARE_PIXEL)
        else area_words(last.value)
    )
    area = tr("Area {area}", area=size)
    if MEAN.value not in by:
        return (area,)
    digits = decimals_of(quantity_of(unit), spread_of(by))
    mean, sd = number(by[MEAN.value], digits), number(by.get(SD.value, 0.0), digits)
    return (tr("Mean {mean}  SD {sd} {unit}", mean=mean, sd=sd, unit=unit_text(unit)).strip(), area)


def spread_of(by: Mapping[str, float]) -> float:
    """From the least to the greatest value of a region, by the codes of what was measured; the mean where all
    are the same.
    """
    return abs(by.get(MAXIMUM.value, 0.0) - by.get(MINIMUM.value, 0.0)) or abs(by.get(MEAN.value, 0.0))


def region_details(values: Sequence[MeasuredValue]) -> tuple[str, ...]:
    """Extremes, median and percentiles, and the form of the distribution, as far as they were measured."""
    by = {v.concept.value: v.value for v in values}
    digits, unit = decimals_of(quantity_of(values[0].unit), spread_of(by)), unit_text(values[0].unit)

    def said(concept: Code, decimals: int) -> str:
        return number(by[concept.value], decimals)

    lines = []
    if {MINIMUM.value, MAXIMUM.value} <= by.keys():
        ends = {"low": said(MINIMUM, digits), "high": said(MAXIMUM, digits)}
        lines.append(tr("Minimum {low}  Maximum {high} {unit}", **ends, unit=unit))
    if {MEDIAN.value, PERCENTILE_10.value, PERCENTILE_90.value} <= by.keys():
        middle = said(MEDIAN, digits)
        ends = {"low": said(PERCENTILE_10, digits), "high": said(PERCENTILE_90, digits)}
        lines.append(tr("Median {middle}  P10 {low}  P90 {high} {unit}", middle=middle, **ends, unit=unit))
    if {SKEWNESS.value, KURTOSIS.value, ENTROPY.value} <= by.keys():
        form = {"skew": said(SKEWNESS, 2), "kurtosis": said(KURTOSIS, 2), "entropy": said(ENTROPY, 2)}
        lines.append(tr("Skewness {skew}  Kurtosis {kurtosis}  Entropy {entropy}", **form))
    return tuple(line.strip() for line in lines)
