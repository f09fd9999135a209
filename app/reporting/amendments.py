"""Amendments of a reviewed report: the correction in its place, the addendum beside it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.person import Actor
from app.domain.report import (
    ParentReport,
    Relation,
    Report,
    ReportHeader,
    ReportState,
    Section,
    SectionKind,
    SignatureRole,
)
from app.errors import Refused
from app.i18n import tr
from app.storage.database import Transaction
from app.storage.repositories.reports import STATE_TITLES

#: a report of these states is still on its way
_OPEN = frozenset({ReportState.DRAFT, ReportState.RETURNED, ReportState.SIGNED})
#: what an addendum says anew; of examination and technique its parent has told
_ADDED = (SectionKind.FINDINGS, SectionKind.IMPRESSION, SectionKind.RECOMMENDATION)
_LONGEST_REASON = 500


def amendment(
    parent: Report, relation: Relation, reason: str, *, header: ReportHeader, actor: Actor
) -> Report:
    """The draft that corrects a final report, with its words and evidence, or that adds to it.

    `header` is the study's as it is now: a correction is how a patient's identity is put right.
    """
    reviewed = parent.signature(SignatureRole.REVIEWER)
    if parent.state is not ReportState.FINAL or reviewed is None:
        raise Refused(
            "The report is {state}; only a reviewed report can be corrected or added to.",
            state=tr(STATE_TITLES[parent.state]),
        )
    now = datetime.now(UTC)
    link = ParentReport(
        relation,
        parent.report_id,
        parent.version,
        parent.set_id,
        reviewed.digest_sha256,
        reviewed.signed_at,
        given_reason(reason),
    )
    draft = replace(
        parent,
        report_id=str(uuid.uuid4()),
        header=header,
        state=ReportState.DRAFT,
        revision=0,
        created_at=now,
        updated_at=now,
        author_id=actor.person_id,
        author_name=actor.name,
        return_reason="",
        signatures=(),
        parent=link,
    )
    if relation is Relation.CORRECTION:
        return replace(draft, version=parent.version + 1)
    sections = tuple(Section(kind) for kind in _ADDED)
    return replace(draft, version=1, sections=sections, findings=(), measurements=(), key_images=())


def given_reason(reason: str) -> str:
    """A reason as it is kept.  `Refused` for none, or one that is a report of its own."""
    kept = " ".join(reason.split())
    if not kept:
        raise Refused("Give a reason: it is printed on the report.")
    if len(kept) > _LONGEST_REASON:
        raise Refused(
            "The reason has {found} characters; at most {limit} are kept.",
            found=len(kept),
            limit=_LONGEST_REASON,
        )
    return kept


def require_none_on_its_way(reports: Sequence[Report]) -> None:
    """`Refused` while a report of the study is still being written or reviewed."""
    for one in reports:
        if one.state in _OPEN:
            raise Refused(
                "A report of this study by {person} is {state}: finish or discard it first.",
                person=one.author_name or "–",
                state=tr(STATE_TITLES[one.state]),
            )


def superseded_parent(tx: Transaction, report: Report, at: datetime) -> Report | None:
    """The report that a correction takes the place of, as it is from now on; None where it is no correction.

    `Refused` where it has already been corrected otherwise.
    """
    link = report.parent
    if link is None or link.relation is not Relation.CORRECTION:
        return None
    parent: Report | None = tx.reports.get(link.report_id)
    if (
        parent is None
        or parent.state is not ReportState.FINAL
        or parent.signatures[0].digest_sha256 != link.digest_sha256
    ):
        raise Refused(
            "The report that this one corrects is not in force any more.",
            hint="Discard this draft and correct the present report.",
        )
    return replace(parent, state=ReportState.SUPERSEDED, updated_at=at)


def in_force(reports: Sequence[Report]) -> tuple[Report, ...]:
    """The reviewed reports that hold: the main one, then what was added to it in its order."""
    final = [one for one in reports if one.state is ReportState.FINAL]
    return tuple(sorted(final, key=lambda one: (one.is_addendum, _reviewed_at(one))))


def _reviewed_at(report: Report) -> datetime:
    return report.signatures[-1].signed_at
