"""Each kind of study of a day as it hangs, is gone through and measured, in both languages: mammograms with
their prior, four sequences of a brain, PET and CT, ultrasound, an angiogram.
"""

from __future__ import annotations

import itertools
import math

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from app.viewing.layouts import layout
from app.viewing.links import index_of, plane_of
from app.viewing.screen import SliceView, StudyRole, Viewport, ViewportId
from tests.journeys.day.reader import ALT, CTRL, SHIFT, Reader
from tests.support.day_studies import FRAME_MS, FRAMES, SLICES
from viewers.sequence_bar import end_box, faster_box, play_box, track_box

pytestmark = pytest.mark.window


def _height_mm(viewport: Viewport) -> float:
    plane = plane_of(viewport)
    assert plane is not None
    point = plane.to_lps(0.0, 0.0)
    assert point is not None
    return point[2]


def _stage(reader: Reader) -> list[str]:
    return [one.text() for one in reader.read.hanging.stages if one.isVisible() and one.isChecked()]


def test_mammograms_with_their_prior(reader: Reader) -> None:
    """Back to back; by key to the prior, marked on its tiles and in the strip, and back; zoomed as in a
    mirror; measured: the table says on which view.
    """
    screen = reader.open("limeihua 2026", 1)
    views = list(screen.viewports.values())
    assert [reader.shown(v.viewport_id).header.name for v in views] == ["R CC", "L CC", "R MLO", "L MLO"]
    for viewport in views:
        corners = reader.shown(viewport.viewport_id).corners
        over = corners.top_left if viewport.side == "left" else corners.top_right
        assert over == (), "no text over the breast"
    reader.key(Qt.Key.Key_J, SHIFT)
    reader.wheel("1", -2, CTRL)
    zooms, pans = {v.zoom for v in views}, [v.pan for v in views]
    assert len(zooms) == 1
    assert zooms != {1.0}
    assert pans[1] == pytest.approx((-pans[0][0], pans[0][1]))
    reader.key(Qt.Key.Key_Escape, SHIFT)
    reader.key(Qt.Key.Key_J, SHIFT)
    for _ in range(3):
        reader.key(Qt.Key.Key_Period)
    assert [v.role for v in screen.viewports.values()] == [StudyRole.CURRENT] * 2 + [StudyRole.PRIOR] * 2
    assert _stage(reader) == [reader.says("4 / 11  与既往对比：CC", "4 / 11  Prior: CC")]
    tags = [reader.shown(one).header.tag for one in screen.viewports]
    now = reader.says("本次 2026-11-20", "Current 2026-11-20")
    then = reader.says("既往 2025-11-20", "Prior 2025-11-20")
    assert tags == [now, now, then, then]
    assert then in reader.names_in(reader.read.strip)
    reader.key(Qt.Key.Key_D)
    reader.drag("2", (0.1, 0.5), (60, 0))
    (row,) = reader.marks
    assert row.place == "L CC"
    reader.drag("4", (0.1, 0.5), (60, 0))
    assert len(reader.marks) == 1, "nothing is drawn on a prior"
    (told,) = reader.told()
    assert reader.says("既往", "prior") in told
    for _ in range(3):
        reader.key(Qt.Key.Key_Comma)
    assert [v.role for v in screen.viewports.values()] == [StudyRole.CURRENT] * 4


