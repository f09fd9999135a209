"""Completeness and quality rules: run while writing, and before signing (facts: IHE MRRT completion actions).

Each rule is a row of `RULES`: an id that stays, and a function from the report to its checks.  PROHIBIT stops signing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.coding import Code
from app.domain.finding import Presence
from app.domain.provenance import ReviewState
from app.domain.report import Check, Chip, ImageLink, MeasurementLink, Report, SectionKind, Severity, SignatureRole
from app.errors import NotFound
from app.i18n import language, tr
from app.reporting.assertions import presence_of
from app.reporting.editing import flatten
from app.reporting.headings import heading
from app.reporting.laterality import conflicts
from app.reporting.page_words import shown
from app.reporting.quantities import Quantity, quantities_in, value_words
from app.reporting.templates import template
from app.terminology import TermStore, load_terms
from app.terminology.folding import fold

_FINDINGS, _IMPRESSION = SectionKind.FINDINGS, SectionKind.IMPRESSION
_EXAM, _TECHNIQUE = SectionKind.EXAM, SectionKind.TECHNIQUE
_PROHIBIT, _ALERT, _INFO = Severity.PROHIBIT, Severity.ALERT, Severity.INFO


@dataclass(frozen=True, slots=True)
class _Subject:
    """A report and what the rules ask of it again and again."""

    report: Report
    terms: TermStore
    required: frozenset[SectionKind]
    same_person_may_review: bool
    unconfirmed: Mapping[str, str]

    def text(self, kind: SectionKind) -> str:
        return self.report.section(kind).plain

    def links(self, kind: type[MeasurementLink] | type[ImageLink]) -> Iterator[tuple[SectionKind, MeasurementLink | ImageLink]]:
        for section in self.report.sections:
            for part in section.content:
                if isinstance(part, kind):
                    yield section.kind, part


Rule = Callable[[_Subject], Iterable[Check]]


def check_report(
    report: Report, *, same_person_may_review: bool = False, terms: TermStore | None = None, unconfirmed: Mapping[str, str] = {}
) -> list[Check]:
    """All checks of a report, the stopping ones first, in the order of the rules.

    `unconfirmed` names the method that made a series which no doctor has confirmed, by series UID.
    """
    subject = _Subject(report, terms or load_terms(), _required(report), same_person_may_review, unconfirmed)
    found = [check for _, rule in RULES for check in rule(subject)]
    return sorted(found, key=lambda check: list(Severity).index(check.severity))


def _required(report: Report) -> frozenset[SectionKind]:
    try:
        return template(report.template_id, report.language).required
    except NotFound:
        return frozenset({_FINDINGS, _IMPRESSION})


def _name(kind: SectionKind) -> str:
    return heading(kind).words(language())


# -- completeness ------------------------------------------------------------------------------------------------------


def _empty_section(s: _Subject) -> Iterator[Check]:
    for kind in SectionKind:
        if kind in s.required and not s.text(kind).strip():
            yield Check("Q-01", _PROHIBIT, "The section {section} is empty.", {"section": _name(kind)}, kind)


_PLACEHOLDER = re.compile(r"\[\[.*?\]\]|_{3,}|[×✕]{2,}|(?<![A-Za-z])X{3,}(?![A-Za-z])|[【（(]\s*[】）)]|\{[A-Za-z_]+\}")


def _placeholder(s: _Subject) -> Iterator[Check]:
    for section in s.report.sections:
        for match in _PLACEHOLDER.finditer(section.plain):
            params = {"section": _name(section.kind), "text": match.group()}
            yield Check("Q-02", _PROHIBIT, "{section}: the gap {text} is not filled.", params, section.kind)


def _no_glyph(s: _Subject) -> Iterator[Check]:
    """A character that page or XML cannot hold: told before the report is signed, when it can still be written otherwise."""
    from app.reporting.printed_report import missing_glyphs  # ReportLab: only where there is a text

    said = [(section.kind, shown(line)) for section in s.report.sections for line in section.plain.split("\n")]
    said += [(_FINDINGS, shown(key.caption)) for key in s.report.key_images]
    said += [(section.kind, "".join(c for c in section.plain if c < " " and c not in "\t\n\r")) for section in s.report.sections]
    for kind, text in said:
        if missing := missing_glyphs(text):
            params = {"section": _name(kind), "characters": ", ".join(missing)}
            yield Check("Q-17", _PROHIBIT, "{section}: the printed page cannot show {characters}; write it otherwise.", params, kind)


_NUMBER, _TIMES = r"\d+(?:\.\d+)?", r"\s*[×xX*]\s*"
_SIZE_WORDS = r"(?:大小|长径|短径|直径|最大径|横径|前后径|上下径|厚度?|宽度?)(?:分别)?(?:约为|约|为)?|\b(?:diameter|measuring|measures)(?: of| about)?"
_SIZED = re.compile(
    rf"(?<![\d.]){_NUMBER}(?:{_TIMES}{_NUMBER})+(?![\d.]|{_TIMES}\d)|(?:{_SIZE_WORDS})\s*{_NUMBER}(?![\d.]|{_TIMES}\d)", re.IGNORECASE
)
#: the unit, at once or behind further numbers: 8～10 mm, 8、10 mm
_UNIT_FOLLOWS = re.compile(
    rf"(?:\s*(?:[-–~～至到、/和及]|to|and)\s*{_NUMBER}(?:{_TIMES}{_NUMBER})*)*\s*(?:[mcµμ]?m[²³23]?(?![A-Za-z])|毫米|厘米|公分|HU|%|倍|个|层)",
    re.IGNORECASE,
)


def _unit_missing(s: _Subject) -> Iterator[Check]:
    for kind in (_FINDINGS, _IMPRESSION):
        text = s.text(kind)
        for match in _SIZED.finditer(text):
            if not _UNIT_FOLLOWS.match(text, match.end()):
                yield Check("Q-18", _ALERT, "{section}: {text} has no unit.", {"section": _name(kind), "text": match.group()}, kind)


def _impression_without_findings(s: _Subject) -> Iterator[Check]:
    if s.text(_IMPRESSION).strip() and not s.text(_FINDINGS).strip() and _FINDINGS not in s.required:
        yield Check("Q-10", _ALERT, "There is an impression, but no findings that it rests on.", {}, _IMPRESSION)


# -- contradictions ------------------------------------------------------------------------------------------------------


def _side_conflict(s: _Subject) -> Iterator[Check]:
    for site, side in conflicts(s.text(_IMPRESSION), s.text(_FINDINGS)):
        params = {"site": site, "side": _side(side), "other": _side("R" if side == "L" else "L")}
        yield Check("Q-03", _PROHIBIT, "Impression says {side} for {site}; findings say {other}.", params, _IMPRESSION)
    ordered = f"{s.text(_EXAM)}\n{s.report.header.study_description}\n{s.report.header.body_part}".replace("_", " ")
    for kind in (_FINDINGS, _IMPRESSION):
        for site, side in conflicts(s.text(kind), ordered, normal_too=True):
            params = {"site": site, "side": _side(side), "section": _name(kind)}
            yield Check("Q-03", _ALERT, "{section} says {side} for {site}; the examination names the other side.", params, kind)


def _coded_side_conflict(s: _Subject) -> Iterator[Check]:
    """A coded site that names one side with the other side coded beside it."""
    for finding in s.report.findings:
        other = {"RID5824": "right", "RID5825": "left"}.get(finding.laterality.value if finding.laterality else "")
        if other and finding.site is not None and re.search(rf"\b{other}\b", finding.site.meaning):
            words = {"finding": _term_words(s, finding.code), "site": _term_words(s, finding.site)}
            yield Check("Q-03", _PROHIBIT, "The finding {finding} is coded with the side opposite to its site {site}.", words, _FINDINGS)


def _side(letter: str) -> str:
    return tr("left side") if letter == "L" else tr("right side")


_MALE = re.compile(
    r"前列腺|精囊|睾丸|附睾|阴囊|阴茎|\bprostat\w*|\bseminal vesicles?|\btest(?:is|es|icular)\b|\bscrot\w+|\bepididym\w+", re.I
)
_FEMALE = re.compile(
    r"子宫|卵巢|宫颈|阴道|输卵管|\buter(?:us|ine)\b|\bovar(?:y|ies|ian)\b|\bvagina(?!lis)\w*|\bendometri\w+|\bfallopian\b", re.I
)


def _sex_conflict(s: _Subject) -> Iterator[Check]:
    sex = s.report.header.patient.sex.strip().upper()[:1]
    wrong = {"M": _FEMALE, "F": _MALE}.get(sex)
    if wrong is None:
        return
    for kind in (_FINDINGS, _IMPRESSION):
        for organ in dict.fromkeys(m.group() for m in wrong.finditer(s.text(kind))):
            params = {"organ": organ, "sex": tr("a man") if sex == "M" else tr("a woman"), "section": _name(kind)}
            yield Check("Q-04", _PROHIBIT, "{section} speaks of {organ}, but the patient is {sex}.", params, kind)


#: what stands before a bound, which is no measured size
_LIMIT = re.compile(r"(?:[<＜≤>＞≥]|小于|大于|不足|超过|less than|more than|under|over)\s*$", re.IGNORECASE)


def _size_conflict(s: _Subject) -> Iterator[Check]:
    known = [q for q in quantities_in(s.text(_FINDINGS)) if q.dimension == "length"]
    if not known:
        return
    text = s.text(_IMPRESSION)
    for said in quantities_in(text):
        if said.dimension != "length" or _LIMIT.search(text, 0, said.start) or any(_same_size(said, q) for q in known):
            continue
        words = {"size": f"{said.value:g} {said.unit}"}
        if any(abs(q.value - said.value) < 1e-9 for q in known):
            yield Check("Q-14", _PROHIBIT, "Impression gives {size}; findings give the same number in another unit.", words, _IMPRESSION)
        else:
            yield Check("Q-14", _ALERT, "Impression gives {size}, a size that findings do not give.", words, _IMPRESSION)


def _same_size(a: Quantity, b: Quantity) -> bool:
    coarser = max(0.5 * 10.0**-a.decimals * a.factor, 0.5 * 10.0**-b.decimals * b.factor)
    return abs(a.base - b.base) <= coarser + 1e-9


_DATE = re.compile(r"(?P<y>20\d\d|19\d\d)\s*(?:-|/|\.|年)\s*(?P<m>\d{1,2})\s*(?:-|/|\.|月)\s*(?P<d>\d{1,2})")


def _date_conflict(s: _Subject) -> Iterator[Check]:
    at = s.report.header.study_at
    for kind in (_FINDINGS, _IMPRESSION):
        for match in _DATE.finditer(s.text(kind)):
            try:
                said = date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                yield Check("Q-15", _ALERT, "{section}: {date} is no date.", {"section": _name(kind), "date": match.group()}, kind)
                continue
            if at is not None and said > at.date():
                params = {"section": _name(kind), "date": said.isoformat(), "study": at.date().isoformat()}
                yield Check("Q-15", _ALERT, "{section} names {date}, which is after the examination of {study}.", params, kind)


_PLAIN_SCAN = re.compile(r"平扫|\bnon-?\s?contrast\b|\bunenhanced\b|\bwithout contrast\b", re.I)
_CONTRAST_SCAN = re.compile(r"增强(?!显示)|\bcontrast-enhanced\b|\bwith (?:iv )?contrast\b", re.I)
_ENHANCES = re.compile(r"强化|(?<!纹理)(?<!密度)(?<!信号)(?<!回声)增强|(?<!un)(?<!non-)\benhanc\w+", re.I)
_ADVICE = re.compile(r"建议|必要时|请|未行|无法评|不能评|难以评|recommend|suggest|advis|if indicated|assess", re.I)


def _contrast_conflict(s: _Subject) -> Iterator[Check]:
    said = f"{s.text(_EXAM)}\n{s.text(_TECHNIQUE)}"
    if not _PLAIN_SCAN.search(said) or _CONTRAST_SCAN.search(_PLAIN_SCAN.sub("", said)):
        return
    for kind in (_FINDINGS, _IMPRESSION):
        for clause in re.split(r"[，,；;。\n]|\.\s", s.text(kind)):
            if _ENHANCES.search(clause) and not _ADVICE.search(clause) and not _PLAIN_SCAN.search(clause):
                params = {"section": _name(kind), "text": clause.strip()}
                yield Check("Q-16", _ALERT, "{section} speaks of enhancement, but the scan was without contrast: {text}", params, kind)
                break


# -- links and codes ---------------------------------------------------------------------------------------------------


def _measurement_text(s: _Subject) -> Iterator[Check]:
    known = {m.tracking_uid: m for m in s.report.measurements}
    for kind, link in s.links(MeasurementLink):
        measurement = known.get(getattr(link, "tracking_uid", ""))
        if measurement is None:
            yield Check(
                "Q-07", _PROHIBIT, "{section}: the measurement behind {text} is gone.", {"section": _name(kind), "text": link.text}, kind
            )
            continue
        said = quantities_in(link.text)
        wrong = [q for q in said if not any(q.says(v.value, v.unit.value) for v in measurement.values)]
        unitless = {value_words(value) for value in measurement.values}  # signals of MR have no unit to find
        if wrong or (not said and link.text not in unitless):
            params = {"section": _name(kind), "text": link.text, "label": measurement.label}
            yield Check("Q-05", _PROHIBIT, "{section}: {text} is not what {label} measured.", params, kind)


def _chip_text(s: _Subject) -> Iterator[Check]:
    for section in s.report.sections:
        for part in section.content:
            if not isinstance(part, Chip) or part.code.scheme != "RADLEX":
                continue
            params = {"section": _name(section.kind), "text": part.text, "code": part.code.value}
            term = s.terms.term(part.code.value)
            if term is None and fold(part.text) != fold(part.code.meaning):
                yield Check("Q-06", _ALERT, "{section}: the vocabulary has no {code}, the code of {text}.", params, section.kind)
            elif term is not None and not any(fold(part.text) == fold(name) for name in term.names):
                meaning = {**params, "meaning": term.words(language())}
                yield Check("Q-06", _PROHIBIT, "{section}: {text} is coded {code}, which means {meaning}.", meaning, section.kind)


def _image_links(s: _Subject) -> Iterator[Check]:
    known = [key.key_id for key in s.report.key_images]
    said = list(s.links(ImageLink))
    for kind, link in said:
        if getattr(link, "key_id", "") not in known:
            yield Check(
                "Q-08", _PROHIBIT, "{section}: the key image behind {text} is gone.", {"section": _name(kind), "text": link.text}, kind
            )
    named = {getattr(link, "key_id", "") for _, link in said} | {k for f in s.report.findings for k in f.key_images}
    for number, key in enumerate(s.report.key_images, 1):
        if key.key_id not in named:
            yield Check("Q-11", _INFO, "Key image {number} is not referred to in the text.", {"number": str(number)}, _FINDINGS)


def _finding_links(s: _Subject) -> Iterator[Check]:
    measurements = {m.tracking_uid for m in s.report.measurements}
    keys = {k.key_id for k in s.report.key_images}
    for finding in s.report.findings:
        name = {"finding": _term_words(s, finding.code)}
        if set(finding.measurements) - measurements:
            yield Check("Q-07", _PROHIBIT, "A measurement of the finding {finding} is gone.", name, _FINDINGS)
        if set(finding.key_images) - keys:
            yield Check("Q-08", _PROHIBIT, "A key image of the finding {finding} is gone.", name, _FINDINGS)


def _term_words(s: _Subject, code: Code) -> str:
    term = s.terms.term(code.value)
    return term.words(language()) if term else code.meaning


# -- machine and people --------------------------------------------------------------------------------------------------


def _machine_drafts(s: _Subject) -> Iterator[Check]:
    for finding in s.report.findings:
        if finding.algorithm is not None and finding.review is not ReviewState.ACCEPTED:
            params = {"finding": _term_words(s, finding.code), "method": finding.algorithm.name}
            yield Check("Q-09", _PROHIBIT, "The finding {finding} of {method} is not confirmed by a doctor.", params, _FINDINGS)
    used = {getattr(link, "tracking_uid", "") for _, link in s.links(MeasurementLink)} | {
        m for f in s.report.findings for m in f.measurements
    }
    for measurement in s.report.measurements:
        if measurement.algorithm is not None and measurement.review is not ReviewState.ACCEPTED and measurement.tracking_uid in used:
            params = {"label": measurement.label, "method": measurement.algorithm.name}
            yield Check("Q-09", _PROHIBIT, "The measurement {label} of {method} is used, but not confirmed by a doctor.", params, _FINDINGS)


def _unconfirmed_images(s: _Subject) -> Iterator[Check]:
    """Evidence on images that a method made and nobody has confirmed."""
    for number, key in enumerate(s.report.key_images, 1):
        if method := s.unconfirmed.get(key.anchor.series_uid):
            params = {"number": str(number), "method": method}
            yield Check(
                "Q-09", _PROHIBIT, "Key image {number} shows what {method} made, which is not confirmed by a doctor.", params, _FINDINGS
            )
    linked = {getattr(link, "tracking_uid", "") for _, link in s.links(MeasurementLink)}
    for m in s.report.measurements:
        if m.tracking_uid in linked and (method := s.unconfirmed.get(m.anchor.series_uid)):
            params = {"label": m.label, "method": method}
            yield Check(
                "Q-09",
                _PROHIBIT,
                "The measurement {label} was taken on what {method} made, which is not confirmed by a doctor.",
                params,
                _FINDINGS,
            )


def _same_signer(s: _Subject) -> Iterator[Check]:
    author, reviewer = s.report.signature(SignatureRole.AUTHOR), s.report.signature(SignatureRole.REVIEWER)
    if author and reviewer and author.person_id == reviewer.person_id and not s.same_person_may_review:
        yield Check("Q-12", _PROHIBIT, "{person} signed as author and as reviewer.", {"person": author.person_name})


# -- findings against impression -----------------------------------------------------------------------------------------


def _unsupported(s: _Subject) -> Iterator[Check]:
    """A coded finding in the impression that the findings do not name, or name as absent."""
    seen: dict[str, list[Presence]] = {}
    text, spans = flatten(s.report.section(_FINDINGS).content)
    for span in spans:
        if isinstance(span.part, Chip):
            seen.setdefault(span.part.code.value, []).append(presence_of(text, span.start, span.end))
    for finding in s.report.findings:
        seen.setdefault(finding.code.value, []).append(finding.presence)
    said, said_spans = flatten(s.report.section(_IMPRESSION).content)
    for span in said_spans:
        term = s.terms.term(span.part.code.value) if isinstance(span.part, Chip) else None
        if term is None or not term.is_finding or presence_of(said, span.start, span.end) is Presence.ABSENT:
            continue
        related = (term, *s.terms.parents(term.rid), *s.terms.children(term.rid))
        states = [state for other in related for state in seen.get(other.rid, [])]
        for name in (name for other in related for name in other.names):
            states += [presence_of(text, m.start(), m.end()) for m in re.finditer(re.escape(name), text, re.IGNORECASE)]
        if not states:
            yield Check("Q-10", _ALERT, "Impression names {term}, which findings do not describe.", {"term": span.part.text}, _IMPRESSION)
        elif all(state is Presence.ABSENT for state in states):
            yield Check("Q-10", _ALERT, "Impression names {term}, which findings say is absent.", {"term": span.part.text}, _IMPRESSION)


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
    _Wording("粘膜", "黏膜"), _Wording("返流", "反流"), _Wording("炎证", "炎症"), _Wording("阴景", "阴影"), _Wording("胸模", "胸膜"),
    _Wording("从隔", "纵隔"), _Wording("淋巴节", "淋巴结"), _Wording("结结", "结节", "淋巴结结"), _Wording("左右侧", "双侧", "左右侧(?:脑室|壁|位|面|对比|对称|相)"),
    _Wording("绝对", "—", "绝对(?:值|卧床|制动|禁忌|不应期)"), _Wording("肯定是", "考虑"), _Wording("百分之百", "—"),
    _Wording("保证", "—", "(?:以|为了?|不能|无法|难以)保证"), _Wording("没事", "未见明确异常"),
    _Wording("plueral", "pleural"), _Wording("mediastinium", "mediastinum"), _Wording("lymphadenopthy", "lymphadenopathy"),
    _Wording("definately", "definitely"), _Wording("guarantee", "—"), _Wording("100% certain", "—"),
)  # fmt: skip


def _wording(s: _Subject) -> Iterator[Check]:
    for section in s.report.sections:
        plain = section.plain.lower()
        for word in WORDING:
            if word.stands_in(plain):
                params = {"section": _name(section.kind), "wrong": word.wrong, "instead": word.instead}
                yield Check("Q-13", _ALERT, "{section}: {wrong} should not stand in a report (instead: {instead}).", params, section.kind)


RULES: tuple[tuple[str, Rule], ...] = (
    ("Q-01", _empty_section),
    ("Q-02", _placeholder),
    ("Q-03", _side_conflict),
    ("Q-03", _coded_side_conflict),
    ("Q-04", _sex_conflict),
    ("Q-05", _measurement_text),  # and Q-07 for a link without its measurement
    ("Q-06", _chip_text),
    ("Q-07", _finding_links),  # and Q-08
    ("Q-08", _image_links),  # and Q-11 for an image without a link
    ("Q-09", _machine_drafts),
    ("Q-09", _unconfirmed_images),
    ("Q-10", _unsupported),
    ("Q-10", _impression_without_findings),
    ("Q-12", _same_signer),
    ("Q-13", _wording),
    ("Q-14", _size_conflict),
    ("Q-15", _date_conflict),
    ("Q-16", _contrast_conflict),
    ("Q-17", _no_glyph),
    ("Q-18", _unit_missing),
)
