"""Dialogs that set right who a patient is: correcting an identity, merging two that are one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QWidget

from app.archive.identity import LONGEST_ID, LONGEST_NAME, SEXES, CorrectionScope, PatientIdentities
from app.domain.study import Patient, StudyRow
from app.i18n import tr
from app.session.patient_text import sex_text
from widgets.command_ui import CommandUi
from widgets.elements import Choice, column, label, row
from widgets.panels.archive.study_act_dialogs import ActDialog, line


def patient_text(patient: Patient) -> str:
    """An identity in one line."""
    born = f"{patient.birth_date:%Y-%m-%d}" if patient.birth_date else ""
    facts = (
        patient.display_name[:80] or tr("Name not given"),
        patient.patient_id or tr("no number"),
        patient.issuer,
        sex_text(patient.sex),
        born,
    )
    return " · ".join(x for x in facts if x)


def affected_text(found: CorrectionScope) -> str:
    """What a change touches, and what it leaves."""
    parts = [tr("Studies that change: {n}.", n=len(found.studies))]
    if found.drafts:
        parts.append(tr("Reports being written that follow: {n}.", n=found.drafts))
    if found.signed:
        parts.append(tr("Studies with signed reports: {n}; what was signed stays as it is.", n=found.signed))
    parts.append(tr("Image files are never changed."))
    return " ".join(parts)


class IdentityDialog(ActDialog):
    """Who the patient of the chosen studies is; with the tick, of all studies under the same number."""

    def __init__(self, ui: CommandUi, rows: Sequence[StudyRow], parent: QWidget) -> None:
        super().__init__(ui, tr("Correct the patient's identity"), tr("Correct"), rows, parent)
        patient = rows[0].study.patient
        self.name = line(tr("Name"), patient.name, longest=LONGEST_NAME)
        self.number = line(tr("Patient ID"), patient.patient_id, longest=LONGEST_ID)
        self.issuer = line(tr("Issuer of the number"), patient.issuer, longest=LONGEST_ID)
        born = f"{patient.birth_date:%Y-%m-%d}" if patient.birth_date else ""
        self.born = line(tr("Date of birth, YYYY-MM-DD"), born, longest=10)
        self.sex = Choice()
        self.sex.setAccessibleName(tr("Sex"))
        for sex in SEXES:
            self.sex.addItem(sex_text(sex) or tr("Sex not given"), sex)
        self.sex.setCurrentIndex(max(0, self.sex.findData(patient.sex)))
        self.every = QCheckBox(tr("For all studies of this patient"))
        self.every.setVisible(bool(patient.patient_id))
        self.reason = line(tr("Reason"))
        self.told = label("", tone="muted", wrap=True)
        who = _named((tr("Name"), self.name), (tr("Sex"), self.sex))
        number = _named((tr("Patient ID"), self.number), (tr("Issuer of the number"), self.issuer))
        facts = _named((tr("Date of birth, YYYY-MM-DD"), self.born), (tr("Reason"), self.reason))
        self.add_parts(self.about, who, number, facts, self.every, self.told)
        self.every.toggled.connect(self._tell)
        self._tell()
        if len(self.rows) == 1:
            self._tell_earlier(self.rows[0].study.study_uid)
        self.name.setFocus()

    def _tell_earlier(self, study_uid: str) -> None:
        """How often this study's identity was corrected already, when last, by whom and why."""
        identities, actor = self._ui.session.station.get(PatientIdentities), self._ui.session.user.actor

        def told(found: list[dict[str, Any]]) -> None:
            if found:
                last = found[-1]
                text = tr(
                    "Corrections: {n}; last on {day} by {person}: {reason}",
                    n=len(found),
                    day=f"{last['at'].astimezone():%Y-%m-%d %H:%M}",
                    person=last["person_name"],
                    reason=last["reason"],
                )
                self.about.setText(f"{self.about.text()}\n{text}")

        self.look_up(lambda: identities.history(actor, study_uid), told)

    def _tell(self) -> None:
        identities, actor = self._ui.session.station.get(PatientIdentities), self._ui.session.user.actor
        uids, nobody = _uids(self.rows), Patient("", "") if self.every.isChecked() else None
        self.look_up(
            lambda: identities.affected(actor, uids, nobody),
            lambda found: self.told.setText(affected_text(found)),
        )

    def act(self) -> Callable[[], Any] | str:
        try:
            born = date.fromisoformat(self.born.text()) if self.born.text().strip() else None
        except ValueError:
            return tr("The date of birth is written YYYY-MM-DD.")
        patient = Patient(
            self.number.text(), self.name.text(), self.issuer.text(), born, str(self.sex.currentData())
        )
        if not self.reason.text().strip():
            return tr("Say why the identity is changed.")
        identities, actor = self._ui.session.station.get(PatientIdentities), self._ui.session.user.actor
        uids, reason = _uids(self.rows), self.reason.text()
        if self.every.isChecked():
            old = self.rows[0].study.patient
            return lambda: identities.correct_patient(actor, old, patient, reason)
        return lambda: identities.correct(actor, uids, patient, reason)


class MergeDialog(ActDialog):
    """Which of the identities of the chosen studies is the right one."""

    def __init__(self, ui: CommandUi, rows: Sequence[StudyRow], parent: QWidget) -> None:
        super().__init__(ui, tr("Merge patients"), tr("Merge"), rows, parent)
        self._patients = list(dict.fromkeys(one.study.patient for one in rows))
        self._group = QButtonGroup(self)
        buttons: list[QWidget] = []
        for n, patient in enumerate(self._patients):
            made = QRadioButton(patient_text(patient).replace("&", "&&"))
            self._group.addButton(made, n)
            buttons.append(made)
        self.reason = line(tr("Reason"))
        self.told = label("", tone="muted", wrap=True)
        ask = label(tr("These studies are of one patient. Which identity is right?"), wrap=True)
        self.add_parts(ask, *buttons, self.reason, self.told)
        self._group.idToggled.connect(lambda _, on: self._tell() if on else None)

    def choose(self, patient: Patient) -> None:
        """As if its line had been clicked."""
        self._group.button(self._patients.index(patient)).setChecked(True)

    def _tell(self) -> None:
        identities, actor = self._ui.session.station.get(PatientIdentities), self._ui.session.user.actor
        uids, into = _uids(self.rows), self._patients[self._group.checkedId()]
        self.look_up(
            lambda: identities.affected(actor, uids, into),
            lambda found: self.told.setText(affected_text(found)),
        )

    def act(self) -> Callable[[], Any] | str:
        if self._group.checkedId() < 0:
            return tr("Choose the identity that is right.")
        if not self.reason.text().strip():
            return tr("Say why the identity is changed.")
        identities, actor = self._ui.session.station.get(PatientIdentities), self._ui.session.user.actor
        uids, into, reason = _uids(self.rows), self._patients[self._group.checkedId()], self.reason.text()
        return lambda: identities.merge(actor, uids, into, reason)


def _named(*parts: tuple[str, QWidget]) -> QWidget:
    """Fields side by side, each with its name above."""
    made = QWidget()
    made.setLayout(row(*(column(label(title, tone="muted"), part, gap=4) for title, part in parts), gap=12))
    return made


def _uids(rows: Sequence[StudyRow]) -> list[str]:
    return [str(one.study.study_uid) for one in rows]
