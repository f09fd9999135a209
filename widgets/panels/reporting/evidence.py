"""What a report stands on: findings, measurements, key images, checks, signatures; the right side of the
editor.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.annotation.measuring import value_lines
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.measurement import Measurement
from app.domain.provenance import ReviewState
from app.domain.report import Check, Report, ReportState, Severity
from app.i18n import tr
from app.notifications import explain
from app.reporting.rules.catalogue import catalogue as rules
from app.reporting.service import ReportService
from app.viewing.anchors import anchor_label
from widgets.command_ui import CommandUi
from widgets.elements import (
    Clickable,
    Elided,
    chip,
    clear,
    column,
    icon_button,
    label,
    push,
    row,
    scrolling_column,
)
from widgets.icons import picture
from widgets.notices import NoticeBox
from widgets.panels.reporting.finding_dialog import FindingDialog, code_words
from widgets.panels.reporting.inline_json import EVIDENCE_MIME, inline_to_json
from widgets.panels.reporting.report_words import presence_word, section_title, severity_tone, signer_word
from widgets.theme import theme


class EvidenceCard(Clickable):
    """A card that a double click, or a drag into the text, inserts as a link."""

    insert_asked = Signal(object)

    def __init__(self, make_link) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.setObjectName("card")
        self._make_link = make_link
        self._pressed: QPoint | None = None
        self.double_clicked.connect(self.insert)
        self.entered.connect(self.insert)

    def insert(self) -> None:
        """Ask for the link to be put into the text."""
        link = self._make_link()
        if link is not None:
            self.insert_asked.emit(link)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        self._pressed = None
        link = self._make_link()
        if link is None:
            return
        data = QMimeData()
        data.setData(EVIDENCE_MIME, QByteArray(inline_to_json(link).encode()))
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(self.grab().scaledToWidth(200, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)


class EvidencePanel(QWidget):
    """A scrolling column."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = scrolling_column(self, gap=8, margins=(16, 12, 16, 12))

    def say(self, text: str) -> None:
        """A quiet line."""
        self.stack.addWidget(label(text, tone="muted", wrap=True))


class FindingsPanel(EvidencePanel):
    """Coded findings with their evidence."""

    changed = Signal(object)

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's findings."""
        clear(self.stack)
        add = push(tr("Add finding"), icon_name="plus")
        add.clicked.connect(lambda: self._edit(report, None))
        add.setVisible(editable)
        self.stack.addLayout(row(label(tr("Findings {n}", n=len(report.findings)), tone="muted"), None, add))
        if not report.findings and editable:
            self.say(
                tr(
                    "Coded findings make the report searchable. Add one with its site and the "
                    "measurements and images that show it."
                )
            )
        for finding in report.findings:
            self.stack.addWidget(self._card(report, finding, editable=editable))
        self.stack.addStretch(1)

    def _card(self, report: Report, finding: Finding, *, editable: bool) -> QWidget:
        card = Clickable()
        card.setObjectName("card")
        words = self._words
        site = " ".join(words(c) for c in (finding.laterality, finding.site) if c is not None)
        drop = icon_button("trash", tr("Remove finding"))
        drop.clicked.connect(
            lambda: self.changed.emit(tuple(f for f in report.findings if f.finding_id != finding.finding_id))
        )
        drop.setVisible(editable)
        head = row(Elided(words(finding.code), size="strong"), label(site, tone="muted"), drop, gap=8)
        head.setStretch(0, 1)
        chips = row(gap=6)
        if finding.presence is not Presence.PRESENT:
            chips.addWidget(
                chip(
                    presence_word(finding.presence),
                    "amber" if finding.presence is Presence.UNCERTAIN else "neutral",
                )
            )
        for uid in finding.measurements:
            known = next((m for m in report.measurements if m.tracking_uid == uid), None)
            chips.addWidget(
                chip(known.label if known else tr("measurement is gone"), "done" if known else "danger")
            )
        for key_id in finding.key_images:
            number = next((i for i, k in enumerate(report.key_images, 1) if k.key_id == key_id), None)
            chips.addWidget(
                chip(
                    tr("Fig. {n}", n=number) if number else tr("image is gone"),
                    "accent" if number else "danger",
                )
            )
        if finding.review is ReviewState.UNCONFIRMED:
            chips.addWidget(chip(tr("AI · not confirmed"), "amber"))
        attributes = " · ".join(words(code) for code in finding.attributes)
        lines = [Elided(attributes, tone="muted")] if attributes else []
        lines_layout = column(head, *lines, gap=6, margins=(10, 8, 8, 8))
        if chips.count():
            chips.addStretch(1)
            lines_layout.addLayout(chips)
        card.setLayout(lines_layout)
        card.setAccessibleName(
            " ".join(x for x in (words(finding.code), site, presence_word(finding.presence)) if x)
        )
        if editable:
            card.double_clicked.connect(lambda: self._edit(report, finding))
            card.entered.connect(lambda: self._edit(report, finding))
            card.setToolTip(tr("Double click edits"))
        return card

    def _words(self, code: Code) -> str:
        return code_words(self._ui, code)

    def _edit(self, report: Report, finding: Finding | None) -> None:
        dialog = FindingDialog(self._ui, report, finding, self.window())
        dialog.done_with.connect(lambda made: self._take(report, made))
        dialog.open()

    def _take(self, report: Report, made: Finding) -> None:
        known = any(f.finding_id == made.finding_id for f in report.findings)
        kept = tuple(made if f.finding_id == made.finding_id else f for f in report.findings)
        self.changed.emit(kept if known else (*report.findings, made))


