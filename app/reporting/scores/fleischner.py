"""Fleischner Society 2017: a nodule found by chance in CT of an adult.

Sizes are means of the long and the short axis, rounded to whole millimetres.
"""

from __future__ import annotations

from math import floor

from app.reporting.scores.form import (
    YES_NO,
    Decided,
    Given,
    Score,
    ScoreField,
    ScoreOption,
    ScoreText,
    no_row,
)

_NOTHING = "No routine follow-up"
_OPTIONAL = "CT at 12 months is optional"
_SINGLE_MID_LOW = "CT at 6 to 12 months, then consider CT at 18 to 24 months"
_SINGLE_MID_HIGH = "CT at 6 to 12 months, then CT at 18 to 24 months"
_LARGE = "Consider CT at 3 months, PET/CT, or tissue sampling"
_MANY_LOW = "CT at 3 to 6 months, then consider CT at 18 to 24 months"
_MANY_HIGH = "CT at 3 to 6 months, then CT at 18 to 24 months"
_GROUND_GLASS = "CT at 6 to 12 months to confirm that it persists, then CT every 2 years until 5 years"
_PART_SOLID = (
    "CT at 3 to 6 months to confirm that it persists; if unchanged and the solid part stays below 6 mm, "
    "CT each year for 5 years"
)
_SUSPICIOUS = (
    "CT at 3 to 6 months to confirm that it persists; a persisting solid part of 6 mm or more is highly "
    "suspicious: consider PET/CT, biopsy or resection"
)
_MANY_SUBSOLID_SMALL = "CT at 3 to 6 months; if stable, consider CT at 2 and 4 years"
_MANY_SUBSOLID = "CT at 3 to 6 months, then by the most suspicious nodule"

#: (number, size band) → (management at low risk, at high risk)
_SOLID = {
    ("single", "<6"): (_NOTHING, _OPTIONAL),
    ("single", "6-8"): (_SINGLE_MID_LOW, _SINGLE_MID_HIGH),
    ("single", ">8"): (_LARGE, _LARGE),
    ("multiple", "<6"): (_NOTHING, _OPTIONAL),
    ("multiple", "6-8"): (_MANY_LOW, _MANY_HIGH),
    ("multiple", ">8"): (_MANY_LOW, _MANY_HIGH),
}
_MEANINGS = {
    ("solid", "single"): "single solid nodule, {size} mm",
    ("solid", "multiple"): "multiple solid nodules, the most suspicious of {size} mm",
    ("ground-glass", "single"): "single ground-glass nodule, {size} mm",
    ("ground-glass", "multiple"): "multiple subsolid nodules, the most suspicious of {size} mm",
    ("part-solid", "single"): "single part-solid nodule, {size} mm",
    ("part-solid", "multiple"): "multiple subsolid nodules, the most suspicious of {size} mm",
}

FIELDS = (
    ScoreField("age", "Age", unit="years", high=130, source="age"),
    ScoreField("cancer", "Known cancer", YES_NO),
    ScoreField("immune", "Immunosuppressed", YES_NO),
    ScoreField(
        "number", "Number of nodules", (ScoreOption("single", "Single"), ScoreOption("multiple", "Multiple"))
    ),
    ScoreField(
        "kind",
        "Most suspicious nodule",
        (
            ScoreOption("solid", "Solid"),
            ScoreOption("part-solid", "Part-solid"),
            ScoreOption("ground-glass", "Ground-glass"),
        ),
    ),
    ScoreField("size", "Mean diameter", unit="mm", high=300, source="length", mean=True),
    ScoreField(
        "solid-part",
        "Mean diameter of the solid part",
        unit="mm",
        high=300,
        only={"kind": ("part-solid",), "number": ("single",)},
    ),
    ScoreField(
        "risk",
        "Risk of lung cancer",
        (ScoreOption("low", "Low"), ScoreOption("high", "High")),
        only={"kind": ("solid",)},
    ),
)


def whole(millimetres: float) -> int:
    """Rounded to whole millimetres, halves up."""
    return floor(millimetres + 0.5)


def band(size: int) -> str:
    """The band of a size in whole millimetres: below 6, 6 to 8, above 8."""
    return "<6" if size < 6 else "6-8" if size <= 8 else ">8"


def decide(given: Given) -> Decided:
    """Whether it applies, then by kind, number, size and risk."""
    if given.has("age") and given.number("age") < 35:
        no_row("The recommendations apply from 35 years of age on.")
    if any(given.has(name) and given.yes(name) for name in ("cancer", "immune")):
        no_row("The recommendations do not apply to people with known cancer or immunosuppression.")
    given.need("age", "cancer", "immune", "number", "kind", "size")
    number, kind, size = given.choice("number"), given.choice("kind"), whole(given.number("size"))
    if kind == "solid":
        management = _SOLID[number, band(size)][given.choice("risk") == "high"]
    elif number == "multiple":
        management = _MANY_SUBSOLID_SMALL if size < 6 else _MANY_SUBSOLID
    elif size < 6:
        management = _NOTHING
    elif kind == "ground-glass":
        management = _GROUND_GLASS
    else:
        solid = whole(given.number("solid-part"))
        if solid > size:
            no_row("The solid part cannot be larger than the nodule.")
        management = _PART_SOLID if solid < 6 else _SUSPICIOUS
    return Decided(
        f"{kind}, {number}, {band(size)} mm",
        management,
        (ScoreText(_MEANINGS[kind, number], {"size": str(size)}),),
        management,
    )


SCORE = Score(
    "fleischner",
    "Fleischner",
    "2017",
    "Nodule found by chance in CT of the chest",
    "MacMahon H et al., Guidelines for management of incidental pulmonary nodules detected on CT images: "
    "from the Fleischner Society 2017, Radiology 2017;284:228-243",
    FIELDS,
    decide,
    modalities=("CT",),
    body_parts=("CHEST", "LUNG", "THORAX"),
    sentence="{name} {version}: {rule}. {management}",
)
