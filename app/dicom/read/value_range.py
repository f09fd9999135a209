"""Least, greatest and mean real value of images.  Runs in a bounded child."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from app.dicom.read.filling import Slot, stored_in_turn
from app.domain.image import through


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Of all pixels with a finite value, padding included; `count` is how many there are."""

    low: float
    high: float
    mean: float
    count: int


def value_range(slots: Sequence[Slot]) -> Generator[int, None, ValueRange | None]:
    """Tells after each image how many were looked at; None where no pixel has a value."""
    low, high, total, count = np.inf, -np.inf, 0.0, 0
    pixels = stored_in_turn(slot.source for slot in slots)
    for number, (slot, stored) in enumerate(zip(slots, pixels, strict=True), 1):
        values = np.asarray(through(stored, slot.transform), dtype=np.float64)
        values = values[np.isfinite(values)]
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
            total, count = total + float(values.sum()), count + values.size
        yield number
    return ValueRange(low, high, total / count, count) if count else None
