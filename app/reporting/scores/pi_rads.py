"""PI-RADS v2.1: a lesion of the prostate in multiparametric MR."""

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

_FIVE = tuple(ScoreOption(str(n), str(n)) for n in range(1, 6))
_MANAGEMENT = {
    "1": "Significant cancer very unlikely; no biopsy on grounds of imaging",
    "2": "Significant cancer unlikely; no biopsy on grounds of imaging",
    "3": "Significant cancer equivocal; biopsy depends on clinical findings",
    "4": "Significant cancer likely; biopsy should be considered",
    "5": "Significant cancer very likely; biopsy should be considered",
}

FIELDS = (
    ScoreField(
        "sex", "Sex", (ScoreOption("M", "Male"), ScoreOption("F", "Female")), source="sex", optional=True
    ),
    ScoreField(
        "zone",
        "Zone",
        (ScoreOption("peripheral", "Peripheral zone"), ScoreOption("transition", "Transition zone")),
    ),
    ScoreField("dwi-adequate", "DWI is adequate", YES_NO),
    ScoreField("dwi", "DWI score", _FIVE, only={"dwi-adequate": ("yes",)}),
    ScoreField("t2", "T2 score", _FIVE),
    ScoreField("dce", "Early focal enhancement (DCE)", YES_NO, optional=True),
    ScoreField("size", "Largest diameter", unit="mm", high=150, source="length", optional=True),
    ScoreField("extension", "Definite growth beyond the prostate", YES_NO, optional=True),
)


def _agrees(given: Given, name: str) -> str:
    """The score of the sequence that decides; 4 and 5 differ by size and growth beyond the prostate only."""
    score = given.choice(name)
    if score not in ("4", "5"):
        return score
    beyond = given.has("extension") and given.yes("extension")
    large = given.has("size") and given.number("size") >= 15
    if score == "4" and (beyond or large):
        no_row("A lesion of 15 mm or more, or with growth beyond the prostate, scores 5, not 4.")
    if score == "5" and not beyond and not large:
        given.need(*(each for each in ("size", "extension") if not given.has(each)))
        no_row("A score of 5 needs 15 mm or more, or growth beyond the prostate.")
    return score


def _third(given: Given) -> Decided:
    """3 where contrast decides."""
    positive = given.yes("dce")
    category = "4" if positive else "3"
    return Decided(category, _MANAGEMENT[category], (ScoreText("Contrast decides between 3 and 4"),))


def decide(given: Given) -> Decided:
    """By zone: DWI decides in the peripheral, T2 in the transition zone; T2 in both without DWI."""
    if given.has("sex") and given.choice("sex") == "F":
        no_row("PI-RADS is for the prostate: it does not apply.")
    zone = given.choice("zone")
    if not given.yes("dwi-adequate"):
        score = _agrees(given, "t2")
        if score == "3":
            return _third(given)
        return Decided(score, _MANAGEMENT[score], (ScoreText("Without adequate DWI, T2 decides"),))
    if zone == "peripheral":
        score = _agrees(given, "dwi")
        # without adequate contrast a 3 stays what DWI says
        if score == "3" and given.has("dce"):
            return _third(given)
        return Decided(score, _MANAGEMENT[score], (ScoreText("DWI decides in the peripheral zone"),))
    score = _agrees(given, "t2")
    if score in ("2", "3"):
        dwi = int(given.choice("dwi"))
        raised = (score == "2" and dwi >= 4) or (score == "3" and dwi == 5)
        rule = "DWI raises T2 by one" if raised else "DWI does not raise T2"
        category = str(int(score) + raised)
        return Decided(category, _MANAGEMENT[category], (ScoreText(rule),))
    return Decided(score, _MANAGEMENT[score], (ScoreText("T2 decides in the transition zone"),))


SCORE = Score(
    "pi-rads",
    "PI-RADS",
    "v2.1",
    "Lesion of the prostate in MR",
    "Turkbey B et al., Prostate Imaging Reporting and Data System Version 2.1, Eur Urol 2019;76:340-351",
    FIELDS,
    decide,
    modalities=("MR",),
    body_parts=("PROSTATE", "PELVIS"),
    sentence="{name} score {category} ({version})",
)
