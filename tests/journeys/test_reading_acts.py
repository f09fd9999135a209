"""What hands do while reading: the image that is marked is the image that is seen, marks belong to their series, keys go where they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.dicom.ct_series import write_ct_series
from app.domain.person import Role
from app.domain.provenance import derived_uid
from app.domain.roi import RoiKind
from app.domain.study import SeriesUid
from app.domain.volume import Quantity, Volume
from app.errors import Refused
from app.viewing.state import SLICE_PLANES, Drawn, Plane, TextLevel, Tool
from tests.journeys.conftest import Driver
from tests.support.small_study import GRID, identity, values
from widgets.focus import reading_order

DELETE = "删除标注"
pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def _no_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YINGSHU_OPENGL", "off")


def _to_front(driver: Driver) -> None:
    driver.window.main.activateWindow()
    driver.until(driver.window.main.isActiveWindow, 10)


def _second_series(driver: Driver, folder: Path) -> str:
    """A lossy series of 8 slices beside the small study's own, and one with a single image, which makes no volume."""
    study, first = identity()
    made = []
    for name, slices, number in (("thin", 8, 3), ("scout", 1, 4)):
        series = replace(first, series_uid=SeriesUid(derived_uid("test", name, "series")), number=number, description=name)
        grid = replace(GRID, shape=(slices, 96, 96))
        for path in write_ct_series(folder / name, study, series, grid, values(number)[:slices]):
            image = pydicom.dcmread(path)
            image.LossyImageCompression, image.LossyImageCompressionRatio = "01", "12.5"
            image.save_as(path)
        made.append(series.series_uid)
    driver.wait(driver.run("study.import", [folder]))
    return made[0]


def _draw(driver: Driver, row: float, index: float = 5.0) -> str:
    grid = driver.window.desk.screen.volume.grid  # type: ignore[union-attr]
    points = tuple(tuple(float(v) for v in grid.to_lps([index, row, c])) for c in (30, 50))
    driver.window.desk.screen.drawn.emit(Drawn(RoiKind.LENGTH, points, Plane.AXIAL, index))  # type: ignore[arg-type]
    return driver.window.desk.reading.annotations.measurements[-1].tracking_uid


def test_marks_belong_to_the_image_that_is_seen(driver: Driver, tmp_path: Path) -> None:
    """Key images are the shown slice (half-way positions too) with the marks of its own series; going to a mark opens its series."""
    thin = _second_series(driver, tmp_path / "more")
    driver.open_study()
    desk = driver.window.desk
    viewer = driver.window.main.read.viewer
    own = desk.screen.volume.series_uid  # type: ignore[union-attr]
    uid = _draw(driver, 40.0)
    drawn: list[tuple[float, int]] = []
    plain = desk.draw
    assert plain is not None

    def noting(volume: Volume, plane: str, index: float, *args: object, measurements: tuple[object, ...] = (), **more: object) -> bytes:
        drawn.append((index, len(measurements)))
        return plain(volume, plane, index, *args, measurements=measurements, **more)  # type: ignore[arg-type]

    desk.draw = noting  # type: ignore[assignment]
    for half in (10.5, 11.5):
        desk.screen.go_to(tuple(float(v) for v in GRID.to_lps([half, 40.5, 41.5])))  # type: ignore[arg-type]
        for plane in SLICE_PLANES:
            desk.screen.active = plane
            shown = viewer.slices[plane].resolved()  # type: ignore[union-attr]
            key = driver.run("image.mark-key")
            assert key.anchor.plane == (plane, float(shown.index))
            assert drawn[-1][0] == shown.index
    first = desk.reading.annotations.key_images[0]

    driver.wait(driver.run("series.show", thin))
    driver.until(lambda: desk.loaded)
    assert desk.screen.volume.series_uid == thin  # type: ignore[union-attr]
    assert viewer.slices[Plane.AXIAL].resolved().corners.bottom_right[-1].text == "有损压缩 12.5:1"  # type: ignore[union-attr]
    desk.screen.active = Plane.AXIAL
    desk.screen.viewport(Plane.AXIAL).index = 5.0
    driver.run("image.mark-key")
    assert drawn[-1] == (5.0, 0), "the other series' length is not on this image"
    desk.screen.volume.voxels.ready[0, 2] = False  # type: ignore[union-attr]
    desk.screen.viewport(Plane.AXIAL).index = 2.0
    with pytest.raises(Refused, match="loading"):
        desk.mark_key_image()

    desk.go_to_measurement(uid)
    driver.until(lambda: desk.selected_mark == uid and desk.loaded)
    assert desk.screen.volume.series_uid == own  # type: ignore[union-attr]
    assert [m.tracking_uid for m in desk.screen.marks] == [uid]
    driver.wait(driver.run("series.show", thin))
    desk.go_to_key_image(first.key_id)
    driver.until(lambda: desk.screen.volume is not None and desk.screen.volume.series_uid == own)
    driver.until(lambda: desk.screen.viewport(Plane.AXIAL).index == first.anchor.plane[1])


