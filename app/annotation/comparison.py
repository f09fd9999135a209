"""How the size of a lesion has changed since a prior."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.annotation.prior_marks import PriorMarks
from app.domain.coding import Code
from app.domain.measurement import MarkState, MeasuredValue, Measurement
from app.viewing.shapes import ShapeTypes
from app.viewing.shapes.concepts import DEGREE, MILLILITRE, MILLIMETRE, SQUARE_MILLIMETRE

#: units of sizes; pixels are no size that two examinations share
_SIZES = (MILLIMETRE, SQUARE_MILLIMETRE, MILLILITRE, DEGREE)


@dataclass(frozen=True, slots=True)
class SizeChange:
    """One size of a lesion before and now, in the same unit.  `percent` is the change as a share of the size
    before; None where that is nothing, and of angles.
    """

    concept: Code
    unit: Code
    before: float
    now: float

    @property
    def difference(self) -> float:
        """Now minus before."""
        return self.now - self.before

    @property
    def percent(self) -> float | None:
        """Change in percent."""
        if not self.before or self.unit.same_as(DEGREE):
            return None
        return 100 * self.difference / self.before

    def doubling_days(self, days: int) -> float | None:
        """Days in which a volume doubles that grows on as in these days; None of what is no volume, and of
        one that has not grown (days · ln 2 / ln(now / before); Schwartz, Cancer 1961;14:1272).
        """
        grows = self.now > self.before > 0 and days > 0
        if not grows or not self.unit.same_as(MILLILITRE):
            return None
        return days * math.log(2) / math.log(self.now / self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A mark and that of the same lesion on a prior, with the sizes that both have."""

    prior: Measurement
    prior_at: datetime | None
    sizes: tuple[SizeChange, ...]


def compared(
    mark: Measurement,
    state: MarkState,
    priors: Sequence[PriorMarks],
    named: Sequence[Measurement],
    shapes: ShapeTypes,
) -> Comparison | None:
    """The mark beside that of the same lesion on the newest prior that has one; None where none has.

    The same lesion: a person said so; else the tracking UID is the same; else the name is, where a person
    gave it and no other mark of either examination (`named`: all of the present one) has it too.
    """
    for prior in priors if not mark.roi.kind.is_note else ():
        found = _same_lesion(mark, state, prior.measurements, named, shapes)
        if found is not None:
            return Comparison(found, prior.done_at, _sizes(found, mark))
    return None


def may_follow(mark: Measurement, prior: Measurement) -> bool:
    """Both are of a kind that measures, and so can be compared."""
    return mark.roi.kind is prior.roi.kind and not mark.roi.kind.is_note


def has_own_name(mark: Measurement, shapes: ShapeTypes) -> bool:
    """A person named it: it is not called L1 or E2 as new marks are."""
    letter = shapes.of(mark.roi.kind).letter
    return re.fullmatch(rf"{letter}\d+", mark.label.strip()) is None


def _same_lesion(
    mark: Measurement,
    state: MarkState,
    prior: Sequence[Measurement],
    named: Sequence[Measurement],
    shapes: ShapeTypes,
) -> Measurement | None:
    alike = [m for m in prior if may_follow(mark, m)]
    wanted = (state.follows,) if state.follows else (mark.tracking_uid,)
    tracked = next((m for m in alike if m.tracking_uid in wanted), None)
    if tracked is not None or state.follows or not has_own_name(mark, shapes):
        return tracked
    name = _folded(mark)
    same = [m for m in alike if _folded(m) == name]
    others = [m for m in named if may_follow(mark, m) and _folded(m) == name]
    return same[0] if len(same) == 1 and len(others) == 1 else None


def _folded(mark: Measurement) -> str:
    """A name without the differences that a reader does not see as such."""
    return " ".join(mark.label.split()).casefold()


def _sizes(prior: Measurement, mark: Measurement) -> tuple[SizeChange, ...]:
    found = []
    left = list(prior.values)
    for now in mark.values:
        before = next((v for v in left if _comparable(v, now)), None)
        if before is not None:
            left.remove(before)  # a shape may have two of a concept (widths of heart and chest)
            found.append(SizeChange(now.concept, now.unit, before.value, now.value))
    return tuple(found)


def _comparable(before: MeasuredValue, now: MeasuredValue) -> bool:
    return (
        before.concept.same_as(now.concept)
        and before.unit.same_as(now.unit)
        and any(now.unit.same_as(unit) for unit in _SIZES)
    )
