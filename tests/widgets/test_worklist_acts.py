"""What is done with studies in the list, by menu and key, in a real window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app.archive.service import ArchiveService
from app.domain.person import Role
from app.domain.worklist import Stage, Urgency
from app.notifications import Level
from app.people.service import PeopleService
from tests.support.archive_rows import NOW, a_series, a_study, instances
from tests.widgets.conftest import PASSWORD, Room
from widgets.panels.archive.identity_dialogs import IdentityDialog, MergeDialog
from widgets.panels.archive.prior_report import PriorReportDialog
from widgets.panels.archive.study_act_dialogs import AssignDialog, DeleteDialog
from widgets.panels.archive.worklist import WorklistWorkspace

W = TypeVar("W", bound=QWidget)


@pytest.fixture
def here(room: Room) -> WorklistWorkspace:
    """The list of four studies: 1.1 and 1.2 of one patient, 1.3 of another number, 1.4 that says nothing."""
    patients = {"1.1": "P1", "1.2": "P1", "1.3": "P2", "1.4": ""}
    with room.session.station.folder.database.write() as tx:
        for uid, number in patients.items():
            name = "王^小东" if number else ""
            study = a_study(uid, name, patient_id=number, **({} if number else {"started_at": None}))
            series = a_series(study, f"{uid}.1")
            tx.studies.add(study, series, instances(series, 1), imported_at=NOW)
    found = room.window.workspaces["worklist"]
    assert isinstance(found, WorklistWorkspace)
    found.listed.reload()
    room.wait(lambda: found.model.rowCount() == 4 and found.listed.is_idle)
    found.table.setFocus()
    return found


def _select(here: WorklistWorkspace, *uids: str) -> None:
    places = [here.model.place(uid) for uid in uids]
    keys = [here.model.keys[at] for at in places if at is not None]
    here.table.select_keys(keys, keys[0], scroll=True)


def _dialog(room: Room, of: type[W]) -> W:
    def shown() -> Sequence[W]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, of) and w.isVisible()]

    room.wait(lambda: bool(shown()))
    return shown()[0]


def test_taken_given_and_made_urgent(room: Room, here: WorklistWorkspace) -> None:
    """T takes what is selected, G asks whose it is, U how soon; the chips follow."""
    me = room.session.user.actor
    _select(here, "1.1", "1.3")
    room.bot.keyClick(here.table, Qt.Key.Key_T)  # type: ignore[attr-defined]
    room.wait(lambda: here.counts.narrowed.get("mine") == 2)  # type: ignore[call-overload]
    row = here.model.row(here.model.place("1.3"))  # type: ignore[arg-type]
    assert row is not None
    assert (row.reader_id, row.reader_name) == (me.person_id, me.name)
    _select(here, "1.1")
    room.bot.keyClick(here.table, Qt.Key.Key_G)  # type: ignore[attr-defined]
    dialog = _dialog(room, AssignDialog)
    dialog.reader.setCurrentIndex(dialog.reader.findData(""))
    dialog.take.click()
    room.wait(lambda: here.counts.narrowed.get("mine") == 1)  # type: ignore[call-overload]
    _select(here, "1.1", "1.2")
    room.commands.run("worklist.urgency")
    room.wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.actions()[Urgency.STAT].trigger()
    menu.close()
    room.wait(lambda: here.counts.narrowed.get("urgent") == 2)  # type: ignore[call-overload]
    assert len(here.table.selected_keys()) == 2, "the selection stays for the next act"


def test_deleted_with_a_reason_and_brought_back(room: Room, here: WorklistWorkspace) -> None:
    """Without a reason nothing goes; the chip of what was deleted has it, and restores it."""
    assert not here.filters.stages[Stage.DELETED].isVisible()
    _select(here, "1.2", "1.4")
    room.bot.keyClick(here.table, Qt.Key.Key_Delete)  # type: ignore[attr-defined]
    dialog = _dialog(room, DeleteDialog)
    dialog.take.click()
    assert dialog.problem.isVisible()
    dialog.kind.setCurrentIndex(1)
    dialog.take.click()
    room.wait(lambda: here.model.rowCount() == 2 and here.filters.stages[Stage.DELETED].isVisible())
    room.wait(lambda: here.model.row(here.model.place("1.1")).n_priors == 0)  # type: ignore[union-attr,arg-type]
    here.filters.stages[Stage.DELETED].click()
    room.wait(lambda: {str(row.study.study_uid) for row in here.model.here()} == {"1.2", "1.4"})
    here.open_study("1.2")
    assert room.session.study.study is None
    assert room.session.station.notifications.rows[-1].level is Level.ERROR
    _select(here, "1.2", "1.4")
    room.commands.run("study.restore")
    room.wait(lambda: here.model.rowCount() == 0 and here.listed.is_idle)
    here.clear_filters()
    room.wait(lambda: here.model.rowCount() == 4)


def test_identities_are_corrected_and_merged(room: Room, here: WorklistWorkspace) -> None:
    _select(here, "1.4")
    room.commands.run("patient.correct")
    correct = _dialog(room, IdentityDialog)
    correct.name.setText("李^四")
    correct.born.setText("1.1.1970")
    correct.reason.setText("无名患者已查明")
    correct.take.click()
    assert correct.problem.isVisible()
    correct.born.setText("1970-01-01")
    correct.take.click()
    room.wait(lambda: "李 四" in {row.study.patient.display_name for row in here.model.here()})
    room.wait(lambda: here.listed.is_idle)
    room.commands.run("patient.correct")
    again = _dialog(room, IdentityDialog)
    room.wait(lambda: "已更正 1 次" in again.about.text() and "无名患者已查明" in again.about.text())
    again.reject()
    _select(here, "1.1", "1.3")
    room.commands.run("patient.merge")
    merge = _dialog(room, MergeDialog)
    row = here.model.row(here.model.place("1.3"))  # type: ignore[arg-type]
    assert row is not None
    merge.choose(row.study.patient)
    merge.reason.setText("同一人")
    merge.take.click()
    archive, actor = room.session.station.get(ArchiveService), room.session.user.actor
    room.wait(lambda: archive.study(actor, "1.2").patient.patient_id == "P2")
    room.wait(lambda: here.model.row(here.model.place("1.3")).n_priors == 2)  # type: ignore[union-attr,arg-type]


def test_the_open_study_keeps_its_patient(room: Room, here: WorklistWorkspace) -> None:
    """What is read is neither deleted nor renamed under the reader's eyes."""
    room.done(here.import_paths([room.files]))
    room.wait(lambda: here.model.place(room.study.study_uid) is not None)
    here.open_study(room.study.study_uid)
    room.wait(lambda: room.session.loaded.is_complete)
    room.commands.run("workspace.worklist")
    _select(here, room.study.study_uid)
    told, before = room.session.station.notifications, len(room.session.station.notifications.rows)
    room.commands.run("study.delete")
    room.wait(lambda: len(told.rows) == before + 1)
    room.commands.run("patient.correct")
    room.wait(lambda: len(told.rows) == before + 2)
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, DeleteDialog | IdentityDialog)]