class MeasurementsPanel(EvidencePanel):
    """Measurements that can be put into the text."""

    insert_asked = Signal(object)
    go_asked = Signal(str)

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self.cards: list[EvidenceCard] = []

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's measurements."""
        clear(self.stack)
        self.cards = []
        self.say(tr("Measurements {n}", n=len(report.measurements)))
        if not report.measurements:
            self.say(
                tr(
                    "What is measured while reading appears here. Double click or drag puts the value "
                    "into the text."
                )
            )
        for measurement in report.measurements:
            self.stack.addWidget(self._card(measurement, editable=editable))
        self.stack.addStretch(1)

    def _card(self, measurement: Measurement, *, editable: bool) -> QWidget:
        link = lambda: self._ui.session.station.get(ReportService).measurement_link(measurement)  # noqa: E731  made when it is wanted
        card = EvidenceCard(link)
        card.insert_asked.connect(self.insert_asked)
        put = icon_button("plus", tr("Put into the text"))
        put.clicked.connect(card.insert)
        put.setVisible(editable)
        go = icon_button("target-arrow", tr("Go to measurement"))
        go.clicked.connect(lambda: self.go_asked.emit(measurement.tracking_uid))
        session = self._ui.session
        where = anchor_label(measurement.anchor, session.screen.images, session.study.pictured_series())
        head = row(Elided(measurement.label, size="strong"), label(where, tone="muted"), put, go, gap=6)
        head.setStretch(0, 1)
        lines = value_lines(measurement, self._ui.session.shapes)
        card.setLayout(column(head, *(label(line) for line in lines), gap=4, margins=(10, 8, 8, 8)))
        card.setToolTip(tr("Double click or drag puts the value into the text"))
        card.setAccessibleName(" ".join((measurement.label, *lines)))
        self.cards.append(card)
        return card


class ChecksPanel(EvidencePanel):
    """What the rules say of the text as it is now; a click goes to the place."""

    place_asked = Signal(object)

    def show_checks(self, checks: list[Check]) -> None:
        """Show the rules' findings, the stopping ones first."""
        clear(self.stack)
        order = list(Severity)
        self.say(tr("Checks {n}", n=len(checks)))
        if not checks:
            self.stack.addWidget(NoticeBox(tr("Nothing is missing: the report can be signed."), "done"))
        for check in sorted(checks, key=lambda c: order.index(c.severity)):
            self.stack.addWidget(self._card(check))
        self.stack.addStretch(1)

    def _card(self, check: Check) -> QWidget:
        card = Clickable()
        card.setObjectName("card")
        text = tr(check.template, **check.params) if check.params else tr(check.template)
        words = {
            Severity.PROHIBIT: tr("must be mended"),
            Severity.ALERT: tr("look again"),
            Severity.INFO: tr("for your information"),
        }
        where = section_title(check.section) if check.section is not None else ""
        tail = row(
            chip(words[check.severity], severity_tone(check.severity)),
            label(where, tone="muted"),
            None,
            label(check.rule_id, tone="muted"),
        )
        card.setLayout(column(label(text, wrap=True), tail, gap=6, margins=(10, 8, 10, 8)))
        card.setAccessibleName(text)
        if (rule := rules().get(check.rule_id)) is not None:
            card.setToolTip(f"{check.rule_id} {tr(rule.title)}\n{tr(rule.explanation)}")
            card.setAccessibleDescription(tr(rule.explanation))
        if check.section is not None:
            card.clicked.connect(lambda: self.place_asked.emit(check))
        return card


class HistoryPanel(EvidencePanel):
    """Who signed, when, and whether that still fits the report; why it came back."""

    def __init__(self, ui: CommandUi) -> None:
        super().__init__()
        self._ui = ui
        self._generation = 0

    def show_report(self, report: Report) -> None:
        """Show the report's way so far."""
        self._generation += 1
        clear(self.stack)
        self.say(tr("Version {version}, saved edits: {n}", version=report.version, n=report.revision))
        if report.created_at:
            self._line(
                "file-text",
                theme().muted,
                tr("Begun by {person}", person=report.author_name),
                f"{report.created_at.astimezone():%Y-%m-%d %H:%M}",
            )
        if report.state is ReportState.RETURNED:
            self.stack.addWidget(NoticeBox(tr("Returned: {reason}", reason=report.return_reason), "amber"))
        for signature in report.signatures:
            who = f"{signer_word(signature.role)} {signature.person_name}"
            self._line(
                "signature", theme().done, who, f"{signature.signed_at.astimezone():%Y-%m-%d %H:%M:%S}"
            )
            digest = label(f"SHA-256 {signature.digest_sha256[:16]}…", tone="muted", select=True)
            digest.setToolTip(signature.digest_sha256)
            self.stack.addWidget(digest)
        if not report.signatures:
            self.say(tr("Nobody has signed yet."))
        self._judge(report)
        self.stack.addStretch(1)

    def _judge(self, report: Report) -> None:
        """Say whether the signatures fit what is shown, once that is looked at."""
        reports, generation = self._ui.session.station.get(ReportService), self._generation

        def say(box: NoticeBox) -> None:
            if generation == self._generation:
                self.stack.insertWidget(self.stack.count() - 1, box)  # before the room that is left

        def judged(_: None) -> None:
            if report.signatures:
                say(NoticeBox(tr("The signatures fit this report."), "done"))

        def wrong(error: BaseException) -> None:
            say(NoticeBox(explain(error).message, "danger"))

        self._ui.quietly(lambda: reports.verify(report), judged, failed=wrong, owner=self)

    def _line(self, icon_name: str, color: str, text: str, when: str) -> None:
        sign = QLabel()
        sign.setPixmap(picture(icon_name, 18, color, ratio=2.0))
        words = label(text, wrap=True)
        line = row(sign, words, label(when, tone="muted"), gap=8)
        line.setStretch(1, 1)
        self.stack.addLayout(line)
