"""What a report stands on: findings, measurements, key images, checks, signatures; the right side of the editor."""

from __future__ import annotations

import uuid
from dataclasses import replace

from PySide6.QtCore import QByteArray, QMimeData, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.commands.desk import anchor_label
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.key_object import KeyImage
from app.domain.measurement import Measurement
from app.domain.provenance import ReviewState
from app.domain.report import Check, Report, ReportState, SectionKind, Severity
from app.errors import UserError
from app.i18n import language, tr
from app.notifications import explain
from app.session.measuring import describe
from app.terminology import TermStore
from widgets.acts import Acts
from widgets.dialogs import Dialog
from widgets.elements import Clickable, Elided, NoticeBox, Section, chip, clear, column, icon_button, label, push, row, scrolled
from widgets.icons import picture
from widgets.measurement_panel import NameLine, value_lines
from widgets.report_words import presence_word, section_title, severity_tone, signer_word
from widgets.section_editor import EVIDENCE_MIME, inline_to_json
from widgets.term_picker import TermPicker
from widgets.theme import theme

#: side of a key image: three stand side by side in the dock
PICTURE = 140


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


class Panel(QWidget):
    """A scrolling column."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = QVBoxLayout()
        self.stack.setSpacing(8)
        self.stack.setContentsMargins(16, 12, 16, 12)
        content = QWidget()
        content.setLayout(self.stack)
        self.setLayout(column(scrolled(content), gap=0))

    def say(self, text: str) -> None:
        """A quiet line."""
        self.stack.addWidget(label(text, tone="muted", wrap=True))


class FindingsPanel(Panel):
    """Coded findings with their evidence."""

    changed = Signal(object)

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's findings."""
        clear(self.stack)
        add = push(tr("Add finding"), icon_name="plus")
        add.clicked.connect(lambda: self._edit(report, None))
        add.setVisible(editable)
        self.stack.addLayout(row(label(tr("Findings {n}", n=len(report.findings)), tone="muted"), None, add))
        if not report.findings:
            self.say(tr("Coded findings make the report searchable. Add one with its site and the measurements and images that show it."))
        for finding in report.findings:
            self.stack.addWidget(self._card(report, finding, editable=editable))
        self.stack.addStretch(1)

    def _card(self, report: Report, finding: Finding, *, editable: bool) -> QWidget:
        card = Clickable()
        card.setObjectName("card")
        words = self._words
        site = " ".join(words(c) for c in (finding.laterality, finding.site) if c is not None)
        drop = icon_button("trash", tr("Remove finding"))
        drop.clicked.connect(lambda: self.changed.emit(tuple(f for f in report.findings if f.finding_id != finding.finding_id)))
        drop.setVisible(editable)
        head = row(Elided(words(finding.code), size="strong"), label(site, tone="muted"), drop, gap=8)
        head.setStretch(0, 1)
        chips = row(gap=6)
        if finding.presence is not Presence.PRESENT:
            chips.addWidget(chip(presence_word(finding.presence), "amber" if finding.presence is Presence.UNCERTAIN else "neutral"))
        for uid in finding.measurements:
            known = next((m for m in report.measurements if m.tracking_uid == uid), None)
            chips.addWidget(chip(known.label if known else tr("measurement is gone"), "done" if known else "danger"))
        for key_id in finding.key_images:
            number = next((i for i, k in enumerate(report.key_images, 1) if k.key_id == key_id), None)
            chips.addWidget(chip(tr("Fig. {n}", n=number) if number else tr("image is gone"), "accent" if number else "danger"))
        if finding.review is ReviewState.UNCONFIRMED:
            chips.addWidget(chip(tr("AI · not confirmed"), "amber"))
        attributes = " · ".join(words(code) for code in finding.attributes)
        lines = [Elided(attributes, tone="muted")] if attributes else []
        lines_layout = column(head, *lines, gap=6, margins=(10, 8, 8, 8))
        if chips.count():
            chips.addStretch(1)
            lines_layout.addLayout(chips)
        card.setLayout(lines_layout)
        card.setAccessibleName(" ".join(x for x in (words(finding.code), site, presence_word(finding.presence)) if x))
        if editable:
            card.double_clicked.connect(lambda: self._edit(report, finding))
            card.entered.connect(lambda: self._edit(report, finding))
            card.setToolTip(tr("Double click edits"))
        return card

    def _words(self, code: Code) -> str:
        return code_words(self._acts, code)

    def _edit(self, report: Report, finding: Finding | None) -> None:
        dialog = FindingDialog(self._acts, report, finding, self.window())
        dialog.done_with.connect(lambda made: self._take(report, made))
        dialog.open()

    def _take(self, report: Report, made: Finding) -> None:
        known = any(f.finding_id == made.finding_id for f in report.findings)
        kept = tuple(made if f.finding_id == made.finding_id else f for f in report.findings)
        self.changed.emit(kept if known else (*report.findings, made))


