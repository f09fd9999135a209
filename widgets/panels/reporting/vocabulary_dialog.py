"""The vocabulary in use: where it is from, RadLex's notice, and a whole release in its place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPlainTextEdit, QWidget

from app.i18n import tr
from app.paths import resource_path
from app.vocabulary.controller import VocabularyController
from app.vocabulary.rights import TAKE_IN_TERMS
from app.vocabulary.words import taken_words
from widgets.command_ui import CommandUi
from widgets.dialogs import Dialog
from widgets.elements import label, push

_ENDINGS = "*.owl *.rdf *.csv *.tsv *.xlsx *.xls *.json"


class VocabularyDialog(Dialog):
    """Version and counts, the owner's notice, taking in and giving up a release."""

    def __init__(self, ui: CommandUi, parent: QWidget | None) -> None:
        super().__init__(tr("Vocabulary"), parent, width=620)
        self._ui = ui
        self._vocabulary = ui.session.get(VocabularyController)
        self.about = label(wrap=True, select=True)
        notice = QPlainTextEdit(resource_path("terminology", "RADLEX-NOTICE.txt").read_text(encoding="utf-8"))
        notice.setReadOnly(True)
        notice.setTabChangesFocus(True)
        notice.setAccessibleName(tr("Notice of RadLex"))
        notice.setMinimumHeight(220)
        self.accepted_terms = QCheckBox(
            tr("I have the right to use this release: RadLex's licence is accepted")
        )
        self.accepted_terms.toggled.connect(lambda _: self.show_state())
        self.state = label(tone="muted", wrap=True)
        for part in (self.about, notice, self.accepted_terms, self.state):
            self.body.addWidget(part)
        self.give_up = push(tr("Use the terms that ship"))
        self.give_up.clicked.connect(self._vocabulary.remove)
        self.buttons.insertWidget(0, self.give_up, 0, Qt.AlignmentFlag.AlignLeft)
        self.choose = self.add_button(tr("Take in a release…"), icon_name="file-import")
        self.choose.clicked.connect(self._choose)
        close = self.add_button(tr("Close"), kind="primary", default=True)
        close.clicked.connect(self.accept)
        self._vocabulary.changed.connect(self.show_state)
        self.destroyed.connect(self._let_go)
        self.show_state()

    def _let_go(self) -> None:
        self._vocabulary.changed.disconnect(self.show_state, missing_ok=True)

    def show_state(self) -> None:
        """What is in use, and what can be done."""
        terms, taken = self._ui.session.station.terms, self._vocabulary.taken
        own = tr(
            "{version}. Concepts: {n}; with Chinese names: {chinese}",
            version=tr(terms.version),
            n=f"{len(terms):,}",
            chinese=f"{sum(bool(term.zh) for term in terms.terms):,}",
        )
        self.about.setText("\n".join(taken_words(taken)) if taken is not None else own)
        may, busy = self._ui.may(TAKE_IN_TERMS), self._vocabulary.busy
        self.accepted_terms.setVisible(may)
        self.choose.setVisible(may)
        self.choose.setEnabled(self.accepted_terms.isChecked() and not busy)
        self.give_up.setVisible(may and taken is not None)
        self.give_up.setEnabled(not busy)
        self.state.setText(
            tr("The release is being read; work may go on.")
            if busy
            else tr("OWL, CSV, XLSX, XLS or FHIR. Reports keep the codes that they were written with.")
            if may
            else tr("An administrator may take in a whole release of RadLex.")
        )

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, tr("Take in a release of RadLex"), "", f"RadLex ({_ENDINGS})"
        )
        if chosen:
            self.take_in(Path(chosen))

    def take_in(self, path: Path) -> None:
        """Read a file in the background."""
        self._vocabulary.take_in(path)
