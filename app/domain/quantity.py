"""What a value says."""

from __future__ import annotations

from enum import StrEnum


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
