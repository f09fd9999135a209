"""What is done with the studies that are selected in the list: commands, and the menu that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QMenu, QWidget

from app.archive.rights import ASSIGN_STUDY, CORRECT_IDENTITY, DELETE_STUDY
from app.archive.service import ArchiveService
from app.archive.study_acts import MOST_STUDIES, StudyActs
from app.archive.worklist_service import WorklistService
from app.domain.person import DOCTORS, Person, Right
from app.domain.study import StudyRow
from app.domain.worklist import Urgency
from app.errors import Refused
from app.i18n import tr
from app.people.rights import role_names
from app.session.commands import Command
from widgets.command_ui import CommandUi, key_text
from widgets.icons import icon
from widgets.panels.archive.identity_dialogs import IdentityDialog, MergeDialog
from widgets.panels.archive.prior_report import PriorReportDialog
from widgets.panels.archive.study_act_dialogs import ActDialog, AssignDialog, DeleteDialog, assigning
from widgets.panels.archive.study_cells import urgency_title
from widgets.panels.archive.study_table import StudyTable
from widgets.panels.archive.study_view import StudyView
from widgets.prior_report_page import PriorPaper, prior_papers

#: rights that commands need beside a selection, so that the menu can say who has them
_RIGHTS: dict[str, Right] = {
    "worklist.take": ASSIGN_STUDY,
    "worklist.assign": ASSIGN_STUDY,
    "worklist.urgency": ASSIGN_STUDY,
    "study.delete": DELETE_STUDY,
    "study.restore": DELETE_STUDY,
    "patient.correct": CORRECT_IDENTITY,
    "patient.merge": CORRECT_IDENTITY,
}


class ListActs:
    """Acts on the selection of a table; whatever they touch is told to the whole window."""

    def __init__(self, ui: CommandUi, model: StudyTable, table: StudyView, parent: QWidget) -> None:
        self._ui = ui
        self._model = model
        self._table = table
        self._parent = parent

    def commands(self) -> list[Command]:
        """The acts; those that need a right are possible only with it."""

        return [
            Command(
                "worklist.take",
                "Take for reading",
                self.take,
                key="T",
                icon="user-circle",
                where="worklist",
                enabled=partial(self._possible, "worklist.take"),
            ),
            Command(
                "worklist.assign",
                "Give to a reader",
                self.assign,
                key="G",
                icon="users",
                where="worklist",
                enabled=partial(self._possible, "worklist.assign"),
            ),
            Command(
                "worklist.urgency",
                "Change urgency",
                self.choose_urgency,
                key="U",
                icon="clock",
                where="worklist",
                enabled=partial(self._possible, "worklist.urgency"),
            ),
            Command(
                "worklist.prior-reports",
                "Read reports of priors",
                self.read_priors,
                key="V",
                icon="file-text",
                where="worklist",
                enabled=partial(self._possible, "worklist.prior-reports"),
            ),
            Command(
                "patient.correct",
                "Correct the patient's identity",
                self.correct,
                icon="edit",
                where="worklist",
                enabled=partial(self._possible, "patient.correct"),
            ),
            Command(
                "patient.merge",
                "Merge patients",
                self.merge,
                icon="link",
                where="worklist",
                enabled=partial(self._possible, "patient.merge"),
            ),
            Command(
                "study.delete",
                "Delete studies",
                self.delete,
                key="Delete",
                icon="trash",
                where="worklist",
                enabled=partial(self._possible, "study.delete"),
            ),
            Command(
                "study.restore",
                "Restore deleted studies",
                self.restore,
                icon="arrow-back-up",
                where="worklist",
                enabled=partial(self._possible, "study.restore"),
            ),
        ]

    def fill(self, menu: QMenu, command_ids: Iterable[str]) -> None:
        """Commands in a menu; one that is not allowed stays, grey, and says whose it is."""
        for command_id in command_ids:
            if not command_id:
                menu.addSeparator()
                continue
            command = self._ui.commands.get(command_id)
            right = _RIGHTS.get(command_id)
            title, allowed = tr(command.title), right is None or self._ui.may(right)
            text = title if allowed or right is None else f"{title} ({role_names(right.roles)})"
            run = partial(self._ui.run, command_id)
            action = menu.addAction(icon(command.icon), f"{text}\t{key_text(command.key)}", run)
            action.setEnabled(command.enabled())

    def _possible(self, command_id: str) -> bool:
        right = _RIGHTS.get(command_id)
        rows = self._selected_here()
        if not rows or (right is not None and not self._ui.may(right)):
            return False
        deleted = any(row.deleted_at is not None for row in rows)
        if command_id == "worklist.prior-reports":
            return rows[0].n_priors > 0
        if command_id == "patient.merge":
            return len({row.study.patient for row in rows}) > 1 and not deleted
        if command_id == "worklist.take":
            return not deleted and not self._ui.session.user.actor.roles.isdisjoint(DOCTORS)
        return deleted if command_id == "study.restore" else not deleted

    # -- the selection --------------------------------------------------------------------------------------

    def _selected_here(self) -> list[StudyRow]:
        """Selected studies whose rows are here; enough to say what is possible."""
        keys = self._table.selected_keys(MOST_STUDIES)
        places = (self._model.row_of_key(key) for key in keys)
        return [row for row in places if row is not None]

    def _with_selected(self, act: Callable[[list[StudyRow]], None]) -> None:
        """Do something with all selected studies, as they are in the archive now."""
        count = sum(map(len, self._table.selected_rows()))
        if count > MOST_STUDIES:
            raise Refused(
                "{found} studies are chosen; {limit} at most are taken at once.",
                found=count,
                limit=MOST_STUDIES,
            )
        keys = self._table.selected_keys()
        worklist, actor = self._ui.session.station.get(WorklistService), self._ui.session.user.actor

        def came(rows: dict[int, StudyRow]) -> None:
            self._model.put_rows(rows)
            found = [rows[key] for key in keys if key in rows]
            if found:
                act(found)

        self._ui.quietly(lambda: worklist.rows(actor, keys), came)

    def _touched(self, uids: Iterable[str]) -> None:
        """Tell of the studies, and of the other ones of their patients: they have other priors now."""
        archive, actor = self._ui.session.station.get(ArchiveService), self._ui.session.user.actor
        wanted = [str(uid) for uid in uids]

        def came(others: Sequence[str]) -> None:
            for uid in dict.fromkeys([*wanted, *others]):
                self._ui.session.archive_changed.emit(uid)

        self._ui.quietly(lambda: archive.same_patient(actor, wanted), came)

    def _open(self, dialog: ActDialog) -> None:
        dialog.acted.connect(self._touched)
        dialog.open()

    def _require_closed(self, rows: Sequence[StudyRow]) -> None:
        """The open study keeps its patient, and its place, until it is closed."""
        if any(self._ui.session.study.is_open(row.study.study_uid) for row in rows):
            raise Refused("One of the studies is open here.", hint="Close it first (“Close study”).")

    # -- acts -----------------------------------------------------------------------------------------------

    def take(self) -> None:
        """Say that whoever is logged in reads the studies."""
        person_id = self._ui.session.user.actor.person_id

        def act(rows: list[StudyRow]) -> None:
            self._ui.quietly(assigning(self._ui, rows, person_id), self._touched)

        self._with_selected(act)

    def assign(self) -> None:
        """Ask who reads the studies."""
        acts, actor = self._ui.session.station.get(StudyActs), self._ui.session.user.actor

        def act(rows: list[StudyRow]) -> None:
            def came(readers: list[Person]) -> None:
                self._open(AssignDialog(self._ui, rows, readers, self._parent))

            self._ui.quietly(lambda: acts.readers(actor), came)

        self._with_selected(act)

    def choose_urgency(self) -> None:
        """A menu of the degrees, at the current row."""
        menu = QMenu(self._parent)
        menu.aboutToHide.connect(menu.deleteLater)
        self.fill_urgency(menu)
        at = self._table.visualRect(self._table.currentIndex()).bottomLeft()
        menu.popup(self._table.viewport().mapToGlobal(at))

    def fill_urgency(self, menu: QMenu) -> None:
        """The degrees, to choose from."""
        now = {row.urgency for row in self._selected_here()}
        for urgency in Urgency:
            action = menu.addAction(urgency_title(urgency), partial(self.set_urgency, urgency))
            action.setCheckable(True)
            action.setChecked(now == {urgency})

    def set_urgency(self, urgency: Urgency) -> None:
        """Say how soon the studies are to be read."""
        acts, actor = self._ui.session.station.get(StudyActs), self._ui.session.user.actor

        def act(rows: list[StudyRow]) -> None:
            uids = [str(row.study.study_uid) for row in rows]
            self._ui.quietly(lambda: acts.set_urgency(actor, uids, urgency), lambda _: self._touched(uids))

        self._with_selected(act)

    def read_priors(self) -> None:
        """Show the reports of the patient's other studies."""
        row = self._selected_here()[0]

        def came(found: list[PriorPaper]) -> None:
            if not found:
                raise Refused("The patient has no other study.")
            PriorReportDialog(self._ui, row.study, found, self._parent).open()

        self._ui.quietly(prior_papers(self._ui, row.study.study_uid), came)

    def delete(self) -> None:
        """Ask why, and take the studies out of the lists."""
        acts, actor = self._ui.session.station.get(StudyActs), self._ui.session.user.actor

        def act(rows: list[StudyRow]) -> None:
            self._require_closed(rows)
            uids = [str(row.study.study_uid) for row in rows]
            self._ui.quietly(
                lambda: acts.protected(actor, uids),
                lambda signed: self._open(DeleteDialog(self._ui, rows, signed, self._parent)),
            )

        self._with_selected(act)

    def restore(self) -> None:
        """Put deleted studies back."""
        acts, actor = self._ui.session.station.get(StudyActs), self._ui.session.user.actor

        def act(rows: list[StudyRow]) -> None:
            uids = [str(row.study.study_uid) for row in rows]
            self._ui.quietly(lambda: acts.restore(actor, uids), lambda _: self._touched(uids))

        self._with_selected(act)

    def correct(self) -> None:
        """Ask who the patient is; the studies must be of one."""

        def act(rows: list[StudyRow]) -> None:
            self._require_closed(rows)
            if len({row.study.patient for row in rows}) > 1:
                raise Refused(
                    "The studies are of different patients.",
                    hint="Choose those of one, or merge the patients.",
                )
            self._open(IdentityDialog(self._ui, rows, self._parent))

        self._with_selected(act)

    def merge(self) -> None:
        """Ask which identity is right."""

        def act(rows: list[StudyRow]) -> None:
            self._require_closed(rows)
            self._open(MergeDialog(self._ui, rows, self._parent))

        self._with_selected(act)
