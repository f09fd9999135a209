"""Dialogs of what is done with studies of the list: giving them to a reader, deleting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.archive.study_acts import LONGEST_REASON, DeleteReason, StudyActs
from app.domain.person import Person
from app.domain.study import StudyRow
from app.i18n import tr
from widgets.command_ui import CommandUi
from widgets.elements import Choice, label
from widgets.form_dialog import FormDialog
from widgets.notices import NoticeBox
from widgets.panels.archive.study_cells import cell_text, reason_title

#: studies that a dialog names; the others are counted
_NAMED = 4


def named(rows: Sequence[StudyRow]) -> str:
    """Which studies: patient and examination of the first ones."""
    from app.domain.worklist import WorklistColumn as C

    lines = [" · ".join(cell_text(row, c)[:60] for c in (C.PATIENT, C.EXAM, C.TIME)) for row in rows[:_NAMED]]
    if len(rows) > _NAMED:
        lines.append(tr("and {n} more", n=len(rows) - _NAMED))
    return "\n".join(lines)


def line(title: str, text: str = "", *, longest: int = LONGEST_REASON) -> QLineEdit:
    """A line of a form, named by what belongs into it."""
    made = QLineEdit(text)
    made.setPlaceholderText(title)
    made.setAccessibleName(title)
    made.setMaxLength(longest)
    return made


class ActDialog(FormDialog):
    """Names the studies that it is about; `acted` with the UIDs of those that were touched."""

    acted = Signal(object)

    def __init__(
        self, ui: CommandUi, title: str, verb: str, rows: Sequence[StudyRow], parent: QWidget
    ) -> None:
        super().__init__(ui, title, verb, parent, width=520)
        self.rows = list(rows)
        self.about = label(named(rows), tone="muted", wrap=True)

    def done_with(self, result: object) -> None:
        """Say which studies were touched."""
        self.acted.emit(result)


class AssignDialog(ActDialog):
    """Who is to read the studies."""

    def __init__(
        self, ui: CommandUi, rows: Sequence[StudyRow], readers: Sequence[Person], parent: QWidget
    ) -> None:
        super().__init__(ui, tr("Give to a reader"), tr("Give"), rows, parent)
        self.reader = Choice()
        self.reader.setAccessibleName(tr("Read by"))
        for person in readers:
            self.reader.addItem(f"{person.name} ({person.login})", person.person_id)
        self.reader.addItem(tr("Nobody"), "")
        now = {row.reader_id for row in rows}
        self.reader.setCurrentIndex(max(0, self.reader.findData(now.pop() or None)) if len(now) == 1 else 0)
        self.add_parts(self.about, self.reader)
        self.reader.setFocus()

    def act(self) -> Callable[[], Any] | str:
        return assigning(self._ui, self.rows, str(self.reader.currentData()))


def assigning(ui: CommandUi, rows: Sequence[StudyRow], person_id: str) -> Callable[[], list[str]]:
    """Give studies to somebody, as the list shows them."""
    acts, actor = ui.session.station.get(StudyActs), ui.session.user.actor
    seen = {str(row.study.study_uid): row.reader_id for row in rows}

    def work() -> list[str]:
        acts.assign(actor, seen, person_id)
        return list(seen)

    return work


class DeleteDialog(ActDialog):
    """Asks why; says what stays, and which studies cannot go."""

    def __init__(self, ui: CommandUi, rows: Sequence[StudyRow], protected: set[str], parent: QWidget) -> None:
        free = [row for row in rows if row.study.study_uid not in protected]
        super().__init__(ui, tr("Delete studies"), tr("Delete"), free or rows, parent)
        self.rows = free
        images = sum(row.study.n_instances for row in free)
        drafts = sum(bool(row.report_state) for row in free)
        told = [
            tr("Studies: {n}, images: {images}.", n=len(free), images=f"{images:,}"),
            tr("They leave all lists; nothing is erased, and “Deleted” brings them back."),
        ]
        if drafts:
            told.insert(1, tr("Reports that were begun: {n}. They come back too.", n=drafts))
        self.told = label(" ".join(told), wrap=True)
        self.signed = NoticeBox(
            tr("Studies with a signed report: {n}. They stay.", n=len(rows) - len(free)), "amber"
        )
        self.signed.setVisible(len(free) < len(rows))
        self.kind = Choice()
        self.kind.setAccessibleName(tr("Reason"))
        self.kind.addItem(tr("Choose the reason"), "")
        for kind in DeleteReason:
            self.kind.addItem(reason_title(kind), kind.value)
        self.words = line(tr("More about the reason"))
        self.add_parts(self.about, self.told, self.signed, self.kind, self.words)
        self.take.setEnabled(bool(free))
        self.kind.setFocus()

    def act(self) -> Callable[[], Any] | str:
        chosen = str(self.kind.currentData())
        if not chosen:
            return tr("Choose the reason.")
        kind, words = DeleteReason(chosen), self.words.text()
        acts, actor = self._ui.session.station.get(StudyActs), self._ui.session.user.actor
        uids = [str(row.study.study_uid) for row in self.rows]

        def work() -> list[str]:
            acts.delete(actor, uids, kind, words)
            return uids

        return work
