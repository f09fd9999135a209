"""A report as the rules read it: clauses, the organs and sides they speak of, what they say is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from app.domain.report import Chip, Report, SectionKind
from app.mentions import Mention, Status
from app.mentions import Named as Coded
from app.reporting.coded_findings import names_finding
from app.reporting.editing import flatten
from app.reporting.rules.anatomy import Named, organs_in, regions_of
from app.reporting.rules.cues import (
    ABNORMAL,
    ADVICE,
    ALIKE_METHODS,
    CLAUSE,
    DENIAL,
    LIST_NUMBER,
    NO_SIDE,
    NO_THING,
    NORMAL,
    ONE_ORGAN,
    PRIOR,
    READ,
    REST,
    REST_BEGINS,
    SENTENCE,
    SHIFTED,
    SIDE,
    SIGNS,
    SURGERY,
    age_years,
    method_of,
)
from app.reporting.rules.facts import ExamFacts
from app.reporting.rules.groups import group_of, parts_in
from app.reporting.section_mentions import mentions_in
from app.terminology import TermStore

PRESENT, ABSENT, UNCERTAIN = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as a clause says it; `organ` is "" where none is named."""

    section: str
    start: int
    end: int
    text: str
    group: str
    organ: str
    side: str  # "L", "R", "B", ""
    status: Status
    parts: frozenset[str]
    rest: bool
    mention: Mention


@dataclass(slots=True)
class Clause:
    """One clause of a section, its place in the section's text, what it names."""

    section: str
    start: int
    end: int
    text: str
    sentence: int
    organs: list[Named]
    own_organs: bool
    sides: list[tuple[str, int]]  # side letter, place in the section
    said: list[Said] = field(default_factory=list)

    @property
    def advice(self) -> bool:
        """Whether it advises rather than describes."""
        return ADVICE.search(self.text) is not None

    @property
    def prior(self) -> bool:
        """Whether it speaks of an earlier examination or of the history."""
        return PRIOR.search(self.text) is not None

    @property
    def surgery(self) -> bool:
        """Whether it speaks of what an operation left."""
        return SURGERY.search(self.text) is not None

    @property
    def side(self) -> str:
        """The one side it names; "B" for both, "" for none or several."""
        named = {side for side, _ in self.sides}
        return named.pop() if len(named) == 1 else "B" if named == {"L", "R"} else ""

    @property
    def abnormal(self) -> bool:
        """Whether it says that something is there, or looks wrong."""
        if any(s.status in (PRESENT, UNCERTAIN) for s in self.said):
            return True
        return ABNORMAL.search(self.text) is not None and not DENIAL.search(self.text)

    @property
    def normal(self) -> bool:
        """Whether it says that all it names is well."""
        return not self.abnormal and (
            NORMAL.search(self.text) is not None or DENIAL.search(self.text) is not None
        )

    def side_of(self, start: int) -> str:
        """The side of the word at a place: the nearest one before in the clause, else the only one."""
        before = [side for side, place in self.sides if place <= start]
        return before[-1] if before else self.side

    def organ_at(self, start: int, end: int, *, english: bool) -> str:
        """The organ of a word at a place: named in it, else nearest before (English: behind), else any."""
        inside = [n for n in self.organs if n.start < end and n.end > start]
        if inside:
            return inside[-1].organ.organ_id
        before = [n for n in self.organs if n.end <= start]
        behind = [n for n in self.organs if n.start >= end]
        if english and behind and not (before and before[-1].end >= start - 2):
            return behind[0].organ.organ_id
        return before[-1].organ.organ_id if before else behind[0].organ.organ_id if behind else ""


