"""Coded findings read off the chips of the findings section (DB13/T 3.3.3: text, code, measurement and image
belong together).

A chip that names a finding becomes a `Finding` where its sentence says for certain that it is there, absent
or in doubt; all others stay text. With it come the site and side of its own noun phrase, and the measurements
and key images linked in its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.provenance import ReviewState
from app.domain.report import Chip, ImageLink, MeasurementLink, Report, SectionKind
from app.mentions import Mention, Named, Status
from app.reporting.coded_presence import presence_of
from app.reporting.editing import Span, flatten
from app.reporting.section_mentions import mentions_in
from app.terminology import TermStore, load_terms

#: findings that this module made are known by their id; all others are left alone
_PREFIX = "text-"
_SENTENCE = re.compile(r"[。\n；;！？!?]|(?<![Ff]ig)\.(?=\s|$)")
_CLAUSE = re.compile(r"[，,。\n；;：:！？!?]|(?<![Ff]ig)\.(?=\s|$)")
_SIDE_RID = {"left": "RID5824", "right": "RID5825", "bilateral": "RID5771"}
_SIDE = re.compile(
    r"(?P<left>左|\bleft\b)|(?P<right>右|\bright\b)|(?P<bilateral>双|两|\bbilateral\b|\bboth\b)",
    re.IGNORECASE,
)
#: a side that stands right in front of what it belongs to
_SIDE_BEFORE = re.compile(r"(?:[左右双两]侧?|\b(?:left|right|bilateral|both)\s+)$", re.IGNORECASE)
#: from a finding to the place that is said of it behind
_PLACE_BEHIND = re.compile(
    r"(?:影|灶)?，?位于|\s+(?:in|of|within|at|involving|along) (?:the |both )?"
    r"(?:left |right |upper |middle |lower |lobe of the |lobes of )*",
    re.IGNORECASE,
)
_PART = re.compile(
    r"[左右上下前后中尖底段叶余另单患健旁0-9]|[同对]侧|局部|部分|扫描|所示|层面|平扫|可见范围|显示范围"
    r"|\b(?:left|right|upper|lower|middle|segment|lobe|visualized|remaining|rest|limited|other)\b",
    re.IGNORECASE,
)
_OTHER_PLACE = re.compile(
    r"[左右双两]|肺|胸|腹|肝|脾|肾|脑|骨|肋|椎|胰|胆|纵隔|\b(?:left|right|lobe)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _AnatomySite:
    """An anatomy chip that a finding lies in: its code, its side, and where the words of both lie."""

    code: Code
    side: Code | None
    words: tuple[int, int]


def with_coded_findings(report: Report, terms: TermStore | None = None) -> Report:
    """The report with the findings of its text coded anew; findings of people and machines stay as they are.

    A finding that a person made, or accepted, stands for one mention of its concept and for no other.
    """
    terms = terms or load_terms()
    own = tuple(f for f in report.findings if not f.finding_id.startswith(_PREFIX))
    read = read_findings(report, terms)
    told = _told(own, read, report, terms)
    return replace(report, findings=(*own, *(f for f in read if chip_place(f) not in told)))


def read_findings(report: Report, terms: TermStore) -> list[Finding]:
    """What the chips of the findings section say for certain, in their order; each is known by its chip."""
    text, spans = flatten(report.section(SectionKind.FINDINGS).content)
    named = [span for span in spans if names_finding(span, terms)]
    mentions = read_chips(text, named, terms, section="findings")
    found = [
        f
        for n, (span, mention) in enumerate(zip(named, mentions, strict=True), 1)
        if (f := _read(n, span, mention, text, spans, terms, _only_one_there(span, named, mentions, text)))
    ]
    there = {f.code.value for f in found if f.presence is not Presence.ABSENT}
    # denied without a place, and there at another: the denial meant some place that no code names
    return [f for f in found if f.presence is not Presence.ABSENT or f.site or f.code.value not in there]


def read_chips(
    text: str, named: Sequence[Span], terms: TermStore, *, section: str, more: bool = False
) -> list[Mention]:
    """What the text says of each chip that names a finding, in their order; with `more`, of all findings that
    it names.
    """
    given = tuple(Named(s.start, s.end, s.part.code.value) for s in named if isinstance(s.part, Chip))
    mentions = mentions_in(terms, text, section=section, given=given)
    if more:
        return list(mentions)
    read = {m.start: m for m in mentions}
    return [read[span.start] for span in named]


def _read(
    number: int, span: Span, mention: Mention, text: str, spans: Sequence[Span], terms: TermStore, alone: bool
) -> Finding | None:
    assert isinstance(span.part, Chip)
    state = presence_of(mention)
    if state is None:
        return None
    here = _neighbours(text, span, spans)
    site = _site(text, span, here, terms)
    if state is Presence.ABSENT and _of_a_part(text, span, mention, site):
        return None
    linked = here if state is not Presence.ABSENT and alone else []
    return Finding(
        f"{_PREFIX}{number}",
        span.part.code,
        state,
        site.code if site else None,
        site.side if site and site.side else _side_code(mention.side, terms),
        measurements=tuple(s.part.tracking_uid for s in linked if isinstance(s.part, MeasurementLink)),
        key_images=tuple(s.part.key_id for s in linked if isinstance(s.part, ImageLink)),
    )


def _of_a_part(text: str, span: Span, mention: Mention, site: _AnatomySite | None) -> bool:
    """Whether a denial is said of a part of an organ only, which no code carries (右肺下部未见结节)."""
    if site is None and mention.side in ("left", "right"):
        return True
    start, _ = _bounds(_SENTENCE, text, span)
    before = text[start : span.start]
    if site is not None and start <= site.words[0] < span.start:
        before = text[start : site.words[0]] + text[site.words[1] : span.start]
    return bool(_PART.search(before))


def chip_place(finding: Finding) -> int | None:
    """Which of the findings section's chips that name a finding it was read from, counted from 0; None for
    others' findings.
    """
    number = finding.finding_id.removeprefix(_PREFIX)
    return int(number) - 1 if finding.finding_id.startswith(_PREFIX) and number.isdigit() else None


def told_chip(finding: Finding, report: Report, terms: TermStore) -> int | None:
    """The chip that a finding stands for, counted as by `chip_place`: for one made by hand the chip whose
    sentence links the same measurement or image, else the first that nothing contradicts.
    """
    place = chip_place(finding)
    if place is not None:
        return place
    text, spans = flatten(report.section(SectionKind.FINDINGS).content)
    named = [span for span in spans if names_finding(span, terms)]
    read = {chip_place(f): f for f in read_findings(report, terms)}
    same = [n for n, span in enumerate(named) if _is(span, finding.code)]
    links = {*finding.measurements, *finding.key_images}
    for number in same:
        if links & {_link(s) for s in _neighbours(text, named[number], spans)}:
            return number
    return next((n for n in same if n in read and _agree(finding, read[n])), None)


def _told(
    own: Sequence[Finding], read: Sequence[Finding], report: Report, terms: TermStore
) -> set[int | None]:
    known = {f.code.value for f in read}
    cards = [f for f in own if f.code.value in known and f.review is ReviewState.ACCEPTED]
    return {told_chip(card, report, terms) for card in cards}


def _agree(card: Finding, read: Finding) -> bool:
    return card.presence is read.presence and all(
        a is None or b is None or a.same_as(b)
        for a, b in ((card.site, read.site), (card.laterality, read.laterality))
    )


def _is(span: Span, code: Code) -> bool:
    return isinstance(span.part, Chip) and span.part.code.same_as(code)


def _link(span: Span) -> str:
    match span.part:
        case MeasurementLink(tracking_uid=uid):
            return uid
        case ImageLink(key_id=key):
            return key
    return ""


def names_finding(span: Span, terms: TermStore) -> bool:
    """Whether a chip names something that can be there or absent."""
    term = terms.term(span.part.code.value) if isinstance(span.part, Chip) else None
    return term is not None and term.is_finding


def _neighbours(text: str, span: Span, spans: Sequence[Span]) -> list[Span]:
    """The chips and links of a chip's sentence."""
    start, end = _bounds(_SENTENCE, text, span)
    return [s for s in spans if start <= s.start < end]


