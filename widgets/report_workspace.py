"""The report room: bar of states and signatures, editor, evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from app.domain.person import Right, Role
from app.domain.report import ImageLink, Inline, MeasurementLink, Report, ReportState, SectionKind, Severity, SignatureRole
from app.errors import UserError
from app.i18n import tr
from app.people.rights import role_names
from app.terminology import Term
from widgets.acts import Acts
from widgets.dialogs import Dialog
from widgets.elements import Elided, EmptyState, NoticeBox, chip, column, label, push, retone, row, scrolled
from widgets.evidence import ChecksPanel, FindingsPanel, HistoryPanel, KeyImagesStrip, MeasurementsPanel
from widgets.pdf_preview import PdfPreview
from widgets.report_words import section_title, signer_word, state_chip
from widgets.section_editor import SectionEditor
from widgets.term_picker import TermPicker, chip_of
from widgets.theme import REPORT_DOCK
from widgets.workspace import Workspace

EDITABLE = (ReportState.DRAFT, ReportState.RETURNED)
#: longest time an edit waits to be saved
SAVE_AFTER_MS = 1200
CHECK_AFTER_MS = 500


class ReturnDialog(Dialog):
    """Why the report goes back."""

    def __init__(self, acts: Acts, parent: QWidget | None) -> None:
        super().__init__(tr("Return the report to its author"), parent)
        self._acts = acts
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
        if self._acts.run("report.return", self.reason.toPlainText()) is not None:
            self.accept()


class ReportWorkspace(Workspace):
    """Editor left, evidence right.  Every edit is saved within two seconds; a signed report is read-only."""

    name = "report"

    def __init__(self, acts: Acts) -> None:
        super().__init__(acts)
        self._shown: Report | None = None
        self._base: Report | None = None
        self._editable = False
        self._dirty = False
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
        self.picker = TermPicker(acts.desk.station.terms, self)
        self.picker.chosen.connect(self._term_chosen)
        self.picker.closed.connect(lambda: self._focused.setFocus() if self._focused else None)
        acts.listen(acts.desk.report_changed, self._report_changed)
        acts.listen(acts.desk.reading.study_changed, self._report_changed)
        acts.listen(acts.desk.actor_changed, self._report_changed)
        acts.listen(acts.desk.screen.events.volume, lambda *_: self._show_evidence())
        acts.looked.connect(self._show_buttons)
        self._report_changed()

    # -- parts ----------------------------------------------------------------------------------------------

    def _build_bar(self) -> None:
        acts = self.acts
        self.state = chip("")
        self.signatures = Elided(tone="muted")
        self.sign = acts.button("report.sign", kind="primary")
        self.approve = acts.button("report.approve", kind="primary")
        for button in (self.sign, self.approve):
            button.clicked.disconnect()
        self.sign.clicked.connect(lambda: self._flushed("report.sign"))
        self.approve.clicked.connect(lambda: self._flushed("report.approve"))
        self.back = push(tr("Return"), icon_name="message-report")
        self.back.clicked.connect(lambda: ReturnDialog(acts, self.window()).open())
        self.preview = push(tr("Print preview"), icon_name="eye")
        self.preview.clicked.connect(self.open_preview)
        self.export = push(tr("Export"), icon_name="file-export")
        self.export.clicked.connect(self.export_to)
        acts.attend(self.export, acts.commands.get("report.export"))
        self.bar = QFrame()
        self.bar.setObjectName("bar")
        self.bar.setFixedHeight(56)
        line = row(
            self.state, self.signatures, self.back, self.preview, self.export, self.sign, self.approve, gap=12, margins=(24, 0, 16, 0)
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
        content.setLayout(column(head, self.reading_only, self.note, self.paper, None, gap=12, margins=(24, 16, 24, 24)))
        self._left = scrolled(content)

    def _build_evidence(self) -> None:
        acts = self.acts
        self.findings = FindingsPanel(acts)
        self.findings.changed.connect(self._findings_changed)
        self.measurements = MeasurementsPanel(acts)
        self.measurements.insert_asked.connect(self.insert)
        self.measurements.go_asked.connect(self._go_measurement)
        self.checks = ChecksPanel()
        self.checks.section_asked.connect(self.go_to_section)
        self.history = HistoryPanel(acts)
        self.images = KeyImagesStrip(acts)
        self.images.insert_asked.connect(self.insert)
        self.images.go_asked.connect(self._go_image)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setAccessibleName(tr("Panels"))
        for panel, title in (
            (self.findings, tr("Findings")), (self.measurements, tr("Measure")), (self.checks, tr("Checks")), (self.history, tr("History")),
        ):  # fmt: skip
            self.tabs.addTab(panel, title)
        self.dock = QFrame()
        self.dock.setObjectName("dock")
        self.dock.setFixedWidth(REPORT_DOCK)
        inner = column(self.tabs, self.images, gap=0)
        inner.setStretch(0, 1)
        self.dock.setLayout(inner)

    def _build_empty(self) -> None:
        self.begin = push(tr("Write report"), icon_name="writing", kind="primary")
        self.begin.clicked.connect(lambda: self.acts.run("report.open"))
        self.choose = push(tr("Go to worklist"), icon_name="list-details")
        self.choose.clicked.connect(lambda: self.acts.run("workspace.worklist"))
        self.empty = EmptyState("clipboard-plus", "", "", self.begin, self.choose)

    def regions(self) -> list[QWidget]:
        if self._pages.currentWidget() is self.empty:
            return [self.begin if self.begin.isVisible() else self.choose]
        first = self._focused or next(iter(self.editors.values()), None)
        return [first or self._left, self.tabs.tabBar(), self.preview]

    # -- showing --------------------------------------------------------------------------------------------

    def _report_changed(self) -> None:
        report = self.desk.report
        if report is None:
            self._shown = None
            self._dirty = False
            self._save_later.stop()
            here = self.desk.reading.study is not None
            self.empty.title.setText(tr("This study has no report yet") if here else tr("No study is open"))
            writes = self.acts.may(Right.WRITE_REPORT)
            self.empty.text.setText(
                tr("Open a study in the worklist, then write its report here.")
                if not here
                else tr("Writing one takes the template that fits the examination.")
                if writes
                else tr("Reports are written by: {who}. It can be read here as soon as there is one.", who=_writers())
            )
            self.begin.setVisible(here and writes)
            self._pages.setCurrentWidget(self.empty)
            return
        before, self._shown = self._shown, report
        self._pages.setCurrentWidget(self._page)
        if before is None or before.report_id != report.report_id or [s.kind for s in before.sections] != [s.kind for s in report.sections]:
            self._dirty, self._base = False, report
            self._make_editors(report)
        else:
            failed = self.desk.save_state == "failed"
            self._dirty = self._dirty or failed  # what could not be saved counts as typed: reopening does not take it off the screen
            self._follow(before, report)
            self._dirty = self._dirty and (failed or self._save_later.isActive() or self.present() != report)
        if self.desk.save_state == "saved":
            self._base = report
        editable = report.state in EDITABLE and self.acts.may(Right.WRITE_REPORT)
        same = editable == self._editable
        self._editable = editable
        for editor in self.editors.values():
            editor.setReadOnly(not editable)
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
            editor.setPlaceholderText(tr("Write here; / or Ctrl+Space inserts a term"))
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
        """Take over what changed outside the editors (links that print new values); a section with unsaved typing stays as typed."""
        base = self._base or before
        for section in report.sections:
            editor, kind = self.editors[section.kind], section.kind
            here = editor.content()
            typed = self._dirty and (here != base.section(kind).content or here != before.section(kind).content)
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
            name = f"{found.person_name} {found.signed_at.astimezone():%m-%d %H:%M}" if found else tr("not signed")
            words.append(f"{signer_word(role)} {name}")
        if report.state is ReportState.RETURNED and report.return_reason:
            words.append(tr("Returned: {reason}", reason=report.return_reason))
        self.signatures.setText(" · ".join(words))
        self.template.setText(
            tr("Template {name} v{version}", name=self.desk.station.reports.template_title(report), version=report.template_version)
        )
        open_still = report.state in EDITABLE
        self.term_button.setVisible(self._editable)
        self.reading_only.setVisible(open_still and not self._editable)
        self.reading_only.tell(tr("You can read this report. It is written and signed by: {who}.", who=_writers()), "accent")
        self._show_saving()
        self._show_buttons()

    def _show_buttons(self) -> None:
        state = self._shown.state if self._shown is not None else None
        may = self.acts.may
        reviews = state is ReportState.SIGNED and may(Right.REVIEW_REPORT)
        self.sign.setVisible(state in EDITABLE and may(Right.SIGN_REPORT))
        self.approve.setVisible(reviews)
        self.back.setVisible(reviews)
        self.export.setVisible(state is ReportState.FINAL and may(Right.EXPORT_REPORT))

    # -- editing --------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._dirty = True
        self._show_saving()
        if not self._save_later.isActive():
            self._save_later.start()
        self._check_later.start()

    def present(self) -> Report | None:
        """The report with what the editors hold."""
        report = self.desk.report
        if report is None:
            return None
        sections = tuple(self.editors[s.kind].section() if s.kind in self.editors else s for s in report.sections)
        return replace(report, sections=sections)

    def flush(self) -> None:
        """Hand over what is typed; it is saved in the background, and the desk tells how far that is."""
        self._save_later.stop()
        report = self.present()
        if not self._dirty or report is None or not self._editable:
            return
        self._dirty = False
        try:
            self.desk.edit_report(report)
        except UserError as error:
            self._dirty = True
            self.desk.station.notifications.add_error(error)
            self._show_saving()

    def save_typed(self) -> bool:
        """Save what is typed, and wait for it; False where that could not be done."""
        self.flush()
        return self.desk.attempt(self._settled) is not None

    def _settled(self) -> bool:
        report = self.desk.report
        self.desk.settle(report.header.study_uid if report is not None else "")
        return True

    def _show_saving(self) -> None:
        """How far the saving is, beside the template's name."""
        report, state = self._shown, self.desk.save_state
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
            told, tone = tr("Saved {time}", time=f"{when.astimezone():%H:%M:%S}") if when else tr("Nothing to save yet"), "neutral"
        self.saved.setText(told)
        retone(self.saved, "chip", tone)

    def _check(self) -> None:
        report = self.present()
        if report is None or self._shown is None:
            return
        checks = self.desk.station.reports.check(report) if report.state in EDITABLE else []
        self.checks.show_checks(checks)
        stops = sum(c.severity is Severity.PROHIBIT for c in checks)
        self.checked.setVisible(report.state in EDITABLE)
        words = tr("Checks passed")
        if stops:
            words = tr("Checks: {n}, of these stop signing: {stops}", n=len(checks), stops=stops)
        elif checks:
            words = tr("Checks: {n}, none stops signing", n=len(checks))
        self.checked.setText(words)
        self.tabs.setTabText(self.tabs.indexOf(self.checks), tr("Checks") + (f" {len(checks)}" if checks else ""))

    def _chip_broken(self, text: str) -> None:
        self.note.tell(
            tr("“{text}” was changed by hand: it is plain text now, without its code or link. Ctrl+Z takes it back.", text=text), "amber"
        )
        self.note.show()
        self._note_timer.start()

    def _findings_changed(self, findings: tuple[object, ...]) -> None:
        self.flush()
        if self.desk.report is not None:
            report = replace(self.desk.report, findings=findings)  # type: ignore[arg-type]
            self.desk.attempt(lambda: self.desk.edit_report(report))

    def insert(self, part: Inline) -> None:
        """Put a link or chip into the section that was edited last (the findings where none was)."""
        editor = self._focused or self.editors.get(SectionKind.FINDINGS) or next(iter(self.editors.values()), None)
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
        self._go(lambda: self.desk.go_to_measurement(tracking_uid))

    def _go_image(self, key_id: str) -> None:
        self._go(lambda: self.desk.go_to_key_image(key_id))

    def _go(self, show: Callable[[], None]) -> None:
        """To the reading room, where there is something to show there."""

        def shown() -> bool:
            show()
            return True

        if self.desk.attempt(shown):
            self.acts.run("workspace.read")

    def go_to_section(self, kind: SectionKind) -> None:
        """Bring the cursor to a section."""
        editor = self.editors.get(kind)
        if editor is not None:
            self._left.ensureWidgetVisible(editor)
            editor.setFocus()

    # -- acts -----------------------------------------------------------------------------------------------

    def _flushed(self, command_id: str) -> None:
        """Act on what stands on the screen; where it could not be saved, nothing is signed in its place."""
        if self.save_typed():
            self.acts.run(command_id)

    def open_preview(self) -> None:
        """Show the page as it would be printed now; the page is made in the background."""
        if not self.save_typed() or self.desk.report is None:
            return
        report, actor, reports = self.desk.report, self.desk.actor, self.desk.station.reports

        def came(pdf: bytes) -> None:
            self.preview.setEnabled(True)
            if self.desk.report is report:  # nobody has turned to something else meanwhile
                PdfPreview(pdf, self.window(), title=tr("Print preview")).open()

        def failed(error: BaseException) -> None:
            self.preview.setEnabled(True)
            self.desk.station.notifications.add_error(error)

        if self.acts.quietly(lambda: reports.pdf(actor, report), came, failed=failed) is not None:
            self.preview.setEnabled(False)

    def export_to(self) -> None:
        """Ask for a folder and write all forms of the report."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Export report"))
        if chosen:
            self.acts.run("report.export", chosen)


def _writers() -> str:
    return role_names((Role.REPORTING, Role.REVIEWING))


def _evidence(report: Report) -> tuple[object, ...]:
    return (report.report_id, report.state, report.findings, report.measurements, report.key_images)