def test_four_sequences_of_a_brain(reader: Reader) -> None:
    """No cell is empty; all scroll together; diffusion begins at b 1000 in a window of its own; what has no
    scale in common has no window in common.
    """
    screen = reader.open("zhangwei")
    views = list(screen.viewports.values())
    assert screen.layout == layout("grid-2x2")
    assert [v.title for v in views] == [
        "t1_tse_tra",
        "t2_tse_tra",
        "t2_tirm_tra_dark-fluid",
        "ep2d_diff_trace",
    ]
    bar = reader.shown("4").bar
    assert bar is not None
    assert bar.text == reader.says("b 值 2 / 2 · 1000 s/mm²", "b value 2 / 2 · 1000 s/mm²")
    assert {index_of(v) for v in views} == {SLICES // 2}
    reader.wheel("2", 2)
    assert {index_of(v) for v in views} == {SLICES // 2 + 2}
    reader.key(Qt.Key.Key_J, SHIFT)
    before = [v.window for v in views]
    reader.key(Qt.Key.Key_W)
    reader.drag("1", (0.5, 0.5), (30, -20))
    assert views[0].window != before[0]
    assert [v.window for v in views[1:]] == before[1:], "T2 has no scale in common with T1"
    reader.key(Qt.Key.Key_J, SHIFT)
    assert reader.told() == []


def test_pet_and_ct(reader: Reader) -> None:
    """PET inverted beside CT at one place, its uptake measured as SUV; by key with the coronal planes, of
    which each scrolls with its own; any plane by key.
    """
    screen = reader.open("zhaolei")
    assert [(v.invert, v.window_label) for v in screen.viewports.values()] == [
        (False, "Mediastinum window"),
        (True, "SUV 0 to 7"),
    ]
    reader.key(Qt.Key.Key_Escape, SHIFT)
    assert [v.invert for v in screen.viewports.values()] == [False, True], "as it hung"
    reader.wheel("1", -3)
    ct, pet = screen.viewports.values()
    place = (index_of(ct), index_of(pet))
    assert abs(_height_mm(ct) - _height_mm(pet)) <= 1.5, "half a slice of PET at most"
    reader.key(Qt.Key.Key_E)
    reader.drag("2", (0.45, 0.45), (40, 30))
    (row,) = reader.marks
    dose = 3.7e8 * math.exp(-math.log(2) * 1800 / 6586.2)
    uptake = (1024 + 5 * _height_mm(pet) / 3) * 10 * 70e3 / dose
    assert row.lines[0].startswith(reader.says("均值", "Mean"))
    assert "SUV" in row.lines[0]
    mean = next(v.value for v in row.mark.values if v.concept.meaning == "Mean")
    assert mean == pytest.approx(uptake, rel=0.005)
    assert f"{uptake:.2f}" in row.lines[0]
    reader.key(Qt.Key.Key_Period)
    views = list(screen.viewports.values())
    assert [v.view.axis for v in views if isinstance(v.view, SliceView)] == [0, 0, 1, 1]
    assert (index_of(views[0]), index_of(views[1])) == place, "the place stays"
    coronal = [index_of(v) for v in views[2:]]
    reader.wheel("2", 2)
    assert (index_of(views[0]), index_of(views[1])) != place
    assert [index_of(v) for v in views[2:]] == coronal
    reader.wheel("3", 1)
    assert [index_of(v) for v in views[2:]] == [n + 1 for n in coronal]
    reader.tile("4").setFocus()
    screen.active = ViewportId("4")
    reader.key(Qt.Key.Key_3, CTRL)
    assert reader.shown("4").letters[:2] == ("A", "P")
    assert reader.told() == []


def test_ultrasound_is_measured_where_it_is_calibrated(reader: Reader) -> None:
    """Three stills side by side; a length is in pixels without a region, in millimetres with one, as long as
    its region says.
    """
    screen = reader.open("sunyue")
    assert screen.layout == layout("one-and-two"), "wide images are small in three columns"
    reader.key(Qt.Key.Key_D)
    for identity in ("1", "3"):
        reader.drag(identity, (0.4, 0.5), (30, 0))
    plain, calibrated = reader.marks
    assert plain.lines[0].endswith(reader.says("像素", "px"))
    assert calibrated.lines[0].endswith("mm")
    to_image = reader.shown("3").placement.to_image
    pixels = to_image((130.0, 100.0))[0] - to_image((100.0, 100.0))[0]
    assert calibrated.mark.values[0].value == pytest.approx(0.5 * pixels, rel=0.02), "0.05 cm a pixel"
    assert reader.told() == []


def test_an_angiogram_is_played(reader: Reader) -> None:
    """By the bar and its key: played at its own rate, faster, slower by the view's menu, back and forth, from
    one image to another, and stopped where it stands.
    """
    screen = reader.open("wugang")
    view = screen.active_viewport
    bar = reader.shown("1").bar
    assert bar is not None
    assert (bar.count, bar.playing) == (FRAMES, False)
    assert bar.rate_text == reader.says(f"{1000 / FRAME_MS:g} 帧/秒", f"{1000 / FRAME_MS:g}/s")
    reader.click_at("1", QPointF(play_box(bar).center()))
    seen: set[int] = set()
    reader.until(lambda: len(seen) >= 4 if seen.add(index_of(view)) is None else False, 20)
    reader.click_at("1", QPointF(faster_box(bar).center()))
    assert view.cine is not None
    assert view.cine.rate_hz == 12.0
    playing = reader.says("播放范围、速度与方式", "Range, rate and mode of playing")
    reader.from_menu("1", playing, reader.says("7.5 帧/秒", "7.5/s"))
    reader.from_menu("1", playing, reader.says("往返播放", "Play back and forth"))
    assert (view.cine.rate_hz, str(view.cine.mode)) == (7.5, "bounce")
    reader.key(Qt.Key.Key_C)
    assert view.cine is None
    stopped = index_of(view)
    reader.driver.look()
    assert index_of(view) == stopped
    reader.key(Qt.Key.Key_End)
    assert index_of(view) == FRAMES - 1
    reader.key(Qt.Key.Key_Home)
    for _ in range(5):
        reader.key(Qt.Key.Key_Down)
    reader.key(Qt.Key.Key_BracketLeft, ALT)
    bar = reader.shown("1").bar
    assert bar is not None
    assert bar.ends == (5, FRAMES - 1)
    step_px = track_box(bar).width() / (FRAMES - 1)
    at, tile = end_box(bar, FRAMES - 1).center(), reader.tile("1")
    reader.drag("1", (at.x() / tile.width(), at.y() / tile.height()), (-4 * step_px, 0.0))
    reader.key(Qt.Key.Key_C)
    assert view.cine is not None
    seen = set()
    reader.until(lambda: seen >= {5, 6, 7} if seen.add(index_of(view)) is None else False, 20)
    reader.key(Qt.Key.Key_C)
    assert seen == {5, 6, 7}
    reader.from_menu("1", playing, reader.says("播放全部图像", "Play all images"))
    bar = reader.shown("1").bar
    assert bar is not None
    assert bar.ends == (0, FRAMES - 1)
    assert reader.told() == []


def test_the_menu_of_a_view_fits_a_small_screen(reader: Reader) -> None:
    """What is measured, shown over the image and given out stands in menus of its own; no row is in the other
    language.
    """
    reader.open("limeihua 2026", 1)
    reader.click("1", (0.5, 0.5), Qt.MouseButton.RightButton)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert menu.height() < 768
    inner = {action.text(): action.menu() for action in menu.actions() if action.menu() is not None}
    measuring = inner[reader.says("测量与标注", "Measure and annotate")]
    assert isinstance(measuring, QMenu)
    assert reader.rows_of(measuring)[:3] == (
        ["测量长度", "测量椭圆", "取值"]
        if reader.language == "zh"
        else ["Measure length", "Measure ellipse", "Probe value"]
    )
    out = inner[reader.says("图片与打印", "Pictures and print")]
    assert isinstance(out, QMenu)
    assert reader.says("打印视图", "Print views") in reader.rows_of(out)
    assert reader.says("锁定或解锁标注", "Lock or unlock mark") not in reader.rows_of(menu), "none is chosen"
    QTest.keyClick(menu, Qt.Key.Key_Escape)


def test_no_tool_lies_over_another(reader: Reader) -> None:
    """The row of tools at widths between the smallest and the usual ones, whatever the words need."""
    reader.open("zhangwei")
    main, row = reader.driver.window.main, reader.read.tools
    before = main.size()
    for width in (1366, 1520, 1600, 1680, 1920):
        main.resize(width, before.height())
        reader.driver.look()
        assert row.width() > width - 100
        shown = sorted(
            (one.geometry() for one in row.findChildren(QAbstractButton) if one.isVisible()),
            key=lambda box: box.left(),
        )
        assert all(box.right() < after.left() for box, after in itertools.pairwise(shown))
    main.resize(before)
    reader.driver.look()
