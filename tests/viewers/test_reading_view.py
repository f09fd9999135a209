"""The reading view in a real window: what hands do, and what is seen then."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.coding import Code
from app.domain.presentation import Window
from app.domain.roi import Roi, RoiKind
from app.domain.segmentation import Segment, Segmentation
from app.viewing.planes import as_point
from app.viewing.resolve import Corners, Role, TextLine
from app.viewing.state import Compare, Drawn, Layout, Mark, Plane, Reshaped, ScreenState, Tool
from tests.support.volumes import ball_volume, volume_of
from viewers.painting import paint_corners
from viewers.reading_view import ReadingView
from viewers.slice_tile import SliceTile

pytestmark = pytest.mark.window
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def view(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadingView]:
    """A view of 801×601 without OpenGL (its own tests switch it on); tiles are 400×300."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    made = ReadingView(ScreenState())
    qtbot.addWidget(made)
    made.resize(801, 601)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.dispose()


def _open(view: ReadingView, values: np.ndarray | None = None) -> ScreenState:  # type: ignore[type-arg]
    screen = view.intent
    volume = volume_of(np.random.default_rng(0).integers(-900, 300, (21, 60, 80)).astype(np.int16) if values is None else values)
    screen.volume = volume
    screen.go_to(volume.grid.centre_mm)
    QApplication.processEvents()
    return screen


def _tile(view: ReadingView, plane: Plane = Plane.AXIAL) -> SliceTile:
    return view.slices[plane]


def _mouse(
    tile: QWidget, kind: QEvent.Type, at: tuple[float, float], button: Qt.MouseButton, modifiers: Qt.KeyboardModifier = NONE
) -> None:
    """A mouse event at a fraction of a pixel, through Qt's own delivery."""
    pressed = button if kind is not QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    which = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
    where = QPointF(*at)
    QApplication.sendEvent(tile, QMouseEvent(kind, where, tile.mapToGlobal(where), which, pressed, modifiers))