def test_series_are_gone_through_by_key_and_what_makes_no_volume_says_so(driver: Driver, tmp_path: Path) -> None:
    """Right and left show the next and previous series (facts 4); one image alone: the reason and the way on, in place of a black screen."""
    thin = _second_series(driver, tmp_path / "more")
    _to_front(driver)
    driver.open_study()
    main, desk = driver.window.main, driver.window.desk
    viewer = main.read.viewer
    assert viewer is not None
    driver.until(lambda: isinstance(QApplication.focusWidget(), type(viewer.slices[Plane.AXIAL])), 5)  # type: ignore[attr-defined]
    tile = viewer.slices[Plane.AXIAL]  # type: ignore[attr-defined]
    before = tile.resolved().index
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert tile.resolved().index == before + 1, "arrows scroll at once, without a click into the image"
    QTest.keyClick(tile, Qt.Key.Key_Right)
    driver.until(lambda: desk.reading.current is not None and desk.reading.current.series_uid == thin and desk.loaded)
    QTest.keyClick(tile, Qt.Key.Key_Left)
    driver.until(lambda: desk.reading.current is not None and desk.reading.current.series_uid != thin and desk.loaded)
    lonely = next(s.series_uid for s in desk.reading.series if s.description == "scout")
    driver.run("study.close")
    assert desk.screen.notice == ""
    driver.run("study.open", driver.study_uid, series_uid=lonely)
    assert desk.screen.notice == "打开序列"
    driver.until(lambda: "不能构成容积" in desk.screen.notice)
    assert "请在左侧选择其他序列" in desk.screen.notice
    driver.run("series.next")
    driver.until(lambda: desk.screen.volume is not None)
    assert desk.screen.notice == ""


def test_studies_are_gone_through_by_key(driver: Driver, tmp_path: Path) -> None:
    """Ctrl+Right and Ctrl+Left: the patient's next and previous study; Ctrl+Down and Ctrl+Up: those of the list; the ends hold (facts 4)."""
    study, series = identity("later")
    later = replace(study, started_at=study.started_at + timedelta(days=90))  # type: ignore[operator]
    write_ct_series(tmp_path / "later", later, series, replace(GRID, shape=(8, 96, 96)), values()[:8])
    driver.wait(driver.run("study.import", [tmp_path / "later"]))
    _to_front(driver)
    driver.until(lambda: driver.window.main.worklist.shown.rowCount() == 2)
    driver.open_study()
    desk = driver.window.desk

    def press(key: Qt.Key) -> str:
        QTest.keyClick(QApplication.focusWidget(), key, Qt.KeyboardModifier.ControlModifier)  # type: ignore[arg-type]
        for _ in range(20):
            driver.window.process_events(0.005)
        driver.until(lambda: desk.loaded)
        assert desk.reading.study is not None
        return str(desk.reading.study.study_uid)

    first, second = str(driver.study_uid), str(later.study_uid)
    keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert [press(key) for key in keys] == [first, second, second, first]
    keys = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down)
    assert [press(key) for key in keys] == [first, second, second, first], "the newest is on top of the list"


