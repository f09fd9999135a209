"""Each person has the list as it was left, and filters of their own (issue: choosable, ordered columns)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.archive.worklist_service import WorklistService
from app.domain.person import Role
from app.domain.worklist import Narrowing, Stage, WorklistColumn
from app.people.service import PeopleService
from tests.widgets.conftest import PASSWORD, Room
from widgets.panels.archive.saved_filters import _NameDialog
from widgets.panels.archive.study_view import FIRST_COLUMNS, StudyView
from widgets.panels.archive.worklist import WorklistWorkspace


def _worklist(room: Room) -> WorklistWorkspace:
    found = room.window.workspaces["worklist"]
    assert isinstance(found, WorklistWorkspace)
    return found


def _move_to_front(table: StudyView, column: WorklistColumn) -> None:
    header = table.horizontalHeader()
    header.moveSection(header.visualIndex(list(WorklistColumn).index(column)), 0)


def test_columns_order_and_filters_are_each_person_s(room: Room) -> None:
    """Chosen, moved, sorted, narrowed and saved by one; the next person has the program's; the first has it
    all again.
    """
    room.session.station.get(PeopleService).add(
        room.session.user.actor, "other", "演示乙", [Role.REPORTING], PASSWORD
    )
    here = _worklist(room)
    room.wait(lambda: here.listed.is_idle and here.saved.is_loaded)
    here.table._choose(WorklistColumn.ACCESSION, True)
    _move_to_front(here.table, WorklistColumn.URGENCY)
    here.table.sortByColumn(list(WorklistColumn).index(WorklistColumn.PATIENT), Qt.SortOrder.AscendingOrder)
    mine = here.table.columns()
    assert mine[0] is WorklistColumn.URGENCY
    assert WorklistColumn.ACCESSION in mine
    here.filters.stages[Stage.TO_READ].click()
    here.filters.narrowings[Narrowing.MINE].click()
    here.search_line.setText("胸部")
    asked = here.filters.query
    here.saved.open_save()
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, _NameDialog))
    dialog.name.setText("  我的  胸部 ")
    dialog.try_it()
    room.wait(lambda: list(here.saved.filters) == ["我的 胸部"])
    worklist, actor = room.session.station.get(WorklistService), room.session.user.actor
    room.wait(lambda: worklist.views(actor).layout.sort is WorklistColumn.PATIENT)

    room.session.user.log_out()
    assert here.search_line.text() == ""
    room.session.user.log_in("other", PASSWORD)
    room.wait(lambda: here.table.columns() == FIRST_COLUMNS and here.listed.is_idle)
    assert here.saved.filters == {}
    assert here.listed.query.sort is WorklistColumn.TIME

    room.session.user.log_out()
    room.session.user.log_in("doctor", PASSWORD)
    room.wait(lambda: here.table.columns() == mine and bool(here.saved.filters))
    assert (here.listed.query.sort, here.listed.query.descending) == (WorklistColumn.PATIENT, False)
    here.filters.ask_for(here.saved.filters["我的 胸部"])
    assert here.filters.query == asked
    assert here.search_line.text() == "胸部"
    here.saved.remove("我的 胸部")
    room.wait(lambda: not worklist.views(actor).filters)
