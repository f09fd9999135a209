"""Writing, checking, signing and giving out reports (DB13/T 3.3.3)."""

from __future__ import annotations

import importlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.audit import AuditProblem
from app.domain.letterhead import Letterhead
from app.domain.measurement import Measurement
from app.domain.person import Actor
from app.domain.provenance import ReviewState
from app.domain.report import (
    Check,
    ImageLink,
    MeasurementLink,
    Relation,
    Report,
    ReportHeader,
    ReportState,
    Severity,
    SignatureRole,
)
from app.domain.study import FlowState, FlowStep, StudyUid
from app.errors import Cancelled, NotAllowed, NotFound, Refused, UserError
from app.exporters import ReportContent, ReportExporters
from app.i18n import language, tr
from app.jobs import Progress, never_cancelled, no_progress
from app.jobs.runner import Cancelling
from app.people.authority import StationAuthority
from app.people.rights import EXPORT, READ, SIGN_REPORT, require
from app.people.signing import SigningKey
from app.ports import Archive
from app.reporting import editing
from app.reporting.canonical import freeze, printed_digest, same_words, signed_content
from app.reporting.checks import check_report
from app.reporting.coded_findings import with_coded_findings
from app.reporting.file_names import export_stem
from app.reporting.follow_ups import (
    follow_up,
    in_force,
    is_addendum,
    require_none_on_its_way,
    superseded_parent,
)
from app.reporting.recorded import pins_of_step, report_problems, require_recorded
from app.reporting.report_header import header_of, sources_of
from app.reporting.rights import REVIEW_REPORT, WRITE_REPORT
from app.reporting.settings import ReportRuleSettings, ReportSettings
from app.reporting.signatures import require_certified, verify, with_signature
from app.reporting.templates import choose_template, new_report, template
from app.settings import SettingsStore
from app.storage.database import Transaction
from app.storage.files import require_absent, told_for, written_together
from app.storage.folder import DataFolder
from app.storage.repositories.reports import STATE_TITLES


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """Files of one report by the ids of their exporters, as far as it has anything for them."""

    files: Mapping[str, Path]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(self.files.values())