class Reading:
    """A report's sections, examination and statements; everything is read once, when it is asked for."""

    def __init__(self, report: Report, facts: ExamFacts, terms: TermStore) -> None:
        self.report = report
        self.facts = facts
        self._terms = terms
        self._said: dict[tuple[str, ...], list[Said]] = {}
        self.texts: dict[str, str] = {"history": facts.history}
        for section in report.sections:
            self.texts[str(section.kind)] = section.plain
        header = report.header
        self.modality = header.modality.upper()
        named = method_of(header.study_description)
        if named and named != ALIKE_METHODS.get(self.modality, self.modality):
            self.modality = ""  # a study of several, or a header that does not tell
        self.sex = header.patient.sex.strip().upper()[:1]
        self.age = age_years(header.patient_age)
        self.body_part = header.body_part or header.study_description
        self.english = not report.language.startswith("zh")

    def text(self, section: str) -> str:
        """A section's words; "" where it has none."""
        return self.texts.get(section, "")

    @cached_property
    def clauses(self) -> dict[str, list[Clause]]:
        """Clauses of each section, with what they say."""
        return {name: self._clauses(name, text) for name, text in self.texts.items()}

    def of(self, *sections: str) -> Iterator[Clause]:
        """The clauses of these sections."""
        for name in sections:
            yield from self.clauses.get(name, ())

    def clause_of(self, said: Said) -> Clause | None:
        """The clause that a finding stands in."""
        return self._holders.get((said.section, said.start))

    @cached_property
    def _holders(self) -> dict[tuple[str, int], Clause]:
        return {
            (s.section, s.start): clause
            for name in self.texts
            for clause in self.of(name)
            for s in clause.said
        }

    def said(self, *sections: str) -> list[Said]:
        """All that these sections say."""
        known = self._said.get(sections)
        if known is None:
            known = self._said[sections] = [said for clause in self.of(*sections) for said in clause.said]
        return known

    def _given(self, section: str) -> tuple[Coded, ...]:
        """The coded terms of a section that name findings."""
        kind = next((k for k in SectionKind if str(k) == section), None)
        spans = flatten(self.report.section(kind).content)[1] if kind is not None else []
        return tuple(
            Coded(s.start, s.end, s.part.code.value)
            for s in spans
            if isinstance(s.part, Chip) and names_finding(s, self._terms)
        )

    def _usual_organ(self, group: str) -> str:
        """The organ of a finding that names none, where the examination leaves one only."""
        regions = regions_of(self.body_part)
        if group == "pneumothorax" or (group == "effusion" and regions == {"chest"}):
            return "pleura"
        if regions == {"head"} and group in ("hemorrhage", "infarct"):
            return "brain"
        return next((organ for word, organ in ONE_ORGAN if word in self.body_part.lower()), "")

    def _clauses(self, section: str, text: str) -> list[Clause]:
        made: list[Clause] = []
        for number, (start, end) in enumerate(_spans(text)):
            last: list[Named] = []
            last_sides: list[tuple[str, int]] = []
            for a, b in _split(text, start, end, CLAUSE):
                own = [Named(n.organ, n.start + a, n.end + a) for n in organs_in(text[a:b])]
                sides = _sides(text[a:b], a)
                clause = Clause(section, a, b, text[a:b], number, own or last, bool(own), sides)
                if not sides and not own:
                    clause.sides = last_sides
                made.append(clause)
                last, last_sides = (own or last), (sides if own or sides else last_sides)
        if not text or section not in READ:
            return made
        english = self.english
        asked = section if section != str(SectionKind.EXAM) else "indication"
        for mention in mentions_in(self._terms, text, section=asked, given=self._given(section)):
            holder = next((c for c in made if c.start <= mention.start < c.end), made[-1] if made else None)
            group = group_of(mention.text)
            if holder is None or not group or NO_THING.match(text, mention.end):
                continue
            holder.said.append(
                Said(
                    section,
                    mention.start,
                    mention.end,
                    mention.text,
                    group,
                    holder.organ_at(mention.start, mention.end, english=english) or self._usual_organ(group),
                    _side_letter(mention, holder, group, english=english),
                    mention.status,
                    parts_in(holder.text),
                    mention.restricted or self._of_rest(made, holder),
                    mention,
                )
            )
        for one in made:
            one.said += self._signs(one)
        return made

    @staticmethod
    def _of_rest(made: list[Clause], holder: Clause) -> bool:
        """Whether a clause speaks of the rest only: its own words, or those of its sentence before it."""
        same = [c.text for c in made if c.sentence == holder.sentence and c.start < holder.start]
        return bool(REST.search(holder.text)) or any(REST_BEGINS.match(text.strip()) for text in same)

    def _signs(self, clause: Clause) -> Iterator[Said]:
        """Findings that a clause names by their signs."""
        for pattern, group, organ in SIGNS:
            match = pattern.search(clause.text)
            if (
                match
                and not DENIAL.search(clause.text[: match.start()])
                and all(s.group != group for s in clause.said)
            ):
                start, end = clause.start + match.start(), clause.start + match.end()
                mention = Mention(match.group(), start, end, None, PRESENT)
                yield Said(
                    clause.section,
                    start,
                    end,
                    match.group(),
                    group,
                    organ,
                    clause.side_of(start),
                    PRESENT,
                    parts_in(clause.text),
                    bool(REST.search(clause.text)),
                    mention,
                )


def _side_letter(mention: Mention, clause: Clause, group: str, *, english: bool) -> str:
    if group in ("herniation", "bulge") and (shifted := SHIFTED.search(clause.text)):
        return "L" if (shifted["side"] or shifted["word"]).lower() in ("左", "left") else "R"
    known = {"left": "L", "right": "R", "bilateral": "B"}.get(mention.side or "", "")
    if known:
        return known
    return clause.side if english else clause.side_of(mention.start)


def _sides(text: str, offset: int) -> list[tuple[str, int]]:
    blocked = [m.span() for m in NO_SIDE.finditer(text)]
    return [
        (m.lastgroup or "", m.start() + offset)
        for m in SIDE.finditer(text)
        if not any(a <= m.start() < b for a, b in blocked)
    ]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, without the number of a list in front."""
    for start, end in _split(text, 0, len(text), SENTENCE):
        number = LIST_NUMBER.match(text[start:end])
        start += number.end() if number else 0
        if text[start:end].strip():
            yield start, end


def _split(text: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in pattern.finditer(text, start, end):
        if match.start() > at:
            yield at, match.start()
        at = match.end()
    if end > at:
        yield at, end