def code_words(acts: Acts, code: Code) -> str:
    """A code in the window's language where the vocabulary has it, else its meaning."""
    term = acts.desk.station.terms.term(code.value) if code.scheme == "RADLEX" else None
    return term.words(language()) if term is not None else code.meaning


class TermField(QWidget):
    """A button that holds a code; the picker opens below it."""

    def __init__(self, acts: Acts, code: Code | None, holder: QWidget, body_part: str) -> None:
        super().__init__()
        self._acts = acts
        self.code = code
        self.button = push("", icon_name="search")
        self.empty = icon_button("x", tr("Clear"))
        self.picker = TermPicker(acts.desk.station.terms, holder)
        self.picker.chosen.connect(lambda term: self.take(term.code))
        self.picker.closed.connect(self.button.setFocus)
        self.button.clicked.connect(lambda: self.picker.open_at(self.button.mapTo(holder, QPoint(0, self.button.height())), body_part))
        self.empty.clicked.connect(lambda: self.take(None))
        line = row(self.button, self.empty, gap=4)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.take(code)

    def take(self, code: Code | None) -> None:
        """Hold a code."""
        self.code = code
        self.button.setText(f"{code_words(self._acts, code)} · {code.value}" if code else tr("Choose a term"))


LATERALITY = (("", None), ("Left", "RID5824"), ("Right", "RID5825"), ("Both sides", "RID5771"))


class FindingDialog(Dialog):
    """Term, presence, site, side, evidence."""

    done_with = Signal(object)

    def __init__(self, acts: Acts, report: Report, finding: Finding | None, parent: QWidget | None) -> None:
        super().__init__(tr("Finding"), parent, width=560)
        self._finding = finding
        terms: TermStore = acts.desk.station.terms
        body_part = report.header.body_part
        self.setMinimumHeight(560)
        self.term = TermField(acts, finding.code if finding else None, self, body_part)
        self.site = TermField(acts, finding.site if finding else None, self, body_part)
        self.presence = QComboBox()
        for presence in Presence:
            self.presence.addItem(presence_word(presence), presence)
        self.presence.setCurrentIndex(list(Presence).index(finding.presence) if finding else 0)
        self.side = QComboBox()
        self._sides: list[Code | None] = []
        for title, rid in LATERALITY:
            known = terms.term(rid) if rid else None
            if rid and known is None:
                continue
            self.side.addItem(tr(title) if title else tr("not stated"))
            self._sides.append(known.code if known else None)
        if finding is not None and finding.laterality is not None:
            self.side.setCurrentIndex(next((i for i, c in enumerate(self._sides) if c and c.same_as(finding.laterality)), 0))
        self.evidence = QListWidget()
        self.evidence.setMaximumHeight(150)
        linked = {*finding.measurements, *finding.key_images} if finding else set()
        for title, kind, key in (
            *((m.label + "  " + "  ".join(describe(m)), "measurement", m.tracking_uid) for m in report.measurements),
            *((tr("Fig. {n}", n=i) + "  " + k.caption, "image", k.key_id) for i, k in enumerate(report.key_images, 1)),
        ):
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, (kind, key))
            item.setCheckState(Qt.CheckState.Checked if key in linked else Qt.CheckState.Unchecked)
            self.evidence.addItem(item)
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        for title, part in (
            (tr("What"), self.term), (tr("Is it there"), self.presence), (tr("Where"), self.site), (tr("Side"), self.side),
            (tr("Shown by"), self.evidence),
        ):  # fmt: skip
            name = label(title, tone="muted")
            name.setFixedWidth(90)
            line = row(name, part, gap=12)
            line.setStretch(1, 1)
            self.body.addLayout(line)
        self.body.addWidget(self.problem)
        self.body.addStretch(1)
        cancel = self.add_button(tr("Cancel"))
        cancel.clicked.connect(self.reject)
        take = self.add_button(tr("Save finding"), kind="primary", icon_name="check", default=True)
        take.clicked.connect(self.take)

    def take(self) -> None:
        """Hand the finding out, or say what is missing."""
        if self.term.code is None:
            self.problem.tell(tr("A finding needs a term. Choose one."), "danger")
            self.problem.show()
            return
        marked = [
            self.evidence.item(i).data(Qt.ItemDataRole.UserRole) for i in range(self.evidence.count())
            if self.evidence.item(i).checkState() is Qt.CheckState.Checked
        ]  # fmt: skip
        base = self._finding or Finding(str(uuid.uuid4()), self.term.code)
        made = replace(
            base, code=self.term.code, presence=Presence(self.presence.currentData()), site=self.site.code, laterality=self._sides[self.side.currentIndex()],
            measurements=tuple(key for kind, key in marked if kind == "measurement"),
            key_images=tuple(key for kind, key in marked if kind == "image"), review=ReviewState.ACCEPTED,
        )  # fmt: skip
        self.done_with.emit(made)
        self.accept()