def test_priors_reports_are_read_from_the_list(room: Room, here: WorklistWorkspace) -> None:
    """Without opening anything; a prior without a report says so."""
    _select(here, "1.4")
    assert not room.commands.get("worklist.prior-reports").enabled()
    _select(here, "1.1")
    room.commands.run("worklist.prior-reports")
    dialog = _dialog(room, PriorReportDialog)
    assert dialog.page.choice.count() == 1
    assert dialog.page.state.text() == "该检查没有报告。"
    assert room.session.study.study is None
    dialog.accept()


def test_the_menu_says_whose_an_act_is(room: Room, here: WorklistWorkspace) -> None:
    """What a person may not do stays in the menu, grey, with the roles that may."""
    people = room.session.station.get(PeopleService)
    people.add(room.session.user.actor, "other", "演示乙", [Role.REPORTING], PASSWORD)
    room.session.user.log_out()
    room.session.user.log_in("other", PASSWORD)
    room.wait(lambda: here.model.rowCount() == 4 and here.listed.is_idle)
    _select(here, "1.1", "1.3")
    menu = QMenu()
    here.acts.fill(menu, ("worklist.take", "study.delete", "patient.merge"))
    take, delete, merge = menu.actions()
    assert (take.isEnabled(), delete.isEnabled(), merge.isEnabled()) == (True, False, False)
    assert "审核医师" in delete.text()
    menu.deleteLater()