def _drag(tile: QWidget, start: tuple[float, float], end: tuple[float, float], button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:  # fmt: skip
    _mouse(tile, QEvent.Type.MouseButtonPress, start, button, modifiers)
    for share in (0.3, 0.7, 1.0):
        at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        _mouse(tile, QEvent.Type.MouseMove, at, button, modifiers)
    _mouse(tile, QEvent.Type.MouseButtonRelease, end, button, modifiers)


def _wheel(tile: QWidget, turn: int, modifiers: Qt.KeyboardModifier = NONE, at: tuple[float, float] = (200, 150)) -> None:
    where = QPointF(*at)
    event = QWheelEvent(
        where, tile.mapToGlobal(where), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(tile, event)


def _picture(widget: QWidget) -> np.ndarray:  # type: ignore[type-arg]
    """RGB of a widget as it is on the screen."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def test_dragging_changes_window_and_level(view: ReadingView) -> None:
    """Left drag: right widens, down raises the level; the other views follow; Shift is ten times as fast (facts 4)."""
    screen = _open(view)
    screen.window = Window(40, 300)
    _drag(_tile(view), (100, 100), (150, 120))
    assert (screen.window.width, screen.window.centre) == (350, 60)
    screen.window = Window(40, 300)
    _drag(_tile(view), (100, 100), (110, 100), modifiers=SHIFT)
    assert screen.window.width == 400


def test_wheel_scrolls_and_zooms(view: ReadingView) -> None:
    """Wheel = slices, Shift ×10, Ctrl = zoom about the pointer; the ends hold."""
    screen = _open(view)
    tile, state = _tile(view), screen.viewport(Plane.AXIAL)
    _wheel(tile, -120)
    assert state.index == 11
    _wheel(tile, 240)
    assert state.index == 9
    _wheel(tile, -120, SHIFT)
    assert state.index == 19
    _wheel(tile, -1200)
    assert state.index == 20
    under = tile.resolved().to_lps((300, 200))  # type: ignore[union-attr]
    _wheel(tile, 240, CTRL, (300, 200))
    assert state.zoom == pytest.approx(2**0.5)
    assert tile.resolved().to_lps((300, 200)) == pytest.approx(under, abs=1e-9)  # type: ignore[union-attr]


def test_middle_pans_and_right_zooms_or_asks(view: ReadingView) -> None:
    """Middle drag moves the image by as much as the hand; right drag zooms; a short right click asks for the menu."""
    screen = _open(view)
    tile = _tile(view)
    asked: list[object] = []
    screen.context_asked.connect(lambda plane, x, y: asked.append(plane))
    point = tile.resolved().to_lps((100, 100))  # type: ignore[union-attr]
    _drag(tile, (100, 100), (130, 90), MIDDLE)
    assert tile.resolved().to_px(point) == pytest.approx((130, 90))  # type: ignore[union-attr]
    _drag(tile, (200, 150), (200, 0), RIGHT)
    assert screen.viewport(Plane.AXIAL).zoom == pytest.approx(2)
    assert not asked
    _drag(tile, (200, 150), (201, 151), RIGHT)
    assert asked == [Plane.AXIAL]


def test_keys_scroll(view: ReadingView, qtbot: QtBot) -> None:
    """Arrows one, Shift ten, page ten, Home and End; letters are left to the window's shortcuts."""
    screen = _open(view)
    tile, state = _tile(view), screen.viewport(Plane.AXIAL)
    for key, modifiers, index in (
        (Qt.Key.Key_Down, NONE, 11), (Qt.Key.Key_Up, NONE, 10), (Qt.Key.Key_PageUp, NONE, 0), (Qt.Key.Key_Down, SHIFT, 10),
        (Qt.Key.Key_End, NONE, 20), (Qt.Key.Key_Home, NONE, 0),
    ):  # fmt: skip
        qtbot.keyClick(tile, key, modifiers)
        assert state.index == index, key


def test_the_crosshair_moves_all_views(view: ReadingView) -> None:
    """A click with the crosshair tool brings the other views to the point; scrolling one moves its line in the others (synchronised)."""
    screen = _open(view)
    screen.tool = Tool.CROSSHAIR
    tile = _tile(view)
    _drag(tile, (150, 100), (250, 180))
    point = tile.resolved().to_lps((250, 180))  # type: ignore[union-attr]
    assert screen.crosshair_mm == pytest.approx(point)
    index = screen.volume.grid.to_index(point)  # type: ignore[union-attr]
    assert screen.viewport(Plane.CORONAL).index == pytest.approx(index[1])
    assert screen.viewport(Plane.SAGITTAL).index == pytest.approx(index[2])
    before = _tile(view, Plane.CORONAL).resolved().cross.at  # type: ignore[union-attr]
    _wheel(tile, -240)
    after = _tile(view, Plane.CORONAL).resolved().cross.at  # type: ignore[union-attr]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_a_length_across_a_ball_is_its_diameter(view: ReadingView) -> None:
    """Drawn by mouse from edge to edge of a 20 mm ball: within half a pixel of the truth (issue: length tool within 0.5 px)."""
    volume, centre = ball_volume(20.0)
    screen = view.intent
    screen.volume = volume
    screen.go_to(centre)
    screen.tool = Tool.LENGTH
    drawn: list[Drawn] = []
    screen.drawn.connect(drawn.append)
    tile = _tile(view)
    shown = tile.resolved()
    assert shown is not None
    start, end = (shown.to_px((centre[0] + side * 10.0, centre[1], centre[2])) for side in (-1, 1))
    _drag(tile, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])))
    (made,) = drawn
    length = np.linalg.norm(np.subtract(*made.points_mm))
    assert made.kind is RoiKind.LENGTH
    assert abs(length - 20.0) <= 0.5 * volume.grid.spacing_mm[2]


def test_drawing_an_ellipse_tells_values_while_it_grows(view: ReadingView) -> None:
    """The text under the pen has the present mean; Esc drops the shape; a slip draws nothing; click, move, click draws too."""
    screen = _open(view, np.full((21, 60, 80), -846, np.int16))
    screen.tool = Tool.ELLIPSE
    drawn: list[Drawn] = []
    screen.drawn.connect(drawn.append)
    tile = _tile(view)
    _mouse(tile, QEvent.Type.MouseButtonPress, (120, 90), LEFT)
    _mouse(tile, QEvent.Type.MouseMove, (220, 150), LEFT)
    assert tile._pen is not None
    assert tile._pen.mark(screen.volume).lines[0] == "均值 −846  SD 0 HU"  # type: ignore[arg-type]
    QApplication.sendEvent(tile, _key(Qt.Key.Key_Escape))
    _mouse(tile, QEvent.Type.MouseButtonRelease, (220, 150), LEFT)
    assert not drawn
    _drag(tile, (120, 90), (220, 150))
    assert [d.kind for d in drawn] == [RoiKind.ELLIPSE]
    screen.tool = Tool.LENGTH
    _drag(tile, (120, 200), (121, 200))
    assert len(drawn) == 1
    _mouse(tile, QEvent.Type.MouseMove, (200, 220), Qt.MouseButton.NoButton)
    _mouse(tile, QEvent.Type.MouseButtonPress, (200, 220), LEFT)
    assert [d.kind for d in drawn] == [RoiKind.ELLIPSE, RoiKind.LENGTH]