def test_the_right_button_s_click_opens_the_menu_of_the_view(driver: Driver) -> None:
    """Facts 4: short right click = menu; a row runs its command; a mark under the pointer is chosen and can be deleted from there."""
    driver.open_study()
    desk = driver.window.desk
    uid = _draw(driver, 40.0, 12.0)
    desk.screen.viewport(Plane.AXIAL).index = 12.0
    tile = driver.window.main.read.viewer.slices[Plane.AXIAL]  # type: ignore[union-attr]
    (mark,) = tile.resolved().marks
    middle = QPoint(*(round(sum(p[i] for p in mark.handles) / 2) for i in (0, 1)))

    def menu() -> QMenu:
        driver.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu), 5)
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def choose(text: str) -> None:
        shown = menu()
        next(a for a in shown.actions() if a.text().split("\t")[0] == text).trigger()
        shown.close()

    QTest.mouseClick(tile, Qt.MouseButton.RightButton, pos=middle)
    assert desk.selected_mark == uid
    choose(DELETE)
    assert desk.reading.annotations.measurements == ()
    QTest.mouseClick(tile, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    assert not next(a for a in menu().actions() if a.text().startswith(DELETE)).isEnabled()
    choose("测量长度")
    assert desk.screen.tool is Tool.LENGTH
    rendering = driver.window.main.read.viewer.rendering  # type: ignore[union-attr]
    rendering.failure = ""
    QTest.mouseClick(rendering, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    assert not any(a.text().startswith("测量长度") for a in menu().actions())
    choose("只显示本视图")
    assert [p for p, t in driver.window.main.read.viewer.tiles.items() if t.isVisible()] == [Plane.RENDERING]  # type: ignore[union-attr]


def test_everything_drawn_can_be_taken_back_and_done_again(driver: Driver) -> None:
    """One line of undo across tools: length, key image, another label, deletion; back to nothing and forth again, stored each time."""
    driver.open_study()
    desk, layer = driver.window.desk, driver.window.desk.reading.annotations
    states: list[tuple[object, object]] = []

    def acted(act: Callable[[], object]) -> None:
        states.append((layer.measurements, layer.key_images))
        act()

    acted(lambda: _draw(driver, 40.0))
    acted(lambda: driver.run("image.mark-key"))
    acted(lambda: desk.rename_measurement(layer.measurements[0].tracking_uid, "结节"))
    acted(lambda: _draw(driver, 60.0))
    acted(lambda: desk.delete_measurement(layer.measurements[0].tracking_uid))
    acted(lambda: desk.unmark_key_image(layer.key_images[0].key_id))
    end = (layer.measurements, layer.key_images)
    for state in reversed(states):
        driver.run("history.undo")
        assert (layer.measurements, layer.key_images) == state
        driver.until(lambda: driver.station.reading.annotations(desk.actor, driver.study_uid) == state, 10)  # noqa: B023  asked at once
    assert not driver.window.commands.get("history.undo").enabled()
    for _ in states:
        driver.run("history.redo")
    assert (layer.measurements, layer.key_images) == end
    uid = _draw(driver, 50.0)
    desk.screen.mark_selected.emit(uid)
    assert driver.window.commands.get("mark.delete").enabled()
    driver.run("history.undo")
    assert not driver.window.commands.get("mark.delete").enabled(), "what was chosen has gone"


def test_without_the_right_nothing_that_was_drawn_changes(driver: Driver) -> None:
    """5.4: a cataloguer can neither delete, rename, unmark nor undo; what the list shows is what is stored."""
    driver.open_study()
    desk = driver.window.desk
    uid = _draw(driver, 40.0)
    driver.run("image.mark-key")
    kept = (desk.reading.annotations.measurements, desk.reading.annotations.key_images)
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    desk.screen.mark_selected.emit(uid)
    desk.delete_selected()
    desk.rename_measurement(uid, "x")
    desk.unmark_key_image(kept[1][0].key_id)
    for command in ("mark.delete", "history.undo", "history.redo"):
        assert not driver.window.commands.get(command).enabled(), command
    assert (desk.reading.annotations.measurements, desk.reading.annotations.key_images) == kept
    card = driver.window.main.read.measurements.cards[0]
    assert card.name.isReadOnly()
    assert driver.station.reading.annotations(desk.actor, driver.study_uid) == kept


def test_keys_leave_alone_what_has_the_focus(driver: Driver) -> None:
    """Space presses a card or a choice, Escape in the palette gives the focus back, windows of CT are for CT; nothing but text takes an input method."""
    _to_front(driver)
    driver.open_study()
    main, desk = driver.window.main, driver.window.desk
    tile = main.read.viewer.slices[Plane.AXIAL]  # type: ignore[union-attr]
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    driver.until(main.palette_box.isVisible, 5)
    QTest.keyClick(main.palette_box.line, Qt.Key.Key_Escape)
    assert not main.palette_box.isVisible()
    assert QApplication.focusWidget() is tile
    card = next(iter(main.read.strip.cards.values()))
    pressed: list[bool] = []
    card.clicked.connect(lambda: pressed.append(True))
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    driver.until(lambda: bool(pressed), 5)
    driver.until(lambda: desk.loaded)
    assert desk.screen.text_level is TextLevel.ALL
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Space)
    driver.until(lambda: desk.screen.text_level is TextLevel.FEW, 5)
    QTest.keyClick(tile, Qt.Key.Key_2)
    driver.until(lambda: desk.screen.window.centre == -600, 5)
    desk.screen.viewport(Plane.AXIAL).zoom = 3.0
    QTest.keyClick(tile, Qt.Key.Key_Escape)
    assert desk.screen.viewport(Plane.AXIAL).zoom == 1.0
    volume = desk.screen.volume
    assert volume is not None
    desk.screen.volume = replace(volume, quantity=Quantity.ARBITRARY, modality="MR")
    assert not driver.window.commands.get("window.lung").enabled()
    assert not driver.window.commands.get("rendering.bone").enabled()
    assert driver.window.commands.get("window.dicom").enabled()
    offered = [a.data() for a in main.read.tools.window_menu.menu().actions() if a.isVisible()]
    assert offered == ["window.full", "window.dicom"]
    assert not main.read.tools.rendering_menu.isEnabled()
    desk.screen.volume = volume
    stops = [w for w in reading_order(main.read) if not isinstance(w, QLineEdit)]
    assert len(stops) > 20
    assert not [w for w in stops if w.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)], "an input method would take the letters"
    toggle = main.patient.dock_toggle
    assert (toggle.isChecked(), main.read.dock.isVisible()) == (True, True)
    QTest.keyClick(tile, Qt.Key.Key_F9)
    driver.until(lambda: not main.read.dock.isVisible(), 5)
    assert not toggle.isChecked()
    toggle.click()
    assert (toggle.isChecked(), main.read.dock.isVisible()) == (True, True)
    assert int(np.count_nonzero(desk.screen.volume.voxels.ready)) == GRID.shape[0]
