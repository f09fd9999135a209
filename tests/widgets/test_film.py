"""Films: their pages, texts and lengths as other programs read them, and what is refused."""

from __future__ import annotations

import json
import subprocess
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPageLayout
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest

from app.domain.study import StudyUid
from app.errors import Refused
from app.imaging.store import ImageStore
from app.jobs import JobState
from app.viewing.film import FORMATS, Film, cut_off_mm, film_bar, picked, series_pages
from app.viewing.layouts import grid_layout
from app.viewing.screen import Screen, StackView, StudyRole
from tests.support.small_study import GRID
from tests.support.stacks import mammogram
from tests.support.tools import require_tool
from tests.support.volumes import volume_of
from tests.widgets.conftest import Room
from widgets.panels.reading.film_dialog import FilmDialog
from widgets.panels.reading.film_making import FilmMaker
from widgets.panels.reading.film_painting import page_layout

pytestmark = pytest.mark.window
PT_PER_MM = 72 / 25.4


def _dialog(room: Room) -> FilmDialog:
    room.commands.run("film.print")
    room.wait(lambda: any(d.isVisible() for d in room.window.findChildren(FilmDialog)))
    return next(d for d in room.window.findChildren(FilmDialog) if d.isVisible())


def _open(room: Room) -> None:
    room.open_small_study()
    room.commands.run("layout.set", "grid-1x1")
    room.wait(lambda: room.session.loaded.is_complete)


def _saved(room: Room, dialog: FilmDialog, path: Path) -> None:
    job = dialog.save(path)
    assert job is not None
    room.wait(lambda: job.ended, timeout_ms=60_000)
    assert job.state is JobState.DONE


def _told(*command: str) -> str:
    done = subprocess.run([require_tool(command[0]), *command[1:]], capture_output=True, check=True)
    # Qt writes some characters by their radicals
    return unicodedata.normalize("NFKC", done.stdout.decode()).replace("⻚", "页").replace(" ", "")


def _page(path: Path, number: int, dpi: int, to: Path) -> np.ndarray:  # type: ignore[type-arg]
    """A page as poppler draws it, in grey."""
    which = ("-f", str(number), "-l", str(number), "-singlefile")
    _told("pdftoppm", "-r", str(dpi), "-gray", "-png", *which, str(path), str(to.with_suffix("")))
    image = QImage(str(to)).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()].astype(int)


