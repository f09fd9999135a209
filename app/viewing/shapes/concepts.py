"""What is measured, as coded concepts and units."""

from __future__ import annotations

from app.domain.coding import Code
from app.domain.quantity import Quantity

ANGLE = Code("1483009", "SCT", "Angle")
COBB_ANGLE = Code("285285000", "SCT", "Cobb angle")
LONG_AXIS = Code("103339001", "SCT", "Long axis")
SHORT_AXIS = Code("103340004", "SCT", "Short axis")
WIDTH = Code("103355008", "SCT", "Width")
LENGTH = Code("410668003", "SCT", "Length")
MEAN = Code("373098007", "SCT", "Mean")
SD = Code("386136009", "SCT", "Standard Deviation")
MINIMUM = Code("255605001", "SCT", "Minimum")
MAXIMUM = Code("56851009", "SCT", "Maximum")
MEDIAN = Code("373099004", "SCT", "Median")
PERCENTILE_10 = Code("371890005", "SCT", "10th Percentile Value of population")
PERCENTILE_90 = Code("371887004", "SCT", "90th Percentile Value of population")
SKEWNESS = Code("126051", "DCM", "Skewness")
KURTOSIS = Code("126052", "DCM", "Kurtosis")
ENTROPY = Code("TLU2", "IBSI", "Intensity Histogram Entropy")
PEAK = Code("126031", "DCM", "Peak Value Within ROI")
METABOLIC_VOLUME = Code("126032", "DCM", "Metabolic Volume")
GLYCOLYSIS = Code("126033", "DCM", "Total Lesion Glycolysis")
THRESHOLD = Code("122411", "DCM", "Threshold Value")
VOLUME = Code("118565006", "SCT", "Volume")
AREA = Code("42798000", "SCT", "Area")
ATTENUATION = Code("112031", "DCM", "Attenuation Coefficient")
SUV = Code("126401", "DCM", "SUVbw")
SIGNAL = Code("110852", "DCM", "MR signal intensity")
#: of traces of ultrasound
TIME = Code("110858", "DCM", "Time")
VELOCITY = Code("110828", "DCM", "Flow Velocity")
VELOCITY_TIME_INTEGRAL = Code("20354-7", "LN", "Velocity Time Integral")

MILLIMETRE = Code("mm", "UCUM", "mm")
CENTIMETRE = Code("cm", "UCUM", "cm")
SECOND = Code("s", "UCUM", "s")
SQUARE_MILLIMETRE = Code("mm2", "UCUM", "mm2")
MILLILITRE = Code("ml", "UCUM", "mL")
GRAM = Code("g", "UCUM", "g")
SQUARE_CENTIMETRE = Code("cm2", "UCUM", "cm2")
NO_UNITS = Code("1", "UCUM", "no units")
DEGREE = Code("deg", "UCUM", "Degree")
PERCENT = Code("%", "UCUM", "Percent")
#: lengths and areas where no distance is known, as UCUM writes counted things
PIXEL = Code("{pixels}", "UCUM", "pixels")
SQUARE_PIXEL = Code("{square_pixels}", "UCUM", "square pixels")
#: UCUM units of values as PS3.16 CID 7181 and 84 name them
VALUE_UNITS = {
    Quantity.HU: Code("[hnsf'U]", "UCUM", "HU"),
    Quantity.SUV_BW: Code("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
    Quantity.SUV_LBM_JANMA: Code(
        "g/ml{SUVlbm(Janma)}", "UCUM", "Standardized Uptake Value lean body mass (Janma)"
    ),
    Quantity.SUV_LBM_JAMES: Code(
        "g/ml{SUVlbm(James128)}", "UCUM", "Standardized Uptake Value lean body mass (James 128 multiplier)"
    ),
    Quantity.SUV_LBM: Code("g/ml{SUVlbm}", "UCUM", "Standardized Uptake Value lean body mass (James)"),
    Quantity.SUV_BSA: Code("cm2/ml{SUVbsa}", "UCUM", "Standardized Uptake Value body surface area"),
    Quantity.SUV_IBW: Code("g/ml{SUVibw}", "UCUM", "Standardized Uptake Value ideal body weight"),
    Quantity.ACTIVITY: Code("Bq/ml", "UCUM", "Bq/ml"),
    Quantity.COUNTS: Code("{counts}", "UCUM", "counts"),
    Quantity.DOSE: Code("Gy", "UCUM", "Gy"),
    Quantity.OPTICAL_DENSITY: Code("{od}", "UCUM", "optical density"),
    Quantity.ARBITRARY: Code("1", "UCUM", "no units"),
}
_VALUE_CONCEPTS = {
    Quantity.HU: ATTENUATION,
    Quantity.SUV_BW: SUV,
    Quantity.SUV_LBM_JANMA: Code("126405", "DCM", "SUVlbm(Janma)"),
    Quantity.SUV_LBM_JAMES: Code("126406", "DCM", "SUVlbm(James128)"),
    Quantity.SUV_LBM: Code("126402", "DCM", "SUVlbm"),
    Quantity.SUV_BSA: Code("126403", "DCM", "SUVbsa"),
    Quantity.SUV_IBW: Code("126404", "DCM", "SUVibw"),
}


def value_unit(quantity: Quantity, unit: str = "") -> Code:
    """Unit of the values; `unit` (UCUM) is that of a quantity with a unit of its own."""
    known = VALUE_UNITS.get(quantity)
    return known if known is not None else Code(unit or "1", "UCUM", unit or "no units")


def value_concept(quantity: Quantity, modality: str) -> Code:
    """What a single value is called."""
    return _VALUE_CONCEPTS.get(quantity) or (SIGNAL if modality == "MR" else MEAN)


def quantity_of(unit: Code) -> Quantity:
    """The quantity that a stored unit belongs to."""
    known = (quantity for quantity, code in VALUE_UNITS.items() if code.same_as(unit))
    return next(known, Quantity.MAPPED)
