"""Amending reviewed reports: corrections and addenda (facts: HL7 CDA R2 relatedDocument, RPLC and APND)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.domain.person import Actor
from app.domain.report import Relation, Report, ReportState
from app.domain.study import FlowState, FlowStep, StudyUid
from app.errors import Refused
from app.people.rights import require
from app.reporting.amendments import amendment, require_none_on_its_way
from app.reporting.rights import WRITE_REPORT
from app.reporting.stored_reports import StoredReports, record_step, require_editable, require_unchanged


class AmendmentService:
    """Begins corrections and addenda, which are then written, signed and reviewed like any report."""

    def __init__(self, stored: StoredReports) -> None:
        self._stored = stored

    def correct(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """Begin the correction of a reviewed report (更正), which stays in force until the correction is
        reviewed.
        """
        return self._begin(actor, report_id, Relation.CORRECTION, reason, shown)

    def add_to(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """Begin an addendum to a reviewed report (补充), which stays in force."""
        return self._begin(actor, report_id, Relation.ADDENDUM, reason, shown)

    def discard(self, actor: Actor, report_id: str, *, shown: Report | None = None) -> Report:
        """Give up a correction or an addendum that was begun; the reviewed report goes on being the study's.

        Its text stays in the archive.
        """
        report = self._stored.get(report_id, shown)
        require_editable(actor, report)
        if report.parent is None:
            raise Refused("Only a correction or an addendum can be discarded.")
        now = datetime.now(UTC)
        gone = replace(report, state=ReportState.DISCARDED, revision=report.revision + 1, updated_at=now)
        with self._stored.db.write() as tx:
            require_unchanged(tx, report)
            tx.reports.save(gone)
            study_uid = StudyUid(gone.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.DONE, actor.name, now)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.DONE, actor.name, now)
            record_step(tx, actor, "report.discard", gone, {})
        return gone

    def _begin(
        self, actor: Actor, report_id: str, relation: Relation, reason: str, shown: Report | None
    ) -> Report:
        require(actor, WRITE_REPORT)
        parent = self._stored.get(report_id, shown)
        if parent.is_addendum:
            raise Refused("An addendum cannot be corrected or added to; add to the report itself.")
        header = self._stored.header(actor, parent.header.study_uid)
        draft = amendment(parent, relation, reason, header=header, actor=actor)
        self._stored.verify(parent)
        now = datetime.now(UTC)
        with self._stored.db.write() as tx:
            require_unchanged(tx, parent)
            require_none_on_its_way(tx.reports.all_of_study(parent.header.study_uid))
            tx.reports.save(draft)
            study_uid = StudyUid(draft.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.ACTIVE, actor.name, now)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.OPEN, "", now)
            record_step(tx, actor, f"report.{relation}", draft, {"parent": parent.report_id})
        return draft
