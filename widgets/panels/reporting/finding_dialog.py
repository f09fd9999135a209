"""One coded finding: its term, presence, site and side, and the evidence it rests on."""

from __future__ import annotations

import uuid
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QWidget

from app.annotation.measuring import describe
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.provenance import ReviewState
from app.domain.report import Report
from app.i18n import language, tr
from app.terminology import TermStore
from app.vocabulary.controller import VocabularyController
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import icon_button, label, push, row
from widgets.notices import NoticeBox
from widgets.panels.reporting.report_words import presence_word
from widgets.panels.reporting.term_picker import TermPicker


def code_words(ui: CommandUi, code: Code) -> str:
    """A code in the window's language where the vocabulary has it, else its meaning."""
    term = ui.session.station.terms.term(code.value) if code.scheme == "RADLEX" else None
    return term.words(language()) if term is not None else code.meaning


class TermField(QWidget):
    """A button that holds a code; the picker opens below it."""

    def __init__(
        self, ui: CommandUi, code: Code | None, holder: QWidget, body_part: str, branch: str = ""
    ) -> None:
        super().__init__()
        self._ui = ui
        self.code = code
        self.button = push("", icon_name="search")
        self.empty = icon_button("x", tr("Clear"))
        self.picker = TermPicker(
            lambda: ui.session.station.terms, holder, ui.session.get(VocabularyController)
        )
        self.picker.chosen.connect(lambda term: self.take(term.code))
        self.picker.closed.connect(self.button.setFocus)
        self.button.clicked.connect(
            lambda: self.picker.open_at(
                self.button.mapTo(holder, QPoint(0, self.button.height())), body_part, branch
            )
        )
        self.empty.clicked.connect(lambda: self.take(None))
        line = row(self.button, self.empty, gap=4)
        line.setStretch(0, 1)
        self.setLayout(line)
        self.take(code)

    def take(self, code: Code | None) -> None:
        """Hold a code."""
        self.code = code
        self.button.setText(f"{code_words(self._ui, code)} · {code.value}" if code else tr("Choose a term"))


_ANATOMY = "RID3"
LATERALITY = (("", None), ("Left", "RID5824"), ("Right", "RID5825"), ("Both sides", "RID5771"))


class FindingDialog(Dialog):
    """Term, presence, site, side, evidence."""

    done_with = Signal(object)

    def __init__(
        self, ui: CommandUi, report: Report, finding: Finding | None, parent: QWidget | None
    ) -> None:
        super().__init__(tr("Finding"), parent, width=560)
        self._finding = finding
        terms: TermStore = ui.session.station.terms
        body_part = report.header.body_part
        self.setMinimumHeight(560)
        self.term = TermField(ui, finding.code if finding else None, self, body_part)
        self.site = TermField(ui, finding.site if finding else None, self, body_part, _ANATOMY)
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
            self.side.setCurrentIndex(
                next((i for i, c in enumerate(self._sides) if c and c.same_as(finding.laterality)), 0)
            )
        self.evidence = QListWidget()
        self.evidence.setMaximumHeight(150)
        linked = {*finding.measurements, *finding.key_images} if finding else set()
        for title, kind, key in (
            *(
                ("  ".join(describe(m, ui.session.shapes)), "measurement", m.tracking_uid)
                for m in report.measurements
            ),
            *(
                (tr("Fig. {n}", n=i) + "  " + k.caption, "image", k.key_id)
                for i, k in enumerate(report.key_images, 1)
            ),
        ):
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, (kind, key))
            item.setCheckState(Qt.CheckState.Checked if key in linked else Qt.CheckState.Unchecked)
            self.evidence.addItem(item)
        self.problem = NoticeBox("", "danger")
        self.problem.hide()
        for title, part in (
            (tr("What"), self.term),
            (tr("Is it there"), self.presence),
            (tr("Where"), self.site),
            (tr("Side"), self.side),
            (tr("Shown by"), self.evidence),
        ):
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
            self.evidence.item(i).data(Qt.ItemDataRole.UserRole)
            for i in range(self.evidence.count())
            if self.evidence.item(i).checkState() is Qt.CheckState.Checked
        ]
        base = self._finding or Finding(str(uuid.uuid4()), self.term.code)
        made = replace(
            base,
            code=self.term.code,
            presence=Presence(self.presence.currentData()),
            site=self.site.code,
            laterality=self._sides[self.side.currentIndex()],
            measurements=tuple(key for kind, key in marked if kind == "measurement"),
            key_images=tuple(key for kind, key in marked if kind == "image"),
            review=ReviewState.ACCEPTED,
        )
        self.done_with.emit(made)
        self.accept()
