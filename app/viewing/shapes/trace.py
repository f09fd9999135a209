"""Times, velocities and slopes in the traces of ultrasound: M-mode, spectral Doppler, curves (PS3.3 C.8.5.5).

Values are those of Physical Units, Physical Delta and Reference Pixel of the region.  Of velocities both ends
are told where the object says where the baseline lies, else their difference.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.coding import Code
from app.domain.frame import RegionAxis, UltrasoundRegion
from app.domain.geometry import PointPx
from app.domain.measurement import MeasuredValue
from app.i18n import tr
from app.viewing.shapes.concepts import LENGTH, MILLIMETRE, SECOND, TIME, VELOCITY
from app.viewing.shapes.scales import NotMeasuredHere
from app.viewing.wording import number

_SCHEME = "99YINGSHU"
#: the standard has no codes for these of whatever is shown (PS3.16)
SLOPE = Code("SLOPE", _SCHEME, "Slope")
DIFFERENCE = Code("DIFFERENCE", _SCHEME, "Difference")
VALUE = Code("VALUE", _SCHEME, "Value")
_SECONDS_A_MINUTE = 60.0
#: units as people write them; slopes are such a unit a second
_WORDS = {"cm/s2": "cm/s²", "Hz/s": "Hz/s", "cm2": "cm²", "cm3": "cm³", "deg": "°"}


def unit_of(ucum: str) -> Code:
    """A unit of a trace."""
    return {"s": SECOND, "mm": MILLIMETRE}.get(ucum, Code(ucum or "1", "UCUM", ucum or "no units"))


def line_values(region: UltrasoundRegion, ends: Sequence[PointPx]) -> tuple[MeasuredValue, ...]:
    """What lies between two ends in a trace; `NotMeasuredHere` where it tells nothing.

    Over time: the time between them; of velocities and other values those at both ends in the order of time,
    where the baseline is known, else their difference; of lengths (M-mode) the distance, which has no sign;
    and the slope, where there is a time between.
    """
    first, second = sorted(ends) if region.axes[0].step >= 0 else sorted(ends, reverse=True)
    across, down = region.axes
    if not across.unit and not down.unit:
        raise NotMeasuredHere("The image tells no units here.")
    over, away = _between(across, first[0], second[0]), _between(down, first[1], second[1])
    values = []
    if across.unit == "s":
        values.append(MeasuredValue(TIME, abs(over), SECOND))
    elif across.unit:
        values.append(MeasuredValue(DIFFERENCE, abs(over), unit_of(across.unit)))
    if not down.unit:
        return tuple(values)
    values.extend(_levels(down, first[1], second[1]))
    if across.unit == "s" and over:
        slope = away / abs(over)
        unit = {"cm/s": "cm/s2"}.get(down.unit, f"{down.unit}/s")
        values.append(MeasuredValue(SLOPE, abs(slope) if down.unit == "mm" else slope, unit_of(unit)))
    return tuple(values)


def _between(axis: RegionAxis, first: float, second: float) -> float:
    return (second - first) * axis.step


def _levels(down: RegionAxis, first: float, second: float) -> list[MeasuredValue]:
    unit, away = unit_of(down.unit), _between(down, first, second)
    if down.unit == "mm":
        return [MeasuredValue(LENGTH, abs(away), MILLIMETRE)]
    ends = [down.value_at(first), down.value_at(second)]
    concept = VELOCITY if down.unit == "cm/s" else VALUE
    if None in ends:
        return [MeasuredValue(DIFFERENCE, away, unit)]
    return [MeasuredValue(concept, end, unit) for end in ends if end is not None]


def point_value(region: UltrasoundRegion, at: PointPx) -> MeasuredValue | None:
    """The value that a trace shows at a point: the velocity over the baseline; None where it tells none."""
    down = region.axes[1]
    found = down.value_at(at[1])
    if found is None or not down.unit:
        return None
    concept = {"cm/s": VELOCITY, "mm": LENGTH}.get(down.unit, VALUE)
    return MeasuredValue(concept, found, unit_of(down.unit))


def is_of_trace(values: Sequence[MeasuredValue]) -> bool:
    """The values are those of a line in a trace."""
    return bool(values) and any(values[0].concept.same_as(one) for one in (TIME, DIFFERENCE, VELOCITY, VALUE))


def trace_lines(values: Sequence[MeasuredValue]) -> tuple[str, ...]:
    """E.g. ``0.320 s``, ``12.4 → 85.1 cm/s``, ``Slope 227 cm/s²``."""
    time = [v for v in values if v.concept.same_as(TIME)]
    slope = [v for v in values if v.concept.same_as(SLOPE)]
    levels = [v for v in values if v not in time and v not in slope]
    lines = [value_words(v) for v in time]
    if levels:
        ends = " → ".join(_figure(v) for v in levels)
        lines.append(f"{ends} {unit_words(levels[0].unit)}".strip())
    return (*lines, *(tr("Slope {value}", value=value_words(v)) for v in slope))


def trace_details(values: Sequence[MeasuredValue]) -> tuple[str, ...]:
    """The rate of what takes so long, where a time was measured."""
    times = [v.value for v in values if v.concept.same_as(TIME) and v.value > 0]
    return tuple(
        tr("As one cycle: {rate} per minute", rate=number(_SECONDS_A_MINUTE / time, 0)) for time in times
    )


def value_words(value: MeasuredValue) -> str:
    """A figure with its unit: times to a millisecond."""
    return f"{_figure(value)} {unit_words(value.unit)}".strip()


def unit_words(unit: Code) -> str:
    """A unit as people write it."""
    return "" if unit.value == "1" else _WORDS.get(unit.value, unit.value)


def _figure(value: MeasuredValue) -> str:
    if value.unit.value == "s":
        return number(value.value, 3)
    return number(value.value, 0 if value.unit.value.startswith("Hz") or abs(value.value) >= 1000 else 1)
