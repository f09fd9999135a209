"""The worklist follows the archive by the row that changed: a report's save does not read the archive
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from sqlalchemy import Engine, event

from app.domain.report import SectionKind
from app.reporting.controller import ReportController
from app.session.pending_edits import SaveState
from tests.support.archive_rows import NOW, a_series, a_study, instances
from tests.widgets.conftest import Room

pytestmark = pytest.mark.window
STUDIES = 5000


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _file(room: Room, numbers: Iterable[int]) -> list[str]:
    """File other studies with one object each, a day apart; their UIDs."""
    filed = []
    with room.session.station.folder.database.write() as tx:
        for n in numbers:
            at = datetime(2026, 11, 1) - timedelta(days=n)  # noqa: DTZ001  as DICOM gives it
            study = a_study(f"1.2.3.{n}", f"Name^{n:05}", patient_id=f"P{n}", started_at=at)
            series = a_series(study, f"1.2.3.{n}.1")
            tx.studies.add(study, series, instances(series, 1), imported_at=NOW)
            filed.append(str(study.study_uid))
    return filed


def test_saving_a_report_reads_its_row_alone(room: Room) -> None:
    """Number of the specification: with 5,000 studies a report's save reloads nothing, its opening one
    row.
    """
    _file(room, range(STUDIES - 1))
    room.session.archive_changed.emit("")
    room.open_small_study(of=STUDIES)
    worklist = room.window.workspaces["worklist"]
    uid = room.study.study_uid
    room.wait(lambda: worklist.model.place(uid) is not None and worklist.listed.is_idle)
    row = worklist.model.place(uid)
    resets: list[int] = []
    changed: list[tuple[int, int]] = []
    worklist.model.modelReset.connect(lambda: resets.append(1))
    worklist.model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    reports = room.session.get(ReportController)
    with _statements() as asked:
        room.open_report()
        room.wait(lambda: worklist.model.row(row).report_state == "draft")
        room.commands.run("workspace.report")
        editor = room.window.workspaces["report"].desk.text.editors[SectionKind.FINDINGS]
        for words in ("First words. ", "Second words. "):
            editor.insertPlainText(words)
            room.window.workspaces["report"].flush()
            room.wait(lambda: reports.save_state is SaveState.SAVED)
        room.wait(lambda: worklist.listed.is_idle)
    assert asked, "the listening works"
    assert not [one for one in asked if "LIMIT" in one and "FROM study" in one]
    assert resets == []
    assert changed == [(row, row)]


def test_a_changed_row_keeps_selection_sort_and_scroll(room: Room) -> None:
    """A row that changes elsewhere leaves the reader's place alone, also where it comes or goes."""
    uids = _file(room, range(200))
    worklist = room.window.workspaces["worklist"]
    room.session.archive_changed.emit("")
    room.wait(lambda: worklist.model.rowCount() == 200 and worklist.listed.is_idle)
    worklist._select(uids[150])
    scrolled = worklist.table.verticalScrollBar().value()
    assert scrolled > 0
    late = _file(room, [900])[0]
    room.session.archive_changed.emit(uids[7])
    room.session.archive_changed.emit(late)
    room.wait(lambda: worklist.model.rowCount() == 201)
    assert [row.study.study_uid for row in worklist.model.here()] == [*uids, late]
    chosen = worklist.chosen()
    assert chosen is not None
    assert chosen.study.study_uid == uids[150]
    assert worklist.table.verticalScrollBar().value() == scrolled
    assert not worklist.table.selectionModel().isRowSelected(0)


def test_an_import_reads_the_rows_that_it_touched(room: Room, tmp_path: Path) -> None:
    """The new study's row, and the patient's other one, which has a prior now; again or in vain it changes
    nothing.
    """
    _file(room, range(150))
    patient = room.study.patient
    earlier = a_study("1.2.4", patient.name, patient_id=patient.patient_id, started_at=datetime(2020, 1, 2))  # noqa: DTZ001
    with room.session.station.folder.database.write() as tx:
        tx.studies.add(
            earlier, (series := a_series(earlier, "1.2.4.1")), instances(series, 1), imported_at=NOW
        )
    worklist = room.window.workspaces["worklist"]
    room.session.archive_changed.emit("")
    room.wait(lambda: worklist.model.rowCount() == 151 and worklist.listed.is_idle)
    resets: list[int] = []
    changed: list[tuple[int, int]] = []
    added: list[tuple[int, int]] = []
    worklist.model.modelReset.connect(lambda: resets.append(1))
    worklist.model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    worklist.model.rowsInserted.connect(lambda _, first, last: added.append((first, last)))
    with _statements() as asked:
        room.done(worklist.import_paths([room.files]))
        room.wait(lambda: worklist.model.rowCount() == 152)
        room.done(worklist.import_paths([room.files]))
        room.wait(lambda: worklist.listed.is_idle)
    assert not [one for one in asked if "LIMIT" in one and "FROM study" in one]
    at, new = (worklist.model.place(uid) for uid in ("1.2.4", room.study.study_uid))
    assert (resets, added, changed) == ([], [(new, new)], [(at, at)])
    assert [worklist.model.row(i).n_priors for i in (at, new)] == [1, 1]
    assert not worklist.notices.isVisible()
    (tmp_path / "no-image.dcm").write_bytes(b"\0" * 128 + b"DICM")
    room.done(worklist.import_paths([tmp_path / "no-image.dcm"]))
    room.wait(worklist.notices.isVisible)
    assert resets == []


def test_what_another_program_filed_comes_by_f5(room: Room) -> None:
    """The command line imports while the window is open: nobody tells the window, F5 asks."""
    room.open_small_study()
    room.commands.run("workspace.worklist")
    worklist = room.window.workspaces["worklist"]
    room.wait(lambda: worklist.model.rowCount() == 1)
    (uid,) = _file(room, [7])
    room.window.activateWindow()
    room.wait(room.window.isActiveWindow)
    worklist.table.setFocus()
    room.bot.keyClick(worklist.table, Qt.Key.Key_F5)  # type: ignore[attr-defined]
    room.wait(lambda: worklist.model.rowCount() == 2)
    assert uid in {row.study.study_uid for row in worklist.model.here()}
