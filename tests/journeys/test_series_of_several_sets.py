"""A series that holds several display sets: all are listed, told apart, and opened by click, drag and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom import dcmread
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.analysis.service import AnalysisService
from app.archive.service import ArchiveService
from app.dicom.read.doubles import DUPLICATE
from app.dicom.write.derived_series import derived_series_uid
from app.dicom.write.segmentation_object import segmentation_series_uid
from app.domain.coding import Code
from app.domain.display_set import DisplaySetId
from app.domain.image import Image
from app.domain.provenance import Algorithm, ResultState, ReviewState
from app.domain.study import Series, StudyFilter
from app.domain.volume import Volume
from app.i18n import set_language, tr
from app.imaging.store import ImageStore
from app.reading.listing import ListedSet, SeriesListing
from app.viewing.screen import ViewportId
from tests.dicom.dicom_objects import written
from tests.journeys.conftest import Driver
from tests.support.archive_rows import NOW
from tests.support.real_data import real_data
from widgets.panels.reading.series_card import MOST_UNFOLDED, SeriesSection, counted

pytestmark = pytest.mark.window
ONE, TWO = ViewportId("1"), ViewportId("2")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _open(driver: Driver, case: str) -> Series:
    """Import a case of one series and open it; its series when the strip lists what it holds."""
    return _open_files(driver, real_data(f"odd_cases/{case}"))


def _open_files(driver: Driver, folder: Path) -> Series:
    archive, actor = driver.station.get(ArchiveService), driver.window.session.user.actor
    before = {row.study.study_uid for row in archive.studies(actor, StudyFilter())}
    driver.wait(driver.run("study.import", [folder]))
    rows = archive.studies(actor, StudyFilter())
    (uid,) = [row.study.study_uid for row in rows if row.study.study_uid not in before]
    driver.wait(driver.run("study.open", uid))
    driver.run("workspace.read")
    session = driver.window.session
    (series,) = session.study.series
    driver.until(lambda: session.get(SeriesListing).of(series.series_uid) is not None)
    driver.until(lambda: session.loaded.is_complete)
    return series


def _section(driver: Driver, series: Series) -> SeriesSection:
    section: SeriesSection = driver.window.main.workspaces["read"].strip.sections[series.series_uid]
    return section


def _image(driver: Driver, viewport_id: ViewportId = ONE) -> Image | None:
    return driver.window.session.screen.viewports[viewport_id].image


def _slices(driver: Driver, viewport_id: ViewportId = ONE) -> int:
    image = _image(driver, viewport_id)
    return image.grid.shape[0] if isinstance(image, Volume) else 0


def _settle(driver: Driver) -> None:
    driver.until(lambda: not driver.station.jobs.active)
    for _ in range(20):
        driver.window.process_events(0.005)


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("zh", ["回波 10 ms · 5 幅", "回波 90 ms · 3 幅"]),
        ("en", ["echo 10 ms · Images: 5", "echo 90 ms · Images: 3"]),
    ],
)
def test_each_echo_is_listed_and_opened_by_a_click(driver: Driver, language: str, names: list[str]) -> None:
    """Two echoes of other slices: the longer one opens first, the other by a click; the tile says which it
    is.
    """
    set_language(language)  # type: ignore[arg-type]
    try:
        series = _open(driver, "echo_unequal")
        section = _section(driver, series)
        assert [entry.accessibleName() for entry in section.entries.values()] == names
        assert section.fold.isVisible()
        first, second = section.entries.values()
        assert (_slices(driver), first.thumb.property("chosen")) == (5, True)
        QTest.mouseClick(second, LEFT)
        driver.until(lambda: _slices(driver) == 3)
        assert (first.thumb.property("chosen"), second.thumb.property("chosen")) == (False, True)
        screen = driver.window.session.screen
        told = names[1].split(" · ")[0]
        assert screen.active_viewport.title == f"{series.description} · {told}"
        assert any(told in line for line in screen.active_viewport.corner_text.bottom_right)
        QTest.mouseClick(section.card, LEFT)
        driver.until(lambda: _slices(driver) == 5)
    finally:
        set_language("zh")


def test_display_sets_are_gone_through_by_key(driver: Driver) -> None:
    """Right and left from one to the next, the ends hold; Tab and Enter reach an entry."""
    section = _section(driver, _open(driver, "two_frames_of_reference"))
    tile = driver.window.main.workspaces["read"].viewer.tiles[ONE]  # type: ignore[union-attr]
    tile.setFocus()
    first = _image(driver)
    QTest.keyClick(tile, Qt.Key.Key_Left)
    _settle(driver)
    assert _image(driver) is first
    QTest.keyClick(tile, Qt.Key.Key_Right)
    driver.until(lambda: _image(driver) is not first)
    second = _image(driver)
    driver.until(lambda: driver.window.session.loaded.is_complete)
    QTest.keyClick(tile, Qt.Key.Key_Right)
    _settle(driver)
    assert _image(driver) is second
    assert isinstance(first, Volume)
    assert isinstance(second, Volume)
    assert first.frame_of_reference_uid != second.frame_of_reference_uid
    entry = next(iter(section.entries.values()))
    entry.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(entry, Qt.Key.Key_Return)
    driver.until(lambda: _image(driver) is not second)
    driver.run("display-set.next")
    driver.until(lambda: _section(driver, section.series).entries[_id(driver)] is not entry)


def _id(driver: Driver) -> str:
    return str(driver.window.session.screen.active_viewport.display_set.display_set_id)  # type: ignore[union-attr]


def test_two_sets_of_a_series_hang_beside_each_other(driver: Driver) -> None:
    """One is dragged into the second tile; each tile has its own, and both are given back."""
    section = _section(driver, _open(driver, "thin_thick"))
    driver.run("layout.set", "grid-1x2")
    first, second = section.entries.values()
    data, copy, none = second.dragged(), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    tile = driver.window.main.workspaces["read"].viewer.tiles[TWO]  # type: ignore[union-attr]
    QApplication.sendEvent(tile, QDragEnterEvent(QPoint(40, 40), copy, data, LEFT, none))
    QApplication.sendEvent(tile, QDropEvent(QPointF(40, 40), copy, data, LEFT, none))
    driver.until(lambda: (_slices(driver), _slices(driver, TWO)) == (6, 5))
    assert (first.thumb.property("chosen"), second.thumb.property("chosen")) == (True, True)
    driver.run("study.close")
    driver.until(lambda: driver.station.get(ImageStore).held == 0)


def test_a_result_belongs_to_the_set_it_was_made_of(driver: Driver) -> None:
    """Both lie on alike grids: what a method made of one of them is never laid over the other."""
    series = _open(driver, "two_frames_of_reference")
    first = _image(driver)
    assert isinstance(first, Volume)
    method = Algorithm("labels", "Labels", "1.0", Code("123110", "DCM", "Artificial Intelligence"))
    uids = {
        "images": derived_series_uid(first.sop_uids, method),
        "segmentation": segmentation_series_uid(first.sop_uids, method.key()),
    }
    results = [
        ResultState(
            kind, series.study_uid, series.series_uid, uid, kind, method, NOW, 1.0, ReviewState.UNCONFIRMED
        )
        for kind, uid in uids.items()
    ]
    made_of = driver.station.get(AnalysisService).is_made_of
    assert [made_of(one, first) for one in results] == [True, True]
    driver.run("display-set.next")
    driver.until(lambda: _image(driver) is not first)
    second = _image(driver)
    assert isinstance(second, Volume)
    assert [made_of(one, second) for one in results] == [False, False]


def test_what_is_not_shown_is_counted_with_its_reason(driver: Driver) -> None:
    section = _section(driver, _open(driver, "one_duplicate"))
    assert not section.fold.isVisible()
    assert (section.left_out.isVisible(), section.left_out.text()) == (True, "未显示：1 幅")
    assert section.left_out.toolTip() == f"1 × {tr(DUPLICATE)}"


def test_many_sets_are_folded_until_they_are_asked_for(driver: Driver, tmp_path: Path) -> None:
    """More than a few objects that are stacks of their own: folded; a step to one of them opens the list."""
    count = MOST_UNFOLDED + 2
    _kernels(tmp_path, count)
    section = _section(driver, _open_files(driver, tmp_path))
    assert section.entries == {}
    assert section.fold.text() == f"图像 {count} 组"
    QTest.mouseClick(section.fold, LEFT)
    entries = list(section.entries.values())
    assert len(entries) == count
    assert entries[-1].isVisible()
    QTest.mouseClick(section.fold, LEFT)
    assert not entries[-1].isVisible()
    driver.run("display-set.next")
    driver.until(entries[1].isVisible)


def _kernels(folder: Path, count: int) -> None:
    """Slices at the same places, reconstructed with as many kernels, in one series."""
    for n in range(count):
        for path in written(folder / str(n), 3)[0]:
            ds = dcmread(path)
            ds.ConvolutionKernel = f"K{n}"
            ds.SOPInstanceUID = f"{ds.SOPInstanceUID}.{n}"
            ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
            ds.PixelData = bytes([n]) + ds.PixelData[1:]
            ds.save_as(path)


@pytest.mark.parametrize(
    ("images", "positions", "text"), [(1, 1, "1 幅"), (90, 3, "30 × 3 幅"), (89, 3, "89 幅"), (5, 1, "5 幅")]
)
def test_a_further_axis_is_counted_by_itself(images: int, positions: int, text: str) -> None:
    """Slices and positions; all images where a slice is missing."""
    set_language("zh")
    assert counted(ListedSet(DisplaySetId("a"), (), images, positions)) == text
