"""ACR TI-RADS 2017: a thyroid nodule in ultrasound, by points."""

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

_COMPOSITION = {"cystic": 0, "spongiform": 0, "mixed": 1, "solid": 2, "unclear": 2}
_ECHO = {"anechoic": 0, "hyper": 1, "iso": 1, "unclear": 1, "hypo": 2, "very-hypo": 3}
_SHAPE = {"wider": 0, "taller": 3}
_MARGIN = {"smooth": 0, "ill-defined": 0, "unclear": 0, "lobulated": 2, "extrathyroidal": 3}
_FOCI = {"macro": 1, "rim": 2, "punctate": 3}
#: category → (size in mm for aspiration, for follow-up)
_LIMITS = {"3": (25.0, 15.0), "4": (15.0, 10.0), "5": (10.0, 5.0)}
_FOLLOW_UP = {
    "3": "Follow-up by ultrasound after 1, 3 and 5 years",
    "4": "Follow-up by ultrasound after 1, 2, 3 and 5 years",
    "5": "Follow-up by ultrasound each year for 5 years",
}
_NOT_SPONGIFORM = ("cystic", "mixed", "solid", "unclear")

FIELDS = (
    ScoreField(
        "composition",
        "Composition",
        (
            ScoreOption("cystic", "Cystic or almost completely cystic"),
            ScoreOption("spongiform", "Spongiform"),
            ScoreOption("mixed", "Mixed cystic and solid"),
            ScoreOption("solid", "Solid or almost completely solid"),
            ScoreOption("unclear", "Hidden by calcification"),
        ),
    ),
    ScoreField(
        "echogenicity",
        "Echogenicity",
        (
            ScoreOption("anechoic", "Anechoic"),
            ScoreOption("hyper", "Hyperechoic"),
            ScoreOption("iso", "Isoechoic"),
            ScoreOption("hypo", "Hypoechoic"),
            ScoreOption("very-hypo", "Very hypoechoic"),
            ScoreOption("unclear", "Cannot be determined"),
        ),
        only={"composition": _NOT_SPONGIFORM},
    ),
    ScoreField(
        "shape",
        "Shape in the transverse plane",
        (ScoreOption("wider", "Wider than tall"), ScoreOption("taller", "Taller than wide")),
        only={"composition": _NOT_SPONGIFORM},
    ),
    ScoreField(
        "margin",
        "Margin",
        (
            ScoreOption("smooth", "Smooth"),
            ScoreOption("ill-defined", "Ill-defined"),
            ScoreOption("lobulated", "Lobulated or irregular"),
            ScoreOption("extrathyroidal", "Growth beyond the thyroid"),
            ScoreOption("unclear", "Cannot be determined"),
        ),
        only={"composition": _NOT_SPONGIFORM},
    ),
    ScoreField("macro", "Macrocalcifications", YES_NO, only={"composition": _NOT_SPONGIFORM}),
    ScoreField("rim", "Peripheral (rim) calcifications", YES_NO, only={"composition": _NOT_SPONGIFORM}),
    ScoreField("punctate", "Punctate echogenic foci", YES_NO, only={"composition": _NOT_SPONGIFORM}),
    ScoreField("size", "Largest diameter", unit="mm", high=200, source="length"),
)


def _points(given: Given) -> int:
    if given.choice("composition") == "spongiform":
        return 0
    given.need("echogenicity", "shape", "margin", *_FOCI)
    return (
        _COMPOSITION[given.choice("composition")]
        + _ECHO[given.choice("echogenicity")]
        + _SHAPE[given.choice("shape")]
        + _MARGIN[given.choice("margin")]
        + sum(points for name, points in _FOCI.items() if given.yes(name))
    )


def category_of(points: int) -> str:
    """The level of a sum of points."""
    if points == 1:
        no_row("The table has no level for 1 point: check composition and echogenicity.")
    return "1" if points == 0 else "2" if points == 2 else "3" if points == 3 else "4" if points <= 6 else "5"


def decide(given: Given) -> Decided:
    """Points, level, and what the size asks for."""
    points = _points(given)
    category = category_of(points)
    rules = (ScoreText("Points: {points}", {"points": str(points)}),)
    if category not in _LIMITS:
        return Decided(category, "No aspiration", rules)
    size = given.number("size")
    aspiration, follow_up = _LIMITS[category]
    if size >= aspiration:
        return Decided(category, "Fine-needle aspiration", rules)
    return Decided(
        category, _FOLLOW_UP[category] if size >= follow_up else "Neither aspiration nor follow-up", rules
    )


SCORE = Score(
    "ti-rads",
    "ACR TI-RADS",
    "2017",
    "Thyroid nodule in ultrasound",
    "Tessler FN et al., ACR Thyroid Imaging, Reporting and Data System (TI-RADS): white paper, "
    "J Am Coll Radiol 2017;14:587-595",
    FIELDS,
    decide,
    modalities=("US",),
    body_parts=("THYROID", "NECK"),
)
