"""RECIST 1.1: the response of a solid tumour at one time point."""

from __future__ import annotations

from fractions import Fraction

from app.reporting.scores.form import Decided, Given, Score, ScoreField, ScoreOption, ScoreText, no_row

_MEANING = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "PD": "progressive disease",
    "NE": "not evaluable",
    "Non-CR/Non-PD": "neither complete response nor progression",
}
_FOLLOWS = {
    "CR": "Complete response: confirm where the protocol asks for it",
    "PR": "Partial response: confirm where the protocol asks for it",
    "SD": "Stable disease: counts after the protocol's shortest interval from baseline",
    "PD": "Progression",
    "NE": "Not evaluable at this time point",
    "Non-CR/Non-PD": "Neither complete response nor progression",
}
#: what is progression whatever the target lesions do
_DECISIVE = (("new", "yes"), ("others", "worse"))
_MEASURED = {"targets": ("measured",)}

FIELDS = (
    ScoreField(
        "targets",
        "Target lesions",
        (
            ScoreOption("measured", "All measured"),
            ScoreOption("gone", "All gone, lymph nodes below 10 mm short axis"),
            ScoreOption("not-all", "Not all can be evaluated"),
            ScoreOption("none", "None at baseline"),
        ),
    ),
    ScoreField("baseline", "Sum of diameters at baseline", unit="mm", low=0.1, high=5000, only=_MEASURED),
    ScoreField("nadir", "Smallest sum so far, baseline included", unit="mm", high=5000, only=_MEASURED),
    ScoreField("now", "Sum of diameters now", unit="mm", high=5000, only=_MEASURED),
    ScoreField(
        "others",
        "Non-target lesions",
        (
            ScoreOption("none", "None at baseline"),
            ScoreOption("gone", "All gone, markers normal"),
            ScoreOption("there", "Neither gone nor progressing"),
            ScoreOption("not-all", "Not all can be evaluated"),
            ScoreOption("worse", "Unequivocal progression"),
        ),
    ),
    ScoreField(
        "new",
        "New lesions",
        (ScoreOption("no", "No"), ScoreOption("yes", "Unequivocal"), ScoreOption("equivocal", "Equivocal")),
    ),
)


def _exact(number: float) -> Fraction:
    """The number as it was written, not as it is stored."""
    return Fraction(str(number))


def _targets(given: Given, rules: list[ScoreText]) -> str:
    """Response of the target lesions: CR, PR, SD, PD or NE."""
    state = given.choice("targets")
    if state != "measured":
        return {"gone": "CR", "not-all": "NE", "none": "none"}[state]
    baseline, nadir, now = (_exact(given.number(name)) for name in ("baseline", "nadir", "now"))
    if nadir > baseline:
        no_row("The smallest sum so far cannot be larger than that at baseline.")
    if now == 0:
        no_row("The sum is 0 mm: choose that all are gone, or that not all can be evaluated.")
    rise = now - nadir
    rules.append(
        ScoreText(
            "Against baseline {percent} %, against the smallest sum {rise} mm",
            {"percent": f"{float(100 * (now - baseline) / baseline):+.1f}", "rise": f"{float(rise):+.1f}"},
        )
    )
    if rise >= 5 and rise * 5 >= nadir:
        return "PD"
    if nadir == 0:
        no_row("Lesions that were gone are back, by less than 5 mm: decide whether they are unequivocal.")
    return "PR" if now * 10 <= baseline * 7 else "SD"


def _without_targets(others: str) -> str:
    if others == "none":
        no_row("There were neither target nor non-target lesions at baseline.")
    return {"gone": "CR", "there": "Non-CR/Non-PD", "not-all": "NE"}[others]


def decide(given: Given) -> Decided:
    """The overall response of targets, non-targets and new lesions."""
    rules: list[ScoreText] = []
    if any(given.has(name) and given.choice(name) == value for name, value in _DECISIVE):
        rules.append(ScoreText("New lesions or progression of non-targets are progression"))
        return Decided("PD", _FOLLOWS["PD"], tuple(rules), _MEANING["PD"])
    measured = given.has("targets") and given.choice("targets") == "measured"
    given.need("targets", *(("baseline", "nadir", "now") if measured else ()), "others", "new")
    others, new = given.choice("others"), given.choice("new")
    target = _targets(given, rules)
    if target == "PD":
        category = "PD"
    elif new == "equivocal":
        no_row("Equivocal new lesions: decide them, or go on until the next examination.")
    elif target == "none":
        category = _without_targets(others)
    elif target == "CR" and others in ("there", "not-all"):
        category = "PR"
        rules.append(ScoreText("Non-targets that are there or not evaluated make a partial response of it"))
    else:
        category = target
    return Decided(category, _FOLLOWS[category], tuple(rules), _MEANING[category])


SCORE = Score(
    "recist",
    "RECIST",
    "1.1",
    "Response of solid tumours",
    "Eisenhauer EA et al., New response evaluation criteria in solid tumours: revised RECIST guideline "
    "(version 1.1), Eur J Cancer 2009;45:228-247",
    FIELDS,
    decide,
    modalities=("CT", "MR", "PT"),
    sentence="{name} {version}: {category}, {meaning}",
)
