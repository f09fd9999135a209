"""What hands do while reading: the image that is marked is the image that is seen, marks belong to their
series, keys go where they should.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu

from app.annotation.controller import AnnotationController
from app.annotation.service import AnnotationService
from app.dicom.write.ct_series import write_ct_series
from app.domain.image import Image, ImageStack
from app.domain.person import Role
from app.domain.provenance import derived_uid
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid
from app.errors import Refused
from app.session.session import Session
from app.viewing.anchors import AnchorPlace, place_of
from app.viewing.draft import Draft
from app.viewing.links import point_to
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import SliceView, StackView, TextLevel, Viewport
from tests.journeys.conftest import Driver
from tests.support.capabilities import shape
from tests.support.screen import AXIAL, PLANES, RENDERING, draw, go_to_slice, shown_index
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
    """A lossy series of 8 slices beside the small study's own, and one with a single image, which makes no
    volume.
    """
    study, first = identity()
    made = []
    for name, slices, number in (("thin", 8, 3), ("scout", 1, 4)):
        series = replace(
            first, series_uid=SeriesUid(derived_uid("test", name, "series")), number=number, description=name
        )
        grid = replace(GRID, shape=(slices, 96, 96))
        for path in write_ct_series(folder / name, study, series, grid, values(number)[:slices]):
            image = pydicom.dcmread(path)
            image.LossyImageCompression, image.LossyImageCompressionRatio = "01", "12.5"
            image.save_as(path)
        made.append(series.series_uid)
    driver.wait(driver.run("study.import", [folder]))
    return made[0]


def _draw(driver: Driver, row: float, index: float = 5.0) -> str:
    grid = driver.window.session.screen.volume.grid  # type: ignore[union-attr]
    draw(driver.window.session.screen, [grid.to_lps([index, row, c]) for c in (30, 50)], index=index)
    return driver.window.session.study.annotations.measurements[-1].tracking_uid


def _exchange(session: Session, before: Image, after: Image) -> None:
    """Show another image in the place of one."""
    for viewport in session.screen.showing(before):
        viewport.image = after
    session.loaded.shown.emit()


def _is_stored(driver: Driver, state: tuple[object, object]) -> bool:
    actor = driver.window.session.user.actor
    return driver.station.get(AnnotationService).annotations(actor, driver.study_uid) == state


def test_marks_belong_to_the_image_that_is_seen(driver: Driver, tmp_path: Path) -> None:
    """Key images are the shown slice (half-way positions too) with the marks of its own series; going to a
    mark opens its series.
    """
    thin = _second_series(driver, tmp_path / "more")
    driver.open_study()
    session = driver.window.session
    viewer = driver.window.main.workspaces["read"].viewer
    own = session.screen.volume.series_uid  # type: ignore[union-attr]
    uid = _draw(driver, 40.0)
    drawn: list[tuple[int, int]] = []
    plain = session.draw
    assert plain is not None

    def noting(viewport: Viewport, width_px: int, text_px: float = 13.0) -> bytes:
        shown = resolve(viewport, ScreenFacts(), (400, 400))
        assert shown is not None
        drawn.append((shown.image.index, len(shown.marks)))
        return plain(viewport, width_px, text_px)

    session.draw = noting
    for half in (10.5, 11.5):
        x, y, z = (float(v) for v in GRID.to_lps([half, 40.5, 41.5]))
        point_to(session.screen, AXIAL, (x, y, z))
        for axis, plane in enumerate(PLANES):
            session.screen.active = plane
            shown = viewer.tiles[plane].resolved()  # type: ignore[union-attr]
            key = driver.run("image.mark-key")
            place = place_of(key.anchor, session.screen.volume)  # type: ignore[arg-type]
            assert place is not None
            assert place.view == SliceView(axis, float(shown.image.index))
            assert drawn[-1][0] == shown.image.index
    first = session.study.annotations.key_images[0]
    first_place = place_of(first.anchor, session.screen.volume)  # type: ignore[arg-type]
    assert first_place is not None

    driver.wait(driver.run("series.show", thin))
    driver.until(lambda: session.loaded.is_complete)
    assert session.screen.volume.series_uid == thin  # type: ignore[union-attr]
    assert viewer.tiles[AXIAL].resolved().corners.bottom_right[-1].text == "有损 12.5:1"  # type: ignore[union-attr]
    session.screen.active = AXIAL
    go_to_slice(session.screen, 5.0)
    driver.run("image.mark-key")
    assert drawn[-1] == (5, 0), "the other series' length is not on this image"
    session.screen.volume.voxels.ready[0, 2] = False  # type: ignore[union-attr]
    go_to_slice(session.screen, 2.0)
    with pytest.raises(Refused, match="loading"):
        session.get(AnnotationController).mark_key_image()

    session.get(AnnotationController).show_measurement(uid)
    driver.until(lambda: session.get(AnnotationController).selected == uid and session.loaded.is_complete)
    assert session.screen.volume.series_uid == own  # type: ignore[union-attr]
    assert [m.tracking_uid for m in session.screen.active_viewport.marks] == [uid]
    driver.wait(driver.run("series.show", thin))
    session.get(AnnotationController).show_key_image(first.key_id)
    driver.until(lambda: session.screen.volume is not None and session.screen.volume.series_uid == own)
    driver.until(lambda: shown_index(session.screen) == first_place.view.index)


def test_series_are_gone_through_by_key_and_a_single_image_is_shown_alone(
    driver: Driver, tmp_path: Path
) -> None:
    """Right and left show the next and previous series (facts 4); one image alone is shown, measured
    and marked as it is.
    """
    thin = _second_series(driver, tmp_path / "more")
    _to_front(driver)
    driver.open_study()
    main, session = driver.window.main, driver.window.session
    viewer = main.workspaces["read"].viewer
    assert viewer is not None
    driver.until(lambda: isinstance(QApplication.focusWidget(), type(viewer.tiles[AXIAL])), 5)  # type: ignore[attr-defined]
    tile = viewer.tiles[AXIAL]  # type: ignore[attr-defined]
    before = tile.resolved().image.index
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert tile.resolved().image.index == before + 1, "arrows scroll at once, without a click into the image"
    QTest.keyClick(tile, Qt.Key.Key_Right)
    driver.until(
        lambda: (
            session.study.current is not None
            and session.study.current.series_uid == thin
            and session.loaded.is_complete
        )
    )
    QTest.keyClick(tile, Qt.Key.Key_Left)
    driver.until(
        lambda: (
            session.study.current is not None
            and session.study.current.series_uid != thin
            and session.loaded.is_complete
        )
    )
    lonely = next(s.series_uid for s in session.study.series if s.description == "scout")
    driver.run("study.close")
    assert session.screen.active_viewport.notice == ""
    driver.run("study.open", driver.study_uid, series_uid=lonely)
    assert session.screen.active_viewport.notice == "正在打开序列"
    driver.until(lambda: isinstance(session.screen.active_viewport.image, ImageStack))
    assert session.screen.active_viewport.notice == ""
    assert session.screen.layout.layout_id == "grid-1x1", "a single image has no planes"
    driver.until(lambda: session.loaded.is_complete)
    tile = viewer.tiles[AXIAL]  # type: ignore[attr-defined]
    assert "有损 12.5:1" in [line.text for line in tile.resolved().corners.bottom_right]
    draw_on = Draft(shape("length"), ((10.5, 10.5), (20.5, 10.5)), tile.resolved()).drawn(tile.viewport)
    session.screen.drawn.emit(draw_on)
    (made,) = session.study.annotations.measurements
    assert made.values[0].value == pytest.approx(10 * GRID.spacing_mm[2])
    assert place_of(made.anchor, tile.viewport.image) == AnchorPlace(StackView(0))
    assert driver.run("image.mark-key").anchor == made.anchor
    driver.run("series.previous")
    driver.until(lambda: session.screen.volume is not None)


def test_studies_are_gone_through_by_key(driver: Driver, tmp_path: Path) -> None:
    """Ctrl+Right and Ctrl+Left: the patient's next and previous study; Ctrl+Down and Ctrl+Up: those of the
    list; the ends hold (facts 4).
    """
    study, series = identity("later")
    later = replace(study, started_at=study.started_at + timedelta(days=90))  # type: ignore[operator]
    write_ct_series(tmp_path / "later", later, series, replace(GRID, shape=(8, 96, 96)), values()[:8])
    driver.wait(driver.run("study.import", [tmp_path / "later"]))
    _to_front(driver)
    driver.until(lambda: driver.window.main.workspaces["worklist"].model.rowCount() == 2)
    driver.open_study()
    session = driver.window.session

    def press(key: Qt.Key) -> str:
        QTest.keyClick(QApplication.focusWidget(), key, Qt.KeyboardModifier.ControlModifier)  # type: ignore[arg-type]
        for _ in range(20):
            driver.window.process_events(0.005)
        driver.until(lambda: session.loaded.is_complete)
        assert session.study.study is not None
        return str(session.study.study.study_uid)

    first, second = str(driver.study_uid), str(later.study_uid)
    keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert [press(key) for key in keys] == [first, second, second, first]
    keys = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down)
    assert [press(key) for key in keys] == [first, second, second, first], "the newest is on top of the list"


def test_the_right_button_s_click_opens_the_menu_of_the_view(driver: Driver) -> None:
    """Facts 4: short right click = menu; a row runs its command; a mark under the pointer is chosen and can
    be deleted from there.
    """
    driver.open_study()
    session = driver.window.session
    uid = _draw(driver, 40.0, 12.0)
    go_to_slice(session.screen, 12.0)
    tile = driver.window.main.workspaces["read"].viewer.tiles[AXIAL]  # type: ignore[union-attr]
    (mark,) = tile.resolved().marks
    middle = QPoint(*(round(sum(p[i] for p in mark.points) / 2) for i in (0, 1)))

    def menu() -> QMenu:
        driver.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu), 5)
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def choose(text: str) -> None:
        shown = menu()
        rows = [row for a in shown.actions() for row in (a.menu().actions() if a.menu() else [a])]
        next(a for a in rows if a.text().split("\t")[0] == text).trigger()
        shown.close()

    QTest.mouseClick(tile, Qt.MouseButton.RightButton, pos=middle)
    assert session.get(AnnotationController).selected == uid
    choose(DELETE)
    assert session.study.annotations.measurements == ()
    QTest.mouseClick(tile, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    assert not next(a for a in menu().actions() if a.text().startswith(DELETE)).isEnabled()
    choose("测量长度")
    assert session.screen.tool == "length"
    QApplication.clipboard().clear()
    QTest.mouseClick(tile, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    choose("复制视图（不含患者信息）")
    driver.until(lambda: not QApplication.clipboard().image().isNull(), 15)
    rendering = driver.window.main.workspaces["read"].viewer.tiles[RENDERING]  # type: ignore[union-attr]
    rendering.failure = ""
    QTest.mouseClick(rendering, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
    assert not any(a.text().startswith("测量长度") for a in menu().actions())
    choose("只显示本视图")
    assert [p for p, t in driver.window.main.workspaces["read"].viewer.tiles.items() if t.isVisible()] == [
        RENDERING
    ]  # type: ignore[union-attr]


def test_everything_drawn_can_be_taken_back_and_done_again(driver: Driver) -> None:
    """One line of undo across tools: length, key image, another label, deletion; back to nothing and forth
    again, stored each time.
    """
    driver.open_study()
    session, layer = driver.window.session, driver.window.session.study.annotations
    states: list[tuple[object, object]] = []

    def acted(act: Callable[[], object]) -> None:
        states.append((layer.measurements, layer.key_images))
        act()

    acted(lambda: _draw(driver, 40.0))
    acted(lambda: driver.run("image.mark-key"))
    acted(
        lambda: session.get(AnnotationController).rename_measurement(
            layer.measurements[0].tracking_uid, "结节"
        )
    )
    acted(lambda: _draw(driver, 60.0))
    acted(lambda: session.get(AnnotationController).delete_measurement(layer.measurements[0].tracking_uid))
    acted(lambda: session.get(AnnotationController).unmark_key_image(layer.key_images[0].key_id))
    end = (layer.measurements, layer.key_images)
    for state in reversed(states):
        driver.run("history.undo")
        assert (layer.measurements, layer.key_images) == state
        driver.until(partial(_is_stored, driver, state), 10)
    assert not driver.window.commands.get("history.undo").enabled()
    for _ in states:
        driver.run("history.redo")
    assert (layer.measurements, layer.key_images) == end
    uid = _draw(driver, 50.0)
    session.screen.mark_selected.emit(uid)
    assert driver.window.commands.get("mark.delete").enabled()
    driver.run("history.undo")
    assert not driver.window.commands.get("mark.delete").enabled(), "what was chosen has gone"


def test_the_window_gives_views_and_tables_to_the_clipboard(driver: Driver) -> None:
    """The product's own window, not one that a test has furnished."""
    driver.open_study()
    driver.run("view.copy")
    driver.until(lambda: not QApplication.clipboard().image().isNull(), 5)
    _draw(driver, 40.0)
    driver.run("mark.copy")
    assert QApplication.clipboard().text().splitlines()[1].startswith("L1\t")