class MeasurementsPanel(Panel):
    """Measurements that can be put into the text."""

    insert_asked = Signal(object)
    go_asked = Signal(str)

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts
        self.cards: list[EvidenceCard] = []

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's measurements."""
        clear(self.stack)
        self.cards = []
        self.say(tr("Measurements {n}", n=len(report.measurements)))
        if not report.measurements:
            self.say(tr("What is measured while reading appears here. Double click or drag puts the value into the text."))
        for measurement in report.measurements:
            self.stack.addWidget(self._card(measurement, editable=editable))
        self.stack.addStretch(1)

    def _card(self, measurement: Measurement, *, editable: bool) -> QWidget:
        link = lambda: self._acts.desk.station.reports.measurement_link(measurement)  # noqa: E731  made when it is wanted
        card = EvidenceCard(link)
        card.insert_asked.connect(self.insert_asked)
        put = icon_button("plus", tr("Put into the text"))
        put.clicked.connect(card.insert)
        put.setVisible(editable)
        go = icon_button("target-arrow", tr("Go to measurement"))
        go.clicked.connect(lambda: self.go_asked.emit(measurement.tracking_uid))
        head = row(
            Elided(measurement.label, size="strong"),
            label(anchor_label(measurement.anchor, self._acts.desk.screen.volume), tone="muted"),
            put,
            go,
            gap=6,
        )
        head.setStretch(0, 1)
        card.setLayout(column(head, *(label(line) for line in value_lines(measurement)), gap=4, margins=(10, 8, 8, 8)))
        card.setToolTip(tr("Double click or drag puts the value into the text"))
        card.setAccessibleName(" ".join((measurement.label, *value_lines(measurement))))
        self.cards.append(card)
        return card


