"""Objects without pictures at the desk: cards in the strip, pages in place of the images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget

from app.archive.service import ArchiveService
from app.domain.document import Heading, Page, Paragraph, Table
from app.objects.controller import ObjectsController
from app.objects.layers import LayersController
from app.viewing.layers import LabelLayer
from tests.dicom.objects.made_objects import ct_images, seg
from tests.dicom.objects.test_encapsulated import encapsulated, two_pages
from tests.dicom.objects.test_segmentation_reader import BINARY, blobs
from tests.dicom.objects.test_structured_report_reader import report
from tests.dicom.objects.test_waveform_reader import ecg
from tests.services.test_objects import STUDY
from tests.widgets.conftest import Room
from widgets.objects.layers_list import LayersList
from widgets.objects.page_view import PageView, page_html
from widgets.objects.pdf_view import PdfView
from widgets.objects.waveform_view import WaveformView, runs
from widgets.panels.reading.read_workspace import ReadWorkspace
from widgets.theme import theme

pytestmark = pytest.mark.window


@pytest.fixture
def reading(room: Room, tmp_path: Path) -> ReadWorkspace:
    """The reading room with a study of images, a report, a PDF and an electrocardiogram."""
    folder = tmp_path / "objects"
    folder.mkdir()
    for n, ds in enumerate(ct_images()):
        ds.save_as(folder / f"ct{n}.dcm", enforce_file_format=True)
    report(folder / "sr.dcm")
    encapsulated(folder / "pdf.dcm", two_pages())
    ecg(folder / "ecg.dcm")
    seg(folder / "seg.dcm", ct_images(), blobs(2), BINARY, 2)
    actor = room.session.user.actor
    room.session.station.get(ArchiveService).import_paths(actor, [folder])
    room.commands.run("workspace.read")
    room.done(room.commands.run("study.open", STUDY))
    room.wait(lambda: room.session.study.current is not None)
    made = room.window.workspaces["read"]
    assert isinstance(made, ReadWorkspace)
    return made


def click(room: Room, reading: ReadWorkspace, modality: str) -> object:
    """Open the object of a modality by its card; what shows it."""
    card = next(c for c in reading.strip.objects.values() if c.series.modality == modality)
    before = reading.object.content
    card.clicked.emit()
    room.wait(lambda: reading.object.content is not None and reading.object.content is not before)
    return reading.object.content


def test_a_card_opens_a_page_and_a_button_goes_back(room: Room, reading: ReadWorkspace) -> None:
    """A report is read in place of the images; the next click brings them back."""
    assert {card.series.modality for card in reading.strip.objects.values()} == {"SR", "DOC", "ECG", "SEG"}
    view = click(room, reading, "SR")
    assert isinstance(view, PageView)
    text = view.toPlainText()
    assert "右肺上叶结节\n建议复查" in text
    assert "12.50 mm" in text
    assert reading.object.isVisible()
    reading.object.back.click()
    assert not reading.object.isVisible()
    assert room.session.get(ObjectsController).shown is None


def test_the_keys_stay_when_one_page_follows_another(room: Room, reading: ReadWorkspace) -> None:
    """The focus of a page that goes is handed to the way back, not to what comes next in the window."""
    page = click(room, reading, "SR")
    assert isinstance(page, PageView)
    page.setFocus()
    click(room, reading, "DOC")
    assert QApplication.focusWidget() is reading.object.back


def test_pages_of_a_pdf_are_drawn_as_they_come_into_sight(room: Room, reading: ReadWorkspace) -> None:
    """The black half of the first page is black on the screen."""
    view = click(room, reading, "DOC")
    assert isinstance(view, PdfView)
    room.wait(lambda: not view.sheets[0].pixmap().isNull())
    image = view.sheets[0].pixmap().toImage()
    at = image.height() // 2
    assert image.pixelColor(image.width() // 4, at) == QColor(0, 0, 0)
    assert image.pixelColor(image.width() * 3 // 4, at) == QColor(255, 255, 255)


def test_curves_are_drawn_to_scale(room: Room, reading: ReadWorkspace) -> None:
    """25 mm a second and 10 mm a millivolt; larger paper is larger by as much."""
    click(room, reading, "ECG")
    view = reading.object.findChild(WaveformView)
    assert view is not None
    paper = view.paper
    mm = paper.px_per_mm
    assert paper.width() == pytest.approx((0.01 * 25 + 20) * mm, abs=1)
    ink = QColor(theme().text)
    image = paper.grab().toImage()
    near = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    assert any(abs(c.lightness() - ink.lightness()) < 40 for c in near)
    width = paper.width()
    paper.set_zoom(2.0)
    assert paper.width() == pytest.approx(2 * width, abs=2)


def test_a_foreign_segmentation_shows_over_its_images(room: Room, reading: ReadWorkspace) -> None:
    """One click shows its segments in every viewport of the volume, with overlaps; another takes them off."""
    shown = room.session.get(LayersController)
    room.wait(lambda: len(shown.available) == 1)
    panel = reading.panels["segmentation"]
    layers = panel.findChild(LayersList)
    assert layers is not None
    layers.eyes[0].click()
    screen = room.session.screen
    room.wait(lambda: shown.is_shown(shown.available[0]))
    laid = [
        viewport.layer(LabelLayer) for viewport in screen.viewports.values() if viewport.image is not None
    ]
    assert laid
    for layer in laid:
        assert layer is not None
        assert layer.source
        assert not layer.unconfirmed
        names = {segment.number: segment.label for segment in layer.segmentation.segments}
        assert sorted(names.values()) == ["segment 1", "segment 1 + segment 2", "segment 2"]
        both = next(number for number, name in names.items() if "+" in name)
        expected = blobs(2)[..., 0] & blobs(2)[..., 1]
        slices = layer.segmentation.labels == both
        flipped = layer.segmentation.grid.to_lps((0, 0, 0))[2] > 10
        assert np.array_equal(slices[::-1] if flipped else slices, expected)
    # the images have arrived, no method has a result for them: what was asked for stays
    room.session.loaded.completed.emit(screen.active_viewport.image)
    assert [viewport.layer(LabelLayer) for viewport in screen.viewports.values() if viewport.image] == laid
    layers.eyes[0].click()
    assert not shown.is_shown(shown.available[0])
    assert all(viewport.layer(LabelLayer) is None for viewport in screen.viewports.values())


def write_only(modality: str, folder: Path) -> None:
    """A study of one object that is no image; a document may say the modality of pictures."""
    if modality == "SR":
        report(folder / "sr.dcm")
    elif modality == "ECG":
        ecg(folder / "ecg.dcm")
    else:
        path = encapsulated(folder / "pdf.dcm", two_pages())
        document = pydicom.dcmread(path)
        document.Modality = modality
        document.save_as(path)


@pytest.mark.parametrize(("modality", "shown"), [("SR", PageView), ("OT", PdfView), ("ECG", QWidget)])
def test_a_study_without_images_opens_its_page(
    room: Room, tmp_path: Path, modality: str, shown: type[QWidget]
) -> None:
    """What there is shows by itself; the way back to the images says that there are none."""
    folder = tmp_path / "only"
    folder.mkdir()
    write_only(modality, folder)
    room.session.station.get(ArchiveService).import_paths(room.session.user.actor, [folder])
    room.commands.run("workspace.read")
    room.commands.run("study.open", STUDY)
    reading = room.window.workspaces["read"]
    assert isinstance(reading, ReadWorkspace)
    room.wait(lambda: reading.object.content is not None)
    assert isinstance(reading.object.content, shown)
    assert reading.object.isVisible()
    assert room.session.screen.active_viewport.notice


def test_texts_are_no_markup(qtbot: object) -> None:
    """A report cannot bring markup, links or pictures of its own."""
    page = Page(
        "<b>x</b>",
        (
            Heading("<img src='file:///etc/passwd'>"),
            Paragraph("a < b & c", "<i>l</i>"),
            Table(("<h>",), (("<script>",),)),
        ),
    )
    made = page_html(page)
    for foreign in ("<b>x", "<img", "<i>l", "<script", "<h>"):
        assert foreign not in made
    view = PageView(page)
    assert "a < b & c" in view.toPlainText()
    assert "<b>x</b>" in view.toPlainText()
    view.deleteLater()


def test_runs_leave_holes_and_keep_peaks() -> None:
    """Where nothing was recorded nothing is drawn; a spike of one sample stays when samples are dense."""
    values = np.zeros(1000, np.float32)
    values[:100], values[501] = np.nan, 7.0
    sparse = runs(values, 0.5)
    assert [len(run) for run in sparse] == [900]
    assert sparse[0][0, 0] == 100
    dense = runs(values, 10.0)
    assert dense[0][:, 1].max() == 7.0
    assert len(dense[0]) == 180
