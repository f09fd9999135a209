"""BI-RADS, fifth edition: an assessment, and whether likelihood and management agree with it."""

from __future__ import annotations

from app.reporting.scores.form import Decided, Given, Score, ScoreField, ScoreOption, ScoreText, no_row

_ASSESSMENTS = (
    ScoreOption("0", "0: incomplete, further imaging or priors needed"),
    ScoreOption("1", "1: negative"),
    ScoreOption("2", "2: benign"),
    ScoreOption("3", "3: probably benign"),
    ScoreOption("4", "4: suspicious, not divided further"),
    ScoreOption("4A", "4A: low suspicion"),
    ScoreOption("4B", "4B: moderate suspicion"),
    ScoreOption("4C", "4C: high suspicion"),
    ScoreOption("5", "5: highly suggestive of malignancy"),
    ScoreOption("6", "6: malignancy known from biopsy"),
)
_MEANING = {
    "0": "incomplete",
    "1": "negative",
    "2": "benign",
    "3": "probably benign",
    "4": "suspicious",
    "4A": "low suspicion",
    "4B": "moderate suspicion",
    "4C": "high suspicion",
    "5": "highly suggestive of malignancy",
    "6": "malignancy known from biopsy",
}
_MANAGEMENT = {
    "more": "Further imaging, or comparison with priors",
    "routine": "Routine screening",
    "short": "Follow-up at a short interval (6 months), or continued surveillance",
    "biopsy": "Tissue diagnosis",
    "surgery": "Surgical excision where clinically appropriate",
}
_AGREES = {"0": "more", "1": "routine", "2": "routine", "3": "short", "6": "surgery"}

FIELDS = (
    ScoreField(
        "modality",
        "Modality",
        (
            ScoreOption("mammography", "Mammography"),
            ScoreOption("ultrasound", "Ultrasound"),
            ScoreOption("mr", "MR"),
        ),
    ),
    ScoreField("assessment", "Assessment", _ASSESSMENTS),
    ScoreField("likelihood", "Likelihood of malignancy", unit="%", high=100, optional=True),
    ScoreField(
        "management",
        "Planned management",
        (
            ScoreOption("more", "Further imaging, or comparison with priors"),
            ScoreOption("routine", "Routine screening"),
            ScoreOption("short", "Follow-up at a short interval (6 months), or continued surveillance"),
            ScoreOption("biopsy", "Tissue diagnosis"),
            ScoreOption("surgery", "Surgical excision where clinically appropriate"),
        ),
        optional=True,
    ),
)


def _within(category: str, percent: float) -> bool:
    """Whether a likelihood is one of the category's."""
    return {
        "0": True,
        "1": percent == 0,
        "2": percent == 0,
        "3": 0 < percent <= 2,
        "4": 2 < percent < 95,
        "4A": 2 < percent <= 10,
        "4B": 10 < percent <= 50,
        "4C": 50 < percent < 95,
        "5": percent >= 95,
        "6": True,
    }[category]


def decide(given: Given) -> Decided:
    """The assessment's category, where nothing that was given contradicts it."""
    given.need("modality", "assessment")
    modality, category = given.choice("modality"), given.choice("assessment")
    if modality == "mr" and category in ("4A", "4B", "4C"):
        no_row("The fifth edition does not divide category 4 in MR.")
    rules = []
    if given.has("likelihood"):
        if not _within(category, given.number("likelihood")):
            no_row("The likelihood of malignancy is not one of category {category}.", category=category)
        rules.append(
            ScoreText("The likelihood of malignancy agrees with category {category}", {"category": category})
        )
    agrees = _AGREES.get(category, "biopsy")
    if given.has("management"):
        if given.choice("management") != agrees:
            no_row("The planned management is not that of category {category}.", category=category)
        rules.append(
            ScoreText("The planned management agrees with category {category}", {"category": category})
        )
    return Decided(category, _MANAGEMENT[agrees], tuple(rules), _MEANING[category])


SCORE = Score(
    "bi-rads",
    "BI-RADS",
    "5th edition",
    "Breast: category, likelihood and management",
    "American College of Radiology, BI-RADS Atlas, 5th edition (2013); D'Orsi CJ et al.",
    FIELDS,
    decide,
    modalities=("MG", "US", "MR"),
    body_parts=("BREAST",),
)
