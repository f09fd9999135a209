"""SUV by lean body mass (SUL) and by body surface area, from the patient's weight, height and sex.

Lean body mass by Janmahasatian et al. (Clin Pharmacokinet 2005;44:1051), which QIBA's FDG-PET profile asks
for, and by James (with the multiplier 128; PS3.3 SUV Type LBMJAMES128), body surface by Du Bois and Du Bois
(Arch Intern Med 1916;17:863).  Pure: facts in, factors and reasons out.
"""

from __future__ import annotations

from collections.abc import Callable

from app.dicom.read.suv import LEAST_WEIGHT_KG, MOST_WEIGHT_KG
from app.dicom.read.suv_facts import SuvInputs
from app.domain.display_set import TranslatableText
from app.domain.quantity import UPTAKES, Quantity, UptakeScales

LEAST_HEIGHT_M, MOST_HEIGHT_M = 0.3, 2.75
#: body mass index from which on more weight makes less lean mass in the formula of James
MOST_BMI_JAMES = {"M": 1.10e4 / (2 * 128), "F": 1.07e4 / (2 * 148)}

MISSING = "No {kind}: {attribute} is missing or cannot be read."
IMPLAUSIBLE = "No {kind}: {attribute} is {found} {unit}; {low} to {high} {unit} are plausible."
LIKELY_CENTIMETRES = "No {kind}: {attribute} is {found} m; it looks as if it were written in cm."
OTHER_SEX = "No {kind}: Patient's Sex is {found}; the formulas are for male and female."
TOO_HEAVY = "No {kind}: the formula of James gives no lean mass for a body mass index of {bmi}."
DIFFERS = "No {kind}: the images of the series differ in {attribute}."
STORED = "No {kind}: the values are stored as SUV of another kind, which cannot be turned into it."
#: what people call the kinds
KINDS = {
    Quantity.SUV_BW: "SUVbw",
    Quantity.SUV_LBM_JANMA: "SUL",
    Quantity.SUV_LBM_JAMES: "SUL",
    Quantity.SUV_BSA: "SUVbsa",
}


def lean_mass_janmahasatian(weight_kg: float, height_m: float, sex: str) -> float:
    """Kilograms; `sex` is ``M`` or ``F``."""
    bmi = weight_kg / height_m**2
    return 9270.0 * weight_kg / (6680.0 + 216.0 * bmi if sex == "M" else 8780.0 + 244.0 * bmi)


def lean_mass_james(weight_kg: float, height_m: float, sex: str) -> float:
    """Kilograms; `sex` is ``M`` or ``F``."""
    share = (weight_kg / (100.0 * height_m)) ** 2
    return 1.10 * weight_kg - 128.0 * share if sex == "M" else 1.07 * weight_kg - 148.0 * share


def body_surface_m2(weight_kg: float, height_m: float) -> float:
    """Square metres."""
    return float(0.007184 * weight_kg**0.425 * (100.0 * height_m) ** 0.725)


_LEAN: dict[Quantity, Callable[[float, float, str], float]] = {
    Quantity.SUV_LBM_JANMA: lean_mass_janmahasatian,
    Quantity.SUV_LBM_JAMES: lean_mass_james,
}


def uptake_scales(inputs: SuvInputs, stored: Quantity) -> UptakeScales:
    """Factors from values that are `stored` as a kind of SUV to the kinds that a reader may choose."""
    if not stored.is_uptake:
        return UptakeScales()
    own = 1.0 if stored not in UPTAKES else _weight_of(inputs, stored)
    factors, reasons = [(stored, 1.0)], []
    for wanted in UPTAKES:
        if wanted is stored:
            continue
        found = _weight_of(inputs, wanted)
        if stored not in UPTAKES:
            found = (STORED, {"kind": KINDS[wanted]})
        elif not isinstance(own, float) and isinstance(found, float):
            found = (own[0], own[1] | {"kind": KINDS[wanted]})
        if isinstance(found, float) and isinstance(own, float):
            factors.append((wanted, found / own))
        elif not isinstance(found, float):
            reasons.append((wanted, found))
    return UptakeScales(tuple(factors), tuple(reasons))


