"""A list that is longer than what is read of it: rows come when they are looked at, whatever else changes."""

from __future__ import annotations

from array import array
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from sqlalchemy import delete

from app.domain.worklist import WorklistColumn
from app.errors import Refused
from app.storage import tables
from benchmarks.many_studies import file_studies
from tests.support.archive_rows import NOW, a_series, a_study, instances
from tests.widgets.conftest import Room
from widgets.panels.archive.study_table import MOST_STEPS, difference
from widgets.panels.archive.worklist import WorklistWorkspace

STUDIES = 1000


@pytest.fixture
def here(room: Room) -> WorklistWorkspace:
    """A list of a thousand studies, all that fit in it."""
    file_studies(room.session.station, STUDIES)
    found = room.window.workspaces["worklist"]
    assert isinstance(found, WorklistWorkspace)
    found.listed.reload()
    room.wait(lambda: found.model.rowCount() == STUDIES and found.listed.is_idle)
    return found


def test_rows_come_when_they_are_looked_at(room: Room, here: WorklistWorkspace) -> None:
    """The end of the list is read when one scrolls there; the middle never is; all that is shown is right."""
    assert here.model.row(STUDIES - 1) is None
    here.table.scrollToBottom()
    room.wait(lambda: here.model.row(STUDIES - 1) is not None)
    assert here.model.row(STUDIES // 2) is None
    here.table.scrollToTop()
    here.table.sortByColumn(list(WorklistColumn).index(WorklistColumn.PATIENT), Qt.SortOrder.AscendingOrder)
    room.wait(lambda: here.listed.query.sort is WorklistColumn.PATIENT and here.listed.is_idle)
    first = [row.study.patient.name for row in map(here.model.row, range(20)) if row is not None]
    assert len(first) == 20
    assert [name[0] for name in first] == ["陈"] * 20, "by pinyin: chen is the first of the names"
    here.table.selectAll()
    assert len(here.table.selected_keys()) == STUDIES
    with pytest.raises(Refused, match=str(STUDIES)):
        room.commands.run("study.delete")


def test_the_neighbour_of_a_study_far_from_what_was_read_is_opened(
    room: Room, here: WorklistWorkspace
) -> None:
    keys, archive = here.model.keys, room.session.station.folder.database
    with archive.read() as tx:
        rows = tx.studies.rows_at([keys[700], keys[701]])
    here.open_study(rows[keys[700]].study.study_uid)
    room.wait(lambda: room.session.study.study == rows[keys[700]].study)
    here.open_neighbour(1)
    room.wait(lambda: room.session.study.study == rows[keys[701]].study)
    assert room.session.study.is_open(rows[keys[701]].study.study_uid)
    assert room.session.study.study != rows[keys[700]].study


def test_another_program_s_changes_are_seen(room: Room, here: WorklistWorkspace) -> None:
    """The command line files a study and another one goes: the list follows by itself, the reader stays."""
    here.table.select_keys([here.model.keys[5]], here.model.keys[5], scroll=True)
    chosen = here.chosen()
    assert chosen is not None
    gone = here.model.row(3)
    assert gone is not None
    study = a_study("1.2.3", "长" * 4000, patient_id="9" * 400, started_at=datetime(2999, 1, 1))  # noqa: DTZ001
    nothing = a_study("1.2.4", "", patient_id="", started_at=None, description="", accession_number="")
    with room.session.station.folder.database.write() as tx:
        for one in (study, nothing):
            series = a_series(one, f"{one.study_uid}.1")
            tx.studies.add(one, series, instances(series, 1), imported_at=NOW)
        tx.connection.execute(delete(tables.study).where(tables.study.c.study_uid == gone.study.study_uid))
    here.listed.look()
    room.wait(lambda: here.model.rowCount() == STUDIES + 1 and here.listed.is_idle)
    assert here.chosen() == chosen
    huge, blank = here.model.index(0, 0), here.model.index(STUDIES, 0)
    assert 0 < len(huge.data()) <= 300
    here.table.scrollToBottom()
    room.wait(lambda: here.model.row(STUDIES) is not None)
    assert blank.data() not in ("", "…"), "a study that says nothing has a word in place of the name"
    told = [here.model.index(STUDIES, column).data() for column in range(len(WorklistColumn))]
    assert all(isinstance(text, str) for text in told)
    here._select("1.2.3")
    assert here.preview.heading.whole()


def test_how_one_order_becomes_another() -> None:
    """Steps that are taken one by one lead from one to the other; what changes places is shown anew."""

    def keys(*given: int) -> array[int]:
        return array("q", given)

    for old, new in (
        (keys(1, 2, 3), keys(1, 2, 3)),
        (keys(1, 2, 3), keys(0, 1, 3, 4)),
        (keys(), keys(7, 8)),
        (keys(7, 8), keys()),
        (keys(5, 1, 4), keys(9, 5, 8, 4)),
    ):
        steps = difference(old, new)
        assert steps is not None
        at = old[:]
        for place in steps.gone:
            del at[place]
        for place in steps.came:
            at.insert(place, new[place])
        assert at == new
    assert difference(keys(1, 2), keys(2, 1)) is None
    assert difference(keys(), keys(*range(MOST_STEPS + 1))) is None