def _longest(line: np.ndarray) -> int:  # type: ignore[type-arg]
    """Length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(int), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def test_a_series_is_printed_as_film(room: Room, tmp_path: Path) -> None:
    """Every third image from 4 to 16, 2 × 2 a page on 8 × 10 inches across: five on two pages, each with
    who, where and its number; bars as long as they say; a row in the audit.
    """
    _open(room)
    dialog = _dialog(room)
    dialog.format.setCurrentIndex([one.name for one in FORMATS].index("8x10"))
    dialog.orientation.setCurrentIndex(1)
    for line, value in zip(
        (dialog.rows, dialog.columns, dialog.first, dialog.last, dialog.step), (2, 2, 4, 16, 3), strict=True
    ):
        line.setValue(value)
    room.wait(lambda: dialog.said.text() == "图像 5 幅 · 2 页" and not dialog.preview.pixmap().isNull())
    QTest.mouseClick(dialog.forth, Qt.MouseButton.LeftButton)
    assert dialog.at.text() == "第 2 / 2 页"
    path, film = tmp_path / "film.pdf", dialog.film()
    _saved(room, dialog, path)
    info = _told("pdfinfo", str(path))
    assert "Pages:2\n" in info
    width, height = (float(part) for part in info.split("Pagesize:")[1].split("pts")[0].split("x"))
    assert (width, height) == pytest.approx((720, 576), abs=1)
    text = _told("pdftotext", "-layout", str(path), "-")
    for said in ("王小明", room.study.patient.patient_id, room.study.institution, "2026-11-18"):
        assert text.count(said) == 2
    assert ["第1/2页" in text, "第2/2页" in text] == [True, True]
    assert text.count("不得单独作为诊断依据") == 2
    # the bar beside the first image, drawn by poppler: white, upright, at the left edge of its cell
    (first, *_), _ = series_pages(room.session.screen, film, picked(4, 16, 3, 24))
    bar = film_bar(first)
    assert bar is not None
    dpi = 300
    page, px = _page(path, 1, dpi, tmp_path / "one.png"), dpi / 25.4
    column = page[
        round(first.box.y * px) : round((first.box.y + first.box.height) * px),
        round((first.box.x + 1.5) * px),
    ]
    drawn_mm = _longest(column > 200) / px
    assert drawn_mm == pytest.approx(bar.length_px, abs=0.15)
    # the image beside it is as large: the body's width is known
    body = page[round((first.box.y + first.box.height / 2 - 6) * px)]  # above the letters of the sides
    left, right = (round(x * px) for x in (first.box.x + 3, first.box.x + first.box.width))
    lit = np.flatnonzero(body[left:right] > 100)
    millimetres = float(bar.text.split()[0]) * (10 if "cm" in bar.text else 1)
    times = millimetres / bar.length_px
    chord = 84 * np.sqrt(1 - (6 * times / GRID.spacing_mm[1] / 32) ** 2)  # of the ellipse, in pixels
    assert (lit[-1] - lit[0]) / px * times == pytest.approx(chord * GRID.spacing_mm[2], abs=8)
    with room.session.station.folder.database.read() as tx:
        rows = [json.loads(row.details) for row in tx.audit.rows(action="view.export")]
    assert rows == [{"way": "film", "named": True}]


def test_a_film_in_true_size(room: Room, tmp_path: Path) -> None:
    """A millimetre of the patient is one of the sheet; what lies beyond it is said, and without the name
    nothing says who it is.
    """
    _open(room)
    dialog = _dialog(room)
    dialog.named.setChecked(False)
    dialog.scale.setCurrentIndex(1)
    for line in (dialog.rows, dialog.columns):
        line.setValue(1)
    dialog.first.setValue(12)
    dialog.last.setValue(12)
    dialog.look()
    assert dialog.said.text() == "图像 1 幅 · 1 页"
    path = tmp_path / "true.pdf"
    _saved(room, dialog, path)
    text = _told("pdftotext", "-layout", str(path), "-")
    assert room.study.patient.patient_id not in text
    assert "真实尺寸1:1" in text
    dpi = 150
    page = _page(path, 1, dpi, tmp_path / "true.png")
    middle = page[page.shape[0] // 2, round(10 / 25.4 * dpi) :]
    lit = np.flatnonzero(middle > 100)
    assert (lit[-1] - lit[0]) / dpi * 25.4 == pytest.approx(84 * GRID.spacing_mm[2], abs=4)
    narrow = Film(FORMATS[-1], rows=2, columns=2, true_size=True)
    (image,) = series_pages(room.session.screen, narrow, range(1))[0]
    across, _ = cut_off_mm(image)
    assert across == pytest.approx(96 * GRID.spacing_mm[2] - image.box.width, abs=0.5)


def test_a_cancelled_film_leaves_nothing(room: Room, tmp_path: Path) -> None:
    _open(room)
    dialog = _dialog(room)
    job = dialog.save(tmp_path / "film.pdf")
    assert job is not None
    job.cancel()
    room.wait(lambda: job.ended)
    assert job.state is JobState.CANCELLED
    assert list(tmp_path.glob("*film*")) == []


def test_a_film_goes_to_the_printer(room: Room, tmp_path: Path) -> None:
    """Ctrl+Shift+F; the views as they stand, on the printer's whole sheet, without who it is; with its row in
    the audit.
    """
    _open(room)
    room.session.screen.active_viewport.study_date = "2026-11-18"
    held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(room.window, Qt.Key.Key_F, held)
    room.wait(lambda: any(d.isVisible() for d in room.window.findChildren(FilmDialog)))
    dialog = next(d for d in room.window.findChildren(FilmDialog) if d.isVisible())
    dialog.content.setCurrentIndex(1)
    dialog.format.setCurrentIndex([one.name for one in FORMATS].index("a4"))
    dialog.named.setChecked(False)
    dialog.look()
    assert not dialog.black.isChecked()
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "printed.pdf"))
    assert dialog._job is not None
    assert {one.view.study_date for one in dialog._job.pages[0]} == {""}
    job = room.window.workspaces["read"].film_output.maker.print_to(dialog._job, printer)
    room.wait(lambda: job.ended, timeout_ms=60_000)
    assert "Pagesize:595x842pts(A4)" in _told("pdfinfo", str(tmp_path / "printed.pdf"))
    assert room.study.institution not in _told("pdftotext", str(tmp_path / "printed.pdf"), "-")
    with room.session.station.folder.database.read() as tx:
        rows = [json.loads(row.details) for row in tx.audit.rows(action="view.export")]
    assert rows == [{"way": "film printer", "named": False}]
    dialog.reject()


def test_the_head_says_what_holds_for_all_images(room: Room) -> None:
    """The series where it is one; of a study beside a prior the study that is read."""
    _open(room)
    maker, live = FilmMaker(room.session), room.session.screen.active_viewport
    live.title = "lung"
    other = replace(live, title="bone", layers=())
    before = replace(live, study_uid=StudyUid("1.2.3"), role=StudyRole.PRIOR, layers=())
    assert maker.head([live], named=True).examination.endswith("lung")
    assert "lung" not in maker.head([live, other], named=True).examination
    for views in ([live, before], [before, live]):
        head = maker.head(views, named=True)
        assert room.study.description in head.examination
        assert "既往" not in head.examination


def test_what_cannot_be_is_said(room: Room) -> None:
    """Images in the wrong order; a rendering in true size: the reason, and nothing to press."""
    _open(room)
    dialog = _dialog(room)
    dialog.first.setValue(20)
    dialog.last.setValue(10)
    dialog.look()
    assert "1 至 24" in dialog.problem.text.text()
    assert not dialog.save_button.isEnabled()
    assert dialog.save(Path("never.pdf")) is None
    dialog.last.setValue(24)
    dialog.content.setCurrentIndex(1)
    dialog.look()
    assert dialog.said.text() == "图像 1 幅 · 1 页"
    assert dialog.save_button.isEnabled()
    made, store = dialog._job, room.session.station.get(ImageStore)
    assert made is not None
    (image,) = made.pages[0]
    gone = replace(image, view=replace(image.view, image=volume_of(np.zeros((2, 3, 4)))))
    held = store.held
    with pytest.raises(Refused):
        FilmMaker(room.session).preview(replace(made, pages=[(image, gone)]), 1, 100, lambda _: None)
    assert store.held == held, "an image that is off the screen keeps no other in memory"
    dialog.reject()


@pytest.mark.parametrize("film", [Film(one, landscape=turned) for one in FORMATS for turned in (False, True)])
def test_pages_have_their_size(film: Film) -> None:
    """Cells lie beside each other within the page; Qt names the sheet to half a millimetre."""
    width, height = film.size_mm
    cells = film.cells
    assert len(cells) == film.rows * film.columns
    assert cells[0].x > 0
    assert cells[-1].x + cells[-1].width < width
    assert cells[-1].y + cells[-1].height < height
    assert cells[1].x >= cells[0].x + cells[0].width
    sheet = page_layout(film).fullRect(QPageLayout.Unit.Millimeter)
    assert (sheet.width(), sheet.height()) == pytest.approx((width, height), abs=0.5)


def test_lengths_at_the_detector_have_no_true_size() -> None:
    """A mammogram without a calibration is refused with the reason, and has its bar fitted."""
    screen = Screen(grid_layout(1, 1))
    screen.active_viewport.show(mammogram(), StackView())
    film = Film(rows=1, columns=1)
    (image,) = series_pages(screen, film, range(1))[0]
    bar = film_bar(image)
    assert bar is not None
    assert "探测器" in bar.text
    with pytest.raises(Refused, match="true size"):
        series_pages(screen, replace(film, true_size=True), range(1))