class ReportService:
    """One canonical report a study.  Every edit is saved; signing freezes it."""

    def __init__(
        self, folder: DataFolder, archive: Archive, settings: SettingsStore, exporters: ReportExporters
    ) -> None:
        self._folder = folder
        self._db = folder.database
        self._archive = archive
        self._settings = settings
        self._exporters = exporters
        self._authority = StationAuthority(folder.database.keys)

    # -- writing --------------------------------------------------------------------------------------------

    def find(self, actor: Actor, study_uid: str) -> Report | None:
        """The report of a study, if it has one."""
        require(actor, READ)
        with self._db.read() as tx:
            found: Report | None = tx.reports.of_study(study_uid)
        return found

    def open(self, actor: Actor, study_uid: str, *, technique: Mapping[str, str] = {}) -> Report:
        """The report of a study; a new draft from the fitting template where it has none."""
        known = self.find(actor, study_uid)
        if known is not None:
            return known
        require(actor, WRITE_REPORT)
        header = self._header(actor, study_uid)
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
            _record(tx, actor, "report.open", report, {"template": report.template_id})
        return report

    def save(self, actor: Actor, report: Report) -> Report:
        """Save an edit; the revision grows, and the findings that the text's terms name are coded anew.

        Refused for a report that is signed, or changed elsewhere meanwhile.
        """
        self.require_editable(actor, report)
        saved = with_coded_findings(
            replace(report, revision=report.revision + 1, updated_at=datetime.now(UTC))
        )
        if saved.key_images:
            self._folder.objects.sync()  # pictures before the row that names them
        with self._db.write() as tx:
            tx.reports.save(saved)
        return saved

    def require_editable(self, actor: Actor, report: Report) -> None:
        """Who may not write, and a report that is signed, are refused."""
        require(actor, WRITE_REPORT)
        if report.state not in (ReportState.DRAFT, ReportState.RETURNED):
            raise Refused(
                "The report is {state} and cannot be edited.",
                hint="Write a correction instead.",
                state=_state(report),
            )

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
        report = self._get(report_id, shown)
        if report.state not in (ReportState.DRAFT, ReportState.RETURNED):
            raise Refused("The report is {state} and cannot be signed.", state=_state(report))
        self._require_complete(report)
        now = datetime.now(UTC)
        frozen = freeze(report, actor, now)
        content = signed_content(frozen)
        signed = with_signature(
            frozen, SignatureRole.AUTHOR, actor, key=key, at=now, digest_sha256=content.digest_sha256
        )
        with self._db.write() as tx:
            require_certified(tx, actor, key, now, self._authority)
            _require_unchanged(tx, report)
            tx.reports.keep_signed(report_id, content)
            tx.reports.save(signed)
            tx.studies.set_flow(
                StudyUid(signed.header.study_uid), FlowStep.REPORT, FlowState.DONE, actor.name, now
            )
            tx.studies.set_flow(StudyUid(signed.header.study_uid), FlowStep.REVIEW, FlowState.ACTIVE, "", now)
            _record(tx, actor, "report.sign", signed, _signed_with(signed))
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
        report = self._signed(report_id, shown)
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
            require_certified(tx, actor, key, now, self._authority)
            _require_unchanged(tx, report)
            before = superseded_parent(tx, report, now)
            if before is not None:
                tx.reports.save(before)
                _record(tx, actor, "report.supersede", before, {"by": report_id})
            tx.reports.save(final)
            tx.studies.set_flow(
                StudyUid(final.header.study_uid), FlowStep.REVIEW, FlowState.DONE, actor.name, now
            )
            tx.studies.set_flow(
                StudyUid(final.header.study_uid), FlowStep.STORAGE, FlowState.DONE, actor.name, now
            )
            _record(tx, actor, "report.approve", final, _signed_with(final))
        return final

    def send_back(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """The reviewer returns the report, the one `shown`, to its author, with a reason."""
        require(actor, REVIEW_REPORT)
        if not reason.strip():
            raise Refused("A returned report needs a reason.")
        report = self._signed(report_id, shown)
        now = datetime.now(UTC)
        back = replace(
            report,
            state=ReportState.RETURNED,
            signatures=(),
            return_reason=reason.strip(),
            version=report.version + 1,
            revision=report.revision + 1,
            updated_at=now,
        )
        with self._db.write() as tx:
            _require_unchanged(tx, report)
            tx.reports.save(back)
            tx.studies.set_flow(StudyUid(back.header.study_uid), FlowStep.REVIEW, FlowState.OPEN, "", now)
            tx.studies.set_flow(
                StudyUid(back.header.study_uid), FlowStep.REPORT, FlowState.ACTIVE, back.author_name, now
            )
            _record(tx, actor, "report.return", back, {})
        return back

    # -- after signing --------------------------------------------------------------------------------------

    def recall(self, actor: Actor, report_id: str, *, shown: Report | None = None) -> Report:
        """The author takes a signed report back before it is reviewed (撤回); what was signed stays kept."""
        require(actor, SIGN_REPORT)
        report = self._signed(report_id, shown)
        if report.author_id != actor.person_id:
            raise NotAllowed(
                "Only {author} may recall this report.",
                hint="A reviewing doctor returns it.",
                author=report.author_name,
            )
        now = datetime.now(UTC)
        draft = replace(
            report,
            state=ReportState.DRAFT,
            signatures=(),
            version=report.version + 1,
            revision=report.revision + 1,
            updated_at=now,
        )
        with self._db.write() as tx:
            _require_unchanged(tx, report)
            tx.reports.save(draft)
            study_uid = StudyUid(draft.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.OPEN, "", now)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.ACTIVE, actor.name, now)
            _record(tx, actor, "report.recall", draft, {})
        return draft

    def correct(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """Begin the correction of a reviewed report (更正), which stays in force until the correction is
        reviewed.
        """
        return self._follow(actor, report_id, Relation.CORRECTION, reason, shown)

    def add_to(self, actor: Actor, report_id: str, reason: str, *, shown: Report | None = None) -> Report:
        """Begin an addendum to a reviewed report (补充), which stays in force."""
        return self._follow(actor, report_id, Relation.ADDENDUM, reason, shown)

    def discard(self, actor: Actor, report_id: str, *, shown: Report | None = None) -> Report:
        """Give up a correction or an addendum that was begun; the reviewed report goes on being the study's.

        Its text stays in the archive.
        """
        report = self._get(report_id, shown)
        self.require_editable(actor, report)
        if report.parent is None:
            raise Refused("Only a correction or an addendum is discarded.")
        now = datetime.now(UTC)
        gone = replace(report, state=ReportState.DISCARDED, revision=report.revision + 1, updated_at=now)
        with self._db.write() as tx:
            _require_unchanged(tx, report)
            tx.reports.save(gone)
            study_uid = StudyUid(gone.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.DONE, actor.name, now)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.DONE, actor.name, now)
            _record(tx, actor, "report.discard", gone, {})
        return gone

    def editions(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """Every report of a study in the order of beginning: corrected and discarded ones too."""
        require(actor, READ)
        with self._db.read() as tx:
            return tuple(tx.reports.all_of_study(study_uid))

    def in_force(self, actor: Actor, study_uid: str) -> tuple[Report, ...]:
        """The reviewed reports of a study that hold: the main one, then what was added to it."""
        return in_force(self.editions(actor, study_uid))

    def _follow(
        self, actor: Actor, report_id: str, relation: Relation, reason: str, shown: Report | None
    ) -> Report:
        require(actor, WRITE_REPORT)
        parent = self._get(report_id, shown)
        if is_addendum(parent):
            raise Refused("An addendum is not corrected or added to; add to the report itself.")
        header = self._header(actor, parent.header.study_uid)
        draft = follow_up(parent, relation, reason, header=header, actor=actor)
        self.verify(parent)
        now = datetime.now(UTC)
        with self._db.write() as tx:
            _require_unchanged(tx, parent)
            require_none_on_its_way(tx.reports.all_of_study(parent.header.study_uid))
            tx.reports.save(draft)
            study_uid = StudyUid(draft.header.study_uid)
            tx.studies.set_flow(study_uid, FlowStep.REPORT, FlowState.ACTIVE, actor.name, now)
            tx.studies.set_flow(study_uid, FlowStep.REVIEW, FlowState.OPEN, "", now)
            _record(tx, actor, f"report.{relation}", draft, {"parent": parent.report_id})
        return draft

    def verify(self, report: Report) -> None:
        """The report stands where the audit record left it, carries the signatures of its state, each by a
        certified key of its person, and says what they cover.

        `Refused` names what does not hold, and why.
        """
        with self._db.read() as tx:
            verify(tx, report, self._authority)
            require_recorded(tx, report)

    def audit_problems(self, tx: Transaction) -> Iterator[AuditProblem]:
        """What is wrong with signed reports: their signatures, their editions and the pictures in them."""
        return report_problems(tx, self._authority, self._folder.objects)

    # -- giving out -----------------------------------------------------------------------------------------

    def pdf(self, actor: Actor, report: Report) -> bytes:
        """The printed report; a draft carries a watermark, and one whose signatures do not fit is not
        printed.
        """
        require(actor, READ)
        self.verify(report)
        return self._printed(report, self._pictures(report))

    def warm(self) -> None:
        """Load what checks and pages need, so that the first text is checked at once."""
        importlib.import_module("app.reporting.printed_report")

    def _printed(self, report: Report, pictures: Mapping[str, bytes]) -> bytes:
        from app.reporting.printed_report import write_pdf  # ReportLab: only where a page is made

        return write_pdf(report, pictures, self._letterhead(), language=report.language)

    def export(
        self,
        actor: Actor,
        report_id: str,
        out: Path,
        *,
        overwrite: bool = False,
        progress: Progress = no_progress,
        cancelled: Cancelling = never_cancelled,
    ) -> ExportedReport:
        """Write every form of the report into a folder, named by study, day and version.

        Only a final report goes out. `FilesThere` before anything is made where files of these names are
        there, unless they may be overwritten.
        """
        require(actor, EXPORT)
        report = self._get(report_id)
        if report.state is not ReportState.FINAL:
            raise Refused("The report is {state}; only a reviewed report is given out.", state=_state(report))
        self.verify(report)
        wanted = [one for one in self._exporters if one.applies(report)]
        stem = export_stem(report)
        written = ExportedReport({one.exporter_id: out / one.file_name(stem) for one in wanted})
        if not overwrite:
            require_absent(out, [path.name for path in written.paths])
        content = self._content(actor, report)
        with written_together(out, overwrite=overwrite) as stage:
            for done, one in enumerate(wanted, 1):
                progress(0.4 + 0.6 * (done - 1) / len(wanted))
                with told_for(out):
                    one.write(stage / written.files[one.exporter_id].name, content)
            if cancelled():
                raise Cancelled
            with self._db.write() as tx:  # before the files get their names: nothing goes out without its row
                _require_unchanged(tx, report)
                tx.audit.append(actor, "report.export", report_id, "done", {"digest": printed_digest(report)})
        progress(1.0)
        return written

    def _content(self, actor: Actor, report: Report) -> ReportContent:
        pictures = self._pictures(report)
        return ReportContent(
            report=report,
            pictures=pictures,
            sources=sources_of(self._archive, actor, report),
            letterhead=self._letterhead(),
            pdf=self._printed(report, pictures),
        )

    # -- inside ---------------------------------------------------------------------------------------------

    def _header(self, actor: Actor, study_uid: str) -> ReportHeader:
        """What the head of a report says of its study now."""
        study = self._archive.study(actor, study_uid)
        series = [s for s in self._archive.series(actor, study_uid) if not s.derived]
        return header_of(study, series, hospital=self._settings.get(ReportSettings).hospital_name)

    def _get(self, report_id: str, shown: Report | None = None) -> Report:
        with self._db.read() as tx:
            found = tx.reports.get(report_id)
        if found is None:
            raise NotFound("There is no report {name}.", name=report_id)
        report: Report = found
        # what was typed last may have been shown before its save coded the findings of its text
        if shown is not None and not any(
            same_words(report, one) for one in (shown, with_coded_findings(shown))
        ):
            raise _changed_elsewhere()
        return report

    def _signed(self, report_id: str, shown: Report | None = None) -> Report:
        report = self._get(report_id, shown)
        if report.state is not ReportState.SIGNED:
            raise Refused("The report is {state} and does not wait for review.", state=_state(report))
        return report

    def _require_complete(self, report: Report) -> None:
        stopping = [c for c in self.check(report) if c.severity is Severity.PROHIBIT]
        if stopping:
            told = "; ".join(tr(c.template, **c.params) for c in stopping)
            raise Refused(
                "The report is not complete: {rules}", hint="Mend what is named and sign again.", rules=told
            )

    def _pictures(self, report: Report) -> dict[str, bytes]:
        """The pictures that the report names by their checksum, and no others: they are part of what was
        signed.
        """
        return {key.key_id: self._folder.objects.read(key.picture_sha256) for key in report.key_images}

    def _letterhead(self) -> Letterhead:
        hospital = self._settings.get(ReportSettings)
        return Letterhead(
            hospital=hospital.hospital_name, department=hospital.department, footer=hospital.footer
        )


def _state(report: Report) -> str:
    return tr(STATE_TITLES[report.state])


def _record(tx: Transaction, actor: Actor, action: str, report: Report, details: Mapping[str, str]) -> None:
    """The audit row of a step of a report's way, and what is stored of it from then on."""
    told = {**details, "state": str(report.state)}
    tx.audit.append(actor, action, report.report_id, "done", told, pins=pins_of_step(report))


def _signed_with(report: Report) -> dict[str, str]:
    """What the audit record keeps of the last signature: what was signed, and with which key, for keys
    change.
    """
    return {"digest": report.signatures[-1].digest_sha256, "key": report.signatures[-1].public_key}


def _changed_elsewhere() -> Refused:
    return Refused(
        "The report was changed elsewhere meanwhile.", hint="Reopen the report and look at it again."
    )


def _require_unchanged(tx: Any, report: Report) -> None:
    """The stored report is still the one that was looked at: nobody signs what another has just edited."""
    if tx.reports.get(report.report_id) != report:
        raise _changed_elsewhere()
