"""Import notices: file, reason, copy, per import."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from tests.widgets.conftest import Room
from widgets.panels.archive.import_notices import NoticesDialog

pytestmark = pytest.mark.window
LONG = "a-very-long-folder-name/" * 8


def test_each_import_tells_its_own_files(room: Room, tmp_path: Path) -> None:
    """Two imports are not mixed; file and reason are whole, and can be copied."""
    worklist = room.window.workspaces["worklist"]
    for folder, name in (("one", "cut.dcm"), ("two", f"{LONG}b.dcm")):
        file = tmp_path / folder / name
        file.parent.mkdir(parents=True)
        whole = next(iter(sorted(room.files.iterdir()))).read_bytes()
        file.write_bytes(whole[: len(whole) // 3])
        room.done(worklist.import_paths([tmp_path / folder]))
    room.wait(worklist.notices.isVisible)
    worklist.notices.click()
    room.wait(lambda: worklist.findChild(NoticesDialog) is not None)
    dialog = worklist.findChild(NoticesDialog)
    assert dialog.choice.count() == 2

    def files() -> list[str]:
        return [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]

    assert [Path(file).name for file in files()] == ["b.dcm"]
    assert LONG in files()[0]
    reason = dialog.table.item(0, 1).text()
    metrics = dialog.table.fontMetrics()
    lines = -(-metrics.horizontalAdvance(files()[0]) // dialog.table.columnWidth(0))
    assert dialog.table.rowHeight(0) >= lines * metrics.height(), "a long path breaks into lines"
    dialog.copy.click()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[1].split("\t")[:2] == [files()[0], reason]
    dialog.choice.setCurrentIndex(1)
    assert [Path(file).name for file in files()] == ["cut.dcm"]
