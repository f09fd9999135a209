"""A day of reading by mouse and key in one window: mammograms with their prior, four sequences of a brain,
PET-CT, ultrasound, an arrangement that is kept, and a study that is read by keys alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.annotation.mark_table import MarkTable
from app.bootstrap.station import open_station
from app.bootstrap.window import SessionWindow
from app.domain.person import Role
from app.domain.volume import Volume
from app.i18n import set_language
from app.notifications import Level
from app.reading.hanging_controller import HangingController
from app.viewing.layouts import layout
from app.viewing.links import index_of, plane_of
from app.viewing.screen import Screen, SliceView, StudyRole, Viewport, ViewportId
from tests.journeys.conftest import Driver
from tests.journeys.test_reading_acts import _to_front
from tests.support.day_studies import BRAIN, MAMMOGRAMS, PET_CT, SLICES, ULTRASOUND, all_studies
from tests.support.homes import StudyHome
from viewers.viewport import ViewportTile
from widgets.panels.reading.hanging_bar import HangingBar, KeepDialog
from widgets.panels.reading.view_menu import view_menu

pytestmark = pytest.mark.window
LEFT, SHIFT, CTRL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def _no_window_left() -> None:
    """The window of this module stays from test to test."""


@pytest.fixture(scope="module")
def driver(study_home: StudyHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The reporting doctor's window; the studies of the day are imported."""
    folder = tmp_path_factory.mktemp("day")
    set_language("zh")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YINGSHU_OPENGL", "off")
        with open_station(study_home.copy_to(folder / "home"), language="zh") as station:
            window = SessionWindow(station, quiet=True)
            try:
                window.show((1366, 768))
                window.session.user.log_in(*study_home.logins[Role.REPORTING])
                made = Driver(window, station, study_home.logins, study_home.study_uid)
                made.wait(made.run("study.import", list(all_studies(folder / "dicom"))))
                yield made
            finally:
                window.close()


def _open(driver: Driver, study_uid: str) -> Screen:
    """The study as it hangs by itself, all of its images there, the keys in its active view."""
    _to_front(driver)
    driver.run("study.open", study_uid)
    driver.run("workspace.read")
    session = driver.window.session
    driver.until(
        lambda: session.study.is_open(study_uid) and session.get(HangingController).match is not None
    )
    _settle(driver)
    _tile(driver, session.screen.active).setFocus()
    return session.screen


def _settle(driver: Driver) -> None:
    driver.until(lambda: not driver.station.jobs.active)
    driver.look()


def _tile(driver: Driver, viewport_id: str) -> ViewportTile:
    tile = driver.window.main.workspaces["read"].viewer.tiles[ViewportId(viewport_id)]  # type: ignore[attr-defined]
    assert isinstance(tile, ViewportTile)
    return tile


def _key(driver: Driver, key: Qt.Key, held: Qt.KeyboardModifier = PLAIN) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None, "the keys go nowhere"
    QTest.keyClick(focus, key, held)
    _settle(driver)


def _wheel(driver: Driver, viewport_id: str, notches: int, held: Qt.KeyboardModifier = PLAIN) -> None:
    tile = _tile(driver, viewport_id)
    at, none = QPointF(tile.rect().center()), Qt.MouseButton.NoButton
    turn, phase = QPoint(0, -120 * notches), Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, tile.mapToGlobal(at), QPoint(), turn, none, held, phase, False)
    QApplication.sendEvent(tile, event)
    driver.look()


def _drag(driver: Driver, viewport_id: str, start: tuple[float, float], by: tuple[float, float]) -> None:
    """From a place of the tile, in shares of it, so many pixels on."""
    tile, none = _tile(driver, viewport_id), Qt.MouseButton.NoButton
    here = QPointF(start[0] * tile.width(), start[1] * tile.height())
    there = here + QPointF(*by)
    for kind, at, button, held in (
        (QEvent.Type.MouseButtonPress, here, LEFT, LEFT),
        (QEvent.Type.MouseMove, there, none, LEFT),
        (QEvent.Type.MouseButtonRelease, there, LEFT, none),
    ):
        QApplication.sendEvent(tile, QMouseEvent(kind, at, tile.mapToGlobal(at), button, held, PLAIN))
    _settle(driver)


