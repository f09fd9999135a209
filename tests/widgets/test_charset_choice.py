"""A name that was read in the wrong character set is put right at the worklist."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.archive.service import ArchiveService
from tests.dicom import dicom_objects as objects
from tests.widgets.conftest import Room
from widgets.panels.archive.charset_dialog import CharsetDialog

pytestmark = pytest.mark.window
KOREAN = "문길구"


def test_the_right_line_is_chosen(room: Room, tmp_path: Path) -> None:
    """The preview offers it where a set makes a difference; the list shows the name that was chosen."""
    path = tmp_path / "a.dcm"
    path.write_bytes(objects.part10(objects.identity(name=KOREAN.encode("cp949")) + objects.image()))
    archive, actor = room.session.station.get(ArchiveService), room.session.user.actor
    archive.import_paths(actor, [path])
    room.session.archive_changed.emit("")
    worklist = room.window.workspaces["worklist"]
    room.wait(lambda: "1.2.3" in {row.study.study_uid for row in worklist.model.here()})
    worklist._select("1.2.3")
    room.wait(lambda: worklist.preview.charset_button.isVisibleTo(worklist.preview))
    worklist.preview.charset_button.click()
    room.wait(lambda: worklist.findChild(CharsetDialog) is not None)
    dialog = worklist.findChild(CharsetDialog)
    shown = [dialog.table.item(i, 0).text() for i in range(dialog.table.rowCount())]
    assert shown.index(KOREAN) > 0
    dialog.table.selectRow(shown.index(KOREAN))
    dialog.take_button.click()
    room.wait(lambda: KOREAN in {row.study.patient.name for row in worklist.model.here()})
    assert archive.charset(actor, "1.2.3")[0] == "cp949"
    room.wait(lambda: worklist.findChild(CharsetDialog) is None)
    worklist.open_charset("1.2.3")
    room.wait(lambda: worklist.findChild(CharsetDialog) is not None)
    again = worklist.findChild(CharsetDialog)
    assert again.table.item(again.table.currentRow(), 0).text() == KOREAN
    again.table.selectRow(0)
    again.take_button.click()
    room.wait(lambda: KOREAN not in {row.study.patient.name for row in worklist.model.here()})


def test_plain_names_offer_nothing(room: Room, tmp_path: Path) -> None:
    """Where every text is ASCII there is nothing to choose."""
    path = tmp_path / "a.dcm"
    path.write_bytes(objects.part10(objects.identity(name=b"Plain^Name") + objects.image()))
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [path])
    room.session.archive_changed.emit("")
    worklist = room.window.workspaces["worklist"]
    room.wait(lambda: "1.2.3" in {row.study.study_uid for row in worklist.model.here()})
    worklist._select("1.2.3")
    room.wait(lambda: bool(worklist.preview._kept))
    assert not worklist.preview.charset_button.isVisibleTo(worklist.preview)
