"""Runs the rules that read a report's words."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.report import Check, SectionKind
from app.i18n import language, tr
from app.reporting.headings import heading
from app.reporting.rules import (
    agreement,
    conclusions,
    counts,
    exam,
    numbers,
    patient,
    process,
    scores,
    sides,
    states,
    surgery,
    writing,
)
from app.reporting.rules.catalogue import RuleInfo, catalogue
from app.reporting.rules.hits import Hit, Rule
from app.reporting.rules.reading import Reading

RULES: dict[str, Rule] = {
    rule_id: rule
    for family in (
        agreement,
        conclusions,
        counts,
        exam,
        numbers,
        patient,
        process,
        scores,
        sides,
        states,
        surgery,
        writing,
    )
    for rule_id, rule in family.RULES.items()
}
#: a rule that finds more says the same again
_MOST = 5
_KINDS = {str(kind): kind for kind in SectionKind}


def text_checks(
    reading: Reading, before: Sequence[Check], *, off: frozenset[str] = frozenset()
) -> list[Check]:
    """What the rules find in a report's words, in their order; `before` are the checks of the other rules."""
    found: list[Check] = list(before)
    for rule_id, info in catalogue().items():
        rule = RULES.get(rule_id)
        if rule is None or rule_id in off:
            continue
        seen: set[tuple[str, str]] = set()
        for hit in rule(reading):
            words = reading.text(hit.section)[hit.start : hit.end].strip()
            if (hit.section, words) in seen or len(seen) >= _MOST or _said(reading, info, hit, found):
                continue
            seen.add((hit.section, words))
            found.append(_check(info, hit, words))
    return found[len(before) :]


def _said(reading: Reading, info: RuleInfo, hit: Hit, found: Sequence[Check]) -> bool:
    """Whether a rule that goes before has told of the same words."""
    section = _KINDS.get(hit.section)
    for check in found:
        if check.rule_id not in info.unless:
            continue
        if "finding-unreported" in info.kinds:  # the whole impression is said to be normal
            return True
        if check.section is section and _same_words(reading, hit, check):
            return True
    return False


def _same_words(reading: Reading, hit: Hit, check: Check) -> bool:
    if check.start is not None and check.end is not None:
        return check.start < hit.end and hit.start < check.end
    clause = next((c for c in reading.of(hit.section) if c.start <= hit.start < c.end), None)
    words = (clause.text if clause is not None else reading.text(hit.section)[hit.start : hit.end]).lower()
    told = [
        check.params[name].lower()
        for name in ("text", "organ", "date", "size", "site", "term")
        if name in check.params
    ]
    return not told or any(each in words or words.strip() in each for each in told)


def _check(info: RuleInfo, hit: Hit, words: str) -> Check:
    kind = _KINDS.get(hit.section)
    title = heading(kind).words(language()) if kind is not None else tr("Clinical history")
    return Check(
        info.rule_id,
        info.severity,
        info.message,
        {"section": title, "text": words, **hit.params},
        kind,
        start=hit.start if kind is not None else None,
        end=hit.end if kind is not None else None,
    )
