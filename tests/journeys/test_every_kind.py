"""What comes in on a day, opened from the list and looked through by mouse and key, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.image import ImageStack
from app.domain.person import Role
from app.domain.volume import Volume
from app.i18n import Language, tr
from app.notifications import Level
from tests.dicom.pixel_objects import encapsulated, jpeg, write
from tests.journeys.conftest import Driver
from tests.journeys.test_reading_acts import _to_front
from tests.support.homes import StudyHome
from tests.support.real_data import real_data
from viewers.sequence_bar import track_box
from viewers.viewport import ViewportTile
from widgets.panels.archive.worklist import WorklistWorkspace

pytestmark = pytest.mark.window
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
#: kind → a file or folder of the real data
KINDS = {
    "radiograph": "dicom_kinds/pydicom-data/RG1_J2KI.dcm",
    "mammogram": "dicom_kinds/fo-dicom/GH133.dcm",
    "ultrasound": "dicom_kinds/pydicom/examples_ybr_color.dcm",
    "angiogram": "dicom_kinds/go-dicom/I_000000.dcm",
    "scout": "dicomdir/98892001/CT2N/6293",
    "fmri": "mr_vendors/siemens_vida_xa10_enhanced",
}


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    return {kind: real_data(name.split("/")[0]) / name.partition("/")[2] for kind, name in KINDS.items()}


@pytest.fixture(params=["zh", "en"])
def driver(
    request: pytest.FixtureRequest, tmp_path: Path, study_home: StudyHome, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Driver]:
    """The reporting doctor's window in one of the languages."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    language: Language = request.param
    with open_station(study_home.copy_to(tmp_path / "home"), language=language) as station:
        window = SessionWindow(station, quiet=True)
        try:
            window.show((1366, 768))
            window.session.user.log_in(*study_home.logins[Role.REPORTING])
            yield Driver(window, station, study_home.logins, study_home.study_uid)
        finally:
            window.close()


def _open(driver: Driver, source: Path) -> ViewportTile:
    """Import, choose the study's row, Enter; the tile that has the keys then."""
    worklist = driver.window.main.workspaces["worklist"]
    assert isinstance(worklist, WorklistWorkspace)
    driver.until(lambda: worklist.model.rowCount() > 0)
    known = {row.study.study_uid for row in worklist.model.here()}
    driver.wait(driver.run("study.import", [source]))
    driver.run("workspace.worklist")
    driver.until(lambda: {row.study.study_uid for row in worklist.model.here()} > known)
    table = worklist.table
    (row,) = [
        n
        for n in range(worklist.model.rowCount())
        if (listed := worklist.model.row(n)) is not None and listed.study.study_uid not in known
    ]
    _to_front(driver)
    cell = table.visualRect(worklist.model.index(row, 0)).center()
    QTest.mouseClick(table.viewport(), LEFT, pos=cell)
    QTest.keyClick(table, Qt.Key.Key_Return)
    session = driver.window.session
    driver.until(lambda: session.workspaces.current == "read" and session.study.study is not None)
    driver.until(lambda: session.screen.active_viewport.image is not None and session.loaded.is_complete)
    driver.until(lambda: isinstance(QApplication.focusWidget(), ViewportTile), 5)
    tile = QApplication.focusWidget()
    assert isinstance(tile, ViewportTile)
    driver.until(lambda: (shown := tile.resolved()) is not None and shown.image.ready)
    assert _told(driver) == []
    return tile


def _told(driver: Driver) -> list[str]:
    rows = driver.station.notifications.rows
    return [n.message for n in rows if n.level in (Level.ERROR, Level.WARNING)]


def _picture(tile: ViewportTile) -> np.ndarray:  # type: ignore[type-arg]
    """RGB of the middle, without what is written at the edges."""
    rgb = _rgb(tile)
    height, width = rgb.shape[:2]
    return rgb[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3]


def _rgb(tile: ViewportTile) -> np.ndarray:  # type: ignore[type-arg]
    image = tile.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def _wheel(tile: ViewportTile, turn: int) -> None:
    at = QPointF(tile.rect().center())
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    keys = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(at, tile.mapToGlobal(at), QPoint(), QPoint(0, turn), none, keys, phase, False)
    QApplication.sendEvent(tile, event)


