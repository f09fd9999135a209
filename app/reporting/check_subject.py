"""What the rules of `app.reporting.checks` ask of a report again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.domain.coding import Code
from app.domain.report import ImageLink, MeasurementLink, Report, SectionKind, Severity
from app.i18n import language
from app.reporting.headings import heading
from app.terminology import TermStore

FINDINGS, IMPRESSION = SectionKind.FINDINGS, SectionKind.IMPRESSION
EXAM, TECHNIQUE = SectionKind.EXAM, SectionKind.TECHNIQUE
PROHIBIT, ALERT, INFO = Severity.PROHIBIT, Severity.ALERT, Severity.INFO


@dataclass(frozen=True, slots=True)
class Subject:
    """A report and what the rules ask of it again and again."""

    report: Report
    terms: TermStore
    required: frozenset[SectionKind]
    same_person_may_review: bool
    unconfirmed: Mapping[str, str]

    def text(self, kind: SectionKind) -> str:
        return self.report.section(kind).plain

    def links(
        self, kind: type[MeasurementLink] | type[ImageLink]
    ) -> Iterator[tuple[SectionKind, MeasurementLink | ImageLink]]:
        for section in self.report.sections:
            for part in section.content:
                if isinstance(part, kind):
                    yield section.kind, part


def section_name(kind: SectionKind) -> str:
    return heading(kind).words(language())


def term_words(s: Subject, code: Code) -> str:
    term = s.terms.term(code.value)
    return term.words(language()) if term else code.meaning
