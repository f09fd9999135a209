"""The quality rules find the planted errors, and leave right reports alone; only counts are told."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from app.domain.report import Severity
from app.reporting.checks import check_report
from app.reporting.rules.catalogue import catalogue
from app.reporting.rules.files import read_reports

PLANTED = Path(__file__).parent / "planted"
#: written together with the rules: what they were shown to find and to leave
WRITTEN = Path(__file__).parent / "written_reports.jsonl"
#: kinds that say the same (planted/README.md)
SAME = ({"number", "unit"}, {"contradiction", "laterality"})


@cache
def score(half: str) -> tuple[Counter[str], Counter[str], Counter[str], int, int]:
    """(errors found by kind, errors by kind, alarms by kind, right reports with an alarm, right reports)."""
    path = WRITTEN if half == "written" else PLANTED / f"{half}.jsonl"
    rules = catalogue()
    found: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    kinds_of_alarms: Counter[str] = Counter()
    alarms = right = 0
    for line, read in zip(path.read_text(encoding="utf-8").splitlines(), read_reports(path), strict=True):
        told = [c for c in check_report(read.report, facts=read.facts) if c.severity is not Severity.INFO]
        kinds = {kind for check in told for kind in rules[check.rule_id].kinds}
        also = kinds | {other for same in SAME if same & kinds for other in same}
        errors = [e if isinstance(e, str) else e["kind"] for e in json.loads(line)["errors"]]
        planted.update(errors)
        found.update(kind for kind in errors if kind in also)
        if not errors:
            right += 1
            alarms += bool(told)
            kinds_of_alarms.update(kinds)
    return found, planted, kinds_of_alarms, alarms, right


@pytest.mark.parametrize(
    ("half", "least", "most"), [("open", 0.98, 0.0), ("written", 0.97, 0.0), ("sealed", 0.95, 0.05)]
)
def test_planted_errors_are_found_and_right_reports_pass(half: str, least: float, most: float) -> None:
    """The open half was read while the rules were written, the sealed one was not; only its counts were."""
    found, planted, kinds, alarms, right = score(half)
    counts = ", ".join(f"{kind} {found[kind]}/{planted[kind]}" for kind in sorted(planted))
    print(f"{half}: found {found.total()}/{planted.total()}, alarms {alarms}/{right} {dict(kinds)}; {counts}")
    assert found.total() >= least * planted.total(), counts
    assert alarms <= most * right, f"alarms: {alarms}/{right} {dict(kinds)}"
