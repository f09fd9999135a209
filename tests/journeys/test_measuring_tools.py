"""Measuring and annotating by mouse and key in the window; what was drawn is there after reopening."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydicom import dcmread
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.annotation.controller import AnnotationController
from app.annotation.measuring import describe
from app.annotation.settings import MeasuringSettings
from app.archive.service import ArchiveService
from app.domain.measurement import Measurement
from app.domain.quantity import Quantity
from app.domain.roi import RoiKind
from app.domain.study import StudyFilter
from app.reporting.service import ReportService
from app.viewing.layers import RegionLayer
from app.viewing.screen import SliceView
from tests.dicom.test_dicom_writers import faults
from tests.journeys.conftest import Driver
from tests.support.capabilities import SHAPES
from tests.support.real_data import real_data
from viewers.viewport import ViewportTile
from viewers.words_line import WordsLine
from widgets.panels.annotation.chosen_figures import ChosenFigures

pytestmark = pytest.mark.window
LEFT, PLAIN, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


@pytest.fixture
def tile(driver: Driver) -> ViewportTile:
    """The axial view, alone on the screen."""
    driver.open_study()
    driver.run("layout.set", "grid-1x1")
    screen = driver.window.session.screen
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)
    found = next(
        one
        for one in driver.window.main.findChildren(ViewportTile)
        if one.isVisible() and one.viewport.viewport_id == screen.active
    )
    found.setFocus()
    driver.until(lambda: (shown := found.resolved()) is not None and shown.image.ready)
    return found


def _at(tile: ViewportTile, x: float, y: float) -> QPoint:
    """A place as a share of the largest square on the tile."""
    side = min(tile.width(), tile.height())
    return QPoint(round(tile.width() / 2 + (x - 0.5) * side), round(tile.height() / 2 + (y - 0.5) * side))


def _take(driver: Driver, tile: ViewportTile, tool_id: str, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    QTest.keyClick(tile, key, held)
    driver.until(lambda: driver.window.session.screen.tool == tool_id, 5)


def _click(tile: ViewportTile, *places: tuple[float, float]) -> None:
    for place in places:
        QTest.mouseMove(tile, _at(tile, *place))
        QTest.mouseClick(tile, LEFT, pos=_at(tile, *place))


def _drag(tile: ViewportTile, *places: tuple[float, float]) -> None:
    QTest.mousePress(tile, LEFT, pos=_at(tile, *places[0]))
    for place in places[1:]:
        QTest.mouseMove(tile, _at(tile, *place))
    QTest.mouseRelease(tile, LEFT, pos=_at(tile, *places[-1]))


def _write(driver: Driver, words: str) -> None:
    driver.until(lambda: isinstance(QApplication.focusWidget(), WordsLine), 5)
    line = QApplication.focusWidget()
    assert isinstance(line, WordsLine)
    line.setText(words)
    QTest.keyClick(line, Qt.Key.Key_Return)


def _drawn(driver: Driver) -> tuple[Measurement, ...]:
    return driver.window.session.study.annotations.measurements


def _kinds(driver: Driver) -> list[RoiKind]:
    return [m.roi.kind for m in _drawn(driver)]


def _reopened(driver: Driver) -> tuple[Measurement, ...]:
    """What the study has after it was closed and opened again."""
    driver.run("study.close")
    driver.open_study()
    return _drawn(driver)


def test_angles_arrows_and_notes(driver: Driver, tile: ViewportTile) -> None:
    """Points by clicks and by drags, words where the mark is; undone, redone, moved, cited, saved."""
    _take(driver, tile, "angle", Qt.Key.Key_A, PLAIN)
    _click(tile, (0.6, 0.3), (0.4, 0.5), (0.6, 0.5))
    _take(driver, tile, "cobb", Qt.Key.Key_A, SHIFT)
    _drag(tile, (0.30, 0.20), (0.40, 0.22), (0.50, 0.25))
    _drag(tile, (0.30, 0.75), (0.40, 0.72), (0.50, 0.70))
    assert _kinds(driver) == [RoiKind.ANGLE, RoiKind.COBB]
    angle, cobb = (m.values[0].value for m in _drawn(driver))
    assert angle == pytest.approx(45.0, abs=0.6)
    assert cobb == pytest.approx(28.0, abs=0.8)
    assert not tile.cancel(), "nothing is being drawn any more"

    _take(driver, tile, "arrow", Qt.Key.Key_N, SHIFT)
    _drag(tile, (0.7, 0.7), (0.75, 0.75), (0.8, 0.8))
    _write(driver, "")
    _take(driver, tile, "note", Qt.Key.Key_N, PLAIN)
    _click(tile, (0.2, 0.5))
    _write(driver, "术后改变")
    _click(tile, (0.25, 0.6))
    _write(driver, "")
    assert [m.label for m in _drawn(driver)] == ["A1", "C1", "M1", "术后改变"], "a note without words is none"
    assert describe(_drawn(driver)[3], SHAPES) == ("术后改变",)

    driver.run("history.undo")
    assert len(_drawn(driver)) == 3
    driver.run("history.redo")
    before = _drawn(driver)[0]
    _drag(tile, (0.6, 0.3), (0.5, 0.3), (0.4, 0.3))
    moved = _drawn(driver)[0]
    assert moved.tracking_uid == before.tracking_uid
    assert moved.values[0].value == pytest.approx(90.0, abs=0.8)

    report = driver.open_report()
    links = driver.station.get(ReportService).measurement_link
    assert [links(m).text for m in report.measurements][2:] == ["M1", "术后改变"]
    assert links(report.measurements[0]).text == f"{moved.values[0].value:.1f}°"
    driver.run("workspace.read")
    kept = _drawn(driver)
    assert _reopened(driver) == kept


def test_regions(driver: Driver, tile: ViewportTile) -> None:
    """A rectangle by a drag, a polygon by clicks closed in three ways, a line drawn freely: area of the drawn
    shape, statistics of its pixels; a corner is moved, all is saved.
    """
    shown = tile.resolved()
    assert shown is not None
    side_mm = min(tile.width(), tile.height()) / shown.placement.px_per_unit
    _take(driver, tile, "rectangle", Qt.Key.Key_E, SHIFT)
    _drag(tile, (0.35, 0.40), (0.5, 0.5), (0.55, 0.50))
    _take(driver, tile, "polygon", Qt.Key.Key_Y, PLAIN)
    square = ((0.6, 0.3), (0.7, 0.3), (0.7, 0.4), (0.6, 0.4))
    _click(tile, *square, square[0])
    QTest.keyClick(tile, Qt.Key.Key_Down)  # to an image without texts under the hand
    _click(tile, *square)
    QTest.keyClick(tile, Qt.Key.Key_Return)
    QTest.keyClick(tile, Qt.Key.Key_Down)
    _click(tile, *square)
    QTest.mouseDClick(tile, LEFT, pos=_at(tile, *square[-1]))  # the second press of a double click
    QTest.mouseRelease(tile, LEFT, pos=_at(tile, *square[-1]))
    QTest.keyClick(tile, Qt.Key.Key_Down)
    _take(driver, tile, "freehand", Qt.Key.Key_Y, SHIFT)
    turns = [2 * math.pi * k / 60 for k in range(60)]
    _drag(tile, *((0.45 + 0.06 * math.cos(t), 0.8 + 0.06 * math.sin(t)) for t in turns))
    assert _kinds(driver) == [RoiKind.RECTANGLE, *[RoiKind.POLYGON] * 3, RoiKind.FREEHAND]
    assert [m.label for m in _drawn(driver)] == ["R1", "R2", "R3", "R4", "R5"]
    shares = (0.02, 0.01, 0.01, 0.01, math.pi * 0.0036)
    for made, share in zip(_drawn(driver), shares, strict=True):
        by = {v.concept.meaning: v.value for v in made.values}
        assert by["Area"] == pytest.approx(share * side_mm**2, rel=0.03)
        assert by["Minimum"] <= by["Median"] <= by["Maximum"]
        assert describe(made, SHAPES)[0].startswith(f"{made.label}  均值")
    before = _drawn(driver)[0]
    for _ in range(3):
        QTest.keyClick(tile, Qt.Key.Key_Up)
    _drag(tile, (0.55, 0.50), (0.57, 0.55), (0.60, 0.60))
    assert _drawn(driver)[0].values[-1].value == pytest.approx(2.5 * before.values[-1].value, rel=0.05)
    driver.window.session.get(AnnotationController).select(before.tracking_uid)
    card = next(iter(driver.window.main.findChildren(ChosenFigures)))
    assert card.chart is not None, "the chosen region shows how its values are spread"
    assert card.chart.words_of(0).endswith(f"/ {card.chart.shown.size} 个像素")
    kept = _drawn(driver)
    assert _reopened(driver) == kept


def test_axes_and_ratio(driver: Driver, tile: ViewportTile) -> None:
    """The short axis is drawn across the long one; a ratio of two widths; both cited and saved."""
    _take(driver, tile, "bidirectional", Qt.Key.Key_D, SHIFT)
    _drag(tile, (0.3, 0.3), (0.5, 0.3), (0.6, 0.3))
    _drag(tile, (0.45, 0.25), (0.45, 0.3), (0.5, 0.36))
    _take(driver, tile, "cardiothoracic", Qt.Key.Key_X, PLAIN)
    _click(tile, (0.4, 0.6), (0.6, 0.6), (0.25, 0.7), (0.75, 0.7))
    axes, ratio = _drawn(driver)
    long, short = (v.value for v in axes.values)
    assert short / long == pytest.approx(0.11 / 0.3, abs=0.02)
    assert ratio.values[0].value == pytest.approx(40.0, abs=0.6)
    assert describe(ratio, SHAPES)[0] == f"H1  心胸比 {ratio.values[0].value:.1f} %"
    report = driver.open_report()
    links = driver.station.get(ReportService).measurement_link
    assert [links(m).text for m in report.measurements] == [
        f"{long:.1f} mm × {short:.1f} mm",
        f"{ratio.values[0].value:.1f}%",
    ]
    driver.run("workspace.read")
    kept = _drawn(driver)
    assert _reopened(driver) == kept


def test_a_mark_that_is_given_up_is_none(driver: Driver, tile: ViewportTile) -> None:
    """Escape while points are placed, and while words are written."""
    _take(driver, tile, "angle", Qt.Key.Key_A, PLAIN)
    _click(tile, (0.6, 0.3), (0.4, 0.5))
    QTest.keyClick(tile, Qt.Key.Key_Escape)
    assert tile.draft is None
    _take(driver, tile, "note", Qt.Key.Key_N, PLAIN)
    _click(tile, (0.2, 0.5))
    driver.until(lambda: isinstance(QApplication.focusWidget(), WordsLine), 5)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert tile.draft is None
    assert _drawn(driver) == ()


def test_tools_of_the_menu_are_marked_in_the_row(driver: Driver, tile: ViewportTile) -> None:
    """The menu of the tools that have no room in the row has the icon of the one in hand."""
    row = driver.window.main.workspaces["read"].tools
    menu = row.taken()
    assert menu.isChecked()
    driver.run("tool.cobb")
    driver.until(lambda: row.taken() is row.menus["tools.measure"] and row.taken().isChecked(), 5)
    shown = [action.text().split("\t") for action in row.taken().menu().actions()]
    assert ["测量 Cobb 角", "Shift+A"] in shown
    driver.run("tool.window")
    driver.until(lambda: not row.menus["tools.measure"].isChecked(), 5)


def test_a_lesion_needs_suv(driver: Driver, tile: ViewportTile) -> None:
    """On CT it is refused with the reason; on PET a click makes it, outlined on the planes that meet it, and
    it is found again when the study is opened anew.
    """
    _take(driver, tile, "voi-relative", Qt.Key.Key_V, PLAIN)
    _click(tile, (0.5, 0.5))
    told = driver.station.notifications.rows[-1]
    assert (_drawn(driver), told.message) == ((), "这些图像没有 SUV。")
    assert "PET" in told.hint

    folder = real_data("pet_ct_sts_001") / "ibsi_PET" / "dicom_image"
    driver.wait(driver.run("study.import", [folder]))
    rows = driver.station.get(ArchiveService).studies(driver.window.session.user.actor, StudyFilter())
    driver.study_uid = next(str(row.study.study_uid) for row in rows if "PT" in row.study.modalities)
    driver.open_study()
    volume = driver.window.session.loaded.required
    hot = np.unravel_index(int(volume.at().argmax()), volume.grid.shape)
    screen = driver.window.session.screen
    screen.active_viewport.view = SliceView(0, float(hot[0]))
    pet = next(
        one
        for one in driver.window.main.findChildren(ViewportTile)
        if one.isVisible() and one.viewport is screen.active_viewport
    )
    driver.until(
        lambda: (seen := pet.resolved()) is not None and seen.image.index == hot[0] and seen.image.ready
    )
    shown = pet.resolved()
    assert shown is not None
    column, row = shown.plane.from_lps(tuple(float(x) for x in volume.grid.to_lps(hot))) or (0.0, 0.0)
    x, y = shown.placement.to_screen(column, row)
    _take(driver, pet, "voi-relative", Qt.Key.Key_V, PLAIN)
    QTest.mouseClick(pet, LEFT, pos=QPoint(round(x), round(y)))
    (lesion,) = _drawn(driver)
    assert describe(lesion, SHAPES)[0].startswith("V1  SUVmax 25.41  peak ")
    layer = screen.active_viewport.layer(RegionLayer)
    assert layer is not None
    (region,) = layer.regions
    assert region.region.section(0, int(hot[0]), volume.grid.shape) is not None
    kept, voxels = _drawn(driver), region.region.voxels
    assert _reopened(driver) == kept
    again = screen.active_viewport.layer(RegionLayer)
    assert again is not None
    assert [one.region.voxels for one in again.regions] == [voxels]
    series_uid = driver.wait(driver.run("regions.save"))
    archive, actor = driver.station.get(ArchiveService), driver.window.session.user.actor
    (instance,) = archive.instances(actor, series_uid)
    with archive.lease(instance.sha256) as path:
        assert faults(path) == []
        ds = dcmread(path)
    (segment,) = ds.SegmentSequence
    assert (segment.TrackingUID, segment.SegmentAlgorithmType) == (lesion.tracking_uid, "SEMIAUTOMATIC")
    assert int(ds.pixel_array.sum()) == voxels

    # a man of 71 kg and 1.63 m: 9270 / (6680 + 216·26.7229) = 0.74445 of him are lean
    driver.run("uptake.suv-lbm-janma")
    _take(driver, pet, "probe", Qt.Key.Key_B, PLAIN)
    away = QPoint(round(x + 3 * shown.placement.px_per_pixel), round(y))
    QTest.mouseClick(pet, LEFT, pos=away)
    *_, probe = _drawn(driver)
    beside = volume_value(driver, probe.roi.points_mm[0])
    assert probe.values[0].value == pytest.approx(0.74445 * beside, rel=1e-4)
    assert describe(probe, SHAPES)[0].endswith(" SUL (Janma)")
    driver.station.settings.announce(MeasuringSettings(uptake="suv-bsa"))
    assert {one.uptake for one in screen.viewports.values()} == {Quantity.SUV_BSA}


def volume_value(driver: Driver, at_mm: tuple[float, float, float]) -> float:
    """The voxel that holds a point, as it was loaded."""
    volume = driver.window.session.loaded.required
    index = np.rint(volume.grid.to_index(at_mm)).astype(int)
    return float(volume.at()[tuple(index)])
