"""Words of reports: sections, signers, severities."""

from __future__ import annotations

from app.domain.finding import Presence
from app.domain.report import ParentReport, Relation, SectionKind, Severity, SignatureRole
from app.i18n import tr
from widgets.elements import ChipTone


def section_title(kind: SectionKind) -> str:
    """Heading of a section in the window's language."""
    return {
        SectionKind.EXAM: tr("Examination"),
        SectionKind.TECHNIQUE: tr("Technique"),
        SectionKind.FINDINGS: tr("Findings"),
        SectionKind.IMPRESSION: tr("Impression"),
        SectionKind.RECOMMENDATION: tr("Recommendation"),
    }[kind]


def relation_told(parent: ParentReport) -> str:
    """Which report this one corrects or adds to, and why."""
    reviewed = f"{parent.reviewed_at.astimezone():%Y-%m-%d %H:%M}"
    if parent.relation is Relation.CORRECTION:
        return tr("Corrects the report reviewed on {at}: {reason}", at=reviewed, reason=parent.reason)
    return tr("Adds to the report reviewed on {at}: {reason}", at=reviewed, reason=parent.reason)


def presence_word(presence: Presence) -> str:
    """Whether a finding is there."""
    return {
        Presence.PRESENT: tr("present"),
        Presence.ABSENT: tr("absent"),
        Presence.UNCERTAIN: tr("uncertain"),
    }[presence]


def signer_word(role: SignatureRole) -> str:
    """Who signs."""
    return {SignatureRole.AUTHOR: tr("Reporting doctor"), SignatureRole.REVIEWER: tr("Reviewing doctor")}[
        role
    ]


def severity_tone(severity: Severity) -> ChipTone:
    """How loud a check is."""
    tones: dict[Severity, ChipTone] = {
        Severity.PROHIBIT: "danger",
        Severity.ALERT: "amber",
        Severity.INFO: "neutral",
    }
    return tones[severity]
