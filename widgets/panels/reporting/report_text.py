"""The text of the open report: an editor for each section, saved while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from app.domain.person import Role
from app.domain.report import EDITABLE, Check, Inline, Report, ReportState, SectionKind, Text
from app.errors import UserError
from app.i18n import tr
from app.notifications import explain
from app.people.rights import role_names
from app.reporting.controller import ReportController
from app.reporting.rights import REVIEW_REPORT, WRITE_REPORT
from app.reporting.service import ReportService
from app.terminology import Term
from app.vocabulary.controller import VocabularyController
from widgets.command_ui import CommandUi
from widgets.elements import chip, column, label, push, retone, row, scrolled
from widgets.notices import NoticeBox
from widgets.panels.reporting.report_words import relation_told, section_title
from widgets.panels.reporting.score_dialog import ScoreDialog
from widgets.panels.reporting.section_editor import SectionEditor
from widgets.panels.reporting.term_picker import TermPicker, chip_of

#: longest time an edit waits to be saved
SAVE_AFTER_MS = 1200
_MARGINS, _PAPER = (24, 16, 24, 24), (28, 20, 28, 24)
_NARROW, _NARROW_PAPER = (12, 10, 12, 12), (12, 10, 12, 12)


def writers() -> str:
    """Who writes reports, in words."""
    return role_names((Role.REPORTING, Role.REVIEWING))


class ReportText(QWidget):
    """Sections as they are typed.  Every edit is saved within two seconds; a signed report is read-only."""

    #: something was typed
    edited = Signal()
    link_activated = Signal(object)
    checks_asked = Signal()

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self.session = ui.session
        self.controller = ui.session.get(ReportController)
        self.shown: Report | None = None
        self._base: Report | None = None
        self.editable = False
        self.dirty = False
        self.editors: dict[SectionKind, SectionEditor] = {}
        #: the section that was edited last
        self.focused: SectionEditor | None = None
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(SAVE_AFTER_MS)
        self._save_later.timeout.connect(self.flush)
        self._build_head()
        self.paper = QFrame()
        self.paper.setObjectName("paper")
        self._sections = QVBoxLayout(self.paper)
        self._sections.setSpacing(4)
        content = QWidget()
        self._column = column(self._head, self.reading_only, self.note, self.paper, None, gap=12)
        content.setLayout(self._column)
        self.area = scrolled(content)
        self.setLayout(column(self.area, gap=0))
        self._vocabulary = ui.session.get(VocabularyController)
        self.picker = TermPicker(lambda: ui.session.station.terms, self, self._vocabulary)
        self.picker.chosen.connect(self.take_term)
        self.picker.closed.connect(lambda: self.focused.setFocus() if self.focused else None)
        self.arrange(narrow=False)

    def _build_head(self) -> None:
        self.template = label(tone="muted")
        self.term_button = push(tr("Insert term"), icon_name="books", tip="Ctrl+Space")
        self.term_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.term_button.clicked.connect(lambda: self.ask_term())
        self.score_button = push(tr("Score…"), icon_name="list-numbers")
        self.score_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.score_button.clicked.connect(lambda: self._ui.run("report.score"))
        self.saved = chip(tr("Nothing to save yet"))
        self.checked = push("", kind="link")
        self.checked.clicked.connect(self.checks_asked)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(12)
        self._head.addLayout(
            row(self.template, self.term_button, self.score_button, self.saved, None, gap=12), 1
        )
        self._head.addWidget(self.checked, 0, Qt.AlignmentFlag.AlignLeft)
        self.reading_only = NoticeBox("", "accent")
        self.reading_only.hide()
        self.note = NoticeBox("", "amber")
        self.note.hide()
        self._note_timer = QTimer(self)
        self._note_timer.setSingleShot(True)
        self._note_timer.setInterval(8000)
        self._note_timer.timeout.connect(self.note.hide)

    def arrange(self, *, narrow: bool) -> None:
        """Fit the place: the report workspace, or beside the images."""
        self._column.setContentsMargins(*(_NARROW if narrow else _MARGINS))
        self._sections.setContentsMargins(*(_NARROW_PAPER if narrow else _PAPER))
        way = QBoxLayout.Direction
        self._head.setDirection(way.TopToBottom if narrow else way.LeftToRight)
        self._head.setSpacing(4 if narrow else 12)
        self.template.setVisible(not narrow)
        self.picker.hide()

    # -- showing --------------------------------------------------------------------------------------------

    def show_nothing(self) -> None:
        """No report is open."""
        self.shown = None
        self.dirty = False
        self._save_later.stop()

    def show_report(self, report: Report) -> None:
        """Show a report; what was typed and not saved stays as it was typed."""
        before, self.shown = self.shown, report
        self._vocabulary.prepare()
        if (
            before is None
            or before.report_id != report.report_id
            or [s.kind for s in before.sections] != [s.kind for s in report.sections]
        ):
            self.dirty, self._base = False, report
            self._make_editors(report)
        else:
            failed = self.controller.save_state == "failed"
            # what could not be saved counts as typed: reopening does not take it off the screen
            self.dirty = self.dirty or failed
            self._follow(before, report)
            self.dirty = self.dirty and (failed or self._save_later.isActive() or self.present() != report)
        if self.controller.save_state == "saved":
            self._base = report
        self.editable = report.state in EDITABLE and self._ui.may(WRITE_REPORT) and not self.controller.busy
        for editor in self.editors.values():
            editor.setReadOnly(not self.editable)
            placeholder = tr("Write here; / or Ctrl+Space inserts a term") if self.editable else ""
            editor.setPlaceholderText(placeholder)
        self.template.setText(
            tr(
                "Template {name} v{version}",
                name=self.session.station.get(ReportService).template_title(report),
                version=report.template_version,
            )
        )
        self.term_button.setVisible(self.editable)
        self.score_button.setVisible(self.editable)
        why = self._told_above(report)
        self.reading_only.setVisible(bool(why))
        self.reading_only.tell(why, "accent")
        self._show_saving()

    def _make_editors(self, report: Report) -> None:
        while self._sections.count():
            item = self._sections.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.editors = {}
        self.focused = None
        for section in report.sections:
            heading = label(section_title(section.kind), tone="muted")
            editor = SectionEditor(section.kind)
            editor.setAccessibleName(section_title(section.kind))
            editor.show_content(section.content)
            editor.edited.connect(self._edited)
            editor.term_asked.connect(lambda e=editor: self.ask_term(e))
            editor.link_activated.connect(self.link_activated)
            editor.chip_broken.connect(self._chip_broken)
            editor.focused.connect(lambda e=editor: setattr(self, "focused", e))
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
            typed = self.dirty and (
                here != base.section(kind).content or here != before.section(kind).content
            )
            if not typed and here != section.content:
                place = editor.textCursor().position()
                editor.show_content(section.content)
                cursor = editor.textCursor()
                cursor.setPosition(min(place, editor.document().characterCount() - 1))
                editor.setTextCursor(cursor)

    def _told_above(self, report: Report) -> str:
        """Which report this one follows, and why the next act is another person's; "" where there is nothing
        to say.
        """
        told = [relation_told(report.parent)] if report.parent is not None else []
        if report.state in EDITABLE and not self.editable and not self.controller.busy:
            told.append(tr("You can read this report. It is written and signed by: {who}.", who=writers()))
        elif report.state is ReportState.SIGNED and self._ui.may(REVIEW_REPORT):
            refusal = self.controller.review_refusal()
            if refusal is not None:
                said = explain(refusal)
                told.append(f"{said.message} {said.hint}")
        return "\n".join(told)

    def _show_saving(self) -> None:
        """How far the saving is, beside the template's name."""
        report, state = self.shown, self.controller.save_state
        if state == "failed":
            told, tone = tr("Not saved: see the message below"), "danger"
        elif self.dirty:
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

    # -- editing --------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self.dirty = True
        self._show_saving()
        if not self._save_later.isActive():
            self._save_later.start()
        self.edited.emit()

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
        if not self.dirty or report is None or not self.editable:
            return
        self.dirty = False
        try:
            self.controller.edit(report)
        except UserError as error:
            self.dirty = True
            self.session.station.notifications.add_error(error)
            self._show_saving()

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

    def insert(self, part: Inline) -> None:
        """Put a link or chip into the section that was edited last (the findings where none was)."""
        editor = self.last()
        if editor is not None and not editor.isReadOnly():
            if self.focused is None:
                cursor = editor.textCursor()
                cursor.movePosition(cursor.MoveOperation.End)
                editor.setTextCursor(cursor)
            editor.insert_inline(part)

    def insert_sentence(self, parts: Sequence[Inline]) -> None:
        """Put a sentence into the section that was edited last, at its cursor, as one step of undo."""
        editor = self.last()
        if editor is None or editor.isReadOnly():
            return
        cursor = editor.textCursor()
        if self.focused is None:
            cursor.movePosition(cursor.MoveOperation.End)
        cursor.clearSelection()
        editor.setTextCursor(cursor)
        before = str(editor.document().characterAt(cursor.position() - 1)) if cursor.position() else " "
        gap = () if before in " \u2029。；，" else (Text(" "),)
        cursor.beginEditBlock()
        for part in (*gap, *parts):
            editor.insert_inline(part)
        cursor.endEditBlock()

    def ask_score(self) -> None:
        """Open the scores, for the section that was edited last."""
        report = self.present()
        if report is None or not self.editable:
            return
        asked = ScoreDialog(report, self.window())
        asked.taken.connect(self.insert_sentence)
        asked.open()

    def last(self) -> SectionEditor | None:
        """The section that was edited last, else the findings, else the first."""
        first = next(iter(self.editors.values()), None)
        return self.focused or self.editors.get(SectionKind.FINDINGS) or first

    def go_to_section(self, kind: SectionKind) -> None:
        """Bring the cursor to a section."""
        editor = self.editors.get(kind)
        if editor is not None:
            self.area.ensureWidgetVisible(editor)
            editor.setFocus()

    def go_to_check(self, check: Check) -> None:
        """Bring the cursor to what a check speaks of, and mark its words."""
        if check.section is None:
            return
        self.go_to_section(check.section)
        editor = self.editors.get(check.section)
        if editor is not None and check.start is not None and check.end is not None:
            for other in self.editors.values():
                unmarked = other.textCursor()
                unmarked.clearSelection()
                other.setTextCursor(unmarked)
            cursor = editor.textCursor()
            text = editor.section().plain
            first, last = (_units(text[:place]) for place in (check.start, check.end))
            cursor.setPosition(first)
            cursor.setPosition(last, cursor.MoveMode.KeepAnchor)
            editor.setTextCursor(cursor)
            editor.ensureCursorVisible()

    def go_on(self) -> None:
        """Bring the cursor to where it was last."""
        editor = self.last()
        if editor is not None:
            self.go_to_section(editor.kind)

    def ask_term(self, asking: SectionEditor | None = None) -> None:
        """Open the picker of terms under the cursor."""
        editor = asking or self.focused or self.editors.get(SectionKind.FINDINGS)
        if editor is None or editor.isReadOnly() or self.shown is None:
            return
        self.focused = editor
        below = editor.viewport().mapTo(self, editor.cursorRect().bottomLeft())
        self.picker.open_at(QPoint(below.x(), below.y()), self.shown.header.body_part)

    def take_term(self, term: Term) -> None:
        """Put a term into the text, in the report's language."""
        if self.shown is not None:
            self.insert(chip_of(term, self.shown.language))


def _units(text: str) -> int:
    """The length of a text as Qt counts it: a character beyond the basic plane is two."""
    return len(text.encode("utf-16-le")) // 2
