"""Lung-RADS v2022: a nodule of screening with low-dose CT.

Diameters are means of the long and the short axis in mm, to one decimal.
"""

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

_WORK_UP = (
    "Referral for clinical evaluation: diagnostic CT, PET/CT for a solid part of 8 mm or more, or tissue "
    "sampling"
)
_MANAGEMENT = {
    "0": "Compare with the prior CT, or repeat low-dose CT, after 1 to 3 months in inflammation",
    "1": "Low-dose CT in 12 months",
    "2": "Low-dose CT in 12 months",
    "3": "Low-dose CT in 6 months",
    "4A": "Low-dose CT in 3 months; PET/CT may be considered for a solid part of 8 mm or more",
    "4B": _WORK_UP,
    "4X": _WORK_UP,
}
_MEASURED = ("solid", "part-solid", "ground-glass")
_CHANGES = (
    ScoreOption("baseline", "Baseline: the first CT"),
    ScoreOption("new", "New since the prior CT"),
    ScoreOption("stable", "Stable or smaller"),
    ScoreOption("growing", "Growing: more than 1.5 mm within 12 months"),
    ScoreOption("slow", "Growing slowly over several examinations"),
    ScoreOption("crossed", "Over a limit of size now, growing less than that"),
)
_CYST_CHANGES = (
    ScoreOption("baseline", "Baseline: the first CT"),
    ScoreOption("stable", "Stable or smaller"),
    ScoreOption("cyst-grows", "The cystic part grows"),
    ScoreOption("wall-grows", "The wall or its nodule grows"),
    ScoreOption("multilocular-now", "It has become multilocular"),
    ScoreOption("more", "More loculi, or new or more opacity"),
)
_FOLLOWED = ("solid", "part-solid", "ground-glass", "airway")

FIELDS = (
    ScoreField(
        "exam",
        "State of the examination",
        (
            ScoreOption("complete", "Lungs assessed, priors at hand"),
            ScoreOption("prior-awaited", "A prior CT is still to be compared"),
            ScoreOption("not-assessed", "Part of the lungs cannot be assessed"),
            ScoreOption("inflammatory", "Signs of infection or inflammation"),
        ),
    ),
    ScoreField(
        "kind",
        "Most suspicious nodule",
        (
            ScoreOption("none", "No nodule"),
            ScoreOption("benign", "Calcified in a benign pattern, or with fat"),
            ScoreOption("solid", "Solid"),
            ScoreOption("part-solid", "Part-solid"),
            ScoreOption("ground-glass", "Ground-glass"),
            ScoreOption("airway", "In an airway"),
            ScoreOption("cyst", "Atypical cyst"),
        ),
        only={"exam": ("complete",)},
    ),
    ScoreField("change", "Change since the prior CT", _CHANGES, only={"kind": _FOLLOWED}),
    ScoreField(
        "size", "Mean diameter", unit="mm", high=300, only={"kind": _MEASURED}, source="length", mean=True
    ),
    ScoreField(
        "solid-part", "Mean diameter of the solid part", unit="mm", high=300, only={"kind": ("part-solid",)}
    ),
    ScoreField(
        "juxtapleural",
        "Juxtapleural, smooth, and oval, lentiform or triangular",
        YES_NO,
        only={"kind": ("solid",), "change": ("baseline", "new")},
    ),
    ScoreField(
        "airway",
        "Airway",
        (ScoreOption("subsegmental", "Subsegmental"), ScoreOption("segmental", "Segmental or more central")),
        only={"kind": ("airway",)},
    ),
    ScoreField(
        "cyst",
        "Form of the cyst",
        (
            ScoreOption("thin", "Thin-walled, unilocular"),
            ScoreOption("thick", "Thick-walled"),
            ScoreOption("multilocular", "Multilocular"),
        ),
        only={"kind": ("cyst",)},
    ),
    ScoreField("cyst-change", "Change of the cyst", _CYST_CHANGES, only={"kind": ("cyst",)}),
    ScoreField(
        "previous",
        "Category of the prior CT",
        (
            ScoreOption("2", "1 or 2"),
            ScoreOption("3", "3"),
            ScoreOption("4A", "4A"),
            ScoreOption("4B", "4B, not proven benign"),
            ScoreOption("4B-benign", "4B, proven benign"),
        ),
        only={"exam": ("complete",)},
        optional=True,
    ),
    ScoreField(
        "suspicious", "Further features that raise suspicion", YES_NO, only={"kind": (*_FOLLOWED, "cyst")}
    ),
    ScoreField("other", "Other finding of clinical weight", YES_NO, optional=True),
)


