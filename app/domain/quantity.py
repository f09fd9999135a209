"""What a value says."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

#: values under it need more than two digits behind the point
_SMALL, _MOST_DECIMALS = 0.1, 12


class Quantity(StrEnum):
    """What a value says; its unit in UCUM is `UNITS[quantity]` where the quantity has only one."""

    HU = "hu"
    SUV_BW = "suv-bw"
    #: SUV by lean body mass (SUL): after Janmahasatian, after James, and as a file has it that says no more
    SUV_LBM_JANMA = "suv-lbm-janma"
    SUV_LBM_JAMES = "suv-lbm-james128"
    SUV_LBM = "suv-lbm"
    SUV_BSA = "suv-bsa"
    SUV_IBW = "suv-ibw"
    ACTIVITY = "activity"
    COUNTS = "counts"
    DOSE = "dose"
    OPTICAL_DENSITY = "optical-density"
    #: a quantity of its own with the unit that the object gives (parametric map, Real World Value Mapping)
    MAPPED = "mapped"
    #: numbers without a unit: MR signal, unspecified maps, projection images
    ARBITRARY = "arbitrary"

    @property
    def is_uptake(self) -> bool:
        """A standardized uptake value, of whatever kind."""
        return self.value.startswith("suv-")

    @property
    def is_lean(self) -> bool:
        """Uptake by lean body mass."""
        return self.value.startswith("suv-lbm")


UNITS = {
    Quantity.HU: "[hnsf'U]",
    Quantity.SUV_BW: "g/ml",
    Quantity.SUV_LBM_JANMA: "g/ml",
    Quantity.SUV_LBM_JAMES: "g/ml",
    Quantity.SUV_LBM: "g/ml",
    Quantity.SUV_BSA: "cm2/ml",
    Quantity.SUV_IBW: "g/ml",
    Quantity.ACTIVITY: "Bq/ml",
    Quantity.COUNTS: "{counts}",
    Quantity.DOSE: "Gy",
    Quantity.OPTICAL_DENSITY: "{od}",
    Quantity.MAPPED: "",
    Quantity.ARBITRARY: "1",
}


#: kinds that a reader may choose from, in their order
UPTAKES = (Quantity.SUV_BW, Quantity.SUV_LBM_JANMA, Quantity.SUV_LBM_JAMES, Quantity.SUV_BSA)


@dataclass(frozen=True, slots=True)
class UptakeScales:
    """`factors` turn the values of a series into another kind of uptake; `reasons` (English template, its
    parameters) say why it cannot be made.
    """

    factors: tuple[tuple[Quantity, float], ...] = ()
    reasons: tuple[tuple[Quantity, tuple[str, dict[str, str]]], ...] = ()

    def factor(self, wanted: Quantity) -> float | None:
        """What values are multiplied with; None where the kind cannot be made."""
        return next((factor for quantity, factor in self.factors if quantity is wanted), None)

    def why_not(self, wanted: Quantity) -> tuple[str, dict[str, str]] | None:
        """Why a kind cannot be made."""
        return next((reason for quantity, reason in self.reasons if quantity is wanted), None)


NO_SCALES = UptakeScales()


def small_decimals(value: float) -> int:
    """Two digits behind the point, or as many as a small value needs for three that say something: diffusion
    is some ten-thousandths of mm²/s.
    """
    if not 0 < abs(value) < _SMALL:
        return 2
    return min(_MOST_DECIMALS, 2 - math.floor(math.log10(abs(value))))