def _key(key: Qt.Key) -> QEvent:
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QEvent.Type.KeyPress, key, NONE)


def test_a_handle_reshapes_and_a_body_moves(view: ReadingView) -> None:
    """Dragging an end of a length moves that end; dragging the line moves both; the click selects; Esc lets go."""
    screen = _open(view)
    tile = _tile(view)
    shown = tile.resolved()
    assert shown is not None
    ends = (shown.to_lps((100, 150)), shown.to_lps((200, 150)))
    screen.marks = (Mark("u1", Roi(RoiKind.LENGTH, ends), Plane.AXIAL, float(shown.index), ("L1",)),)
    moved: list[Reshaped] = []
    selected: list[str] = []
    screen.reshaped.connect(moved.append)
    screen.mark_selected.connect(selected.append)
    _drag(tile, (200, 150), (220, 170))
    assert selected == ["u1"]
    assert moved[0].points_mm[0] == pytest.approx(ends[0])
    assert moved[0].points_mm[1] == pytest.approx(shown.to_lps((220, 170)))
    _drag(tile, (150, 150), (150, 180))
    assert moved[1].points_mm[0] == pytest.approx(shown.to_lps((100, 180)))
    screen.marks = (Mark("u1", screen.marks[0].roi, Plane.AXIAL, float(shown.index), ("L1",), selected=True),)
    assert tile.cancel()
    assert selected[-1] == ""


def test_double_click_shows_one_view_and_back(view: ReadingView) -> None:
    """One-up and back; the lines between tiles are one pixel; names for screen readers are there."""
    screen = _open(view)
    assert {(t.width(), t.height()) for t in view.tiles.values()} == {(400, 300)}
    _mouse(_tile(view, Plane.CORONAL), QEvent.Type.MouseButtonDblClick, (100, 100), LEFT)
    assert (screen.layout, screen.active) == (Layout.SINGLE, Plane.CORONAL)
    assert [p for p, t in view.tiles.items() if t.isVisible()] == [Plane.CORONAL]
    assert _tile(view, Plane.CORONAL).width() == 801
    _mouse(_tile(view, Plane.CORONAL), QEvent.Type.MouseButtonDblClick, (100, 100), LEFT)
    assert screen.layout is Layout.QUAD
    assert all(t.isVisible() and t.accessibleName() for t in view.tiles.values())
    assert all(t.focusPolicy() & Qt.FocusPolicy.TabFocus for t in view.tiles.values())


def test_the_pointer_tells_the_value(view: ReadingView) -> None:
    """HU under the pointer, gone when it leaves."""
    values = np.full((21, 60, 80), -812, np.int16)
    screen = _open(view, values)
    _mouse(_tile(view), QEvent.Type.MouseMove, (200, 150), Qt.MouseButton.NoButton)
    assert screen.pointer_text == "光标 −812 HU"
    QApplication.sendEvent(_tile(view), QEvent(QEvent.Type.Leave))
    assert screen.pointer_text == ""


def test_pixels_on_the_screen_are_windowed_values(view: ReadingView) -> None:
    """Bright where bone is, black where air is, in each view; inverting swaps them."""
    values = np.full((21, 60, 80), -1000, np.int16)
    values[8:13, 25:35, 30:50] = 1000
    screen = _open(view, values)
    screen.crosshair_visible = False
    screen.window = Window(0, 400)
    for plane in (Plane.AXIAL, Plane.CORONAL, Plane.SAGITTAL):
        tile = _tile(view, plane)
        shown = tile.resolved()
        assert shown is not None
        centre = shown.to_px(screen.volume.grid.to_lps((10, 30, 40)))  # type: ignore[union-attr,arg-type]
        outside = shown.to_px(screen.volume.grid.to_lps((3, 10, 12)))  # type: ignore[union-attr,arg-type]
        screen.invert = False
        picture = _picture(tile)
        assert picture[int(centre[1]), int(centre[0])].min() == 255
        assert picture[int(outside[1]), int(outside[0])].max() == 0
        screen.invert = True
        assert _picture(tile)[int(centre[1]), int(centre[0])].max() == 0


