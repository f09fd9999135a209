"""Lung-RADS and Fleischner against the published tables, written out by hand with all their limits."""

from __future__ import annotations

import pytest

from app.reporting.scores.form import ScoreResult
from tests.reporting.score_inputs import result

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
        ("crossed", [(5.9, "2"), (6, "3"), (8, "4A"), (15, "4B")]),
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
        ("crossed", 6, 5, "3"),
        ("crossed", 9, 8, "4B"),
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
        ("crossed", 30, "2"),
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
        ("subsegmental", "crossed", None),
        ("segmental", "crossed", "4B"),
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
    for kind in ("solid", "ground-glass"):
        assert result("lung-rads", exam="complete", kind=kind).missing == ("change", "size")


def test_lung_rest() -> None:
    """0, 1, juxtapleural nodules, 4X, S."""
    for exam in ("prior-awaited", "not-assessed", "inflammatory"):
        assert lung(exam=exam) == "0"
        assert lung(exam=exam, other="yes") == "0S"
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
    assert result("fleischner", immune="yes").why is not None
    assert result("fleischner", age=50).missing == ("cancer", "immune", "number", "kind", "size")
    assert [name for name, _ in chance(**nodule).used][:3] == ["age", "cancer", "immune"]
