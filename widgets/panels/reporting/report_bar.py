"""The bar of a report: its state and signatures, and what is done with it as a whole."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QFrame, QMenu, QToolButton, QWidget

from app.domain.report import EDITABLE, Report, ReportState, SignatureRole
from app.errors import FilesThere
from app.i18n import tr
from app.notifications import explain
from app.people.rights import EXPORT, SIGN_REPORT
from app.reporting.controller import ReportController
from app.reporting.output import ReportOutput
from app.reporting.rights import REVIEW_REPORT, WRITE_REPORT
from app.reporting.service import ReportService
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import Elided, chip, icon_button, label, push, retone, row
from widgets.icons import icon
from widgets.panels.reporting.editions_dialog import EditionsDialog
from widgets.panels.reporting.pdf_preview import PdfPreview
from widgets.panels.reporting.reason_dialog import ADD_TO, CORRECT, RETURN, ReasonDialog
from widgets.panels.reporting.report_text import ReportText
from widgets.panels.reporting.report_words import signer_word
from widgets.panels.reporting.sign_dialog import SignDialog
from widgets.report_state import state_chip

_HEIGHT_PX, _NARROW_HEIGHT_PX = 56, 92


class ReportBar(QFrame):
    """Acts on what stands in `text`: it is saved before."""

    def __init__(self, ui: CommandUi, text: ReportText) -> None:
        super().__init__()
        self._ui, self._text = ui, text
        self.session = ui.session
        self.controller = ui.session.get(ReportController)
        self.setObjectName("bar")
        self.state = chip("")
        self.signatures = Elided(tone="muted")
        self.sign = ui.button("report.sign", kind="primary")
        self.approve = ui.button("report.approve", kind="primary")
        for button in (self.sign, self.approve):
            button.clicked.disconnect()
        self.sign.clicked.connect(lambda: self._flushed("report.sign"))
        self.approve.clicked.connect(lambda: self._flushed("report.approve"))
        self.back = push(tr("Return"), icon_name="message-report")
        self.back.clicked.connect(lambda: ReasonDialog(ui, RETURN, self.window()).open())
        self.recall = push(tr("Recall"), icon_name="arrow-back-up")
        self.recall.clicked.connect(lambda: self._ui.run("report.recall"))
        ui.attend(self.recall, ui.commands.get("report.recall"))
        self.further = self._further_button()
        self.preview = push(tr("Print preview"), icon_name="eye")
        self.preview.clicked.connect(self.open_preview)
        self.export = push(tr("Export"), icon_name="file-export")
        self.export.clicked.connect(self.export_to)
        ui.attend(self.export, ui.commands.get("report.export"))
        self._said = row(self.state, self.signatures, gap=12)
        self._said.setStretch(1, 1)
        acts = (self.recall, self.back, self.preview, self.export, self.sign, self.approve)
        self._acts = row(self.further, *acts, gap=12)
        self._corner: tuple[QWidget, ...] = ()
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.addLayout(self._said, 1)
        self._line.addLayout(self._acts)
        self.setLayout(self._line)
        self.arrange(narrow=False)
        ui.looked.connect(self.show_buttons)
        ui.listen(self.controller.password_asked, self._ask_password)

    def add(self, *corner: QWidget) -> None:
        """Buttons that stand in the upper right corner."""
        self._corner = corner

    def arrange(self, *, narrow: bool) -> None:
        """In one line, or in two beside the images."""
        way = QBoxLayout.Direction
        self._line.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        self._line.setSpacing(4 if narrow else 12)
        self._line.setContentsMargins(*((12, 6, 12, 6) if narrow else (24, 0, 16, 0)))
        for button in self._corner:
            (self._said if narrow else self._acts).addWidget(button)
        self.setFixedHeight(_NARROW_HEIGHT_PX if narrow else _HEIGHT_PX)

    def show_report(self, report: Report) -> None:
        """Show a report's state and signatures."""
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
        self.show_buttons()

    def show_buttons(self) -> None:
        """Show what may be done in the report's state."""
        state = self._text.shown.state if self._text.shown is not None else None
        may = self._ui.may
        reviews = state is ReportState.SIGNED and may(REVIEW_REPORT)
        self.sign.setVisible(state in EDITABLE and may(SIGN_REPORT))
        self.approve.setVisible(reviews)
        self.back.setVisible(reviews)
        self.recall.setVisible(self.controller.may_recall() and may(SIGN_REPORT))
        self.further.setVisible(self._text.shown is not None)
        styles = Qt.ToolButtonStyle
        follows = self.controller.may_amend() and may(WRITE_REPORT)  # what comes next is said in words
        self.further.setToolButtonStyle(
            styles.ToolButtonTextBesideIcon if follows else styles.ToolButtonIconOnly
        )
        self.export.setVisible(state is ReportState.FINAL and may(EXPORT))

    def _further_button(self) -> QToolButton:
        """What follows a reviewed report, and all editions of it."""
        made = icon_button("history", tr("Correction, addendum, editions"))
        made.setIconSize(QSize(18, 18))
        made.setText(tr("Correct, add…"))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        made.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(made)
        menu.aboutToShow.connect(lambda: self._fill_further(menu))
        made.setMenu(menu)
        return made

    def _fill_further(self, menu: QMenu) -> None:
        menu.clear()
        reports, window = self.controller, self.window()
        writes = self._ui.may(WRITE_REPORT)
        for act, title in ((CORRECT, tr("Correct the report…")), (ADD_TO, tr("Add an addendum…"))):
            action = menu.addAction(icon(act.icon), title)
            action.setEnabled(writes and reports.may_amend())
            action.triggered.connect(lambda _=False, a=act: ReasonDialog(self._ui, a, window).open())
        discard = menu.addAction(icon("trash"), tr("Discard this draft…"))
        discard.setEnabled(writes and reports.may_discard())
        discard.triggered.connect(self._ask_to_discard)
        menu.addSeparator()
        menu.addAction(icon("history"), tr("Editions of the report…")).triggered.connect(self.open_editions)

    def open_editions(self) -> None:
        """Show all reports of the study."""
        shown = self.controller.report
        if shown is not None:
            EditionsDialog(self._ui, shown.header.study_uid, self.window()).open()

    def _ask_to_discard(self) -> None:
        """Nothing that was typed is given up unasked."""
        told = tr("The reviewed report is shown again. What was typed stays in the archive, unsigned.")
        dialog = self._confirmation(tr("Discard this draft?"), told, tr("Discard draft"))
        dialog.accepted.connect(lambda: self._flushed("report.discard"))
        dialog.open()

    def _confirmation(self, title: str, told: str, act: str) -> Dialog:
        """What asks before something is lost: leaving it as it is comes first."""
        dialog = Dialog(title, self.window())
        dialog.body.addWidget(label(told, wrap=True))
        dialog.add_button(tr("Cancel"), default=True).clicked.connect(dialog.reject)
        dialog.add_button(act, kind="danger").clicked.connect(dialog.accept)
        return dialog

    def _flushed(self, command_id: str) -> None:
        """Act on what stands on the screen; where it could not be saved, nothing is signed in its place."""
        self._text.flush()
        job = None if self._text.dirty else self._ui.run(command_id)
        if job is not None:
            self.session.dispatcher.follow(job, lambda _: self._go_on(), failed=lambda _: None)

    def _ask_password(self, command_id: str) -> None:
        """A signature is given with the password; what is typed is saved before it is asked for."""
        self._text.flush()
        shown = self.controller.report
        if shown is not None and not self._text.dirty:
            SignDialog(self._ui, command_id, shown, self.window(), signed=self._go_on).open()

    def _go_on(self) -> None:
        """The focus goes to what comes next: approving, giving out, else looking at the page."""
        self._ui.looked.connect(self._focus_next, Qt.ConnectionType.SingleShotConnection)
        self._ui.look()

    def _focus_next(self) -> None:
        follows = (self.approve, self.export, self.preview)
        next_act = next((made for made in follows if made.isVisible() and made.isEnabled()), None)
        if next_act is not None:
            next_act.setFocus()

    def open_preview(self) -> None:
        """Show the page as it would be printed now: made in the background, once what is typed is saved."""
        self._text.flush()
        shown, edits, actor = self.controller.report, self.session.edits, self.session.user.actor
        if shown is None or self._text.dirty:
            return
        study_uid, station = shown.header.study_uid, self.session.station
        wait_until_saved = self.session.dispatcher.attempt(lambda: edits.settling(study_uid))
        if wait_until_saved is None:
            return

        def page() -> bytes:
            wait_until_saved()
            present = station.get(ReportService).find(actor, study_uid) or shown
            return station.get(ReportOutput).pdf(actor, present)

        def came(pdf: bytes) -> None:
            self.preview.setEnabled(True)
            now = self.controller.report
            # nobody has turned to something else or written meanwhile
            if now is not None and (now.report_id, now.sections) == (shown.report_id, shown.sections):
                PdfPreview(pdf, self.window(), title=tr("Print preview")).open()

        def failed(error: BaseException) -> None:
            self.preview.setEnabled(True)
            self.session.station.notifications.add_error(error)

        if self._ui.quietly(page, came, failed=failed) is not None:
            self.preview.setEnabled(False)

    def export_to(self) -> None:
        """Ask for a folder and write all forms of the report."""
        chosen = QFileDialog.getExistingDirectory(self, tr("Export report"))
        if chosen:
            self._ui.run("report.export", chosen, there=lambda told: self._ask_to_overwrite(chosen, told))

    def _ask_to_overwrite(self, folder: str, told: FilesThere) -> None:
        """Nothing is overwritten unasked."""
        dialog = self._confirmation(tr("Overwrite the files?"), explain(told).message, tr("Overwrite"))
        dialog.accepted.connect(lambda: self._ui.run("report.export", folder, overwrite=True))
        dialog.open()
