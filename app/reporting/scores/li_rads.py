"""LI-RADS CT/MR v2018: an untreated observation in a liver at risk of hepatocellular carcinoma."""

from __future__ import annotations

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

_MANAGEMENT = {
    "NC": "Repeat the examination, or another one, within 3 months",
    "1": "Return to surveillance in 6 months",
    "2": "Return to surveillance in 6 months; repeat diagnostic imaging within 6 months may be considered",
    "3": "Repeat or other diagnostic imaging in 3 to 6 months",
    "4": "Multidisciplinary discussion; biopsy, or diagnostic imaging within 3 months",
    "5": "Hepatocellular carcinoma: multidisciplinary discussion of treatment",
    "M": "Multidisciplinary discussion; often biopsy",
    "TIV": "Multidisciplinary discussion; biopsy where needed",
}
_DIRECT = {"not-assessed": "NC", "vein": "TIV", "benign": "1", "probably-benign": "2", "targetoid": "M"}
_TABLE_ONLY = {"impression": ("table",)}

FIELDS = (
    ScoreField(
        "at-risk",
        "Adult with cirrhosis, chronic hepatitis B, or present or prior hepatocellular carcinoma",
        YES_NO,
    ),
    ScoreField("treated", "Treated before", YES_NO, only={"at-risk": ("yes",)}),
    ScoreField(
        "impression",
        "Overall assessment",
        (
            ScoreOption("table", "None of the following"),
            ScoreOption("not-assessed", "Phases missing or degraded: cannot be assessed"),
            ScoreOption("vein", "Definite tumour in a vein"),
            ScoreOption("benign", "Definitely benign"),
            ScoreOption("probably-benign", "Probably benign"),
            ScoreOption("targetoid", "Malignant, not specific for hepatocellular carcinoma (targetoid)"),
        ),
        only={"at-risk": ("yes",), "treated": ("no",)},
    ),
    ScoreField("aphe", "Arterial hyperenhancement, not of the rim", YES_NO, only=_TABLE_ONLY),
    ScoreField("size", "Largest diameter", unit="mm", low=0.1, high=300, only=_TABLE_ONLY, source="length"),
    ScoreField("washout", "Washout, not peripheral", YES_NO, only=_TABLE_ONLY),
    ScoreField("capsule", "Enhancing capsule", YES_NO, only=_TABLE_ONLY),
    ScoreField("growth", "Growth by half or more within 6 months", YES_NO, only=_TABLE_ONLY),
    ScoreField(
        "ancillary",
        "Ancillary features",
        (
            ScoreOption("none", "None"),
            ScoreOption("malignant", "For malignancy"),
            ScoreOption("benign", "For benignity"),
            ScoreOption("both", "For both"),
        ),
        only=_TABLE_ONLY,
        optional=True,
    ),
)


def _major(given: Given) -> str:
    given.need("aphe", "size", "washout", "capsule", "growth")
    aphe, size = given.yes("aphe"), given.number("size")
    washout, capsule, growth = (given.yes(name) for name in ("washout", "capsule", "growth"))
    more = washout + capsule + growth
    if not aphe:
        return "4" if more >= (2 if size < 20 else 1) else "3"
    if size < 10:
        return "4" if more else "3"
    if size < 20:
        if more == 1:
            return "4" if capsule else "5"
        return "5" if more else "3"
    return "5" if more else "4"


def decide(given: Given) -> Decided:
    """By impression, else by major features; ancillary features move it by one, never up to 5."""
    if not given.yes("at-risk"):
        no_row("LI-RADS applies to adults at risk of hepatocellular carcinoma only.")
    if given.yes("treated"):
        no_row("A treated observation is assessed by the treatment response algorithm, which is not here.")
    impression = given.choice("impression")
    if impression in _DIRECT:
        category = _DIRECT[impression]
        return Decided(category, _MANAGEMENT[category])
    category = by_table = _major(given)
    rules = [ScoreText("Major features give {category}", {"category": by_table})]
    ancillary = given.choice("ancillary") if given.has("ancillary") else "none"
    if ancillary == "malignant" and by_table == "3":
        category = "4"
        rules.append(ScoreText("Ancillary features raise it by one"))
    elif ancillary == "malignant" and by_table == "4":
        rules.append(ScoreText("Ancillary features never raise it above 4"))
    elif ancillary == "benign":
        category = str(int(by_table) - 1)
        rules.append(ScoreText("Ancillary features lower it by one"))
    elif ancillary == "both":
        rules.append(ScoreText("Ancillary features for both sides change nothing"))
    return Decided(category, _MANAGEMENT[category], tuple(rules))


SCORE = Score(
    "li-rads",
    "LI-RADS",
    "CT/MR v2018",
    "Liver observation in CT or MR",
    "American College of Radiology, CT/MRI LI-RADS v2018 (July 2018); "
    "Chernyak V et al., Radiology 2018;289:816-830",
    FIELDS,
    decide,
    modalities=("CT", "MR"),
    body_parts=("LIVER", "ABDOMEN"),
)
