"""The one canonical report model: every edit changes it, every exporter reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from app.domain.coding import Code
from app.domain.finding import Finding
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.study import Patient


class SectionKind(StrEnum):
    """Sections in the order of the page; their LOINC headings are in `app.reporting.headings`."""

    EXAM = "exam"  # 检查项目
    TECHNIQUE = "technique"  # 检查方法
    FINDINGS = "findings"  # 影像所见
    IMPRESSION = "impression"  # 印象/诊断意见
    RECOMMENDATION = "recommendation"  # 建议


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class Chip:
    """A coded term inside the text; `text` is what is shown and printed."""

    text: str
    code: Code
    kind: Literal["chip"] = "chip"


@dataclass(frozen=True, slots=True)
class MeasurementLink:
    """A value taken from a measurement of this report; `text` is the value as printed."""

    text: str
    tracking_uid: str
    kind: Literal["measurement"] = "measurement"


@dataclass(frozen=True, slots=True)
class ImageLink:
    """A reference to a key image; `text` is what is printed, e.g. 图 1."""

    text: str
    key_id: str
    kind: Literal["image"] = "image"


Inline = Text | Chip | MeasurementLink | ImageLink


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its inlines in order; a line break is "\\n" in a Text."""

    kind: SectionKind
    content: tuple[Inline, ...] = ()

    @property
    def plain(self) -> str:
        """The section as plain text."""
        return "".join(part.text for part in self.content)


class ReportState(StrEnum):
    """Where a report is on its way (docs/decisions/report-states.md)."""

    DRAFT = "draft"  # 草稿
    SIGNED = "signed"  # 已书写, waits for review
    RETURNED = "returned"  # 退回
    FINAL = "final"  # 已审核
    SUPERSEDED = "superseded"  # 已更正
    DISCARDED = "discarded"  # 已作废: a draft that nobody signed


#: states in which the author writes
EDITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})


class SignatureRole(StrEnum):
    """Meaning of a signature."""

    AUTHOR = "author"  # 报告医师
    REVIEWER = "reviewer"  # 审核医师


@dataclass(frozen=True, slots=True)
class Signature:
    """An Ed25519 signature over the canonical JSON of the frozen report; key and value in base64."""

    role: SignatureRole
    person_id: str
    person_name: str
    signed_at: datetime
    digest_sha256: str
    public_key: str
    value: str


class Relation(StrEnum):
    """What a report is to the final report that it follows (HL7 CDA R2 ActRelationshipDocument)."""

    CORRECTION = "correction"  # 更正: takes its place (RPLC)
    ADDENDUM = "addendum"  # 补充: stands beside it (APND)


@dataclass(frozen=True, slots=True)
class ParentReport:
    """The final report that a correction or an addendum follows, and why.

    `set_id` is the id of the first report of its line: corrections of one report are versions of one
    document. `digest_sha256` is of what was signed, `reviewed_at` when its reviewer signed.
    """

    relation: Relation
    report_id: str
    version: int
    set_id: str
    digest_sha256: str
    reviewed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ReportHeader:
    """What stands at the head of the page and in CDA's header; taken from the study when the report is
    opened.
    """

    patient: Patient
    patient_age: str
    study_uid: str
    accession_number: str
    study_id: str
    study_description: str
    study_at: datetime | None
    modality: str
    body_part: str
    institution: str
    department: str = ""
    referring_physician: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One version of one report.  `revision` counts autosaves; `version` counts signed editions."""

    report_id: str
    template_id: str
    template_version: str
    language: str
    header: ReportHeader
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    key_images: tuple[KeyImage, ...] = ()
    state: ReportState = ReportState.DRAFT
    version: int = 1
    revision: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    author_id: str = ""
    author_name: str = ""
    return_reason: str = ""
    signatures: tuple[Signature, ...] = ()
    parent: ParentReport | None = None

    @property
    def set_id(self) -> str:
        """The id that all versions of this document share."""
        if self.parent is not None and self.parent.relation is Relation.CORRECTION:
            return self.parent.set_id
        return self.report_id

    @property
    def is_addendum(self) -> bool:
        """Whether it adds to another report."""
        return self.parent is not None and self.parent.relation is Relation.ADDENDUM

    def section(self, kind: SectionKind) -> Section:
        """The section of a kind; an empty one where the template has none."""
        return next((s for s in self.sections if s.kind is kind), Section(kind))

    def signature(self, role: SignatureRole) -> Signature | None:
        """The signature given in a role."""
        return next((s for s in self.signatures if s.role is role), None)


class Severity(StrEnum):
    """What a check does: PROHIBIT stops signing, ALERT asks, INFO tells (IHE MRRT completion actions)."""

    PROHIBIT = "prohibit"
    ALERT = "alert"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the completeness and quality rules.  `template` is English with `params`, a translation
    key; `start` and `end` are the place in the section's plain text, None where it is no place.
    """

    rule_id: str
    severity: Severity
    template: str
    params: dict[str, str]
    section: SectionKind | None = None
    start: int | None = None
    end: int | None = None