def _only_one_there(span: Span, named: Sequence[Span], mentions: Sequence[Mention], text: str) -> bool:
    """Links of a sentence belong to its finding only where the sentence has one that is not absent."""
    start, end = _bounds(_SENTENCE, text, span)
    return (
        sum(
            start <= other.start < end and mention.status is not Status.ABSENT
            for other, mention in zip(named, mentions, strict=True)
        )
        == 1
    )


def _bounds(mark: re.Pattern[str], text: str, span: Span) -> tuple[int, int]:
    start = max((m.end() for m in mark.finditer(text, 0, span.start)), default=0)
    stop = mark.search(text, span.end)
    return start, stop.start() if stop else len(text)


def _site(text: str, span: Span, here: Sequence[Span], terms: TermStore) -> _AnatomySite | None:
    """The anatomy chip nearest before: in the clause, or in an earlier one of the sentence where the clause
    names no place itself; else the chip that the words behind the finding lead to.
    """
    anatomy = [s for s in here if _names_place(s, terms)]
    start, _ = _bounds(_CLAUSE, text, span)
    before = [s for s in anatomy if s.end <= span.start]
    if before and (before[-1].start >= start or not _OTHER_PLACE.search(text[start : span.start])):
        return _with_side(text, before[-1], terms)
    behind = next((s for s in anatomy if s.start >= span.end), None)
    if behind is not None and _PLACE_BEHIND.fullmatch(text[span.end : behind.start]):
        return _with_side(text, behind, terms)
    return None


def _names_place(span: Span, terms: TermStore) -> bool:
    term = terms.term(span.part.code.value) if isinstance(span.part, Chip) else None
    return term is not None and term.category == "anatomy"


def _with_side(text: str, chip: Span, terms: TermStore) -> _AnatomySite | None:
    """The site of a chip with the side that its own words, or those right in front of it, say."""
    assert isinstance(chip.part, Chip)
    term = terms.term(chip.part.code.value)
    if term is None:
        return None
    ahead = _SIDE_BEFORE.search(text[: chip.start])
    start = ahead.start() if ahead else chip.start
    side = _one_side(f"{text[start : chip.end]} {term.name}", terms)
    return _AnatomySite(chip.part.code, side, (start if side else chip.start, chip.end))


def _one_side(words: str, terms: TermStore) -> Code | None:
    said = {m.lastgroup for m in _SIDE.finditer(words)}
    return _side_code(said.pop(), terms) if len(said) == 1 else None


def _side_code(side: str | None, terms: TermStore) -> Code | None:
    term = terms.term(_SIDE_RID[side]) if side is not None else None
    return term.code if term else None
