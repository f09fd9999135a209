"""The report of the open study: written, saved in the background, signed, given out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from psygnal import Signal

from app.domain.person import Actor
from app.domain.report import EDITABLE, Check, Report, ReportState
from app.errors import FilesThere, NotAllowed, Refused
from app.i18n import tr
from app.jobs import Job, Progress
from app.people.service import PeopleService
from app.reporting.amendment_service import AmendmentService
from app.reporting.editing import with_evidence
from app.reporting.output import ExportedReport, ReportOutput
from app.reporting.service import ReportService
from app.reporting.settings import ReportSettings
from app.reporting.stored_reports import require_editable
from app.session.pending_edits import SaveState
from app.session.session import Session


class ReportController:
    """The open report.  `changed` when its text, its state or its saving has changed."""

    changed = Signal()
    #: the command with this id is to be run again with the password of the person who is logged in
    password_asked = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reports = session.station.get(ReportService)
        self._amendments = session.station.get(AmendmentService)
        self.report: Report | None = None
        #: it is being signed, approved or returned
        self.busy = False
        #: edits of reports in this window so far
        self._typed = 0
        #: revision of a report as this window last saved it
        self._revisions: dict[str, int] = {}
        session.study.opened.connect(self._load)
        session.study.study_changed.connect(self._study_changed)
        session.study.annotations.edited.connect(lambda: session.dispatcher.attempt(self._take_over_evidence))
        session.edits.failed.connect(lambda key: self.changed.emit())

    def _load(self, study_uid: str) -> None:
        self.report = self._reports.find(self._session.user.actor, study_uid)
        self.changed.emit()

    def _study_changed(self) -> None:
        if self._session.study.study is None:
            self.report = None
            self.changed.emit()

    @property
    def required(self) -> Report:
        """The open report; `Refused` without one."""
        if self.report is None:
            raise Refused("No report is open.", hint="Open a study and its report first.")
        return self.report

    # -- writing --------------------------------------------------------------------------------------------

    def open(self, technique: dict[str, str]) -> Job[Report]:
        """The report of the open study, in the background; a draft from the fitting template where there is
        none.

        Edits on their way are saved first.  What is typed meanwhile stays, and is saved on top.
        """
        session, study_uid, actor = (
            self._session,
            self._session.study.required.study_uid,
            self._session.user.actor,
        )
        if self.report is not None:
            session.dispatcher.attempt(session.edits.about_to_close.emit)
        known, typed, settle = self.report is not None, self._typed, session.edits.tried(study_uid)

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> Report:
            settle()
            return self._reports.open(actor, study_uid, technique=technique)

        def opened(report: Report) -> None:
            session.edits.deliver()
            if session.study.is_open(study_uid) and typed == self._typed:
                session.edits.forget(_key(study_uid))  # refused for good: what was typed stays on the screen
                self._opened(report)
            if not known:  # the list says from now on that somebody writes
                session.archive_changed.emit(study_uid)

        return session.dispatcher.follow(session.station.jobs.submit(tr("Opening the report"), work), opened)

    def _opened(self, report: Report) -> None:
        """Show a report as it is stored, with the study's present evidence."""
        self.report = report
        self.changed.emit()
        fresh = self._with_evidence(report)
        if fresh != report:
            self.edit(fresh)

    def edit(self, report: Report) -> None:
        """Take an edit over at once and save it in the background; the newest text wins."""
        actor = self._session.user.actor
        require_editable(actor, report)
        if self.busy:
            raise Refused("The report is being signed or returned.", hint="Wait until that is done.")
        self._typed += 1
        self.report = report

        def saved(kept: Report) -> None:
            if self.report is report:  # nothing was edited since
                self.report = kept
            self.changed.emit()

        self._session.edits.save(_key(report.header.study_uid), lambda: self._write(actor, report), saved)
        self.changed.emit()

    def save(self, report: Report) -> Job[Report]:
        """Take an edit over; the job ends when it is saved, and raises why it is not."""
        self.edit(report)
        session, study_uid = self._session, report.header.study_uid
        settle = session.edits.settling(study_uid)

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> Report:
            settle()
            return report

        return session.dispatcher.follow(
            session.station.jobs.submit("", work), lambda _: session.edits.deliver()
        )

    @property
    def save_state(self) -> SaveState:
        """How far the saving of the open report is."""
        key = _key(self.report.header.study_uid) if self.report is not None else ""
        return self._session.edits.state(key)

    def check(self) -> list[Check]:
        """The rules' findings on the present text."""
        return self._reports.check(self.report) if self.report is not None else []

    def _take_over_evidence(self) -> None:
        """Measurements and key images were edited: a draft carries their present state."""
        report, layer = self.report, self._session.study.annotations
        if report is not None and report.header.study_uid == layer.study_uid:
            fresh = self._with_evidence(report)
            if fresh is not report:
                self.edit(fresh)

    def _with_evidence(self, report: Report) -> Report:
        layer = self._session.study.annotations
        if report.state not in EDITABLE:
            return report
        return with_evidence(report, layer.measurements, layer.key_images)

    def _write(self, actor: Actor, report: Report) -> Report:
        """Save on top of what this window saved last; on the autosave thread, or on the main one while that
        rests.
        """
        on = max(report.revision, self._revisions.get(report.report_id, 0))
        saved = self._reports.save(actor, replace(report, revision=on))
        self._revisions[report.report_id] = saved.revision
        return saved

    # -- signing --------------------------------------------------------------------------------------------

    def sign(self, password: str = "") -> Job[Report] | None:
        """Sign as reporting doctor, in the background.  None where the password is asked for first."""
        return self._sign("report.sign", tr("Signing the report"), self._reports.sign, password)

    def review_refusal(self) -> NotAllowed | None:
        """Why the person who is logged in may not review the open report."""
        if self.report is None:
            return None
        return self._reports.review_refusal(self._session.user.actor, self.report)

    def approve(self, password: str = "") -> Job[Report] | None:
        """Sign as reviewing doctor, in the background.  None where the password is asked for first."""
        return self._sign("report.approve", tr("Approving the report"), self._reports.approve, password)

    def send_back(self, reason: str) -> Job[Report]:
        """Return to the author, in the background."""
        shown, actor = self.required, self._session.user.actor

        def act() -> Report:
            return self._reports.send_back(actor, shown.report_id, reason, shown=shown)

        return self._move(tr("Returning the report"), shown, act)

    def may_recall(self) -> bool:
        """Whether the open report waits for review and is by the person who is logged in."""
        report, user = self.report, self._session.user
        return (
            report is not None
            and not self.busy
            and report.state is ReportState.SIGNED
            and user.is_logged_in
            and report.author_id == user.actor.person_id
        )

    def may_amend(self) -> bool:
        """Whether the open report is a reviewed one that can be corrected or added to."""
        report = self.report
        return (
            report is not None
            and not self.busy
            and report.state is ReportState.FINAL
            and not report.is_addendum
        )

    def may_discard(self) -> bool:
        """Whether the open report is a correction or an addendum that is still being written."""
        report = self.report
        return report is not None and not self.busy and report.state in EDITABLE and report.parent is not None

    def recall(self) -> Job[Report]:
        """Take the signed report back before it is reviewed, in the background."""
        return self._step(tr("Recalling the report"), self._reports.recall)

    def correct(self, reason: str) -> Job[Report]:
        """Begin a correction of the reviewed report, in the background."""
        return self._step(
            tr("Beginning a correction"),
            lambda actor, report_id, **how: self._amendments.correct(actor, report_id, reason, **how),
        )

    def add_to(self, reason: str) -> Job[Report]:
        """Begin an addendum to the reviewed report, in the background."""
        return self._step(
            tr("Beginning an addendum"),
            lambda actor, report_id, **how: self._amendments.add_to(actor, report_id, reason, **how),
        )

    def discard(self) -> Job[Report]:
        """Give up the correction or addendum that is open; the reviewed report is shown again."""
        if self.report is not None:
            self._session.dispatcher.attempt(self._session.edits.about_to_close.emit)

        def gone(actor: Actor, report_id: str, *, shown: Report) -> Report:
            discarded = self._amendments.discard(actor, report_id, shown=shown)
            return self._reports.find(actor, discarded.header.study_uid) or discarded

        return self._step(tr("Discarding the draft"), gone)

    def _step(self, title: str, act: Callable[..., Report]) -> Job[Report]:
        shown, actor = self.required, self._session.user.actor
        return self._move(title, shown, lambda: act(actor, shown.report_id, shown=shown))

    def _sign(
        self, command_id: str, title: str, sign: Callable[..., Report], password: str
    ) -> Job[Report] | None:
        """Sign what is on the screen, and nothing that was stored meanwhile.

        The key is that which the password opens, for this signature only; without one, where the house asks
        for none, that which was opened by logging in.
        """
        session, actor = self._session, self._session.user.actor
        shown, station = self.required, session.station
        if not password and station.settings.get(ReportSettings).ask_password_to_sign:
            self.password_asked.emit(command_id)
            return None
        people, opened = station.get(PeopleService), None if password else session.user.signing_key
        session.dispatcher.attempt(session.edits.about_to_close.emit)
        shown = self.required

        def act() -> Report:
            key = opened or people.unlock_signing(actor, password)
            return sign(actor, shown.report_id, key, shown=shown)

        # a password is asked for in a dialog, which says why the signature was refused
        return self._move(title, shown, act, failed=(lambda _: None) if password else None)

    def _move(
        self,
        title: str,
        shown: Report,
        act: Callable[[], Report],
        *,
        failed: Callable[[BaseException], None] | None = None,
    ) -> Job[Report]:
        """Once its last edits are saved, bring the report one step on; until then nobody edits it."""
        if self.busy:
            raise Refused("The report is being signed or returned.", hint="Wait until that is done.")
        session = self._session
        settle = session.edits.settling(shown.header.study_uid)

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> Report:
            settle()
            return act()

        def over() -> None:
            self.busy = False
            self.changed.emit()

        self.busy = True
        self.changed.emit()
        job = session.station.jobs.submit(title, work)
        return session.dispatcher.follow(job, lambda moved: self._moved_on(moved), failed=failed, always=over)

    def _moved_on(self, report: Report) -> None:
        if self._session.study.is_open(report.header.study_uid):
            self.report = report
            self.changed.emit()
        self._session.archive_changed.emit(report.header.study_uid)

    # -- giving out -----------------------------------------------------------------------------------------

    def export(
        self, out: Path, *, overwrite: bool = False, there: Callable[[FilesThere], None] | None = None
    ) -> Job[ExportedReport]:
        """Write all forms of the report into a folder, in the background.

        Files that are there are left alone unless they may be overwritten; `there` is told of them, to ask.
        """
        session, actor, report = self._session, self._session.user.actor, self.required

        def work(*, progress: Progress, cancelled: Callable[[], bool]) -> ExportedReport:
            return session.station.get(ReportOutput).export(
                actor, report.report_id, out, overwrite=overwrite, progress=progress, cancelled=cancelled
            )

        def failed(error: BaseException) -> None:
            if there is not None and isinstance(error, FilesThere):
                there(error)
            else:
                session.station.notifications.add_error(error)

        def done(_: ExportedReport) -> None:
            session.dispatcher.tell(tr("The report was written to {folder}.", folder=str(out)))

        job = session.station.jobs.submit(tr("Exporting report"), work)
        return session.dispatcher.follow(job, done, failed=failed)


def _key(study_uid: str) -> str:
    return f"report:{study_uid}"
