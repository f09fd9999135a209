"""Views leave the station as pictures and on paper: with or without who the patient is, and never
unnoticed.
"""

from __future__ import annotations

import json
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtPrintSupport import QPrinter

from app.domain.person import Role
from app.errors import NotAllowed
from app.reading.picture_service import PictureService, picture_name
from app.viewing.layouts import layout
from tests.support.tools import require_tool
from tests.widgets.conftest import Room
from widgets.panels.reading.view_output import FILE_PX, ViewOutput

pytestmark = pytest.mark.window


def _output(room: Room) -> ViewOutput:
    room.open_small_study()
    room.commands.run("layout.set", "grid-1x1")
    room.wait(lambda: room.session.loaded.is_complete)
    return room.window.workspaces["read"].output  # type: ignore[no-any-return]


def _ways(room: Room) -> list[tuple[str, bool]]:
    with room.session.station.folder.database.read() as tx:
        rows = tx.audit.rows(action="view.export")
    told = [json.loads(row.details) for row in rows]
    return [(one["way"], one["named"]) for one in told]


def _grey(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(int)


def test_a_view_is_saved_with_and_without_the_name(room: Room, tmp_path: Path) -> None:
    """The same image; the corner that names the patient is empty in one of them."""
    output = _output(room)
    output.save(tmp_path / "plain.png", named=False)
    output.save(tmp_path / "named.png", named=True)
    output.save(tmp_path / "plain.jpg", named=False)
    room.wait(lambda: len(_ways(room)) == 3 and (tmp_path / "plain.jpg").is_file())
    plain, named, lossy = (_grey(tmp_path / name) for name in ("plain.png", "named.png", "plain.jpg"))
    assert plain.shape == named.shape == (FILE_PX, FILE_PX)
    middle = slice(FILE_PX // 3, 2 * FILE_PX // 3)
    assert np.array_equal(plain[middle, middle], named[middle, middle])
    assert np.abs(plain - named)[: FILE_PX // 10, : FILE_PX // 3].max() > 100
    assert np.abs(plain - lossy).mean() < 3
    assert _ways(room) == [("file", False), ("file", True), ("file", False)]


def test_a_copy_names_nobody(room: Room, tmp_path: Path) -> None:
    output = _output(room)
    QGuiApplication.clipboard().clear()
    room.commands.run("view.copy")
    room.wait(lambda: not QGuiApplication.clipboard().image().isNull())
    QGuiApplication.clipboard().image().save(str(tmp_path / "copied.png"))
    output.save(tmp_path / "plain.png", named=False)
    room.wait(lambda: (tmp_path / "plain.png").is_file())
    assert np.array_equal(_grey(tmp_path / "copied.png"), _grey(tmp_path / "plain.png"))
    assert ("clipboard", False) in _ways(room)


def test_the_layout_is_printed(room: Room, tmp_path: Path) -> None:
    """One page: who, what and when above, what it is not for below."""
    output = _output(room)
    room.session.screen.lay_out(layout("grid-1x2"))
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "views.pdf"))
    output.print_to(printer)
    room.wait(lambda: (tmp_path / "views.pdf").is_file() and (tmp_path / "views.pdf").stat().st_size > 20_000)
    command = [require_tool("pdftotext"), "-layout", str(tmp_path / "views.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    text = unicodedata.normalize("NFKC", text)  # Qt writes some characters by their radicals
    assert text.count("\f") == 1
    assert room.study.patient.display_name in text
    assert "不得单独作为诊断依据" in text
    assert _ways(room) == [("printer", True)]


def test_who_may_not_export_gives_no_picture_out(room: Room, tmp_path: Path) -> None:
    output = _output(room)
    service, actor = room.session.station.get(PictureService), room.session.user.actor
    reader = replace(actor, roles=frozenset({Role.CATALOGUING}))
    with pytest.raises(NotAllowed):
        service.save(reader, str(room.study.study_uid), b"x", tmp_path / "a.png", named=False)
    assert not (tmp_path / "a.png").exists()
    assert output.commands()[0].enabled()


def test_the_name_of_a_file_says_which_study(room: Room) -> None:
    name = picture_name(room.study, "view")
    assert room.study.accession_number in name
    assert room.study.patient.patient_id not in name