class KeyImagesStrip(Section):
    """Pictures with captions that are edited in place."""

    insert_asked = Signal(object)
    go_asked = Signal(str)

    def __init__(self, acts: Acts) -> None:
        super().__init__(tr("Key images"))
        self._acts = acts
        self._pictures: dict[str, QPixmap] = {}
        self._grid = row(gap=8)
        content = QWidget()
        content.setLayout(self._grid)
        self._area = scrolled(content)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.note = label(tr("K marks a key image while reading."), tone="muted", wrap=True)
        self.add(self._area, self.note)

    def show_report(self, report: Report, *, editable: bool) -> None:
        """Show the report's key images."""
        clear(self._grid)
        self.title.setText(tr("Key images {n}", n=len(report.key_images)))
        self._area.setVisible(bool(report.key_images))
        self.note.setVisible(not report.key_images)
        self._area.setFixedHeight(PICTURE + 92)
        for number, key in enumerate(report.key_images, 1):
            self._grid.addWidget(self._card(report, number, key, editable=editable))
        self._grid.addStretch(1)

    def _card(self, report: Report, number: int, key: KeyImage, *, editable: bool) -> QWidget:
        def link() -> object:
            return self._acts.desk.attempt(lambda: self._acts.desk.station.reports.image_link(report, key.key_id))

        card = EvidenceCard(link)
        card.setFixedWidth(PICTURE + 12)
        card.insert_asked.connect(self.insert_asked)
        shown = QLabel()
        shown.setFixedSize(PICTURE, PICTURE)
        shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
        shown.setPixmap(self._picture(key))
        go = icon_button("target-arrow", tr("Go to key image"))
        go.clicked.connect(lambda: self.go_asked.emit(key.key_id))
        layer = self._acts.desk.reading.annotations
        if editable and any(k.key_id == key.key_id for k in layer.key_images):
            caption: QWidget = NameLine(key.caption)
            assert isinstance(caption, NameLine)
            caption.setAccessibleName(tr("Caption"))
            caption.renamed.connect(lambda text: layer.change_key(replace(key, caption=text)))
        else:
            caption = Elided(key.caption)
        head = row(label(tr("Fig. {n}", n=number), size="strong"), None, go, gap=4)
        card.setLayout(column(shown, head, caption, gap=2, margins=(4, 4, 4, 4)))
        card.setToolTip(tr("Double click or drag puts the reference into the text"))
        card.setAccessibleName(f"{tr('Fig. {n}', n=number)} {key.caption}")
        return card

    def _picture(self, key: KeyImage) -> QPixmap:
        known = self._pictures.get(key.picture_sha256)
        if known is not None:
            return known
        png = self._acts.desk.attempt(lambda: self._acts.desk.key_picture(key))
        found = QPixmap()
        if png is None or not found.loadFromData(png):
            return picture("photo-off", 32, theme().muted, ratio=2.0)
        ratio = self.devicePixelRatioF()
        side = int(PICTURE * ratio)
        found = found.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        found.setDevicePixelRatio(ratio)
        self._pictures[key.picture_sha256] = found
        return found


class ChecksPanel(Panel):
    """What the rules say of the text as it is now; a click goes to the section."""

    section_asked = Signal(object)

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
        words = {Severity.PROHIBIT: tr("must be mended"), Severity.ALERT: tr("look again"), Severity.INFO: tr("for your information")}
        where = section_title(check.section) if check.section is not None else ""
        tail = row(
            chip(words[check.severity], severity_tone(check.severity)), label(where, tone="muted"), None, label(check.rule_id, tone="muted")
        )
        card.setLayout(column(label(text, wrap=True), tail, gap=6, margins=(10, 8, 10, 8)))
        card.setAccessibleName(text)
        if check.section is not None:
            kind: SectionKind = check.section
            card.clicked.connect(lambda: self.section_asked.emit(kind))
        return card


class HistoryPanel(Panel):
    """Who signed, when, and whether that still fits the report; why it came back."""

    def __init__(self, acts: Acts) -> None:
        super().__init__()
        self._acts = acts

    def show_report(self, report: Report) -> None:
        """Show the report's way so far."""
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
            self._line("signature", theme().done, who, f"{signature.signed_at.astimezone():%Y-%m-%d %H:%M:%S}")
            digest = label(f"SHA-256 {signature.digest_sha256[:16]}…", tone="muted", select=True)
            digest.setToolTip(signature.digest_sha256)
            self.stack.addWidget(digest)
        if not report.signatures:
            self.say(tr("Nobody has signed yet."))
        self._judge(report)
        self.stack.addStretch(1)

    def _judge(self, report: Report) -> None:
        """Say whether the signatures fit what is shown."""
        try:
            self._acts.desk.station.reports.verify(report)
        except UserError as error:
            self.stack.addWidget(NoticeBox(explain(error).message, "danger"))
            return
        if report.signatures:
            self.stack.addWidget(NoticeBox(tr("The signatures fit this report."), "done"))

    def _line(self, icon_name: str, color: str, text: str, when: str) -> None:
        sign = QLabel()
        sign.setPixmap(picture(icon_name, 18, color, ratio=2.0))
        words = label(text, wrap=True)
        line = row(sign, words, label(when, tone="muted"), gap=8)
        line.setStretch(1, 1)
        self.stack.addLayout(line)
