"""Writing, checking, signing and reviewing reports (DB13/T 3.3.3)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from app.domain.measurement import Measurement
from app.domain.person import Actor
from app.domain.provenance import ReviewState
from app.domain.report import (
    EDITABLE,
    Check,
    ImageLink,
    MeasurementLink,
    Report,
    ReportState,
    Severity,
    SignatureRole,
)
from app.domain.study import FlowState, FlowStep, StudyUid
from app.errors import NotAllowed, Refused, UserError
from app.i18n import language, tr
from app.people.rights import READ, SIGN_REPORT, require
from app.people.signing import SigningKey
from app.reporting import editing
from app.reporting.amendments import in_force, superseded_parent
from app.reporting.canonical import freeze, signed_content
from app.reporting.checks import check_report
from app.reporting.coded_findings import with_coded_findings
from app.reporting.rights import REVIEW_REPORT, WRITE_REPORT
from app.reporting.settings import ReportRuleSettings, ReportSettings
from app.reporting.signatures import require_certified, with_signature
from app.reporting.stored_reports import (
    StoredReports,
    record_step,
    require_editable,
    require_unchanged,
    state_title,
)
from app.reporting.templates import choose_template, new_report, template


class ReportService:
    """One canonical report a study.  Every edit is saved; signing freezes it."""

    def __init__(self, stored: StoredReports) -> None:
        self._stored = stored
        self._db, self._settings = stored.db, stored.settings

    # -- reading and writing --------------------------------------------------------------------------------

    def find(self, actor: Actor, study_uid: str) -> Report | None:
        """The report of a study, if it has one."""
        require(actor, READ)
        with self._db.read() as tx:
            found: Report | None = tx.reports.of_study(study_uid)
        return found

    def editions(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """Every report of a study in the order of beginning: corrected and discarded ones too."""
        require(actor, READ)
        with self._db.read() as tx:
            return tuple(tx.reports.all_of_study(study_uid))

    def in_force(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """The reviewed reports of a study that hold: the main one, then what was added to it."""
        return in_force(self.editions(actor, study_uid))

    def open(self, actor: Actor, study_uid: str, *, technique: Mapping[str, str] = {}) -> Report:
        """The report of a study; a new draft from the fitting template where it has none."""
        known = self.find(actor, study_uid)
        if known is not None:
            return known
        require(actor, WRITE_REPORT)
        header = self._stored.header(actor, study_uid)
        template = choose_template(header.modality, header.body_part, language())
        report = new_report(
            template,
            header,
            report_id=str(uuid.uuid4()),
            author=actor,
            at=datetime.now(UTC),
            technique=technique,
        )
        with self._db.write() as tx:
            opened: Report | None = tx.reports.of_study(study_uid)
            if opened is not None:  # another window was first: a study has one report
                return opened
            tx.reports.save(report)
            tx.studies.set_flow(
                StudyUid(study_uid), FlowStep.REPORT, FlowState.ACTIVE, actor.name, datetime.now(UTC)
            )
            record_step(tx, actor, "report.open", report, {"template": report.template_id})
        return report

    def save(self, actor: Actor, report: Report) -> Report:
        """Save an edit; the revision grows, and the findings that the text's terms name are coded anew.

        Refused for a report that is signed, or changed elsewhere meanwhile.
        """
        require_editable(actor, report)
        saved = with_coded_findings(
            replace(report, revision=report.revision + 1, updated_at=datetime.now(UTC))
        )
        if saved.key_images:
            self._stored.folder.objects.sync()  # pictures before the row that names them
        with self._db.write() as tx:
            tx.reports.save(saved)
        return saved

    def check(self, report: Report) -> list[Check]:
        """The completeness and quality rules."""
        same_person = self._settings.get(ReportSettings).same_person_may_review
        with self._db.read() as tx:
            made = [
                r
                for r in tx.results.of_study(report.header.study_uid)
                if r.review is not ReviewState.ACCEPTED
            ]
        unconfirmed = {r.series_uid: r.algorithm.name for r in made}
        changes = self._settings.get(ReportRuleSettings).changes()
        return list(
            check_report(report, same_person_may_review=same_person, unconfirmed=unconfirmed, changes=changes)
        )

    def template_title(self, report: Report) -> str:
        """Title of the report's template in the window's language, or its id where the template is no longer
        there.
        """
        try:
            return template(report.template_id, language()).title
        except UserError:
            return report.template_id

    def measurement_link(self, measurement: Measurement) -> MeasurementLink:
        """A link that prints a measurement's value."""
        return editing.measurement_link(measurement)

    def image_link(self, report: Report, key_id: str) -> ImageLink:
        """A link to a key image with its present number."""
        return editing.image_link(report, key_id)

    # -- signing --------------------------------------------------------------------------------------------

    def sign(self, actor: Actor, report_id: str, key: SigningKey, *, shown: Report | None = None) -> Report:
        """The author signs: the report is frozen and waits for review.

        `shown` is the report as the person sees it: what the archive holds must say the same.
        """
        require(actor, SIGN_REPORT)
        report = self._stored.get(report_id, shown)
        if report.state not in EDITABLE:
            raise Refused("The report is {state} and cannot be signed.", state=state_title(report))
        self._require_complete(report)
        now = datetime.now(UTC)
        frozen = freeze(report, actor, now)
        content = signed_content(frozen)
        signed = with_signature(
            frozen, SignatureRole.AUTHOR, actor, key=key, at=now, digest_sha256=content.digest_sha256
        )
        with self._db.write() as tx:
            require_certified(tx, actor, key, now, self._stored.authority)
            require_unchanged(tx, report)
            tx.reports.keep_signed(report_id, content)
            tx.reports.save(signed)
            tx.studies.set_flow(
                StudyUid(signed.header.study_uid), FlowStep.REPORT, FlowState.DONE, actor.name, now
            )
            tx.studies.set_flow(StudyUid(signed.header.study_uid), FlowStep.REVIEW, FlowState.ACTIVE, "", now)
            record_step(tx, actor, "report.sign", signed, _signed_with(signed))
        return signed

    def review_refusal(self, actor: Actor, report: Report) -> NotAllowed | None:
        """Why a reviewing doctor may not review this report: who wrote it does not, unless the station is set
        so.
        """
        if report.author_id != actor.person_id or self._settings.get(ReportSettings).same_person_may_review:
            return None
        return NotAllowed(
            "{person} wrote this report and may not review it.",
            hint="Ask another reviewing doctor.",
            person=actor.name,
        )

    def approve(
        self, actor: Actor, report_id: str, key: SigningKey, *, shown: Report | None = None
    ) -> Report:
        """The reviewer signs the same frozen content, the one `shown`: the report is final."""
        require(actor, REVIEW_REPORT)
        report = self._stored.signed(report_id, shown)
        if (refusal := self.review_refusal(actor, report)) is not None:
            raise refusal
        self.verify(report)
        now = datetime.now(UTC)
        final = with_signature(
            replace(report, state=ReportState.FINAL, updated_at=now),
            SignatureRole.REVIEWER,
            actor,
            key=key,
            at=now,
            digest_sha256=report.signatures[0].digest_sha256,  # the bytes that the author signed
        )
        with self._db.write() as tx:
            require_certified(tx, actor, key, now, self._stored.authority)
            require_unchanged(tx, report)
            before = superseded_parent(tx, report, now)
            if before is not None:
                tx.reports.save(before)
                record_step(tx, actor, "report.supersede", before, {"by": report_id})
            tx.reports.save(final)
            tx.studies.set_flow(
                StudyUid(final.header.study_uid), FlowStep.REVIEW, FlowState.DONE, actor.name, now
            )
            tx.studies.set_flow(
                StudyUid(final.header.study_uid), FlowStep.STORAGE, FlowState.DONE, actor.name, now
            )
            record_step(tx, actor, "report.approve", final, _signed_with(final))
        return final

    def send_back(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """The reviewer returns the report, the one `shown`, to its author, with a reason."""
        require(actor, REVIEW_REPORT)
        if not reason.strip():
            raise Refused("A returned report needs a reason.")
        report = self._stored.signed(report_id, shown)
        now = datetime.now(UTC)
        back = replace(_reopened(report, ReportState.RETURNED, now), return_reason=reason.strip())
        with self._db.write() as tx:
            require_unchanged(tx, report)
            tx.reports.save(back)
            tx.studies.set_flow(StudyUid(back.header.study_uid), FlowStep.REVIEW, FlowState.OPEN, "", now)
            tx.studies.set_flow(
                StudyUid(back.header.study_uid), FlowStep.REPORT, FlowState.ACTIVE, back.author_name, now
            )
            record_step(tx, actor, "report.return", back, {})
        return back

    def recall(self, actor: Actor, report_id: str, *, shown: Report | None = None) -> Report:
        """The author takes a signed report back before it is reviewed (撤回); what was signed stays kept."""
        require(actor, SIGN_REPORT)
        report = self._stored.signed(report_id, shown)
        if report.author_id != actor.person_id:
            raise NotAllowed(
                "Only {author} may recall this report.",
                hint="A reviewing doctor can return it.",
                author=report.author_name,
            )
        now = datetime.now(UTC)
        draft = _reopened(report, ReportState.DRAFT, now)
        with self._db.write() as tx:
            require_unchanged(tx, report)
            tx.reports.save(draft)
            study_uid = StudyUid(draft.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.OPEN, "", now)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.ACTIVE, actor.name, now)
            record_step(tx, actor, "report.recall", draft, {})
        return draft

    def verify(self, report: Report) -> None:
        """The report holds: as it was recorded, with the signatures of its state, which cover what it says.

        `Refused` names what does not hold, and why.
        """
        self._stored.verify(report)

    def _require_complete(self, report: Report) -> None:
        stopping = [c for c in self.check(report) if c.severity is Severity.PROHIBIT]
        if stopping:
            told = "; ".join(tr(c.template, **c.params) for c in stopping)
            raise Refused(
                "The report is not complete: {rules}", hint="Mend what is named and sign again.", rules=told
            )


def _reopened(report: Report, state: ReportState, at: datetime) -> Report:
    """The next version of a signed report, to be written on: without its signatures."""
    return replace(
        report,
        state=state,
        signatures=(),
        version=report.version + 1,
        revision=report.revision + 1,
        updated_at=at,
    )


def _signed_with(report: Report) -> dict[str, str]:
    """What the audit record keeps of the last signature: what was signed, and with which key, for keys
    change.
    """
    return {"digest": report.signatures[-1].digest_sha256, "key": report.signatures[-1].public_key}