def _height_mm(viewport: Viewport) -> float:
    plane = plane_of(viewport)
    assert plane is not None
    point = plane.to_lps(0.0, 0.0)
    assert point is not None
    return point[2]


def _told(driver: Driver) -> list[str]:
    rows = driver.station.notifications.rows
    return [n.message for n in rows if n.level is Level.ERROR]


def test_mammograms_with_their_prior(driver: Driver) -> None:
    """Back to back; by key to the prior; zoomed as in a mirror; measured: the table says on which view."""
    screen = _open(driver, MAMMOGRAMS)
    views = list(screen.viewports.values())
    heads = [_tile(driver, v.viewport_id).resolved().header.name for v in views]  # type: ignore[union-attr]
    assert heads == ["R CC", "L CC", "R MLO", "L MLO"]
    for viewport in views:
        corners = _tile(driver, viewport.viewport_id).resolved().corners  # type: ignore[union-attr]
        over = corners.top_left if viewport.side == "left" else corners.top_right
        assert over == (), "no text over the breast"
    _key(driver, Qt.Key.Key_J, SHIFT)
    _wheel(driver, "1", -2, CTRL)
    zooms, pans = {v.zoom for v in views}, [v.pan for v in views]
    assert len(zooms) == 1
    assert zooms != {1.0}
    assert pans[1] == pytest.approx((-pans[0][0], pans[0][1]))
    _key(driver, Qt.Key.Key_Escape, SHIFT)
    _key(driver, Qt.Key.Key_J, SHIFT)
    for _ in range(3):
        _key(driver, Qt.Key.Key_Period)
    roles = [v.role for v in screen.viewports.values()]
    assert roles == [StudyRole.CURRENT] * 2 + [StudyRole.PRIOR] * 2
    bar = driver.window.main.workspaces["read"].hanging  # type: ignore[attr-defined]
    assert isinstance(bar, HangingBar)
    shown = [button.text() for button in bar.stages if button.isVisible() and button.isChecked()]
    assert shown == ["4 / 8  与既往对比：CC"]
    _key(driver, Qt.Key.Key_D)
    _drag(driver, "2", (0.1, 0.5), (60, 0))
    (row,) = driver.window.session.get(MarkTable).rows
    assert row.place == "L CC"
    _drag(driver, "4", (0.1, 0.5), (60, 0))
    assert len(driver.window.session.study.annotations.measurements) == 1, "nothing is drawn on a prior"
    assert "既往" in _told(driver)[-1]