def _drag(tile: ViewportTile, by: tuple[int, int], button: Qt.MouseButton = LEFT) -> None:
    start = QPointF(tile.rect().center())
    end = start + QPointF(*by)
    for kind, at, held in (
        (QEvent.Type.MouseButtonPress, start, button),
        (QEvent.Type.MouseMove, (start + end) / 2, button),
        (QEvent.Type.MouseMove, end, button),
        (QEvent.Type.MouseButtonRelease, end, Qt.MouseButton.NoButton),
    ):
        moved = kind == QEvent.Type.MouseMove
        which = Qt.MouseButton.NoButton if moved else button
        event = QMouseEvent(kind, at, tile.mapToGlobal(at), which, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(tile, event)


def _corners(tile: ViewportTile) -> str:
    shown = tile.resolved()
    assert shown is not None
    corners = shown.corners
    lines = (*corners.top_left, *corners.top_right, *corners.bottom_left, *corners.bottom_right)
    return "\n".join(line.text for line in lines)


def _windowed_by_hand(tile: ViewportTile) -> None:
    """Window/level by key W and a drag: the picture darkens, and the corner tells the new values."""
    before, told = _picture(tile), _corners(tile)
    QTest.keyClick(tile, Qt.Key.Key_W)
    _drag(tile, (0, -120))
    assert _corners(tile) != told
    assert _picture(tile).mean() != pytest.approx(before.mean(), abs=1.0)
    _drag(tile, (0, 120))


def test_a_radiograph(driver: Driver, files: dict[str, Path]) -> None:
    """A CR hangs alone, bones white whatever its photometric, turned and windowed by hand."""
    tile = _open(driver, files["radiograph"])
    screen = driver.window.session.screen
    assert isinstance(screen.active_viewport.image, ImageStack)
    assert screen.layout.layout_id == "grid-1x1"
    _windowed_by_hand(tile)
    before = _picture(tile)
    QTest.keyClick(tile, Qt.Key.Key_I)
    assert _picture(tile).mean() == pytest.approx(255 - before.mean(), abs=12)
    QTest.keyClick(tile, Qt.Key.Key_I)
    QTest.keyClick(tile, Qt.Key.Key_R)
    assert screen.active_viewport.turns == 1
    zoom = screen.active_viewport.zoom
    _drag(tile, (0, -60), RIGHT)
    assert screen.active_viewport.zoom != zoom
    pan = screen.active_viewport.pan
    _drag(tile, (40, 20), MIDDLE)
    assert screen.active_viewport.pan != pan
    QTest.keyClick(tile, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    assert (screen.active_viewport.zoom, screen.active_viewport.turns) == (zoom, 0)


def test_a_mammogram(driver: Driver, files: dict[str, Path]) -> None:
    """An MG opens whole, says which breast and view, and is measured on the detector's scale, which it
    says.
    """
    tile = _open(driver, files["mammogram"])
    session = driver.window.session
    image = session.screen.active_viewport.image
    assert isinstance(image, ImageStack)
    _windowed_by_hand(tile)
    QTest.keyClick(tile, Qt.Key.Key_D)
    _drag(tile, (80, 0))
    driver.until(lambda: len(session.study.annotations.measurements) == 1)
    (made,) = session.study.annotations.measurements
    assert made.values[0].value > 0
    assert made.anchor.sop_uid == image.frames[0].sop_uid


def test_a_colour_ultrasound_cine(driver: Driver, files: dict[str, Path]) -> None:
    """30 frames in colour: the wheel shows the next, C plays and stops, the bar goes where it is pressed."""
    tile = _open(driver, files["ultrasound"])
    shown = tile.resolved()
    assert shown is not None
    assert shown.image.count == 30
    colours = _rgb(tile).astype(int)
    assert (colours[..., 1] - colours[..., 0]).max() > 60, "the green mark of the probe"
    assert (colours[..., 2] - colours[..., 0]).max() > 40, "the blue line below"
    _plays_and_stops(driver, tile)


def test_an_angiogram(driver: Driver, files: dict[str, Path]) -> None:
    """75 frames: played, stopped, gone through by key to the last one, windowed."""
    tile = _open(driver, files["angiogram"])
    shown = tile.resolved()
    assert shown is not None
    assert shown.image.count == 75
    assert 60 < _picture(tile).mean() < 200, "its Modality LUT is for measuring, not for the display"
    _windowed_by_hand(tile)
    _plays_and_stops(driver, tile)
    QTest.keyClick(tile, Qt.Key.Key_End)
    driver.until(lambda: tile.resolved().image.shown == 74)  # type: ignore[union-attr]
    QTest.keyClick(tile, Qt.Key.Key_Home)
    driver.until(lambda: tile.resolved().image.shown == 0)  # type: ignore[union-attr]


def _plays_and_stops(driver: Driver, tile: ViewportTile) -> None:
    def at() -> int:
        shown = tile.resolved()
        assert shown is not None
        return shown.image.index

    first = at()
    _wheel(tile, -120)
    assert at() == first + 1
    QTest.keyClick(tile, Qt.Key.Key_C)
    seen: set[int] = set()
    driver.until(lambda: len(seen) >= 4 if seen.add(at()) is None else False, 20)
    bar = tile.resolved().bar  # type: ignore[union-attr]
    assert bar is not None
    assert bar.playing
    QTest.keyClick(tile, Qt.Key.Key_C)
    stopped = at()
    for _ in range(40):
        driver.window.process_events(0.005)
    assert at() == stopped
    bar = tile.resolved().bar  # type: ignore[union-attr]
    assert bar is not None
    assert not bar.playing


def test_a_scout(driver: Driver, files: dict[str, Path]) -> None:
    """A localizer by itself is an image, not a volume that fails."""
    tile = _open(driver, files["scout"])
    assert isinstance(driver.window.session.screen.active_viewport.image, ImageStack)
    _windowed_by_hand(tile)
    assert tile.resolved().image.count == 1  # type: ignore[union-attr]


def test_a_series_with_time(driver: Driver, files: dict[str, Path]) -> None:
    """Four times of six slices: the wheel goes through slices, ] and [ through times, the bar shows where."""
    tile = _open(driver, files["fmri"])
    viewport = driver.window.session.screen.active_viewport
    assert isinstance(viewport.image, Volume)
    bar = tile.resolved().bar  # type: ignore[union-attr]
    assert bar is not None
    assert (bar.further, bar.count, bar.position) == (True, 4, 0)
    read = driver.window.main.workspaces["read"]
    button = read.tools.menus["window"]  # type: ignore[attr-defined]
    driver.until(lambda: button.text().strip().replace(" L ", "  L ") in _corners(tile), 5)
    before = _picture(tile)
    QTest.keyClick(tile, Qt.Key.Key_BracketRight)
    assert viewport.further == 1
    assert (_picture(tile) != before).any()
    QTest.keyClick(tile, Qt.Key.Key_BracketLeft)
    assert viewport.further == 0
    assert (_picture(tile) == before).all()
    index = tile.resolved().image.index  # type: ignore[union-attr]
    _wheel(tile, -120)
    assert (tile.resolved().image.index, viewport.further) == (index + 1, 0)  # type: ignore[union-attr]
    bar = tile.resolved().bar  # type: ignore[union-attr]
    assert bar is not None
    end = track_box(bar).center() + QPointF(track_box(bar).width() / 2, 0)
    QTest.mouseClick(tile, LEFT, pos=end.toPoint())
    assert viewport.further == 3


def test_an_image_that_cannot_be_shown_says_why(driver: Driver, tmp_path: Path) -> None:
    """The middle one of three frames is no JPEG: its tile tells the reason in place of loading for ever, the
    others
    show.
    """
    good = jpeg(np.tile(np.arange(64, dtype=np.uint8), (64, 1)) * 3)
    broken = good[:2] + b"\x00" * (len(good) - 2)
    path = tmp_path / "three.dcm"
    syntax = "1.2.840.10008.1.2.4.50"
    pixels = encapsulated([good, broken, good])
    write(path, pixels, syntax=syntax, vr="OB", shape=(64, 64), BitsAllocated=8, NumberOfFrames=3)
    driver.wait(driver.run("study.import", [path]))
    driver.run("study.open", "1.2.3")
    driver.run("workspace.read")
    session = driver.window.session
    viewport = session.screen.active_viewport
    driver.until(lambda: viewport.failed != "")
    tile = driver.window.main.workspaces["read"].viewer.tiles[viewport.viewport_id]  # type: ignore[union-attr]
    states, told = [], ""
    for index in range(3):
        driver.run("slice.go", viewport.viewport_id, index)
        shown = tile.resolved()
        assert shown is not None
        states.append(shown.image.ready)
        told = shown.failed
    assert states == [True, False, True]
    assert told.startswith(tr("This image cannot be shown: {reason}", reason=""))
    assert len(told) > 20
