"""How the values in a region are spread: the counts of a histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.coding import Code

#: bars at most: as many as the entropy is taken over
MOST_BARS = 64


@dataclass(frozen=True, slots=True)
class Distribution:
    """`counts` of values in bars of one width that begin at `low` and end at `high`, in `unit`.

    Of whole numbers (HU, counts) a bar holds as many of them as the next one, and its ends lie halfway to
    them: a bar that held four numbers beside one that held three would be a comb that is not in the values.
    """

    counts: tuple[int, ...]
    low: float
    high: float
    unit: Code

    @property
    def size(self) -> int:
        """How many values there are."""
        return sum(self.counts)


def distribution(values: NDArray[np.float64], unit: Code) -> Distribution:
    """The histogram of one value or more."""
    low, high = float(values.min()), float(values.max())
    if (values == np.round(values)).all():
        span = int(high - low) + 1
        step = -(-span // MOST_BARS)
        bars = -(-span // step)
        low, high = low - 0.5, low - 0.5 + bars * step
    else:
        bars = MOST_BARS
    counts, _ = np.histogram(values, bins=bars, range=(low, high))
    return Distribution(tuple(int(count) for count in counts), low, high, unit)
