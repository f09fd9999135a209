"""Scores against the published tables, written out by hand with all their limits."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from app.cli import main
from app.errors import BadInput, NotFound
from app.i18n import catalogue
from app.reporting.scores import SCORES, score_named, scores_for
from app.reporting.scores.form import ScoreResult, reasoning

ROOT = Path(__file__).resolve().parents[2]


def result(score: str, **given: object) -> ScoreResult:
    """A score of inputs; ``_`` in a name stands for ``-``."""
    return score_named(score).result({name.replace("_", "-"): value for name, value in given.items()})


# -- Lung-RADS v2022
# ------------------------------------------------------------------------------------------


def lung(**given: object) -> str | None:
    plain: dict[str, object] = {"exam": "complete", "juxtapleural": "no", "suspicious": "no"}
    return result("lung-rads", **(plain | given)).category


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ("baseline", [(0, "2"), (5.9, "2"), (6, "3"), (7.9, "3"), (8, "4A"), (14.9, "4A"), (15, "4B")]),
        ("new", [(3.9, "2"), (4, "3"), (5.9, "3"), (6, "4A"), (7.9, "4A"), (8, "4B"), (30, "4B")]),
        ("growing", [(3, "4A"), (7.9, "4A"), (8, "4B"), (20, "4B")]),
        ("slow", [(5, "4B"), (9, "4B")]),
    ],
)
def test_lung_solid(change: str, rows: list[tuple[float, str]]) -> None:
    """Solid nodules at their limits of 4, 6, 8 and 15 mm."""
    for size, category in rows:
        assert lung(kind="solid", change=change, size=size) == category, size


@pytest.mark.parametrize(
    ("change", "size", "solid", "category"),
    [
        ("baseline", 5.9, 0, "2"),
        ("baseline", 5.9, 5.9, "2"),
        ("baseline", 6, 5.9, "3"),
        ("baseline", 25, 0, "3"),
        ("baseline", 6, 6, "4A"),
        ("baseline", 20, 7.9, "4A"),
        ("baseline", 20, 8, "4B"),
        ("new", 5.9, 3.9, "3"),
        ("new", 5.9, 4, "4B"),
        ("new", 6, 3.9, "4A"),
        ("new", 6, 4, "4B"),
        ("growing", 5, 3.9, "4A"),
        ("growing", 12, 3.9, "4A"),
        ("growing", 12, 4, "4B"),
        ("slow", 12, 2, "4B"),
    ],
)
def test_lung_part_solid(change: str, size: float, solid: float, category: str) -> None:
    """Part-solid nodules by whole and solid part."""
    assert lung(kind="part-solid", change=change, size=size, solid_part=solid) == category


@pytest.mark.parametrize(
    ("change", "size", "category"),
    [
        *((change, 29.9, "2") for change in ("baseline", "new", "stable", "growing", "slow")),
        ("baseline", 30, "3"),
        ("new", 30, "3"),
        ("stable", 30, "2"),
        ("slow", 30, "2"),
        ("growing", 30, None),
    ],
)
def test_lung_ground_glass(change: str, size: float, category: str | None) -> None:
    """Ground-glass nodules at 30 mm."""
    assert lung(kind="ground-glass", change=change, size=size) == category


@pytest.mark.parametrize(
    ("airway", "change", "category"),
    [
        *(("subsegmental", change, "2") for change in ("baseline", "new", "stable")),
        ("subsegmental", "growing", None),
        ("subsegmental", "slow", None),
        ("segmental", "baseline", "4A"),
        ("segmental", "new", "4A"),
        ("segmental", "stable", "4B"),
        ("segmental", "growing", "4B"),
        ("segmental", "slow", "4B"),
    ],
)
def test_lung_airway(airway: str, change: str, category: str | None) -> None:
    """Airway nodules."""
    assert lung(kind="airway", airway=airway, change=change) == category


@pytest.mark.parametrize(
    ("cyst", "change", "category"),
    [
        ("thin", "baseline", None),
        ("thin", "multilocular-now", "4A"),
        ("thick", "baseline", "4A"),
        ("thick", "cyst-grows", "3"),
        ("thick", "wall-grows", "4B"),
        ("thick", "multilocular-now", "4A"),
        ("thick", "more", None),
        ("multilocular", "baseline", "4A"),
        ("multilocular", "cyst-grows", "4B"),
        ("multilocular", "wall-grows", "4B"),
        ("multilocular", "more", "4B"),
    ],
)
def test_lung_cyst(cyst: str, change: str, category: str | None) -> None:
    """Atypical cysts."""
    assert lung(kind="cyst", cyst=cyst, cyst_change=change) == category


@pytest.mark.parametrize(
    ("previous", "category"), [("2", "2"), ("3", "2"), ("4A", "3"), ("4B", None), ("4B-benign", "2")]
)
def test_lung_stable_goes_down(previous: str, category: str | None) -> None:
    """What is stable goes down by one from what it was; without the prior category nothing is decided."""
    for kind in ("solid", "part-solid"):
        given = {"kind": kind, "change": "stable", "size": 9, "solid_part": 5}
        assert lung(**given, previous=previous) == category
    cyst = {"kind": "cyst", "cyst": "thick", "cyst_change": "stable"}
    assert lung(**cyst, previous=previous) == category
    unknown = result("lung-rads", exam="complete", kind="solid", change="stable", size=9)
    assert (unknown.category, unknown.missing) == (None, ("previous",))


def test_lung_rest() -> None:
    """0, 1, juxtapleural nodules, 4X, S."""
    for exam in ("prior-awaited", "not-assessed", "inflammatory"):
        assert lung(exam=exam) == "0"
    assert lung(kind="none") == lung(kind="benign") == "1"
    assert lung(kind="benign", other="yes") == "1S"
    for change in ("baseline", "new"):
        near = {"kind": "solid", "change": change, "juxtapleural": "yes"}
        assert lung(**near, size=9.9) == "2"
        assert lung(**near, size=10) == ("4A" if change == "baseline" else "4B")
    for size, plain in ((5, "2"), (7, "4X"), (9, "4X"), (20, "4X")):
        assert lung(kind="solid", change="baseline", size=size, suspicious="yes") == plain
    assert lung(kind="solid", change="baseline", size=20, suspicious="yes", other="yes") == "4XS"
    both = result("lung-rads", exam="complete", kind="part-solid", change="baseline", size=5, solid_part=6)
    assert both.category is None
    assert both.why is not None


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        ({"kind": "none"}, "12 months"),
        ({"kind": "solid", "change": "baseline", "size": 5}, "12 months"),
        ({"kind": "solid", "change": "baseline", "size": 6}, "6 months"),
        ({"kind": "solid", "change": "baseline", "size": 8}, "3 months"),
        ({"kind": "solid", "change": "baseline", "size": 15}, "Referral"),
    ],
)
def test_lung_management(given: dict[str, object], follows: str) -> None:
    """What follows a category."""
    plain = {"exam": "complete", "juxtapleural": "no", "suspicious": "no"}
    assert follows in result("lung-rads", **(plain | given)).management


# -- Fleischner 2017
# ------------------------------------------------------------------------------------------

_NONE, _OPTIONAL = "No routine follow-up", "CT at 12 months is optional"


def chance(**given: object) -> ScoreResult:
    return result("fleischner", **({"age": 60, "cancer": "no", "immune": "no"} | given))


@pytest.mark.parametrize(
    ("number", "size", "low", "high"),
    [
        ("single", 5.4, _NONE, _OPTIONAL),
        ("single", 5.5, "6 to 12 months, then consider", "6 to 12 months, then CT at 18"),
        ("single", 8.4, "6 to 12 months, then consider", "6 to 12 months, then CT at 18"),
        ("single", 8.5, "at 3 months, PET/CT", "at 3 months, PET/CT"),
        ("multiple", 5.4, _NONE, _OPTIONAL),
        ("multiple", 5.5, "3 to 6 months, then consider", "3 to 6 months, then CT at 18"),
        ("multiple", 8.4, "3 to 6 months, then consider", "3 to 6 months, then CT at 18"),
        ("multiple", 8.5, "3 to 6 months, then consider", "3 to 6 months, then CT at 18"),
    ],
)
def test_fleischner_solid(number: str, size: float, low: str, high: str) -> None:
    """Solid nodules by number, rounded size and risk."""
    for risk, told in (("low", low), ("high", high)):
        assert told in chance(kind="solid", number=number, size=size, risk=risk).management


@pytest.mark.parametrize(
    ("kind", "number", "size", "solid", "told"),
    [
        ("ground-glass", "single", 5.4, None, _NONE),
        ("ground-glass", "single", 5.5, None, "every 2 years until 5 years"),
        ("part-solid", "single", 5.4, None, _NONE),
        ("part-solid", "single", 5.5, 5.4, "each year for 5 years"),
        ("part-solid", "single", 9, 5.5, "highly suspicious"),
        ("ground-glass", "multiple", 5.4, None, "2 and 4 years"),
        ("part-solid", "multiple", 5.4, None, "2 and 4 years"),
        ("ground-glass", "multiple", 5.5, None, "most suspicious nodule"),
        ("part-solid", "multiple", 5.5, None, "most suspicious nodule"),
    ],
)
def test_fleischner_subsolid(kind: str, number: str, size: float, solid: float | None, told: str) -> None:
    """Subsolid nodules by number, rounded size and solid part."""
    given = {"kind": kind, "number": number, "size": size}
    assert told in chance(**given, **({} if solid is None else {"solid_part": solid})).management


def test_fleischner_does_not_apply() -> None:
    """Below 35 years, with known cancer, immunosuppressed."""
    nodule = {"kind": "ground-glass", "number": "single", "size": 7}
    assert chance(**nodule, age=34).category is None
    assert chance(**nodule, age=35).category is not None
    assert chance(**nodule, cancer="yes").category is None
    assert chance(**nodule, immune="yes").category is None


# -- BI-RADS, fifth edition
# -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "inside", "outside", "management"),
    [
        ("0", (0, 50, 100), (), "more"),
        ("1", (0,), (0.1, 2), "routine"),
        ("2", (0,), (0.1, 2), "routine"),
        ("3", (0.1, 2), (0, 2.1), "short"),
        ("4", (2.1, 94.9), (2, 95), "biopsy"),
        ("4A", (2.1, 10), (2, 10.1), "biopsy"),
        ("4B", (10.1, 50), (10, 50.1), "biopsy"),
        ("4C", (50.1, 94.9), (50, 95), "biopsy"),
        ("5", (95, 100), (94.9,), "biopsy"),
        ("6", (100,), (), "surgery"),
    ],
)
def test_breast_agreement(
    category: str, inside: tuple[float, ...], outside: tuple[float, ...], management: str
) -> None:
    """Likelihood at its limits, and each management against the one that belongs to the category."""
    plain = {"modality": "mammography", "assessment": category}
    assert result("bi-rads", **plain).category == category
    for percent in inside:
        assert result("bi-rads", **plain, likelihood=percent).category == category
    for percent in outside:
        assert result("bi-rads", **plain, likelihood=percent).category is None
    for planned in ("more", "routine", "short", "biopsy", "surgery"):
        found = result("bi-rads", **plain, management=planned).category
        assert found == (category if planned == management else None)


def test_breast_mr_divides_no_four() -> None:
    """MR has 4 without letters."""
    assert result("bi-rads", modality="mr", assessment="4").category == "4"
    for divided in ("4A", "4B", "4C"):
        assert result("bi-rads", modality="mr", assessment=divided).category is None
        assert result("bi-rads", modality="ultrasound", assessment=divided).category == divided


# -- PI-RADS v2.1
# ---------------------------------------------------------------------------------------------


def prostate(**given: object) -> ScoreResult:
    return result("pi-rads", **({"dwi_adequate": "yes"} | given))


def test_prostate_peripheral() -> None:
    """DWI decides; contrast raises 3 to 4; T2 changes nothing."""
    for dwi, t2, dce in itertools.product("12345", "12345", ("no", "yes", None)):
        size = 20 if dwi == "5" else 10
        given = {"zone": "peripheral", "dwi": dwi, "t2": t2, "size": size}
        found = prostate(**given, **({} if dce is None else {"dce": dce})).category
        assert found == ("4" if dwi == "3" and dce == "yes" else dwi)


@pytest.mark.parametrize(
    ("t2", "by_dwi"), [("1", "11111"), ("2", "22233"), ("3", "33334"), ("4", "44444"), ("5", "55555")]
)
def test_prostate_transition(t2: str, by_dwi: str) -> None:
    """T2 decides; DWI 4 and 5 raise 2, DWI 5 raises 3; contrast changes nothing."""
    for dwi, category in zip("12345", by_dwi, strict=True):
        for dce in ("no", "yes"):
            given = {"zone": "transition", "dwi": dwi, "t2": t2, "size": 20 if t2 == "5" else 10}
            assert prostate(**given, dce=dce).category == category


@pytest.mark.parametrize("zone", ["peripheral", "transition"])
@pytest.mark.parametrize(("t2", "no", "yes"), ["111", "222", "334", "444", "555"])
def test_prostate_without_dwi(zone: str, t2: str, no: str, yes: str) -> None:
    """T2 decides in both zones; contrast raises 3 to 4, and is needed for it."""
    given = {"dwi_adequate": "no", "zone": zone, "t2": t2, "size": 20 if t2 == "5" else 10}
    assert prostate(**given, dce="no").category == no
    assert prostate(**given, dce="yes").category == yes
    without = prostate(**given)
    assert (without.category, without.missing) == ((None, ("dce",)) if t2 == "3" else (t2, ()))


def test_prostate_four_and_five() -> None:
    """They differ by 15 mm and growth beyond the prostate."""
    four, five = ({"zone": "peripheral", "dwi": n} for n in "45")
    assert prostate(**four).category == "4"
    assert prostate(**four, size=14.9).category == "4"
    assert prostate(**four, size=15).category is None
    assert prostate(**four, size=10, extension="yes").category is None
    assert prostate(**five, size=15).category == "5"
    assert prostate(**five, size=14.9, extension="yes").category == "5"
    assert prostate(**five, size=14.9, extension="no").why is not None
    assert prostate(**five, size=14.9).missing == ("extension",)
    assert prostate(**five).missing == ("size", "extension")
    assert prostate(**four, sex="F").category is None
    assert prostate(**four, sex="M").category == "4"


# -- LI-RADS CT/MR v2018
# --------------------------------------------------------------------------------------


def liver(**given: object) -> ScoreResult:
    return result("li-rads", **({"at_risk": "yes", "treated": "no", "impression": "table"} | given))


#: (washout, capsule, growth) → categories: no APHE below 20, no APHE from 20, APHE below 10, 10–19, from 20
_LIVER = {
    ("no", "no", "no"): "33334",
    ("yes", "no", "no"): "34455",
    ("no", "yes", "no"): "34445",
    ("no", "no", "yes"): "34455",
    ("yes", "yes", "no"): "44455",
    ("yes", "no", "yes"): "44455",
    ("no", "yes", "yes"): "44455",
    ("yes", "yes", "yes"): "44455",
}


@pytest.mark.parametrize("major", list(_LIVER))
def test_liver_major_features(major: tuple[str, str, str]) -> None:
    """The diagnostic table, each column at both of its ends."""
    columns = [
        ("no", (0.1, 19.9)),
        ("no", (20, 80)),
        ("yes", (0.1, 9.9)),
        ("yes", (10, 19.9)),
        ("yes", (20, 80)),
    ]
    washout, capsule, growth = major
    for (aphe, ends), category in zip(columns, _LIVER[major], strict=True):
        for size in ends:
            given = {"washout": washout, "capsule": capsule, "growth": growth, "aphe": aphe, "size": size}
            assert liver(**given).category == category, (aphe, size)


@pytest.mark.parametrize(
    ("size", "washout", "table", "malignant", "benign"),
    [(9, "no", "3", "4", "2"), (25, "no", "4", "4", "3"), (25, "yes", "5", "5", "4")],
)
def test_liver_ancillary(size: float, washout: str, table: str, malignant: str, benign: str) -> None:
    """Up by one, but not to 5; down by one; both change nothing."""
    given = {"aphe": "yes", "size": size, "washout": washout, "capsule": "no", "growth": "no"}
    found = [liver(**given, ancillary=kind).category for kind in ("none", "malignant", "benign", "both")]
    assert found == [table, malignant, benign, table]


def test_liver_direct() -> None:
    """What needs no table, and who it is not for."""
    for impression, category in (
        ("not-assessed", "NC"),
        ("vein", "TIV"),
        ("benign", "1"),
        ("probably-benign", "2"),
        ("targetoid", "M"),
    ):
        assert liver(impression=impression).category == category
    assert liver(at_risk="no").category is None
    assert liver(treated="yes").category is None
    assert liver().missing == ("aphe", "size", "washout", "capsule", "growth")


# -- ACR TI-RADS 2017
# -----------------------------------------------------------------------------------------

_COMPOSITION = {"cystic": 0, "mixed": 1, "solid": 2, "unclear": 2}
_ECHO = {"anechoic": 0, "hyper": 1, "iso": 1, "unclear": 1, "hypo": 2, "very-hypo": 3}
_SHAPE = {"wider": 0, "taller": 3}
_MARGIN = {"smooth": 0, "ill-defined": 0, "unclear": 0, "lobulated": 2, "extrathyroidal": 3}
_FOCI = {"macro": 1, "rim": 2, "punctate": 3}
_LEVELS = {0: "1", 1: None, 2: "2", 3: "3", 4: "4", 5: "4", 6: "4"}


def test_thyroid_points() -> None:
    """Every combination of features: the level of its points."""
    score = score_named("ti-rads")
    foci = [set(), {"macro"}, {"rim"}, {"punctate"}, {"macro", "rim", "punctate"}]
    for composition, echo, shape, margin, present in itertools.product(
        _COMPOSITION, _ECHO, _SHAPE, _MARGIN, foci
    ):
        points = _COMPOSITION[composition] + _ECHO[echo] + _SHAPE[shape] + _MARGIN[margin]
        points += sum(_FOCI[name] for name in present)
        given = {
            "composition": composition,
            "echogenicity": echo,
            "shape": shape,
            "margin": margin,
            "size": 4,
        }
        given |= {name: "yes" if name in present else "no" for name in _FOCI}
        assert score.result(given).category == _LEVELS.get(points, "5"), given


@pytest.mark.parametrize(
    ("echo", "margin", "level", "limits"),
    [
        ("hyper", "smooth", "3", [(14.9, "Neither"), (15, "1, 3 and 5"), (24.9, "1, 3 and 5"), (25, "Fine")]),
        ("hypo", "smooth", "4", [(9.9, "Neither"), (10, "1, 2, 3"), (14.9, "1, 2, 3"), (15, "Fine")]),
        (
            "very-hypo",
            "lobulated",
            "5",
            [(4.9, "Neither"), (5, "each year"), (9.9, "each year"), (10, "Fine")],
        ),
    ],
)
def test_thyroid_size(echo: str, margin: str, level: str, limits: list[tuple[float, str]]) -> None:
    """Aspiration and follow-up by level and size."""
    plain = {"composition": "solid", "echogenicity": echo, "shape": "wider", "margin": margin}
    plain |= {"macro": "no", "rim": "no", "punctate": "no"}
    for size, told in limits:
        found = result("ti-rads", **plain, size=size)
        assert found.category == level
        assert told in found.management
    assert result("ti-rads", **plain).missing == ("size",)


def test_thyroid_spongiform_counts_nothing_more() -> None:
    """Spongiform is 1 whatever else is said, and no aspiration at any size."""
    found = result("ti-rads", composition="spongiform", punctate="yes", size=40)
    assert (found.category, found.management) == ("1", "No aspiration")


# -- RECIST 1.1
# -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "nadir", "now", "response"),
    [
        (100, 100, 70, "PR"),
        (100, 100, 70.1, "SD"),
        (100, 100, 119.9, "SD"),
        (100, 100, 120, "PD"),
        (100, 50, 59.9, "PR"),
        (100, 50, 60, "PD"),
        (100, 20, 24, "PR"),
        (100, 20, 24.9, "PR"),
        (100, 20, 25, "PD"),
        (30, 24, 28.9, "SD"),
        (30, 24, 29, "PD"),
        (0.3, 0.3, 0.21, "PR"),
        (100, 0, 5, "PD"),
        (100, 0, 4.9, None),
        (100, 0, 0, None),
        (100, 101, 90, None),
    ],
)
def test_response_of_targets(baseline: float, nadir: float, now: float, response: str | None) -> None:
    """30 % down from baseline; 20 % and 5 mm up from the smallest sum."""
    given = {"targets": "measured", "baseline": baseline, "nadir": nadir, "now": now}
    assert result("recist", **given, others="none", new="no").category == response


_SUMS = {
    "CR": {"targets": "gone"},
    "PR": {"targets": "measured", "baseline": 100, "nadir": 100, "now": 50},
    "SD": {"targets": "measured", "baseline": 100, "nadir": 100, "now": 100},
    "PD": {"targets": "measured", "baseline": 100, "nadir": 100, "now": 130},
    "NE": {"targets": "not-all"},
    "none": {"targets": "none"},
}
#: target response → overall by non-targets none, gone, there, not-all
_OVERALL = {
    "CR": ("CR", "CR", "PR", "PR"),
    "PR": ("PR", "PR", "PR", "PR"),
    "SD": ("SD", "SD", "SD", "SD"),
    "PD": ("PD", "PD", "PD", "PD"),
    "NE": ("NE", "NE", "NE", "NE"),
    "none": (None, "CR", "Non-CR/Non-PD", "NE"),
}


@pytest.mark.parametrize("target", list(_OVERALL))
def test_overall_response(target: str) -> None:
    """Both overall tables; progression of non-targets and new lesions go before all."""
    for others, response in zip(("none", "gone", "there", "not-all"), _OVERALL[target], strict=True):
        given = {**_SUMS[target], "others": others}
        assert result("recist", **given, new="no").category == response
        assert result("recist", **given, new="yes").category == "PD"
        doubtful = result("recist", **given, new="equivocal").category
        assert doubtful == ("PD" if target == "PD" else None)
    assert result("recist", **_SUMS[target], others="worse", new="no").category == "PD"


def test_progression_needs_no_more() -> None:
    """A new lesion decides alone; else all that is missing is named."""
    assert result("recist", new="yes").category == "PD"
    assert result("recist", targets="measured").missing == ("baseline", "nadir", "now", "others", "new")


# -- all
# ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.score_id)
def test_inputs_are_checked(score: object) -> None:
    """Nothing given decides nothing and says what it wants; what is no value of a field is refused."""
    from app.reporting.scores.form import Score

    assert isinstance(score, Score)
    empty = score.result({})
    assert empty.category is None
    assert empty.missing
    for field in score.fields:
        for wrong in ("nonsense", "nan", "-1", "1e9"):
            with pytest.raises(BadInput):
                score.result({field.name: wrong})
    with pytest.raises(BadInput):
        score.result({"unknown": "1"})


def test_texts_are_in_both_languages() -> None:
    """Titles, units in words, management and meanings have their Chinese."""
    known = catalogue()
    texts = {score.sentence for score in SCORES} | {score.title for score in SCORES}
    for score in SCORES:
        for field in score.fields:
            texts |= {field.title, *(option.title for option in field.options)}
    for file in (ROOT / "app" / "reporting" / "scores").glob("*.py"):
        code = file.read_text(encoding="utf-8")
        for name in ("_MANAGEMENT", "_MEANING", "_FOLLOWS"):
            block = re.search(rf"^{name} = \{{\n(.*?)^\}}", code, re.M | re.S)
            if block:
                texts |= set(re.findall(r': "([^"]{3,})",?$', block[1], re.M))
    assert sorted(text for text in texts if text not in known and not text.isdigit()) == []


def test_reasoning_names_what_decided() -> None:
    """The inputs that were read with their values, in both languages; what was not read is not told."""
    given = {"modality": "mammography", "assessment": "4A", "likelihood": "5"}
    score = score_named("bi-rads")
    found = score.result(given)
    assert [name for name, _ in found.used] == ["modality", "assessment", "likelihood"]
    assert "Likelihood of malignancy: 5 %" in reasoning(score, found, "en")
    assert "恶性可能性：5 %" in reasoning(score, found, "zh-CN")


def test_fitting_scores_come_first() -> None:
    """By body part, then modality."""
    assert {score.score_id for score in scores_for("CT", "CHEST")[:2]} == {"lung-rads", "fleischner"}
    assert scores_for("MR", "PROSTATE")[0].score_id == "pi-rads"
    assert scores_for("US", "THYROID")[0].score_id == "ti-rads"
    assert len(scores_for("", "")) == len(SCORES)
    with pytest.raises(NotFound):
        score_named("none")


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Category, reasons and what is missing as JSON."""
    words = ["score", "ti-rads", "--input", "composition=spongiform", "--json", "--lang", "en"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["category"], told["undecidable"], told["version"]) == ("1", False, "2017")
    assert told["decided_by"] == [{"name": "composition", "value": "spongiform"}]
    assert main(["score", "recist", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["category"], told["missing"]) == (None, ["targets", "others", "new"])
    assert main(["score", "ti-rads", "--input", "size=x"]) == BadInput.exit_code
    assert main(["score", "ti-rads", "--fields", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == len(score_named("ti-rads").fields)


def test_the_page_names_every_score() -> None:
    """docs/scores.md has a row with name, version and source of each."""
    page = (ROOT / "docs" / "scores.md").read_text(encoding="utf-8")
    rows = [f"| `{score.score_id}` | {score.name} | {score.version} | {score.source} |" for score in SCORES]
    assert [row for row in rows if row not in page] == []
