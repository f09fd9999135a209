"""BI-RADS, PI-RADS, LI-RADS, TI-RADS and RECIST against the published tables, written out by hand with all
their limits.
"""

from __future__ import annotations

import itertools

import pytest

from app.reporting.scores import score_named
from app.reporting.scores.form import ScoreResult
from tests.reporting.score_inputs import result

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
