"""Coded findings read off the chips of the findings section (DB13/T 3.3.3: text, code, measurement and image belong together).

A chip that names a finding becomes a `Finding` with what its clause says of it (there, absent, uncertain), the side and
site named nearest before it, and the measurements and key images linked in its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.report import Chip, ImageLink, MeasurementLink, Report, SectionKind
from app.reporting.assertions import presence_of
from app.reporting.editing import Span, flatten
from app.terminology import TermStore, load_terms

#: findings that this module made are known by their id; all others are left alone
_PREFIX = "text-"
_SENTENCE = re.compile(r"[。\n；;！？!?]|\.(?=\s|$)")
_CLAUSE = re.compile(r"[，,。\n；;：:！？!?]|\.(?=\s|$)")
_SIDE = re.compile(r"左|右|双|两|\bleft\b|\bright\b|\bbilateral\b|\bboth\b", re.IGNORECASE)
_SIDE_RID = {
    "左": "RID5824", "left": "RID5824", "右": "RID5825", "right": "RID5825",
    "双": "RID5771", "两": "RID5771", "bilateral": "RID5771", "both": "RID5771",
}  # fmt: skip


def with_coded_findings(report: Report, terms: TermStore | None = None) -> Report:
    """The report with the findings of its text coded anew; findings of people and machines stay as they are."""
    own = tuple(f for f in report.findings if not f.finding_id.startswith(_PREFIX))
    told = {f.code.value for f in own}
    read = [f for f in read_findings(report, terms or load_terms()) if f.code.value not in told]
    return replace(report, findings=(*own, *read))


def read_findings(report: Report, terms: TermStore) -> list[Finding]:
    """What the chips of the findings section say, in their order."""
    text, spans = flatten(report.section(SectionKind.FINDINGS).content)
    found: list[Finding] = []
    for span in spans:
        if not _names_finding(span, terms) or not isinstance(span.part, Chip):
            continue
        here = [s for s in spans if _bounds(_SENTENCE, text, span)[0] <= s.start < _bounds(_SENTENCE, text, span)[1]]
        state = presence_of(text, span.start, span.end)
        alone = _only_one_there(text, here, terms)
        linked = here if state is not Presence.ABSENT and alone else []
        site = _site(text, span, here, terms)
        side = _side(text, span, site.words if site else "", terms)
        found.append(
            Finding(
                f"{_PREFIX}{len(found) + 1}", span.part.code, state, site.code if site else None, side,
                measurements=tuple(s.part.tracking_uid for s in linked if isinstance(s.part, MeasurementLink)),
                key_images=tuple(s.part.key_id for s in linked if isinstance(s.part, ImageLink)),
            )
        )  # fmt: skip
    return found


def chip_place(finding: Finding) -> int | None:
    """Which of the findings section's chips that name a finding it was read from, counted from 0; None for others' findings."""
    number = finding.finding_id.removeprefix(_PREFIX)
    return int(number) - 1 if finding.finding_id.startswith(_PREFIX) and number.isdigit() else None


class _Site:
    """An anatomy chip and its words."""

    def __init__(self, code: Code, words: str) -> None:
        self.code = code
        self.words = words


def _names_finding(span: Span, terms: TermStore) -> bool:
    term = terms.term(span.part.code.value) if isinstance(span.part, Chip) else None
    return term is not None and term.is_finding


def _only_one_there(text: str, spans: Sequence[Span], terms: TermStore) -> bool:
    """Links of a sentence belong to its finding only where the sentence has one that is not absent."""
    there = [s for s in spans if _names_finding(s, terms) and presence_of(text, s.start, s.end) is not Presence.ABSENT]
    return len(there) == 1


def _bounds(mark: re.Pattern[str], text: str, span: Span) -> tuple[int, int]:
    start = max((m.end() for m in mark.finditer(text, 0, span.start)), default=0)
    stop = mark.search(text, span.end)
    return start, stop.start() if stop else len(text)


def _site(text: str, span: Span, here: Sequence[Span], terms: TermStore) -> _Site | None:
    """The anatomy chip nearest before in the sentence, else the nearest behind in the clause."""
    anatomy = []
    for other in here:
        term = terms.term(other.part.code.value) if isinstance(other.part, Chip) else None
        if term is not None and term.category == "anatomy" and isinstance(other.part, Chip):
            anatomy.append((other, _Site(other.part.code, term.name)))
    before = [site for other, site in anatomy if other.end <= span.start]
    _, end = _bounds(_CLAUSE, text, span)
    behind = [site for other, site in anatomy if span.end <= other.start < end]
    return before[-1] if before else behind[0] if behind else None


def _side(text: str, span: Span, site: str, terms: TermStore) -> Code | None:
    """The side that the site itself names, else the last one said before in the clause, else behind; two sides are none."""
    start, end = _bounds(_CLAUSE, text, span)
    for words in (site, text[start : span.start], text[span.end : end]):
        said = {_SIDE_RID[m.group().lower()] for m in _SIDE.finditer(words)}
        if len(said) == 1:
            term = terms.term(said.pop())
            return term.code if term else None
        if said:
            return None
    return None