def test_slices_show_as_they_arrive_and_late_ones_never(view: ReadingView) -> None:
    """Nothing before the first slice, its neighbours dimmed, whole when it has come; pixels of an older volume are dropped."""
    screen = _open(view, np.full((21, 60, 80), 300, np.int16))
    screen.crosshair_visible = False
    volume = screen.volume
    assert volume is not None
    stale = _tile(view).resolved()
    volume.voxels.ready[:] = False
    screen.arrived += 1

    def grey() -> int:
        return int(_picture(_tile(view))[60, 200, 0])

    assert grey() == 0
    volume.voxels.ready[0, 8] = True
    screen.arrived += 1
    dimmed = grey()
    volume.voxels.ready[0, 10] = True
    screen.arrived += 1
    assert 0 < dimmed < grey() == 255
    _open(view, np.full((21, 60, 80), -1000, np.int16))
    assert stale is not None
    assert _tile(view).layers(stale).source is None


def test_original_processed_swipe_and_difference(view: ReadingView) -> None:
    """The divider parts original and processed and is dragged; difference is mid grey where nothing changed."""
    screen = _open(view, np.full((21, 60, 80), -1000, np.int16))
    screen.result = volume_of(np.full((21, 60, 80), 1000, np.int16))
    screen.crosshair_visible = False
    tile = _tile(view)
    screen.compare = Compare.SWIPE
    picture = _picture(tile)
    assert (picture[60, 150, 0], picture[60, 250, 0]) == (0, 255)
    _drag(tile, (200, 250), (300, 250))
    assert screen.swipe == pytest.approx(0.75)
    assert _picture(tile)[60, 250, 0] == 0
    screen.compare = Compare.RESULT
    assert _picture(tile)[60, 150, 0] == 255
    screen.result = volume_of(np.full((21, 60, 80), -1000, np.int16))
    screen.compare = Compare.DIFFERENCE
    assert abs(int(_picture(tile)[60, 150, 0]) - 128) <= 1


def test_the_rendering_says_that_it_shows_unconfirmed_images(view: ReadingView) -> None:
    """The volume rendering of processed images carries the amber line like the slices; that of the original does not (5.3.3)."""
    screen = _open(view)
    assert view.rendering.corners().bottom_right == ()
    screen.result, screen.result_label, screen.compare = volume_of(np.zeros((21, 60, 80), np.int16)), "降噪 1.2", Compare.RESULT
    assert [line.text for line in view.rendering.corners().bottom_right] == ["降噪 1.2", "AI · 未确认"]
    screen.result_unconfirmed = False
    assert [line.text for line in view.rendering.corners().bottom_right] == ["降噪 1.2"]
    screen.compare, screen.volume_unconfirmed = Compare.SOURCE, True
    assert [line.text for line in view.rendering.corners().bottom_right] == ["AI · 未确认"]


def test_corner_lines_that_do_not_fit_beside_each_other_are_not_cut(qtbot: QtBot) -> None:
    """In a narrow tile a warning moves a row inwards: neither it nor the slice number is cut or written over (ui.md, Check)."""
    quiet, amber = TextLine("512 × 100   0.90 × 2.50 mm   interpolated"), TextLine("AI segmentation · not confirmed", Role.WARNING)

    def rows(corners: Corners, *, warning: bool) -> set[int]:
        image = QImage(380, 320, QImage.Format.Format_RGB888)
        image.fill(0)
        painter = QPainter(image)
        paint_corners(painter, corners, (380, 320))
        painter.end()
        pixels = (
            np.frombuffer(image.constBits(), np.uint8).reshape(320, image.bytesPerLine())[:, : 380 * 3].reshape(320, 380, 3).astype(int)
        )
        colored = pixels[..., 0] - pixels[..., 2] > 60
        shown = colored if warning else (pixels[..., 0] > 120) & ~colored
        return set(np.flatnonzero(shown.sum(axis=1) > 2).tolist())

    both = Corners(bottom_left=(quiet,), bottom_right=(amber,))
    assert rows(both, warning=True)
    assert not rows(both, warning=True) & rows(Corners(bottom_left=(quiet,)), warning=False)
    assert rows(both, warning=False) >= rows(Corners(bottom_left=(quiet,)), warning=False)


def test_segments_are_tinted_and_can_be_hidden(view: ReadingView) -> None:
    """Fill and outline have the segment's colour; a hidden segment is not drawn."""
    screen = _open(view, np.full((21, 60, 80), -1000, np.int16))
    screen.crosshair_visible = False
    labels = np.zeros((21, 60, 80), np.uint8)
    labels[:, 20:40, 20:60] = 1
    code = Code("39607008", "SCT", "Lung")
    assert screen.volume is not None
    screen.segmentation = Segmentation(screen.volume.grid, labels, (Segment(1, "Lung", code, code, (0, 255, 0)),), screen.volume.series_uid)
    tile = _tile(view)
    shown = tile.resolved()
    assert shown is not None
    inside = shown.to_px(as_point(screen.volume.grid.to_lps((10, 30, 40))))
    red, green, blue = (int(v) for v in _picture(tile)[int(inside[1]), int(inside[0])])
    assert (red, blue) == (0, 0)
    assert 60 < green < 120
    assert _picture(tile)[:, :, 1].max() > 200
    screen.hidden_segments = frozenset({1})
    assert tuple(_picture(tile)[int(inside[1]), int(inside[0])]) == (0, 0, 0)


