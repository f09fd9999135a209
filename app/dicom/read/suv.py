"""Standardized uptake value by body weight (SUVbw), the way of the QIBA FDG-PET profile's vendor-neutral
code.

Pure: facts in, a factor and the reasons out.  A fact that is missing, implausible or contradicted makes no
SUV.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.dicom.read.nuclides import DAY_S, HOUR_S, MINUTE_S, Nuclide, fitting_nuclide, known_nuclide
from app.dicom.read.suv_facts import Injection, SuvInputs
from app.dicom.read.suv_times import Decay, decay_time
from app.domain.display_set import TranslatableText
from app.domain.quantity import Quantity

LEAST_DOSE_BQ, MOST_DOSE_BQ = 1e6, 1e10
LEAST_WEIGHT_KG, MOST_WEIGHT_KG = 0.01, 400.0
#: Bq/ml that an SUV of 1 may stand for
LEAST_MEAN, MOST_MEAN = 10.0, 2e6
#: of a nuclide that is not known here
LEAST_HALF_LIFE_S, MOST_HALF_LIFE_S = 1.0, 100 * 365.25 * DAY_S
BODY_WEIGHT = "SUVBW"
_MEGA = 1e6

COUNTS = "The values are counts, not SUV: Units is CNTS and the maker's factors are absent."
MAKERS_SUV = "SUV by the maker's own factor {factor} (Philips, 7053,1000)."
MAKERS_ACTIVITY = "Counts were turned into activity by the maker's own factor {factor} (Philips, 7053,1009)."
FACTORS_DIFFER = "The maker's factors differ between the images: the values stay counts."
SUV_ASSUMED = "SUV Type is absent: values in g/ml are taken for SUV by body weight."
LEAN_BODY_MASS = "The values are SUV by lean body mass ({found}), not by body weight."
BODY_SURFACE = "The values are SUV by body surface area ({found}), not by body weight."
IDEAL_WEIGHT = "The values are SUV by ideal body weight ({found}), not by body weight."
OTHER_TYPE = "The values are SUV of the type {found}, not by body weight."
OTHER_UNITS = "Units is {found}: no SUV can be made of the values."
NO_UNITS = "Units is missing: it is not known what the values are."
MISSING = "No SUV: {attribute} is missing or cannot be read."
IMPLAUSIBLE = "No SUV: {attribute} is {found}; {low} to {high} {unit} are plausible."
OTHER_UNIT = "No SUV: {attribute} is {found} {unit}; it looks as if it were written in {likely}."
NO_ATTENUATION = "No SUV: the images are not corrected for attenuation (Corrected Image lacks ATTN)."
NO_DECAY = "No SUV: the images are not corrected for decay (Corrected Image lacks DECY)."
DECAY_UNKNOWN = (
    "No SUV: Decay Correction is “{found}”: it is not known to which moment the decay was corrected."
)
DIFFERS = "No SUV: the images of the series differ in {attribute}."
SEVERAL_INJECTIONS = "No SUV: {n} different injections are named."
HALF_LIFE_DIFFERS = "No SUV: Radionuclide Half Life is {found} s; that of {nuclide} is {expected} s."
HALF_LIFE_UNIT = (
    "No SUV: Radionuclide Half Life is {found} s; that of {nuclide} is {expected} s. "
    "It looks as if it were written in {likely}."
)
HALF_LIFE_UNKNOWN = (
    "No SUV: Radionuclide Half Life is {found} s, which fits no positron emitter, and none is named."
)
HALF_LIFE_UNCHECKED = "The half-life of {found} s could not be checked: {nuclide} is not known here."
HALF_LIFE_FILLED = "Radionuclide Half Life is missing: {found} s, that of {nuclide}, was used."
MEAN_IMPLAUSIBLE = (
    "No SUV: an SUV of 1 would stand for {found} Bq/ml; dose, weight and times do not fit each other."
)

_SUV_TYPES = {
    "LBM": LEAN_BODY_MASS, "LBMJAMES128": LEAN_BODY_MASS, "LBMJANMA": LEAN_BODY_MASS,
    "BSA": BODY_SURFACE, "IBW": IDEAL_WEIGHT,
}  # fmt: skip
_QUANTITIES = {
    BODY_WEIGHT: Quantity.SUV_BW, "BQML": Quantity.ACTIVITY, "CNTS": Quantity.COUNTS,
    "SUVLBM": Quantity.SUV_LBM, "SUVLBMJANMA": Quantity.SUV_LBM_JANMA,
    "SUVLBMJAMES128": Quantity.SUV_LBM_JAMES, "SUVBSA": Quantity.SUV_BSA, "SUVIBW": Quantity.SUV_IBW,
}  # fmt: skip
_TIME_UNITS = (("min", MINUTE_S), ("h", HOUR_S), ("d", DAY_S))


@dataclass(frozen=True, slots=True)
class SuvResult:
    """`factor` turns rescaled values into `value_type`; None where they stay what they are.

    `value_type` is ``SUVBW``, or Units or SUV Type as the series has it.  `reasons` and the labels of `shown`
    (label, value) are English texts, translation keys.
    """

    factor: float | None
    value_type: str
    reasons: tuple[TranslatableText, ...] = ()
    shown: tuple[tuple[str, str], ...] = ()

    @property
    def quantity(self) -> Quantity:
        """What the values are once the factor was applied."""
        return _QUANTITIES.get(self.value_type, Quantity.ARBITRARY)


def suv(inputs: SuvInputs) -> SuvResult:
    """The factor from rescaled values to SUVbw in g/ml, or why there is none."""
    if inputs.differing:
        told = tuple((DIFFERS, {"attribute": name}) for name in inputs.differing)
        return SuvResult(None, inputs.units, told)
    match inputs.units:
        case "BQML":
            return _of_activity(inputs)
        case "CNTS":
            return _of_counts(inputs)
        case "GML":
            return _of_suv(inputs.suv_type)
        case "CM2ML":
            return _of_suv("BSA")
        case "":
            return SuvResult(None, "", ((NO_UNITS, {}),))
        case units:
            return SuvResult(None, units, ((OTHER_UNITS, {"found": units}),))


def _of_suv(kind: str) -> SuvResult:
    if kind in ("", "BW"):
        return SuvResult(None, BODY_WEIGHT, () if kind else ((SUV_ASSUMED, {}),))
    return SuvResult(None, f"SUV{kind}", ((_SUV_TYPES.get(kind, OTHER_TYPE), {"found": kind}),))


def _of_counts(inputs: SuvInputs) -> SuvResult:
    """Philips: a factor of its own to SUV, else one to activity."""
    direct = [factor for factor in inputs.philips_suv_factors if factor > 0]
    to_activity = [factor for factor in inputs.philips_activity_factors if factor > 0]
    if len(direct) > 1 or (not direct and len(to_activity) > 1):
        return SuvResult(None, "CNTS", ((FACTORS_DIFFER, {}),))
    if direct:
        told = (MAKERS_SUV, {"factor": f"{direct[0]:.6g}"})
        return SuvResult(direct[0], BODY_WEIGHT, (told,), (("Factor", f"{direct[0]:.6g}"),))
    if not to_activity:
        return SuvResult(None, "CNTS", ((COUNTS, {}),))
    made = _of_activity(inputs)
    told = (MAKERS_ACTIVITY, {"factor": f"{to_activity[0]:.6g}"})
    return SuvResult(
        to_activity[0] * (made.factor or 1.0), made.value_type, (told, *made.reasons), made.shown
    )


@dataclass(frozen=True, slots=True)
class _HalfLife:
    seconds: float | None
    nuclide: str = ""
    refused: tuple[TranslatableText, ...] = ()
    noted: tuple[TranslatableText, ...] = ()


def _of_activity(inputs: SuvInputs) -> SuvResult:
    several = len(inputs.injections) > 1
    injection = inputs.injections[0] if inputs.injections else Injection()
    half_life = _half_life(injection)
    refused = [
        *_corrections(inputs),
        *_weight(inputs.weight_kg),
        *_dose(injection.dose_bq),
        *half_life.refused,
    ]
    if several:
        refused.append((SEVERAL_INJECTIONS, {"n": str(len(inputs.injections))}))
    usable = half_life.seconds if not half_life.refused else None
    decay = decay_time(inputs, injection, usable) if usable else Decay()
    refused.extend(decay.refused)
    shown = _shown(inputs, injection, half_life, decay)
    if refused or not inputs.weight_kg or not injection.dose_bq or not half_life.seconds:
        return SuvResult(None, "BQML", tuple(refused), shown)
    left_bq = injection.dose_bq * 2.0 ** (-decay.seconds / half_life.seconds)
    mean = left_bq / (inputs.weight_kg * 1000.0)
    if not LEAST_MEAN <= mean <= MOST_MEAN:
        return SuvResult(None, "BQML", ((MEAN_IMPLAUSIBLE, {"found": f"{mean:.3g}"}),), shown)
    factor = 1.0 / mean
    return SuvResult(
        factor, BODY_WEIGHT, (*half_life.noted, *decay.noted), (*shown, ("Factor", f"{factor:.6g}"))
    )


def _corrections(inputs: SuvInputs) -> list[TranslatableText]:
    lacking = {"ATTN": NO_ATTENUATION, "DECY": NO_DECAY}
    found: list[TranslatableText] = [
        (text, {}) for code, text in lacking.items() if code not in inputs.corrections
    ]
    is_known = inputs.decay_correction in ("START", "ADMIN") or inputs.decay_corrected_at is not None
    if "DECY" in inputs.corrections and not is_known:
        found.append((DECAY_UNKNOWN, {"found": inputs.decay_correction}))
    return found


def _weight(weight_kg: float | None) -> list[TranslatableText]:
    if not weight_kg:
        return [(MISSING, {"attribute": "Patient's Weight"})]
    if LEAST_WEIGHT_KG <= weight_kg <= MOST_WEIGHT_KG:
        return []
    if LEAST_WEIGHT_KG <= weight_kg / 1000.0 <= MOST_WEIGHT_KG:
        return [_unit_mistaken("Patient's Weight", weight_kg, "kg", "g")]
    return [_out_of_range("Patient's Weight", weight_kg, (LEAST_WEIGHT_KG, MOST_WEIGHT_KG), "kg")]


def _dose(dose_bq: float | None) -> list[TranslatableText]:
    if not dose_bq:
        return [(MISSING, {"attribute": "Radionuclide Total Dose"})]
    if LEAST_DOSE_BQ <= dose_bq <= MOST_DOSE_BQ:
        return []
    usual = (5e6, 5e9)
    for unit, scale in (("MBq", 1e6), ("kBq", 1e3)):
        if usual[0] <= dose_bq * scale <= usual[1]:
            return [_unit_mistaken("Radionuclide Total Dose", dose_bq, "Bq", unit)]
    limits = (LEAST_DOSE_BQ / _MEGA, MOST_DOSE_BQ / _MEGA)
    return [_out_of_range("Radionuclide Total Dose", dose_bq / _MEGA, limits, "MBq")]


def _unit_mistaken(attribute: str, found: float, unit: str, likely: str) -> TranslatableText:
    return OTHER_UNIT, {"attribute": attribute, "found": f"{found:.10g}", "unit": unit, "likely": likely}


def _out_of_range(attribute: str, found: float, limits: tuple[float, float], unit: str) -> TranslatableText:
    low, high = (f"{limit:g}" for limit in limits)
    return IMPLAUSIBLE, {
        "attribute": attribute, "found": f"{found:.6g} {unit}", "low": low, "high": high, "unit": unit,
    }  # fmt: skip


def _half_life(injection: Injection) -> _HalfLife:
    """The half-life, held against that of the nuclide that is named or that it fits."""
    known = known_nuclide(injection.nuclide_code, injection.nuclide, injection.tracer)
    found = injection.half_life_s
    if not found or found <= 0:
        if known is None:
            return _HalfLife(None, refused=((MISSING, {"attribute": "Radionuclide Half Life"}),))
        told = (HALF_LIFE_FILLED, {"found": f"{known.half_life_s:.10g}", "nuclide": known.name})
        return _HalfLife(known.half_life_s, known.name, noted=(told,))
    fitting = fitting_nuclide(found)
    if known is not None:
        return _HalfLife(found, known.name, refused=() if known.fits(found) else (_differs(found, known),))
    if fitting is not None:
        return _HalfLife(found, fitting.name)
    likely = next((one for _, scale in _TIME_UNITS if (one := fitting_nuclide(found * scale))), None)
    if likely is not None:
        return _HalfLife(found, refused=(_differs(found, likely),))
    if injection.nuclide and LEAST_HALF_LIFE_S <= found <= MOST_HALF_LIFE_S:
        told = (HALF_LIFE_UNCHECKED, {"found": f"{found:.10g}", "nuclide": injection.nuclide})
        return _HalfLife(found, injection.nuclide, noted=(told,))
    return _HalfLife(found, refused=((HALF_LIFE_UNKNOWN, {"found": f"{found:.10g}"}),))


def _differs(found: float, nuclide: Nuclide) -> TranslatableText:
    told = {"found": f"{found:.10g}", "nuclide": nuclide.name, "expected": f"{nuclide.half_life_s:.10g}"}
    for unit, scale in _TIME_UNITS:
        if nuclide.fits(found * scale):
            return HALF_LIFE_UNIT, {**told, "likely": unit}
    return HALF_LIFE_DIFFERS, told


def _shown(
    inputs: SuvInputs, injection: Injection, half_life: _HalfLife, decay: Decay
) -> tuple[tuple[str, str], ...]:
    """What the factor was made of, as people read it; what is missing is left out."""
    rows = (
        ("Body weight", inputs.weight_kg and f"{inputs.weight_kg:g} kg"),
        ("Injected activity", injection.dose_bq and f"{injection.dose_bq / _MEGA:.6g} MBq"),
        ("Half-life", half_life.seconds and f"{half_life.seconds:.10g} s {half_life.nuclide}".rstrip()),
        ("Injected at", decay.injected_at and f"{decay.injected_at:%Y-%m-%d %H:%M:%S}"),
        ("Decay corrected to", decay.reference_at and f"{decay.reference_at:%Y-%m-%d %H:%M:%S}"),
        ("Decay time", decay.reference_at and f"{decay.seconds / MINUTE_S:.1f} min"),
    )
    return tuple((label, str(value)) for label, value in rows if value)
