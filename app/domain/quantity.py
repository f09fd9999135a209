"""What a value says."""

from __future__ import annotations

import math
from enum import StrEnum

#: values under it need more than two digits behind the point
_SMALL, _MOST_DECIMALS = 0.1, 12


class Quantity(StrEnum):
    """What a value says; its unit in UCUM is `UNITS[quantity]` where the quantity has only one."""

    HU = "hu"
    SUV_BW = "suv-bw"
    ACTIVITY = "activity"
    COUNTS = "counts"
    DOSE = "dose"
    OPTICAL_DENSITY = "optical-density"
    #: a quantity of its own with the unit that the object gives (parametric map, Real World Value Mapping)
    MAPPED = "mapped"
    #: numbers without a unit: MR signal, unspecified maps, projection images
    ARBITRARY = "arbitrary"


UNITS = {
    Quantity.HU: "[hnsf'U]",
    Quantity.SUV_BW: "g/ml",
    Quantity.ACTIVITY: "Bq/ml",
    Quantity.COUNTS: "{counts}",
    Quantity.DOSE: "Gy",
    Quantity.OPTICAL_DENSITY: "{od}",
    Quantity.MAPPED: "",
    Quantity.ARBITRARY: "1",
}


def small_decimals(value: float) -> int:
    """Two digits behind the point, or as many as a small value needs for three that say something: diffusion
    is some ten-thousandths of mm²/s.
    """
    if not 0 < abs(value) < _SMALL:
        return 2
    return min(_MOST_DECIMALS, 2 - math.floor(math.log10(abs(value))))