def _banded(size: float, *steps: tuple[float, str], last: str) -> str:
    """The category of the first step that a size stays below."""
    return next((category for limit, category in steps if size < limit), last)


def _stable(given: Given) -> str:
    """What stayed as it was, or shrank, goes down from the category that it had."""
    before = given.choice("previous")
    if before == "4B":
        no_row("A stable lesion of category 4B keeps its work-up until that has shown what it is.")
    return "3" if before == "4A" else "2"


def _solid(given: Given) -> str:
    given.need("change", "size")
    change, size = given.choice("change"), given.number("size")
    if change in ("baseline", "new") and size < 10 and given.yes("juxtapleural"):
        return "2"
    if change == "new":
        return _banded(size, (4, "2"), (6, "3"), (8, "4A"), last="4B")
    if change == "growing":
        return "4A" if size < 8 else "4B"
    if change == "slow":
        return "4B"
    if change == "stable":
        return _stable(given)
    return _banded(size, (6, "2"), (8, "3"), (15, "4A"), last="4B")


def _part_solid(given: Given) -> str:
    given.need("change", "size", "solid-part")
    change, size, solid = given.choice("change"), given.number("size"), given.number("solid-part")
    if solid > size:
        no_row("The solid part cannot be larger than the nodule.")
    if change == "slow":
        return "4B"
    if change == "stable":
        return _stable(given)
    if change in ("new", "growing") and solid >= 4:
        return "4B"  # also below 6 mm in all: of two rows that fit, the higher
    if change == "growing":
        return "4A"
    if change == "new":
        return "3" if size < 6 else "4A"
    return "2" if size < 6 else _banded(solid, (6, "3"), (8, "4A"), last="4B")


def _ground_glass(given: Given) -> str:
    given.need("change", "size")
    change, size = given.choice("change"), given.number("size")
    if size < 30 or change in ("stable", "slow", "crossed"):
        return "2"
    if change == "growing":
        no_row("Lung-RADS has no row for a ground-glass nodule of 30 mm or more that grows fast.")
    return "3"


def _airway(given: Given) -> str:
    given.need("airway", "change")
    change = given.choice("change")
    if given.choice("airway") == "subsegmental":
        if change in ("growing", "slow", "crossed"):
            no_row("Lung-RADS has no row for a subsegmental airway nodule that grows.")
        return "2"
    return "4A" if change in ("baseline", "new") else "4B"


def _cyst(given: Given) -> str:
    given.need("cyst", "cyst-change")
    form, change = given.choice("cyst"), given.choice("cyst-change")
    if change == "multilocular-now":
        return "4A"
    if form == "thin":
        no_row("Lung-RADS does not classify thin-walled cysts: give the category of the rest of the lungs.")
    if form == "multilocular":
        if change in ("cyst-grows", "wall-grows", "more"):
            return "4B"
    elif change == "cyst-grows":
        return "3"
    elif change == "wall-grows":
        return "4B"
    elif change == "more":
        no_row("A cyst with more loculi is a multilocular one: choose that form.")
    return "4A" if change == "baseline" else _stable(given)


_KINDS = {
    "solid": _solid,
    "part-solid": _part_solid,
    "ground-glass": _ground_glass,
    "airway": _airway,
    "cyst": _cyst,
}


def decide(given: Given) -> Decided:
    """The category of the most suspicious nodule, with 4X and S."""
    rules: list[ScoreText] = []
    kind = given.choice("kind") if given.choice("exam") == "complete" else ""
    if not kind:
        category = "0"
    elif kind in ("none", "benign"):
        category = "1"
    else:
        category = _KINDS[kind](given)
        if category in ("3", "4A", "4B") and given.yes("suspicious"):
            rules.append(
                ScoreText(
                    "Category {category} with further suspicious features is 4X", {"category": category}
                )
            )
            category = "4X"
    management = _MANAGEMENT[category]
    if given.has("other") and given.yes("other"):
        rules.append(ScoreText("S is added for another finding of clinical weight"))
        category += "S"
    return Decided(category, management, tuple(rules))


SCORE = Score(
    "lung-rads",
    "Lung-RADS",
    "v2022",
    "Screening with low-dose CT: lung nodule",
    "American College of Radiology, Lung-RADS v2022 (November 2022); Christensen J et al., "
    "J Am Coll Radiol 2024;21:473-488",
    FIELDS,
    decide,
    modalities=("CT",),
    body_parts=("CHEST", "LUNG", "THORAX"),
)
