"""The report room: bar of states and signatures, editor, evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QPlainTextEdit,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.annotation.controller import AnnotationController
from app.domain.person import Role
from app.domain.report import (
    Check,
    ImageLink,
    Inline,
    MeasurementLink,
    Report,
    ReportState,
    SectionKind,
    Severity,
    SignatureRole,
)
from app.errors import FilesThere, UserError
from app.i18n import tr
from app.notifications import explain
from app.people.rights import EXPORT, SIGN_REPORT, role_names
from app.reporting.controller import ReportController
from app.reporting.rights import REVIEW_REPORT, WRITE_REPORT
from app.reporting.service import ReportService
from app.terminology import Term
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Elided, EmptyState, NoticeBox, chip, column, label, push, retone, row, scrolled
from widgets.panels.reporting.evidence import (
    ChecksPanel,
    FindingsPanel,
    HistoryPanel,
    KeyImagesStrip,
    MeasurementsPanel,
)
from widgets.panels.reporting.pdf_preview import PdfPreview
from widgets.panels.reporting.report_words import section_title, signer_word
from widgets.panels.reporting.section_editor import SectionEditor
from widgets.panels.reporting.term_picker import TermPicker, chip_of
from widgets.report_state import state_chip
from widgets.theme import REPORT_DOCK
from widgets.workspace import Workspace

EDITABLE = (ReportState.DRAFT, ReportState.RETURNED)
#: longest time an edit waits to be saved
SAVE_AFTER_MS = 1200
CHECK_AFTER_MS = 500


class ReturnDialog(Dialog):
    """Why the report goes back."""

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Return the report to its author"), parent)
        self._ui = ui
        self.reason = QPlainTextEdit()
        self.reason.setPlaceholderText(tr("What has to be mended?"))
        self.reason.setAccessibleName(tr("Reason"))
        self.reason.setFixedHeight(110)
        self.body.addWidget(self.reason)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.send = self.add_button(tr("Return report"), kind="primary", icon_name="message-report")
        self.send.setEnabled(False)
        self.reason.textChanged.connect(lambda: self.send.setEnabled(bool(self.reason.toPlainText().strip())))
        self.send.clicked.connect(self._return)

    def _return(self) -> None:
        job = self._ui.run("report.return", self.reason.toPlainText())
        if job is not None:
            self.send.setEnabled(False)
            done = self._ui.session.dispatcher
            done.follow(job, lambda _: self._over(True), failed=lambda _: self._over(False))

    def _over(self, returned: bool) -> None:
        """What was typed stays where the report could not be returned."""
        if isValid(self):
            self.send.setEnabled(True)
            if returned:
                self.accept()


class ReportWorkspace(Workspace):
    """Editor left, evidence right.  Every edit is saved within two seconds; a signed report is read-only."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__(ui)
        self.controller = ui.session.get(ReportController)
        self._annotation = ui.session.get(AnnotationController)
        self._shown: Report | None = None
        self._base: Report | None = None
        self._editable = False
        self._dirty = False
        #: checks that stopped signing when they were made last
        self._stops = 0
        self._checking = 0
        self.editors: dict[SectionKind, SectionEditor] = {}
        self._focused: SectionEditor | None = None
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(SAVE_AFTER_MS)
        self._save_later.timeout.connect(self.flush)
        self._check_later = QTimer(self)
        self._check_later.setSingleShot(True)
        self._check_later.setInterval(CHECK_AFTER_MS)
        self._check_later.timeout.connect(self._check)
        self._build_bar()
        self._build_editor()
        self._build_evidence()
        self._build_empty()
        page = QWidget()
        middle = row(self._left, self.dock, gap=0)
        middle.setStretch(0, 1)
        page.setLayout(column(self.bar, middle, gap=0))
        self._page = page
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)
        self.setLayout(column(self._pages, gap=0))
        self.picker = TermPicker(ui.session.station.terms, self)
        self.picker.chosen.connect(self._term_chosen)
        self.picker.closed.connect(lambda: self._focused.setFocus() if self._focused else None)
        ui.listen(self.controller.changed, self._report_changed)
        ui.listen(ui.session.study.study_changed, self._report_changed)
        ui.listen(ui.session.user.changed, self._report_changed)
        ui.listen(ui.session.loaded.shown, self._show_evidence)
        ui.looked.connect(self._show_buttons)
        self._report_changed()

    # -- parts ----------------------------------------------------------------------------------------------

    def _build_bar(self) -> None:
        ui = self.ui
        self.state = chip("")
        self.signatures = Elided(tone="muted")
        self.sign = ui.button("report.sign", kind="primary")
        self.approve = ui.button("report.approve", kind="primary")
        for button in (self.sign, self.approve):
            button.clicked.disconnect()
        self.sign.clicked.connect(lambda: self._flushed("report.sign"))
        self.approve.clicked.connect(lambda: self._flushed("report.approve"))
        self.back = push(tr("Return"), icon_name="message-report")
        self.back.clicked.connect(lambda: ReturnDialog(ui, self.window()).open())
        self.preview = push(tr("Print preview"), icon_name="eye")
        self.preview.clicked.connect(self.open_preview)
        self.export = push(tr("Export"), icon_name="file-export")
        self.export.clicked.connect(self.export_to)
        ui.attend(self.export, ui.commands.get("report.export"))
        self.bar = QFrame()
        self.bar.setObjectName("bar")
        self.bar.setFixedHeight(56)
        line = row(
            self.state,
            self.signatures,
            self.back,
            self.preview,
            self.export,
            self.sign,
            self.approve,
            gap=12,
            margins=(24, 0, 16, 0),
        )
        line.setStretch(1, 1)
        self.bar.setLayout(line)

    def _build_editor(self) -> None:
        self.template = label(tone="muted")
        self.term_button = push(tr("Insert term"), icon_name="books", tip="Ctrl+Space")
        self.term_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.term_button.clicked.connect(lambda: self._ask_term())
        self.saved = chip(tr("Nothing to save yet"))
        self.checked = push("", kind="link")
        self.checked.clicked.connect(lambda: self.tabs.setCurrentWidget(self.checks))
        head = row(self.template, self.term_button, self.saved, None, self.checked, gap=12)
        self.reading_only = NoticeBox("", "accent")
        self.reading_only.hide()
        self.note = NoticeBox("", "amber")
        self.note.hide()
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(8000)
        self._note_timer.timeout.connect(self.note.hide)
        self.paper = QFrame()
        self.paper.setObjectName("paper")
        self._sections = QVBoxLayout(self.paper)
        self._sections.setContentsMargins(28, 20, 28, 24)
        self._sections.setSpacing(4)
        content = QWidget()
        content.setLayout(
            column(head, self.reading_only, self.note, self.paper, None, gap=12, margins=(24, 16, 24, 24))
        )
        self._left = scrolled(content)

    def _build_evidence(self) -> None:
        ui = self.ui
        self.findings = FindingsPanel(ui)
        self.findings.changed.connect(self._findings_changed)
        self.measurements = MeasurementsPanel(ui)
        self.measurements.insert_asked.connect(self.insert)
        self.measurements.go_asked.connect(self._go_measurement)
        self.checks = ChecksPanel()
        self.checks.section_asked.connect(self.go_to_section)
        self.history = HistoryPanel(ui)
        self.images = KeyImagesStrip(ui)
        self.images.insert_asked.connect(self.insert)
        self.images.go_asked.connect(self._go_image)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(tr("Panels"))
        for panel, title in (
            (self.findings, tr("Findings")),
            (self.measurements, tr("Measure")),
            (self.checks, tr("Checks")),
            (self.history, tr("History")),
        ):
            self.tabs.addTab(panel, title)
        self.dock = QFrame()
        self.dock.setObjectName("dock")
        self.dock.setFixedWidth(REPORT_DOCK)
        inner = column(self.tabs, self.images, gap=0)
        inner.setStretch(0, 1)
        self.dock.setLayout(inner)

    def _build_empty(self) -> None:
        self.begin = push(tr("Write report"), icon_name="writing", kind="primary")
        self.begin.clicked.connect(lambda: self.ui.run("report.open"))
        self.choose = push(tr("Go to worklist"), icon_name="list-details")
        self.choose.clicked.connect(lambda: self.ui.run("workspace.worklist"))
        self.empty = EmptyState("clipboard-plus", "", "", self.begin, self.choose)

    def regions(self) -> list[QWidget]:
        if self._pages.currentWidget() is self.empty:
            return [self.begin if self.begin.isVisible() else self.choose]
        first = self._focused or next(iter(self.editors.values()), None)
        return [first or self._left, self.tabs.tabBar(), self.preview]

    # -- showing --------------------------------------------------------------------------------------------

    def _report_changed(self) -> None:
        report = self.controller.report
        if report is None:
            self._shown = None
            self._dirty = False
            self._save_later.stop()
            here = self.session.study.study is not None
            self.empty.title.setText(tr("This study has no report yet") if here else tr("No study is open"))
            writes = self.ui.may(WRITE_REPORT)
            self.empty.text.setText(
                tr("Open a study in the worklist, then write its report here.")
                if not here
                else tr("Writing one takes the template that fits the examination.")
                if writes
                else tr(
                    "Reports are written by: {who}. It can be read here as soon as there is one.",
                    who=_writers(),
                )
            )
            self.begin.setVisible(here and writes)
            self._pages.setCurrentWidget(self.empty)
            return
        before, self._shown = self._shown, report
        if self._pages.currentWidget() is self.empty and self.isVisible():  # writing begins
            QTimer.singleShot(0, self, lambda: self.go_to_section(SectionKind.FINDINGS))
        self._pages.setCurrentWidget(self._page)
        if (
            before is None
            or before.report_id != report.report_id
            or [s.kind for s in before.sections] != [s.kind for s in report.sections]
        ):
            self._dirty, self._base = False, report
            self._make_editors(report)
        else:
            failed = self.controller.save_state == "failed"
            self._dirty = (
                self._dirty or failed
            )  # what could not be saved counts as typed: reopening does not take it off the screen
            self._follow(before, report)
            self._dirty = self._dirty and (failed or self._save_later.isActive() or self.present() != report)
        if self.controller.save_state == "saved":
            self._base = report
        editable = report.state in EDITABLE and self.ui.may(WRITE_REPORT) and not self.controller.busy
        same = editable == self._editable
        self._editable = editable
        for editor in self.editors.values():
            editor.setReadOnly(not editable)
            editor.setPlaceholderText(tr("Write here; / or Ctrl+Space inserts a term") if editable else "")
        self._show_head(report)
        if before is None or not same or _evidence(before) != _evidence(report):
            self._show_evidence()
        self.history.show_report(report)
        self._check_later.start()

    def _show_evidence(self) -> None:
        report = self._shown
        if report is not None:
            self.findings.show_report(report, editable=self._editable)
            self.measurements.show_report(report, editable=self._editable)
            self.images.show_report(report, editable=self._editable)

    def _make_editors(self, report: Report) -> None:
        while self._sections.count():
            item = self._sections.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.editors = {}
        self._focused = None
        for section in report.sections:
            heading = label(section_title(section.kind), tone="muted")
            editor = SectionEditor(section.kind)
            editor.setAccessibleName(section_title(section.kind))
            editor.show_content(section.content)
            editor.edited.connect(self._edited)
            editor.term_asked.connect(lambda e=editor: self._ask_term(e))
            editor.link_activated.connect(self.follow_link)
            editor.chip_broken.connect(self._chip_broken)
            editor.focused.connect(lambda e=editor: setattr(self, "_focused", e))
            self._sections.addWidget(heading)
            self._sections.addWidget(editor)
            self._sections.addSpacing(10)
            self.editors[section.kind] = editor

    def _follow(self, before: Report, report: Report) -> None:
        """Take over what changed outside the editors (links that print new values); a section with unsaved
        typing stays as typed.
        """
        base = self._base or before
        for section in report.sections:
            editor, kind = self.editors[section.kind], section.kind
            here = editor.content()
            typed = self._dirty and (
                here != base.section(kind).content or here != before.section(kind).content
            )
            if not typed and here != section.content:
                place = editor.textCursor().position()
                editor.show_content(section.content)
                cursor = editor.textCursor()
                cursor.setPosition(min(place, editor.document().characterCount() - 1))
                editor.setTextCursor(cursor)

    def _show_head(self, report: Report) -> None:
        text, tone = state_chip(report.state)
        self.state.setText(text)
        retone(self.state, "chip", tone)
        self.state.adjustSize()
        signed = {s.role: s for s in report.signatures}
        words = []
        for role in SignatureRole:
            found = signed.get(role)
            name = (
                f"{found.person_name} {found.signed_at.astimezone():%m-%d %H:%M}"
                if found
                else tr("not signed")
            )
            words.append(f"{signer_word(role)} {name}")
        if report.state is ReportState.RETURNED and report.return_reason:
            words.append(tr("Returned: {reason}", reason=report.return_reason))
        self.signatures.setText(" · ".join(words))
        self.template.setText(
            tr(
                "Template {name} v{version}",
                name=self.session.station.get(ReportService).template_title(report),
                version=report.template_version,
            )
        )
        self.term_button.setVisible(self._editable)
        why = self._why_reading_only(report)
        self.reading_only.setVisible(bool(why))
        self.reading_only.tell(why, "accent")
        self._show_saving()
        self._show_buttons()

    def _why_reading_only(self, report: Report) -> str:
        """Why the next act is another person's; "" where it is not."""
        if report.state in EDITABLE and not self._editable and not self.controller.busy:
            return tr("You can read this report. It is written and signed by: {who}.", who=_writers())
        if report.state is ReportState.SIGNED and self.ui.may(REVIEW_REPORT):
            refusal = self.controller.review_refusal()
            told = explain(refusal) if refusal is not None else None
            return f"{told.message} {told.hint}" if told is not None else ""
        return ""

    def _show_buttons(self) -> None:
        state = self._shown.state if self._shown is not None else None
        may = self.ui.may
        reviews = state is ReportState.SIGNED and may(REVIEW_REPORT)
        self.sign.setVisible(state in EDITABLE and may(SIGN_REPORT))
        self.approve.setVisible(reviews)
        self.back.setVisible(reviews)
        self.export.setVisible(state is ReportState.FINAL and may(EXPORT))

    # -- editing --------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._dirty = True
        self._show_saving()
        if not self._save_later.isActive():
            self._save_later.start()
        self._check_later.start()

    def present(self) -> Report | None:
        """The report with what the editors hold."""
        report = self.controller.report
        if report is None:
            return None
        sections = tuple(
            self.editors[s.kind].section() if s.kind in self.editors else s for s in report.sections
        )
        return replace(report, sections=sections)

    def flush(self) -> None:
        """Hand over what is typed; it is saved in the background, and the save state tells how far that
        is.
        """
        self._save_later.stop()
        report = self.present()
        if not self._dirty or report is None or not self._editable:
            return
        self._dirty = False
        try:
            self.controller.edit(report)
        except UserError as error:
            self._dirty = True
            self.session.station.notifications.add_error(error)
            self._show_saving()

    def _show_saving(self) -> None:
        """How far the saving is, beside the template's name."""
        report, state = self._shown, self.controller.save_state
        if state == "failed":
            told, tone = tr("Not saved: see the message below"), "danger"
        elif self._dirty:
            told, tone = tr("Not saved yet"), "amber"
        elif state == "saving":
            told, tone = tr("Saving…"), "neutral"
        elif report is not None and report.state not in EDITABLE:
            told, tone = tr("Signed: read only"), "neutral"
        else:
            when = report and (report.updated_at or report.created_at)
            told, tone = (
                tr("Saved {time}", time=f"{when.astimezone():%H:%M:%S}")
                if when
                else tr("Nothing to save yet"),
                "neutral",
            )
        self.saved.setText(told)
        retone(self.saved, "chip", tone)

    def _check(self) -> None:
        report = self.present()
        if report is None or self._shown is None:
            return
        self._checking += 1
        checking, reports = self._checking, self.session.station.get(ReportService)

        def came(checks: list[Check]) -> None:
            if checking == self._checking and self._shown is not None:  # nothing was typed since
                self._show_checks(report, checks)

        if report.state in EDITABLE:
            self.ui.quietly(lambda: reports.check(report), came)
        else:
            self._show_checks(report, [])

    def _show_checks(self, report: Report, checks: list[Check]) -> None:
        self.checks.show_checks(checks)
        stops = sum(c.severity is Severity.PROHIBIT for c in checks)
        if self._stops and not stops:  # what stopped signing is mended
            self.session.station.notifications.end("report.sign")
        self._stops = stops
        self.checked.setVisible(report.state in EDITABLE)
        words = tr("Checks passed")
        if stops:
            words = tr("Checks: {n}, of these stop signing: {stops}", n=len(checks), stops=stops)
        elif checks:
            words = tr("Checks: {n}, none stops signing", n=len(checks))
        self.checked.setText(words)
        self.tabs.setTabText(
            self.tabs.indexOf(self.checks), tr("Checks") + (f" {len(checks)}" if checks else "")
        )

    def _chip_broken(self, text: str) -> None:
        self.note.tell(
            tr(
                "“{text}” was changed by hand: it is plain text now, without its code or link. Ctrl+Z "
                "takes it back.",
                text=text,
            ),
            "amber",
        )
        self.note.show()
        self._note_timer.start()

    def _findings_changed(self, findings: tuple[object, ...]) -> None:
        self.flush()
        report = self.controller.report
        if report is not None:
            changed = replace(report, findings=findings)  # type: ignore[arg-type]
            self.session.dispatcher.attempt(lambda: self.controller.edit(changed))

    def insert(self, part: Inline) -> None:
        """Put a link or chip into the section that was edited last (the findings where none was)."""
        editor = (
            self._focused or self.editors.get(SectionKind.FINDINGS) or next(iter(self.editors.values()), None)
        )
        if editor is not None and not editor.isReadOnly():
            if self._focused is None:
                cursor = editor.textCursor()
                cursor.movePosition(cursor.MoveOperation.End)
                editor.setTextCursor(cursor)
            editor.insert_inline(part)

    def _ask_term(self, asking: SectionEditor | None = None) -> None:
        editor = asking or self._focused or self.editors.get(SectionKind.FINDINGS)
        if editor is None or editor.isReadOnly() or self._shown is None:
            return
        self._focused = editor
        below = editor.viewport().mapTo(self, editor.cursorRect().bottomLeft())
        self.picker.open_at(QPoint(below.x(), below.y()), self._shown.header.body_part)

    def _term_chosen(self, term: Term) -> None:
        if self._shown is not None:
            self.insert(chip_of(term, self._shown.language))

    # -- links ----------------------------------------------------------------------------------------------

    def follow_link(self, link: MeasurementLink | ImageLink) -> None:
        """Show in the reading room what a link speaks of."""
        if isinstance(link, MeasurementLink):
            self._go_measurement(link.tracking_uid)
        else:
            self._go_image(link.key_id)

    def _go_measurement(self, tracking_uid: str) -> None:
        reported = self.controller.required.measurements
        self._go(lambda: self._annotation.show_measurement(tracking_uid, reported))

    def _go_image(self, key_id: str) -> None:
        reported = self.controller.required.key_images
        self._go(lambda: self._annotation.show_key_image(key_id, reported))

    def _go(self, show: Callable[[], None]) -> None:
        """To the reading room, where there is something to show there."""

        def shown() -> bool:
            show()
            return True

        if self.session.dispatcher.attempt(shown):
            self.ui.run("workspace.read")

    def go_to_section(self, kind: SectionKind) -> None:
        """Bring the cursor to a section."""
        editor = self.editors.get(kind)
        if editor is not None:
            self._left.ensureWidgetVisible(editor)
            editor.setFocus()

    # -- ui -----------------------------------------------------------------------------------------------

    def _flushed(self, command_id: str) -> None:
        """Act on what stands on the screen; where it could not be saved, nothing is signed in its place."""
        self.flush()
        job = None if self._dirty else self.ui.run(command_id)
        if job is not None:
            self.session.dispatcher.follow(job, lambda _: self._go_on(), failed=lambda _: None)

    def _go_on(self) -> None:
        """The focus goes to what comes next: approving, giving out, else looking at the page."""
        self.ui.looked.connect(self._focus_next, Qt.ConnectionType.SingleShotConnection)
        self.ui.look()

    def _focus_next(self) -> None:
        follows = (self.approve, self.export, self.preview)
        next_act = next((made for made in follows if made.isVisible() and made.isEnabled()), None)
        if next_act is not None:
            next_act.setFocus()

    def open_preview(self) -> None:
        """Show the page as it would be printed now: made in the background, once what is typed is saved."""
        self.flush()
        shown, edits, actor = self.controller.report, self.session.edits, self.session.user.actor
        if shown is None or self._dirty:
            return
        study_uid, reports = shown.header.study_uid, self.session.station.get(ReportService)
        wait_until_saved = self.session.dispatcher.attempt(lambda: edits.settling(study_uid))
        if wait_until_saved is None:
            return

        def page() -> bytes:
            wait_until_saved()
            return reports.pdf(actor, reports.find(actor, study_uid) or shown)

        def came(pdf: bytes) -> None:
            self.preview.setEnabled(True)
            now = self.controller.report
            # nobody has turned to something else or written meanwhile
            if now is not None and (now.report_id, now.sections) == (shown.report_id, shown.sections):
                PdfPreview(pdf, self.window(), title=tr("Print preview")).open()

        def failed(error: BaseException) -> None:
            self.preview.setEnabled(True)
            self.session.station.notifications.add_error(error)

        if self.ui.quietly(page, came, failed=failed) is not None:
            self.preview.setEnabled(False)

    def export_to(self) -> None:
        """Ask for a folder and write all forms of the report."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Export report"))
        if chosen:
            self.ui.run("report.export", chosen, there=lambda told: self._ask_to_overwrite(chosen, told))

    def _ask_to_overwrite(self, folder: str, told: FilesThere) -> None:
        """Nothing is overwritten unasked."""
        dialog = Dialog(tr("Overwrite the files?"), self.window())
        dialog.body.addWidget(label(explain(told).message, wrap=True))
        dialog.add_button(tr("Cancel"), default=True).clicked.connect(dialog.reject)
        take = dialog.add_button(tr("Overwrite"), kind="danger")
        take.clicked.connect(dialog.accept)
        dialog.accepted.connect(lambda: self.ui.run("report.export", folder, overwrite=True))
        dialog.open()


def _writers() -> str:
    return role_names((Role.REPORTING, Role.REVIEWING))


def _evidence(report: Report) -> tuple[object, ...]:
    return (report.report_id, report.state, report.findings, report.measurements, report.key_images)