def _weight_of(inputs: SuvInputs, kind: Quantity) -> float | TranslatableText:
    """What activity is divided by, in kilograms (of a surface in 0.1 m²), or why it is not known."""
    weight, height, sex, name = inputs.weight_kg, inputs.height_m, inputs.sex, KINDS[kind]
    if not weight or weight <= 0:
        return MISSING, {"kind": name, "attribute": "Patient's Weight"}
    if not LEAST_WEIGHT_KG <= weight <= MOST_WEIGHT_KG:
        low, high = f"{LEAST_WEIGHT_KG:g}", f"{MOST_WEIGHT_KG:g}"
        told = {"kind": name, "attribute": "Patient's Weight", "found": f"{weight:.6g}", "unit": "kg"}
        return IMPLAUSIBLE, told | {"low": low, "high": high}
    if kind is Quantity.SUV_BW:
        return weight
    reason = _height(height, name)
    if kind in _LEAN:
        reason = reason or _sex(sex, name)
    lacking = next((one for one in inputs.differing_body if one in _ASKED[kind]), None)
    if lacking is not None:
        reason = (DIFFERS, {"kind": name, "attribute": lacking})
    if reason is not None or height is None:
        return reason or (MISSING, {"kind": name, "attribute": _HEIGHT})
    bmi = weight / height**2
    if kind is Quantity.SUV_LBM_JAMES and bmi >= MOST_BMI_JAMES[sex]:
        return TOO_HEAVY, {"kind": name, "bmi": f"{bmi:.1f}"}
    if kind in _LEAN:
        return _LEAN[kind](weight, height, sex)
    return 10.0 * body_surface_m2(weight, height)


_HEIGHT, _SEX = "Patient's Size", "Patient's Sex"
_ASKED = {
    Quantity.SUV_LBM_JANMA: (_HEIGHT, _SEX),
    Quantity.SUV_LBM_JAMES: (_HEIGHT, _SEX),
    Quantity.SUV_BSA: (_HEIGHT,),
}


def _height(height_m: float | None, kind: str) -> TranslatableText | None:
    if not height_m:
        return MISSING, {"kind": kind, "attribute": _HEIGHT}
    if LEAST_HEIGHT_M <= height_m <= MOST_HEIGHT_M:
        return None
    told = {"kind": kind, "attribute": _HEIGHT, "found": f"{height_m:.6g}"}
    if LEAST_HEIGHT_M <= height_m / 100.0 <= MOST_HEIGHT_M:
        return LIKELY_CENTIMETRES, told
    low, high = f"{LEAST_HEIGHT_M:g}", f"{MOST_HEIGHT_M:g}"
    return IMPLAUSIBLE, told | {"unit": "m", "low": low, "high": high}


def _sex(sex: str, kind: str) -> TranslatableText | None:
    if not sex:
        return MISSING, {"kind": kind, "attribute": _SEX}
    return None if sex in MOST_BMI_JAMES else (OTHER_SEX, {"kind": kind, "found": sex})


def shown_size(inputs: SuvInputs, scales: UptakeScales) -> tuple[tuple[str, str], ...]:
    """What the factors were made of, as people read it (labels are translation keys)."""
    rows = []
    if inputs.height_m and _height(inputs.height_m, "") is None:
        rows.append(("Height", f"{100.0 * inputs.height_m:g} cm"))
    for kind, label, unit, share in (
        (Quantity.SUV_LBM_JANMA, "Lean body mass (Janmahasatian)", "kg", 1.0),
        (Quantity.SUV_LBM_JAMES, "Lean body mass (James)", "kg", 1.0),
        (Quantity.SUV_BSA, "Body surface area (Du Bois)", "m²", 0.1),
    ):
        found = _weight_of(inputs, kind)
        if isinstance(found, float) and scales.factor(kind) is not None:
            rows.append((label, f"{found * share:.3g} {unit}"))
    return tuple(rows)
