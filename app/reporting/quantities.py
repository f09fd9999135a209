"""Measured values as words, and words as measured values.

One place decides how a value is rounded and how its unit is printed, so that text, page and data agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.measurement import MeasuredValue, Measurement
from app.domain.quantity import small_decimals
from app.domain.roi import RoiKind
from app.i18n import tr

#: UCUM unit → (printed unit, decimals)
_PRINTED: dict[str, tuple[str, int]] = {
    "mm": ("mm", 1),
    "cm": ("cm", 1),
    "mm2": ("mm²", 0),
    "cm2": ("cm²", 1),
    "mm3": ("mm³", 0),
    "cm3": ("cm³", 1),
    "ml": ("mL", 1),
    "[hnsf'U]": ("HU", 0),
    "deg": ("°", 1),
    "%": ("%", 1),
    "1": ("", 2),
    "{pixels}": ("px", 0),
    "{square_pixels}": ("px", 0),
    "g/ml{SUVbw}": ("SUV", 1),
    "g/ml{SUVlbm(Janma)}": ("SUL", 1),
    "g/ml{SUVlbm(James128)}": ("SUL", 1),
    "g/ml{SUVlbm}": ("SUL", 1),
    "cm2/ml{SUVbsa}": ("SUVbsa", 2),
    "g/ml{SUVibw}": ("SUVibw", 1),
    "s": ("s", 3),
    "cm/s": ("cm/s", 1),
    "cm/s2": ("cm/s²", 0),
    "mm/s": ("mm/s", 1),
    "Hz": ("Hz", 0),
    "Hz/s": ("Hz/s", 0),
    "Bq/ml": ("Bq/mL", 0),
    "g": ("g", 1),
}
#: words in text → (dimension, factor to its base: mm, mm², mm³, HU)
_UNITS: dict[str, tuple[str, float]] = {
    "mm": ("length", 1),
    "毫米": ("length", 1),
    "cm": ("length", 10),
    "厘米": ("length", 10),
    "公分": ("length", 10),
    "m": ("length", 1000),
    "mm²": ("area", 1),
    "mm2": ("area", 1),
    "cm²": ("area", 100),
    "cm2": ("area", 100),
    "mm³": ("volume", 1),
    "mm3": ("volume", 1),
    "cm³": ("volume", 1000),
    "cm3": ("volume", 1000),
    "ml": ("volume", 1000),
    "hu": ("density", 1),
}
_UCUM_DIMENSION: dict[str, tuple[str, float]] = {
    "mm": ("length", 1),
    "cm": ("length", 10),
    "mm2": ("area", 1),
    "cm2": ("area", 100),
    "mm3": ("volume", 1),
    "cm3": ("volume", 1000),
    "ml": ("volume", 1000),
    "[hnsf'U]": ("density", 1),
}
_UNIT = r"(?:mm[²2³3]?|cm[²2³3]?|mL|HU)(?![A-Za-z])|毫米|厘米|公分"
_QUANTITY = re.compile(
    rf"(?<![\d.A-Za-z])(?P<a>[-−–]?\d+(?:\.\d+)?)\s*(?P<ua>{_UNIT})?"
    rf"(?:\s*[×xX*]\s*(?P<b>\d+(?:\.\d+)?)\s*(?P<ub>{_UNIT})?)?(?:\s*[×xX*]\s*(?P<c>\d+(?:\.\d+)?)\s*(?P<uc>{_UNIT})?)?",
    re.IGNORECASE,
)


#: measured on both sides; abbreviations of their angles, by the first part of the code
_SIDED = frozenset((RoiKind.LEG_AXES, RoiKind.CENTRE_EDGE, RoiKind.ACETABULAR_INDEX))
#: velocity-time integral
_FLOW = "20354-7"
_ANGLES = {"HKA": "HKA", "LCEA": "CE", "AI": "AI"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit found in text: value in the unit as written, its dimension, factor to the base
    unit.
    """

    value: float
    unit: str
    dimension: str
    factor: float
    decimals: int
    start: int
    end: int

    def says(self, value: float, ucum: str) -> bool:
        """Whether it is `value`, rounded as it is written here."""
        dimension, factor = _UCUM_DIMENSION.get(ucum, ("", 0.0))
        if dimension != self.dimension:
            return False
        tolerance = 0.5 * 10.0**-self.decimals + 1e-9
        return abs(value * factor / self.factor - self.value) <= tolerance

    @property
    def base(self) -> float:
        """The value in mm, mm², mm³ or HU."""
        return self.value * self.factor


def quantities_in(text: str) -> list[Quantity]:
    """Numbers that carry a unit, in order; in ``8.4 × 6.9 mm`` both are millimetres."""
    found: list[Quantity] = []
    for match in _QUANTITY.finditer(text):
        last = match["uc"] or match["ub"] or match["ua"]
        if last is None:
            continue
        for number, own in (("a", "ua"), ("b", "ub"), ("c", "uc")):
            if match[number] is None:
                continue
            unit = (match[own] or last).lower()
            dimension, factor = _UNITS[unit]
            digits = match[number].replace("−", "-").replace("–", "-")
            decimals = len(digits.partition(".")[2])
            found.append(
                Quantity(
                    float(digits), unit, dimension, factor, decimals, match.start(number), match.end(number)
                )
            )
    return found


def value_words(value: MeasuredValue) -> str:
    """One value as printed, e.g. ``8.4 mm``, ``−705 HU`` or ``SUV 5.2``."""
    unit, decimals = _PRINTED.get(value.unit.value, (value.unit.value, small_decimals(value.value)))
    number = f"{value.value:.{decimals}f}"
    if float(number) == 0:
        number = number.removeprefix("-")
    if unit.startswith("SU"):  # it stands before its figure
        return f"{unit} {number}"
    return (
        f"{number.replace('-', '−')} {unit}".strip()
        if unit not in {"°", "%"}
        else f"{number.replace('-', '−')}{unit}"
    )


def measurement_words(measurement: Measurement) -> str:
    """A measurement as it stands in a sentence: its lengths (``8.4 mm × 6.9 mm``), or its first value; both
    sides of legs and hips; all that a line in a trace of ultrasound tells; the words of a note, which has
    none.
    """
    if not measurement.values:
        return measurement.label
    if measurement.roi.kind in _SIDED:
        return tr("; ").join(_sided_words(value) for value in measurement.values)
    flow = next((value for value in measurement.values if value.concept.value == _FLOW), None)
    if flow is not None:
        return f"VTI {value_words(flow)}"
    if measurement.values[0].unit.value == "s":
        return tr("; ").join(value_words(value) for value in measurement.values)
    if measurement.values[0].unit.value in {"mm", "cm"}:
        lengths = [value for value in measurement.values if value.unit.value in {"mm", "cm"}]
        return " × ".join(value_words(value) for value in sorted(lengths, key=lambda v: -v.value)[:3])
    return value_words(measurement.values[0])


def _sided_words(value: MeasuredValue) -> str:
    """E.g. ``HKA R 178.2°``: what is measured where its unit does not tell, the side, the value."""
    code, _, side = value.concept.value.rpartition("-")
    words = {"R": tr("R"), "L": tr("L")}.get(side, side)
    if not code:
        return tr("difference {value}", value=value_words(value))
    return " ".join(x for x in (_ANGLES.get(code, ""), words, value_words(value)) if x)
