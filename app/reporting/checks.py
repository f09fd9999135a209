"""Completeness and quality rules: run while writing, and before signing (facts: IHE MRRT completion actions).

Each rule of a report's parts is a row of `RULES`: an id that stays, and a function from the report to its
checks; those of its words are in `app.reporting.rules`. PROHIBIT stops signing.  All are listed in
`resources/rules/report_rules.json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from app.domain.finding import Presence
from app.domain.provenance import ReviewState
from app.domain.report import Check, Chip, MeasurementLink, Report, SectionKind, Severity, SignatureRole
from app.errors import NotFound
from app.mentions import Status
from app.reporting.check_subject import (
    ALERT,
    FINDINGS,
    IMPRESSION,
    PROHIBIT,
    Subject,
    section_name,
    term_words,
)
from app.reporting.coded_findings import names_finding, read_chips
from app.reporting.contradiction_checks import (
    coded_side_conflict,
    contrast_conflict,
    date_conflict,
    sex_conflict,
    side_conflict,
    size_conflict,
)
from app.reporting.editing import flatten
from app.reporting.page_words import shown
from app.reporting.reference_checks import chip_text, finding_links, image_links, measurement_text
from app.reporting.rules.facts import NO_FACTS, ExamFacts
from app.reporting.rules.reading import Reading
from app.reporting.rules.text_rules import text_checks
from app.reporting.templates import template
from app.terminology import TermStore, load_terms

Rule = Callable[[Subject], Iterable[Check]]


def check_report(
    report: Report,
    *,
    same_person_may_review: bool = False,
    terms: TermStore | None = None,
    unconfirmed: Mapping[str, str] = {},
    facts: ExamFacts = NO_FACTS,
    changes: Mapping[str, Severity | None] = {},
) -> list[Check]:
    """All checks of a report, the stopping ones first, in the order of the rules.

    `unconfirmed` names the method that made a series which no doctor has confirmed, by series UID; `facts` is
    what is known of the examination beside the report; `changes` are the severities that the house gives to
    rules, None for one that it turned off.
    """
    known = terms or load_terms()
    subject = Subject(report, known, _required(report), same_person_may_review, unconfirmed)
    off = frozenset(rule for rule, severity in changes.items() if severity is None)
    found = [check for rule_id, rule in RULES if rule_id not in off for check in rule(subject)]
    found = [check for check in found if check.rule_id not in off]
    found += text_checks(Reading(report, facts, known), found, off=off)
    found = [replace(check, severity=changes.get(check.rule_id) or check.severity) for check in found]
    return sorted(found, key=lambda check: list(Severity).index(check.severity))


def _required(report: Report) -> frozenset[SectionKind]:
    if report.is_addendum:  # it says what it adds, in whichever section
        said = any(section.plain.strip() for section in report.sections)
        return frozenset() if said else frozenset({FINDINGS})
    try:
        return template(report.template_id, report.language).required
    except NotFound:
        return frozenset({FINDINGS, IMPRESSION})


# -- completeness -----------------------------------------------------------------------------------------


def _empty_section(s: Subject) -> Iterator[Check]:
    for kind in SectionKind:
        if kind in s.required and not s.text(kind).strip():
            yield Check(
                "Q-01", PROHIBIT, "The section {section} is empty.", {"section": section_name(kind)}, kind
            )


_PLACEHOLDER = re.compile(
    r"\[\[.*?\]\]|_{3,}|[×✕]{2,}|(?<![A-Za-z])X{3,}(?![A-Za-z])|[【（(]\s*[】）)]|\{[A-Za-z_]+\}"
)


def _placeholder(s: Subject) -> Iterator[Check]:
    for section in s.report.sections:
        for match in _PLACEHOLDER.finditer(section.plain):
            params = {"section": section_name(section.kind), "text": match.group()}
            yield Check("Q-02", PROHIBIT, "{section}: the gap {text} is not filled.", params, section.kind)


def _no_glyph(s: Subject) -> Iterator[Check]:
    """A character that page or XML cannot hold: told before the report is signed, when it can still be
    written otherwise.
    """
    from app.reporting.printed_fonts import missing_glyphs  # ReportLab: only where there is a text

    said = [
        (section.kind, shown(line)) for section in s.report.sections for line in section.plain.split("\n")
    ]
    said += [(FINDINGS, shown(key.caption)) for key in s.report.key_images]
    said += [
        (section.kind, "".join(c for c in section.plain if c < " " and c not in "\t\n\r"))
        for section in s.report.sections
    ]
    for kind, text in said:
        if missing := missing_glyphs(text):
            params = {"section": section_name(kind), "characters": ", ".join(missing)}
            yield Check(
                "Q-17",
                PROHIBIT,
                "{section}: the printed page cannot show {characters}; write it otherwise.",
                params,
                kind,
            )


_NUMBER, _TIMES = r"\d+(?:\.\d+)?", r"\s*[×xX*]\s*"
_SIZE_WORDS = (
    r"(?:大小|长径|短径|直径|最大径|横径|前后径|上下径|厚度?|宽度?)(?:分别)?(?:约为|约|为)?"
    r"|\b(?:diameter|measuring|measures)(?: of| about)?"
)
_SIZED = re.compile(
    rf"(?<![\d.]){_NUMBER}(?:{_TIMES}{_NUMBER})+(?![\d.]|{_TIMES}\d)|(?:{_SIZE_WORDS})\s*{_NUMBER}(?![\d.]|{_TIMES}\d)",
    re.IGNORECASE,
)
#: the unit, at once or behind further numbers: 8～10 mm, 8、10 mm
_UNIT_FOLLOWS = re.compile(
    rf"(?:\s*(?:[-–~～至到、/和及]|to|and)\s*{_NUMBER}(?:{_TIMES}{_NUMBER})*)*\s*(?:[mcµμ]?m[²³23]?(?![A-Za-z])|毫米|厘米|公分|HU|%|倍|个|层)",
    re.IGNORECASE,
)


def _unit_missing(s: Subject) -> Iterator[Check]:
    for kind in (FINDINGS, IMPRESSION):
        text = s.text(kind)
        for match in _SIZED.finditer(text):
            if not _UNIT_FOLLOWS.match(text, match.end()):
                yield Check(
                    "Q-18",
                    ALERT,
                    "{section}: {text} has no unit.",
                    {"section": section_name(kind), "text": match.group()},
                    kind,
                )


def _impression_without_findings(s: Subject) -> Iterator[Check]:
    if s.text(IMPRESSION).strip() and not s.text(FINDINGS).strip() and FINDINGS not in s.required:
        yield Check(
            "Q-10", ALERT, "There is an impression, but no findings that it rests on.", {}, IMPRESSION
        )


# -- machine and people -----------------------------------------------------------------------------------


def _machine_drafts(s: Subject) -> Iterator[Check]:
    for finding in s.report.findings:
        if finding.algorithm is not None and finding.review is not ReviewState.ACCEPTED:
            params = {"finding": term_words(s, finding.code), "method": finding.algorithm.name}
            yield Check(
                "Q-09",
                PROHIBIT,
                "The finding {finding} of {method} is not confirmed by a doctor.",
                params,
                FINDINGS,
            )
    used = {getattr(link, "tracking_uid", "") for _, link in s.links(MeasurementLink)} | {
        m for f in s.report.findings for m in f.measurements
    }
    for measurement in s.report.measurements:
        if (
            measurement.algorithm is not None
            and measurement.review is not ReviewState.ACCEPTED
            and measurement.tracking_uid in used
        ):
            params = {"label": measurement.label, "method": measurement.algorithm.name}
            yield Check(
                "Q-09",
                PROHIBIT,
                "The measurement {label} of {method} is used, but not confirmed by a doctor.",
                params,
                FINDINGS,
            )


def _unconfirmed_images(s: Subject) -> Iterator[Check]:
    """Evidence on images that a method made and nobody has confirmed."""
    for number, key in enumerate(s.report.key_images, 1):
        if method := s.unconfirmed.get(key.anchor.series_uid):
            params = {"number": str(number), "method": method}
            yield Check(
                "Q-09",
                PROHIBIT,
                "Key image {number} shows what {method} made, which is not confirmed by a doctor.",
                params,
                FINDINGS,
            )
    linked = {getattr(link, "tracking_uid", "") for _, link in s.links(MeasurementLink)}
    for m in s.report.measurements:
        if m.tracking_uid in linked and (method := s.unconfirmed.get(m.anchor.series_uid)):
            params = {"label": m.label, "method": method}
            yield Check(
                "Q-09",
                PROHIBIT,
                "The measurement {label} was taken on what {method} made, which is not confirmed by a "
                "doctor.",
                params,
                FINDINGS,
            )


def _same_signer(s: Subject) -> Iterator[Check]:
    author, reviewer = s.report.signature(SignatureRole.AUTHOR), s.report.signature(SignatureRole.REVIEWER)
    if author and reviewer and author.person_id == reviewer.person_id and not s.same_person_may_review:
        yield Check(
            "Q-12", PROHIBIT, "{person} signed as author and as reviewer.", {"person": author.person_name}
        )


# -- findings against impression --------------------------------------------------------------------------


def _unsupported(s: Subject) -> Iterator[Check]:
    """A coded finding in the impression that the findings do not name, or name as absent."""
    seen: dict[str, list[bool]] = {}
    if not any(isinstance(part, Chip) for part in s.report.section(IMPRESSION).content):
        return
    text, spans = flatten(s.report.section(FINDINGS).content)
    chips = [span for span in spans if names_finding(span, s.terms)]
    for mention in read_chips(text, chips, s.terms, section="findings", more=True):
        if mention.rid is not None:
            seen.setdefault(mention.rid, []).append(mention.status is Status.ABSENT)
    for finding in s.report.findings:
        seen.setdefault(finding.code.value, []).append(finding.presence is Presence.ABSENT)
    said, said_spans = flatten(s.report.section(IMPRESSION).content)
    named = [span for span in said_spans if names_finding(span, s.terms)]
    for mention in read_chips(said, named, s.terms, section="impression"):
        term = s.terms.term(mention.rid or "")
        if term is None or mention.status not in (Status.PRESENT, Status.UNCERTAIN):
            continue
        related = (term, *s.terms.parents(term.rid), *s.terms.children(term.rid))
        states = [absent for other in related for absent in seen.get(other.rid, [])]
        if not states:
            yield Check(
                "Q-10",
                ALERT,
                "Impression names {term}, which findings do not describe.",
                {"term": mention.text},
                IMPRESSION,
            )
        elif all(states):
            yield Check(
                "Q-10",
                ALERT,
                "Impression names {term}, which findings say is absent.",
                {"term": mention.text},
                IMPRESSION,
            )


@dataclass(frozen=True, slots=True)
class _Wording:
    """`unless` is a pattern around the place (with the word in it) that is right after all."""

    wrong: str
    instead: str
    unless: str = ""

    def stands_in(self, text: str) -> bool:
        right = {(m.start(), m.end()) for m in re.finditer(self.unless, text)} if self.unless else set()
        places = (m.span() for m in re.finditer(re.escape(self.wrong), text))
        return any(not any(a <= start and end <= b for a, b in right) for start, end in places)


#: misspellings, words that promise too much, words a report must not carry
WORDING: tuple[_Wording, ...] = (
    _Wording("粘膜", "黏膜"),
    _Wording("返流", "反流"),
    _Wording("炎证", "炎症"),
    _Wording("阴景", "阴影"),
    _Wording("胸模", "胸膜"),
    _Wording("从隔", "纵隔"),
    _Wording("淋巴节", "淋巴结"),
    _Wording("结结", "结节", "淋巴结结"),
    _Wording("左右侧", "双侧", "左右侧(?:脑室|壁|位|面|对比|对称|相)"),
    _Wording("绝对", "—", "绝对(?:值|卧床|制动|禁忌|不应期)"),
    _Wording("肯定是", "考虑"),
    _Wording("百分之百", "—"),
    _Wording("保证", "—", "(?:以|为了?|不能|无法|难以)保证"),
    _Wording("没事", "未见明确异常"),
    _Wording("plueral", "pleural"),
    _Wording("mediastinium", "mediastinum"),
    _Wording("lymphadenopthy", "lymphadenopathy"),
    _Wording("definately", "definitely"),
    _Wording("guarantee", "—"),
    _Wording("100% certain", "—"),
)


def _wording(s: Subject) -> Iterator[Check]:
    for section in s.report.sections:
        plain = section.plain.lower()
        for word in WORDING:
            if word.stands_in(plain):
                params = {"section": section_name(section.kind), "wrong": word.wrong, "instead": word.instead}
                yield Check(
                    "Q-13",
                    ALERT,
                    "{section}: {wrong} should not stand in a report (instead: {instead}).",
                    params,
                    section.kind,
                )


RULES: tuple[tuple[str, Rule], ...] = (
    ("Q-01", _empty_section),
    ("Q-02", _placeholder),
    ("Q-03", side_conflict),
    ("Q-03", coded_side_conflict),
    ("Q-04", sex_conflict),
    ("Q-05", measurement_text),  # and Q-07 for a link without its measurement
    ("Q-06", chip_text),
    ("Q-07", finding_links),  # and Q-08
    ("Q-08", image_links),  # and Q-11 for an image without a link
    ("Q-09", _machine_drafts),
    ("Q-09", _unconfirmed_images),
    ("Q-10", _unsupported),
    ("Q-10", _impression_without_findings),
    ("Q-12", _same_signer),
    ("Q-13", _wording),
    ("Q-14", size_conflict),
    ("Q-15", date_conflict),
    ("Q-16", contrast_conflict),
    ("Q-17", _no_glyph),
    ("Q-18", _unit_missing),
)
