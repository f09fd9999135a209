"""Headings of the sections: words on the page, LOINC codes of PS3.16 CID 7001 and PS3.20 templates in the
data.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.coding import Code
from app.domain.report import SectionKind


@dataclass(frozen=True, slots=True)
class Heading:
    """How a section is called.  `code` is in CID 7001; `zh` and `en` stand on the page."""

    code: Code
    zh: str
    en: str

    def words(self, language: str) -> str:
        """The heading in a language."""
        return self.zh if language.startswith("zh") else self.en


def loinc(value: str, meaning: str) -> Code:
    """A LOINC code with the meaning that PS3.16 gives it."""
    return Code(value, "LN", meaning)


#: the kind of document: LN 18748-4 (PS3.16 CID 7000)
DOCUMENT = loinc("18748-4", "Diagnostic Imaging Report")
KEY_IMAGES = Heading(loinc("55113-5", "Key Images"), "关键图像", "Key images")

HEADINGS: dict[SectionKind, Heading] = {
    SectionKind.EXAM: Heading(loinc("55115-0", "Request"), "检查项目", "Examination"),
    SectionKind.TECHNIQUE: Heading(
        loinc("55111-9", "Current Procedure Descriptions"), "检查方法", "Technique"
    ),
    SectionKind.FINDINGS: Heading(loinc("59776-5", "Findings"), "影像所见", "Findings"),
    SectionKind.IMPRESSION: Heading(loinc("19005-8", "Impressions"), "诊断意见", "Impression"),
    SectionKind.RECOMMENDATION: Heading(loinc("18783-1", "Recommendations"), "建议", "Recommendation"),
}


def heading(kind: SectionKind) -> Heading:
    """The heading of a section."""
    return HEADINGS[kind]
