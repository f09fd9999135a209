"""The list of quality rules: `resources/rules/report_rules.json`, a row a rule."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from app.domain.report import Severity
from app.paths import resource_path

#: rules of what a report is made of: no setting turns them off
FIXED = frozenset({"Q-05", "Q-06", "Q-07", "Q-08", "Q-09", "Q-12", "Q-17"})


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """One rule.  Title, explanation and message are English texts and translation keys.

    `kinds` are the kinds of error that it finds; `unless` are rules that say the same of the same section and
    go before; `message` is "" for a rule whose checks have words of their own.
    """

    rule_id: str
    kinds: tuple[str, ...]
    severity: Severity
    unless: tuple[str, ...]
    title: str
    explanation: str
    message: str
    example: str


@cache
def catalogue() -> dict[str, RuleInfo]:
    """All rules by id, in their order."""
    rows = json.loads((resource_path("rules") / "report_rules.json").read_text(encoding="utf-8"))
    return {
        row["id"]: RuleInfo(
            row["id"],
            tuple(row["kinds"]),
            Severity(row["severity"]),
            tuple(row["unless"]),
            row["title"],
            row["explanation"],
            row["message"],
            row["example"],
        )
        for row in rows
    }