def test_another_segmentation_never_shows_the_pixels_of_the_one_before(view: ReadingView) -> None:
    """Same slice, same colours, another object at the same place in memory: its own pixels are drawn."""
    screen = _open(view, np.full((21, 60, 80), -1000, np.int16))
    assert screen.volume is not None
    tile, grid, code = _tile(view), screen.volume.grid, Code("39607008", "SCT", "Lung")
    for column in (10, 30, 50, 20, 60, 40):
        labels = np.zeros((21, 60, 80), np.uint8)
        labels[:, :, column : column + 4] = 1
        screen.segmentation = Segmentation(grid, labels, (Segment(1, "Lung", code, code, (0, 255, 0)),), screen.volume.series_uid)
        shown = tile.resolved()
        assert shown is not None
        layers = tile.layers(shown)
        assert layers.fill is not None
        tinted = [x for x in range(80) if layers.fill.pixelColor(x, 30).alpha()]
        assert len(tinted) == 4
        assert all(column <= round(shown.view.to_index(x + 0.5, 30, 10)[2]) < column + 4 for x in tinted)
        screen.segmentation = None


def test_quiet_corner_lines_give_way_to_the_others(qtbot: QtBot) -> None:
    """A long institution or description is cut beside the patient; what is not quiet stays whole, and no row is added."""
    drawn: list[tuple[float, str]] = []
    image = QImage(384, 320, QImage.Format.Format_RGB888)
    painter = QPainter(image)

    class Noting(QPainter):
        def drawText(self, at: QPointF, text: str) -> None:  # type: ignore[override]
            drawn.append((at.y(), text))

    painter.end()
    noting = Noting(image)
    long, window = TextLine("某某省某某市某某县第一人民医院医学影像中心（东院区）", Role.QUIET), TextLine("W 400  L 40")
    paint_corners(
        noting, Corners((TextLine("欧阳 诺罕·阿卜杜拉·买买提江", Role.QUIET), TextLine("轴位   层 3 / 4")), (long, window)), (384, 320)
    )
    noting.end()
    texts = [text for _, text in drawn]
    assert "轴位   层 3 / 4" in texts
    assert "W 400  L 40" in texts
    assert any(text.startswith("某某省") and text.endswith("…") for text in texts)
    assert len({round(y) for y, text in drawn if text == "W 400  L 40"} & {round(y) for y, text in drawn if text.startswith("轴位")}) >= 1


def test_without_opengl_the_slices_work_and_the_tile_says_why(view: ReadingView, qtbot: QtBot) -> None:
    """OpenGL switched off: 2D draws, the fourth tile names the reason in Chinese (issue 5)."""
    _open(view)
    qtbot.waitUntil(lambda: bool(view.rendering.failure), timeout=5000)
    assert view.rendering.failure == "OpenGL 已关闭（YINGSHU_OPENGL=off）。"
    assert _picture(view.rendering).max() > 100
    assert _picture(_tile(view)).max() > 100


def test_empty_view_says_what_will_be_here(view: ReadingView) -> None:
    """No volume: no tiles, a sentence instead."""
    assert not any(t.isVisible() for t in view.tiles.values())
    assert _picture(view).max() > 100
    _open(view)
    view.intent.volume = None
    assert not any(t.isVisible() for t in view.tiles.values())


def test_opening_and_closing_leaves_nothing(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty views come and go: no thread, timer or listener stays (G2)."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    screen = ScreenState()
    threads = set(threading.enumerate())
    for _ in range(20):
        view = ReadingView(screen)
        view.resize(400, 300)
        view.show()
        screen.volume = volume_of(np.zeros((5, 20, 20), np.int16))
        QApplication.processEvents()
        timers = view.findChildren(QTimer)
        view.dispose()
        assert not any(t.isActive() for t in timers)
        view.close()
        view.deleteLater()
        screen.volume = None
        QApplication.processEvents()
    assert set(threading.enumerate()) <= threads
    assert all(len(getattr(screen.events, name)) == 0 for name in ("volume", "window", "marks", "arrived", "active"))