def test_four_sequences_of_a_brain(driver: Driver) -> None:
    """No cell is empty; all scroll together; diffusion begins at b 1000 in a window of its own; a mark on T2
    is undone and done again across a layout, and is there when the study is opened again.
    """
    screen = _open(driver, BRAIN)
    session, views = driver.window.session, list(screen.viewports.values())
    assert screen.layout == layout("grid-2x2")
    assert [v.title for v in views] == [
        "t1_tse_tra",
        "t2_tse_tra",
        "t2_tirm_tra_dark-fluid",
        "ep2d_diff_trace",
    ]
    bar = _tile(driver, "4").resolved().bar  # type: ignore[union-attr]
    assert bar is not None
    assert bar.text == "b 值 2 / 2 · 1000 s/mm²"
    assert {index_of(v) for v in views} == {SLICES // 2}
    _wheel(driver, "2", 2)
    assert {index_of(v) for v in views} == {SLICES // 2 + 2}
    _key(driver, Qt.Key.Key_J, SHIFT)
    before = [v.window for v in views]
    _key(driver, Qt.Key.Key_W)
    _drag(driver, "1", (0.5, 0.5), (30, -20))
    assert views[0].window != before[0]
    assert [v.window for v in views[1:]] == before[1:], "T2 has no scale in common with T1"
    _key(driver, Qt.Key.Key_J, SHIFT)
    _key(driver, Qt.Key.Key_E)
    _drag(driver, "2", (0.45, 0.45), (40, 30))
    (made,) = session.study.annotations.measurements
    _key(driver, Qt.Key.Key_F)
    assert screen.maximised == "2"
    _key(driver, Qt.Key.Key_Z, CTRL)
    assert session.study.annotations.measurements == ()
    driver.run("layout.set", "grid-1x2")
    _tile(driver, "2").setFocus()
    _key(driver, Qt.Key.Key_Y, CTRL)
    assert session.study.annotations.measurements == (made,)
    driver.run("study.close")
    _open(driver, BRAIN)
    (row,) = session.get(MarkTable).rows
    assert row.mark.tracking_uid == made.tracking_uid
    assert row.place == f"轴位 {SLICES // 2 - 1}", "the scanner numbers from the feet"


def test_pet_and_ct(driver: Driver) -> None:
    """PET inverted beside CT at one place; by key with the coronal planes, of which each scrolls with its
    own; any plane by key.
    """
    screen = _open(driver, PET_CT)
    assert [(v.invert, v.window_label) for v in screen.viewports.values()] == [
        (False, "Mediastinum window"),
        (True, "SUV 0 to 7"),
    ]
    _key(driver, Qt.Key.Key_Escape, SHIFT)
    assert [v.invert for v in screen.viewports.values()] == [False, True], "as it hung"
    _wheel(driver, "1", -3)
    ct, pet = screen.viewports.values()
    place = (index_of(ct), index_of(pet))
    assert abs(_height_mm(ct) - _height_mm(pet)) <= 1.5, "half a slice of PET at most"
    _key(driver, Qt.Key.Key_Period)
    views = list(screen.viewports.values())
    assert [v.view.axis for v in views if isinstance(v.view, SliceView)] == [0, 0, 1, 1]
    assert (index_of(views[0]), index_of(views[1])) == place, "the place stays"
    coronal = [index_of(v) for v in views[2:]]
    _wheel(driver, "2", 2)
    assert (index_of(views[0]), index_of(views[1])) != place
    assert [index_of(v) for v in views[2:]] == coronal
    _wheel(driver, "3", 1)
    assert [index_of(v) for v in views[2:]] == [n + 1 for n in coronal]
    _tile(driver, "4").setFocus()
    screen.active = ViewportId("4")
    _key(driver, Qt.Key.Key_3, CTRL)
    shown = _tile(driver, "4").resolved()
    assert shown is not None
    assert shown.letters[:2] == ("A", "P")


def test_ultrasound_is_measured_where_it_is_calibrated(driver: Driver) -> None:
    """Three stills side by side; a length is in pixels without a region, in millimetres with one."""
    screen = _open(driver, ULTRASOUND)
    assert screen.layout == layout("grid-1x3")
    _key(driver, Qt.Key.Key_D)
    for identity in ("1", "3"):
        _drag(driver, identity, (0.4, 0.5), (30, 0))
    texts = [" ".join(row.lines) for row in driver.window.session.get(MarkTable).rows]
    assert texts[0].endswith("像素")
    assert texts[1].endswith("mm")


def test_an_arrangement_is_made_kept_and_used_again(driver: Driver) -> None:
    """One view beside the other, one of them coronal and inverted: so hangs the study the next time."""
    screen = _open(driver, PET_CT)
    hanging = driver.window.session.get(HangingController)
    ct, pet = screen.viewports.values()
    screen.active = ct.viewport_id
    _tile(driver, "1").setFocus()
    _key(driver, Qt.Key.Key_2, CTRL)
    _key(driver, Qt.Key.Key_I)
    _key(driver, Qt.Key.Key_3)
    screen.active = pet.viewport_id
    driver.window.main.workspaces["read"].hanging.keep.click()  # type: ignore[attr-defined]
    dialog = next(d for d in driver.window.main.findChildren(KeepDialog) if d.isVisible())
    dialog.title.setText("冠状位骨窗")
    QTest.keyClick(dialog.title, Qt.Key.Key_Return)
    _settle(driver)
    driver.run("study.close")
    screen = _open(driver, PET_CT)
    assert hanging.match is not None
    assert hanging.match.protocol.title == "冠状位骨窗"
    ct, pet = screen.viewports.values()
    assert isinstance(ct.view, SliceView)
    assert (ct.view.axis, ct.invert, ct.window_label) == (1, True, "Bone window")
    assert (pet.view, pet.invert, pet.window_label) == (pet.view, True, "SUV 0 to 7")
    assert screen.links == (), "no parallel planes"
    driver.wait(driver.run("hanging.remove", hanging.match.protocol))


def test_a_study_is_read_by_keys_alone(driver: Driver) -> None:
    """From the list into the images, through slices, windows and series, a key image, saved, on to the next
    study and back to the list: the keys never go nowhere.
    """
    session, main = driver.window.session, driver.window.main
    _to_front(driver)
    if session.study.study is not None:
        driver.run("study.close")
    _key(driver, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    worklist = main.workspaces["worklist"]
    driver.until(lambda: worklist.model.rowCount() == 6 and worklist.listed.is_idle)  # type: ignore[attr-defined]
    _key(driver, Qt.Key.Key_F, CTRL)
    QTest.keyClicks(QApplication.focusWidget(), "zhaolei")
    driver.until(lambda: worklist.model.rowCount() == 1 and worklist.listed.is_idle)  # type: ignore[attr-defined]
    _key(driver, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is worklist.table  # type: ignore[attr-defined]
    _key(driver, Qt.Key.Key_Return)
    driver.until(lambda: session.workspaces.current == "read" and session.study.is_open(PET_CT))
    driver.until(lambda: session.get(HangingController).match is not None)
    _settle(driver)
    driver.until(lambda: isinstance(QApplication.focusWidget(), ViewportTile), 5)
    screen = session.screen
    first = index_of(screen.active_viewport)
    _key(driver, Qt.Key.Key_Down)
    assert index_of(screen.active_viewport) == first + 1
    _key(driver, Qt.Key.Key_Home)
    assert index_of(screen.active_viewport) == 0
    _key(driver, Qt.Key.Key_2)
    assert screen.active_viewport.window_label == "Lung window"
    _key(driver, Qt.Key.Key_K)
    driver.until(lambda: len(session.study.annotations.key_images) == 1)
    _key(driver, Qt.Key.Key_F)
    assert screen.maximised == screen.active
    _key(driver, Qt.Key.Key_F)
    _key(driver, Qt.Key.Key_M, CTRL)
    driver.until(lambda: any(s.modality == "PR" for s in session.study.series))
    _key(driver, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert session.workspaces.current == "report"
    _key(driver, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert isinstance(QApplication.focusWidget(), ViewportTile)
    assert isinstance(screen.active_viewport.image, Volume)
    _key(driver, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert session.workspaces.current == "worklist"
    _key(driver, Qt.Key.Key_Escape)
    assert _told(driver)[1:] == []
    _key(driver, Qt.Key.Key_F, CTRL)
    QApplication.focusWidget().selectAll()  # type: ignore[union-attr]
    QTest.keyClicks(QApplication.focusWidget(), "limeihua")
    driver.until(lambda: worklist.model.rowCount() == 2 and worklist.listed.is_idle)  # type: ignore[attr-defined]
    driver.look()
    _key(driver, Qt.Key.Key_Return, SHIFT)
    driver.until(lambda: session.study.is_open(MAMMOGRAMS))
    driver.until(lambda: StudyRole.PRIOR in {v.role for v in screen.viewports.values()})


def test_the_menu_of_a_view_fits_a_small_screen(driver: Driver) -> None:
    """What is measured, shown over the image and given out stands in menus of its own."""
    screen = _open(driver, MAMMOGRAMS)
    menu = view_menu(driver.window.main.ui, screen.active, driver.window.main)
    assert menu.sizeHint().height() < 768
    inner = {action.text(): action.menu() for action in menu.actions() if action.menu() is not None}
    measures = [action.text().split("\t")[0] for action in inner["测量与标注"].actions()]  # type: ignore[union-attr]
    assert measures[:3] == ["测量长度", "测量椭圆", "取值"]
    out = [action.text().split("\t")[0] for action in inner["图片与打印"].actions()]  # type: ignore[union-attr]
    assert "打印视图" in out
    visible = [action.text().split("\t")[0] for action in menu.actions() if action.isVisible()]
    assert "锁定或解锁标注" not in visible, "no mark is chosen"
    menu.deleteLater()