def test_without_the_right_nothing_that_was_drawn_changes(driver: Driver) -> None:
    """5.4: a cataloguer can neither delete, rename, unmark nor undo; what the list shows is what is
    stored.
    """
    driver.open_study()
    session = driver.window.session
    uid = _draw(driver, 40.0)
    driver.run("image.mark-key")
    kept = (session.study.annotations.measurements, session.study.annotations.key_images)
    driver.run("person.log-in", *driver.logins[Role.CATALOGUING])
    session.screen.mark_selected.emit(uid)
    session.get(AnnotationController).delete_selected()
    session.get(AnnotationController).rename_measurement(uid, "x")
    session.get(AnnotationController).unmark_key_image(kept[1][0].key_id)
    for command in ("mark.delete", "history.undo", "history.redo"):
        assert not driver.window.commands.get(command).enabled(), command
    assert (session.study.annotations.measurements, session.study.annotations.key_images) == kept
    marks = driver.window.main.workspaces["read"].panels["measurements"].table.marks
    assert not marks.flags(marks.index(0, 0)) & Qt.ItemFlag.ItemIsEditable
    assert driver.station.get(AnnotationService).annotations(session.user.actor, driver.study_uid) == kept


def test_keys_leave_alone_what_has_the_focus(driver: Driver) -> None:
    """Space presses a card or a choice, Escape in the palette gives the focus back, windows of CT are for CT;
    nothing but text takes an input method.
    """
    _to_front(driver)
    driver.open_study()
    main, session = driver.window.main, driver.window.session
    tile = main.workspaces["read"].viewer.tiles[AXIAL]  # type: ignore[union-attr]
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    driver.until(main.palette_box.isVisible, 5)
    QTest.keyClick(main.palette_box.line, Qt.Key.Key_Escape)
    assert not main.palette_box.isVisible()
    assert QApplication.focusWidget() is tile
    card = next(iter(main.workspaces["read"].strip.cards.values()))
    pressed: list[bool] = []
    card.clicked.connect(lambda: pressed.append(True))
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Space)
    driver.until(lambda: bool(pressed), 5)
    driver.until(lambda: session.loaded.is_complete)
    assert session.screen.text_level is TextLevel.ALL
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Space)
    driver.until(lambda: session.screen.text_level is TextLevel.FEW, 5)
    QTest.keyClick(tile, Qt.Key.Key_2)
    driver.until(lambda: session.screen.active_viewport.window.centre == -600, 5)
    session.screen.viewports[AXIAL].zoom = 3.0
    QTest.keyClick(tile, Qt.Key.Key_Escape)
    assert session.screen.viewports[AXIAL].zoom == 1.0
    volume = session.screen.volume
    assert volume is not None
    other = replace(volume, quantity=Quantity.ARBITRARY, modality="MR")
    _exchange(session, volume, other)
    assert not driver.window.commands.get("window.lung").enabled()
    assert not driver.window.commands.get("rendering.bone").enabled()
    assert driver.window.commands.get("window.dicom").enabled()
    menus = main.workspaces["read"].tools.menus
    offered = [action.data() for action in menus["window"].menu().actions() if action.isVisible()]
    assert [one for one in offered if not one.startswith("window.values-")] == [
        *("tool.region-window", "window.full", "window.dicom", "window.all")
    ]
    assert "window.values-strong" in offered
    assert not menus["rendering"].isEnabled()
    _exchange(session, other, volume)
    stops = [w for w in reading_order(main.workspaces["read"]) if not isinstance(w, QLineEdit)]
    assert len(stops) > 20
    assert not [w for w in stops if w.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)], (
        "an input method would take the letters"
    )
    toggle = main.patient.dock_toggle
    assert (toggle.isChecked(), main.workspaces["read"].dock.isVisible()) == (True, True)
    QTest.keyClick(tile, Qt.Key.Key_F9)
    driver.until(lambda: not main.workspaces["read"].dock.isVisible(), 5)
    assert not toggle.isChecked()
    toggle.click()
    assert (toggle.isChecked(), main.workspaces["read"].dock.isVisible()) == (True, True)
    assert int(np.count_nonzero(session.screen.volume.voxels.ready)) == GRID.shape[0]
