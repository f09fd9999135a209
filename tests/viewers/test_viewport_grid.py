"""The reading screen in a real window: what hands do, what is seen then, and how little is painted for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.domain.coding import Code
from app.domain.frame import Shutter
from app.domain.presentation import Window
from app.domain.segmentation import Segment, Segmentation
from app.domain.volume import Volume, Voxels
from app.viewing.cine import play_mode, played, rate_hz
from app.viewing.graphics import Corners, Role, ScaleBar, TextLine
from app.viewing.layers import LabelLayer, ProcessedLayer, ShapeAnnotation, ShapeLayer
from app.viewing.layouts import grid_layout, layout
from app.viewing.links import index_of, point_to, scroll_to
from app.viewing.monitors import MonitorCalibration
from app.viewing.offsets import link_here
from app.viewing.screen import (
    SERIES_MIME,
    Cine,
    Compare,
    Drawn,
    PlayMode,
    RenderingView,
    Reshaped,
    Screen,
    ScrollLink,
    SizeMode,
    SliceView,
    SpineLabelling,
    StackView,
    StudyRole,
    TextLevel,
    ViewportId,
)
from app.viewing.sequence_state import SequenceBar
from app.viewing.shapes.shape import Box
from app.viewing.viewport_texts import Chip, ChipTone, Header
from tests.support.capabilities import shape, tool
from tests.support.stacks import frame_of, mammogram, stack_of, ultrasound
from tests.support.tiles import viewport_grid
from tests.support.volumes import volume_of
from viewers.magnifier import lens_at
from viewers.painting import paint_corners, paint_letters, paint_scale
from viewers.pixel_cache import PixelCache
from viewers.render.tile import RenderingTile
from viewers.sequence_bar import (
    BarPart,
    faster_box,
    mode_box,
    part_at,
    play_box,
    position_at,
    slower_box,
    track_box,
)
from viewers.style import LINE, MARGIN, inks, legible
from viewers.tile_painting import paint_header
from viewers.viewport import ViewportTile
from viewers.viewport_grid import ViewportGrid
from widgets.theme import contrast

pytestmark = pytest.mark.window
LEFT, MIDDLE, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
ONE, TWO, THREE, FOUR = (ViewportId(str(n)) for n in range(1, 5))


@pytest.fixture
def grid(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[ViewportGrid]:
    """A grid of 801×601 without OpenGL; tiles of a 2×2 are 400×300."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    made = viewport_grid(Screen(grid_layout(2, 2)))
    qtbot.addWidget(made)
    made.resize(801, 601)
    with qtbot.waitExposed(made):
        made.show()
    QApplication.processEvents()
    yield made
    made.dispose()


def _noise(slices: int = 21) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(0).integers(-900, 300, (slices, 60, 80)).astype(np.int16)


def _open(grid: ViewportGrid, identity: ViewportId = ONE, index: float = 10) -> Volume:
    volume = volume_of(_noise())
    grid.intent.viewports[identity].show(volume, SliceView(0, index))
    grid.intent.viewports[identity].window = Window(0, 400)
    QApplication.processEvents()
    return volume


def _tile(grid: ViewportGrid, identity: ViewportId = ONE) -> ViewportTile:
    tile = grid.tiles[identity]
    assert isinstance(tile, ViewportTile)
    return tile


def _bar(tile: ViewportTile) -> SequenceBar:
    shown = tile.resolved()
    assert shown is not None
    assert shown.bar is not None
    return shown.bar


def _mouse(
    tile: QWidget,
    kind: QEvent.Type,
    at: tuple[float, float],
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    """A mouse event at a fraction of a pixel, through Qt's own delivery."""
    pressed = button if kind is not QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton
    which = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
    where = QPointF(*at)
    QApplication.sendEvent(tile, QMouseEvent(kind, where, tile.mapToGlobal(where), which, pressed, modifiers))


def _drag(
    tile: QWidget,
    start: tuple[float, float],
    end: tuple[float, float],
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NONE,
) -> None:
    _mouse(tile, QEvent.Type.MouseButtonPress, start, button, modifiers)
    for share in (0.3, 0.7, 1.0):
        at = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
        _mouse(tile, QEvent.Type.MouseMove, at, button, modifiers)
    _mouse(tile, QEvent.Type.MouseButtonRelease, end, button, modifiers)


def _wheel(tile: QWidget, turn: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    where = QPointF(200, 150)
    no_button, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    at, angle = tile.mapToGlobal(where), QPoint(0, turn)
    QApplication.sendEvent(tile, QWheelEvent(where, at, QPoint(), angle, no_button, modifiers, phase, False))


def _picture(widget: QWidget) -> np.ndarray:  # type: ignore[type-arg]
    """RGB of a widget as it is on the screen."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


class _Paints:
    """Counts the paintings of each tile."""

    def __init__(self, grid: ViewportGrid) -> None:
        QApplication.processEvents()
        self.of: Counter[str] = Counter()
        for identity, tile in grid.tiles.items():
            if isinstance(tile, ViewportTile):
                tile.painted.connect(lambda i=identity: self.of.update((i,)))

    def after(self) -> dict[str, int]:
        """Paintings since the last look."""
        QApplication.processEvents()
        found, self.of = dict(self.of), Counter()
        return found


def _fill_36(grid: ViewportGrid) -> None:
    """6×6 of mixed display sets, each its own."""
    grid.intent.lay_out(grid_layout(6, 6))
    values = _noise()
    for number, viewport in enumerate(grid.intent.viewports.values()):
        if number % 3 == 0:
            viewport.show(volume_of(values), SliceView(0, 10))
        elif number % 3 == 1:
            viewport.show(mammogram("RL"[number % 2], "CC", uid=f"1.2.6.{number}"), StackView())
        else:
            viewport.show(ultrasound(6, uid=f"1.2.7.{number}"), StackView())
    QApplication.processEvents()


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 2), (2, 3), (4, 4), (6, 6)])
def test_tiles_fill_the_screen_with_a_line_between(grid: ViewportGrid, rows: int, columns: int) -> None:
    """1×1 to 6×6: no gap but one pixel, nothing over the edge."""
    grid.intent.lay_out(grid_layout(rows, columns))
    QApplication.processEvents()
    rects = [tile.geometry() for tile in grid.tiles.values()]
    assert len(rects) == rows * columns
    assert sum(r.width() for r in rects[:columns]) == 801 - (columns - 1)
    assert sum(r.height() for r in rects[::columns]) == 601 - (rows - 1)
    assert max(r.right() for r in rects) == 800
    assert all(tile.isVisible() for tile in grid.tiles.values())


def test_a_change_of_one_of_36_tiles_paints_one(grid: ViewportGrid) -> None:
    """Mixed display sets, 6×6: window/level, scrolling, zoom, a shape, the pointer; each paints its own tile
    once.
    """
    _fill_36(grid)
    paints = _Paints(grid)
    viewports = list(grid.intent.viewports.values())
    ct, us = viewports[6], viewports[8]
    ct.window = Window(10, 100)
    assert paints.after() == {ct.viewport_id: 1}
    ct.window, ct.window_label, ct.invert = Window(11, 100), "Lung window", True
    assert paints.after() == {ct.viewport_id: 1}
    _tile(grid, us.viewport_id).scroll_by(2)
    assert paints.after() == {us.viewport_id: 1}
    ct.pointer_text = "x"
    assert paints.after() == {ct.viewport_id: 1}
    us.zoom, us.pan = 2.0, (3.0, 4.0)
    us.put_layer(ShapeLayer(()))
    assert paints.after() == {us.viewport_id: 1}
    grid.intent.active = us.viewport_id
    assert paints.after() == {us.viewport_id: 1, "1": 1}


def test_linked_scrolling_paints_every_tile_once(grid: ViewportGrid) -> None:
    """36 linked viewports: one turn of the wheel is one painting of each."""
    _fill_36(grid)
    grid.intent.links = (ScrollLink(frozenset(grid.intent.viewports)),)
    paints = _Paints(grid)
    paints.after()
    _tile(grid, ONE).scroll_by(1)
    moved = {v.viewport_id for n, v in enumerate(grid.intent.viewports.values()) if n % 3 != 1}
    assert paints.after() == dict.fromkeys(moved, 1)


def test_the_crosshair_paints_the_views_of_its_space(grid: ViewportGrid) -> None:
    """Three planes of a volume; the mammogram beside them is not touched."""
    volume = _open(grid)
    for axis, identity in ((1, TWO), (2, THREE)):
        grid.intent.viewports[identity].show(volume, SliceView(axis, 5))
    grid.intent.viewports[FOUR].show(mammogram(), StackView())
    paints = _Paints(grid)
    point_to(grid.intent, ONE, (0.0, 0.0, 20.0))
    assert paints.after() == {ONE: 1, TWO: 1, THREE: 1}


def test_text_and_overlays_paint_who_has_them(grid: ViewportGrid) -> None:
    """The level of text is everybody's; overlays are those of tiles with labels."""
    volume = _open(grid)
    code = Code("39607008", "SCT", "Lung")
    labels = Segmentation(
        volume.grid,
        np.ones((21, 60, 80), np.uint8),
        (Segment(1, "Lung", code, code, (0, 255, 0)),),
        volume.series_uid,
    )
    grid.intent.viewports[ONE].put_layer(LabelLayer(labels))
    paints = _Paints(grid)
    assert _picture(_tile(grid))[150, 200, 1] > _picture(_tile(grid))[150, 200, 0]
    paints.after()
    grid.intent.overlays_visible = False
    assert paints.after() == {ONE: 1}
    grid.intent.text_level = TextLevel.NONE
    assert set(paints.after()) == {ONE, TWO, THREE, FOUR}


def test_what_is_seen_is_the_grey_of_the_standard(grid: ViewportGrid) -> None:
    """A MONOCHROME1 frame with padding and a shutter: inverted once, padding and shutter as they are
    meant.
    """
    stored = np.full((40, 40), 25, np.uint8)
    stored[:, :10] = 0
    frame = frame_of(
        stored,
        voi=(Window(50.5, 101),),
        padding=(0, 0),
        shutter=Shutter(rectangle=(1, 30, 1, 40), grey=0.5),
        pixel_format=frame_of(stored).pixel_format.__class__("MONOCHROME1", bits_stored=8),
    )
    grid.intent.viewports[ONE].show(stack_of([stored], [frame]), StackView())
    grid.intent.text_level = TextLevel.NONE
    QApplication.processEvents()
    seen = _picture(_tile(grid))
    column = lambda x: int(50 + 300 / 40 * x)  # noqa: E731
    assert [int(seen[150, column(x), 0]) for x in (5, 20, 36)] == [0, 191, 128]


def test_dragging_windows_this_tile_alone(grid: ViewportGrid) -> None:
    """Left drag: right widens, down raises the level; Shift is ten times as fast; Escape takes it back."""
    _open(grid)
    _open(grid, TWO)
    one, two = grid.intent.viewports[ONE], grid.intent.viewports[TWO]
    one.window = Window(40, 300)
    _drag(_tile(grid), (100, 100), (150, 120))
    assert one.window == Window(60, 350)
    assert two.window == Window(0, 400)
    one.window = Window(40, 300)
    _drag(_tile(grid), (100, 100), (110, 100), modifiers=SHIFT)
    assert one.window == Window(40, 400)
    _mouse(_tile(grid), QEvent.Type.MouseButtonPress, (100, 100))
    _mouse(_tile(grid), QEvent.Type.MouseMove, (150, 100))
    assert _tile(grid).cancel()
    assert one.window == Window(40, 400)


def test_a_drag_over_an_image_with_a_lookup_table_begins_from_it(grid: ViewportGrid) -> None:
    """The first drag does not jump: it begins from what is shown."""
    grid.intent.viewports[ONE].show(mammogram(), StackView())
    tile = _tile(grid)
    _drag(tile, (100, 100), (101, 100))
    shown = grid.intent.viewports[ONE].window
    assert isinstance(shown, Window)
    assert 1000 < shown.centre < 4000


def test_planes_of_one_volume_are_windowed_together(grid: ViewportGrid) -> None:
    """In the MPR layout only."""
    grid.intent.lay_out(layout("mpr"))
    volume = _open(grid)
    grid.intent.viewports[TWO].show(volume, SliceView(1, 5))
    grid.intent.viewports[TWO].window = Window(0, 400)
    _drag(_tile(grid), (100, 100), (130, 100))
    assert grid.intent.viewports[TWO].window == grid.intent.viewports[ONE].window == Window(0, 440)


def test_wheel_scrolls_and_zooms(grid: ViewportGrid) -> None:
    """Wheel = images, Shift ×10, Ctrl = zoom about the pointer; the ends hold."""
    _open(grid)
    tile, viewport = _tile(grid), grid.intent.viewports[ONE]
    _wheel(tile, -120)
    assert index_of(viewport) == 11
    _wheel(tile, 240)
    assert index_of(viewport) == 9
    _wheel(tile, -120, SHIFT)
    _wheel(tile, -120, SHIFT)
    assert index_of(viewport) == 20
    shown = tile.resolved()
    assert shown is not None
    under = shown.placement.to_image((200, 150))
    _wheel(tile, 480, CTRL)
    shown = tile.resolved()
    assert shown is not None
    assert viewport.zoom == 2
    assert shown.placement.to_image((200, 150)) == pytest.approx(under)


def test_middle_pans_and_right_zooms(grid: ViewportGrid) -> None:
    """What lies under the hand stays under it; a short right click asks for the menu."""
    _open(grid)
    tile, viewport = _tile(grid), grid.intent.viewports[ONE]
    before = tile.resolved()
    assert before is not None
    under = before.placement.to_image((120, 100))
    _drag(tile, (120, 100), (170, 130), MIDDLE)
    after = tile.resolved()
    assert after is not None
    assert after.placement.to_image((170, 130)) == pytest.approx(under)
    under = after.placement.to_image((120, 100))
    _drag(tile, (120, 100), (120, 25), RIGHT)
    after = tile.resolved()
    assert after is not None
    assert viewport.zoom == pytest.approx(2**0.5)
    assert after.placement.to_image((120, 100)) == pytest.approx(under)
    asked: list[tuple[str, int, int]] = []
    grid.intent.context_asked.connect(lambda *what: asked.append(what))
    _drag(tile, (120, 100), (121, 101), RIGHT)
    assert [what[0] for what in asked] == [ONE]
    assert viewport.zoom == pytest.approx(2**0.5)


def test_shapes_are_drawn_on_slices_and_frames(grid: ViewportGrid) -> None:
    """Press, drag, release; or click, move, click; a slip draws nothing; Escape drops it."""
    _open(grid)
    grid.intent.viewports[TWO].show(ultrasound(5), StackView(3))
    drawn: list[Drawn] = []
    grid.intent.drawn.connect(drawn.append)
    grid.intent.tool = "length"
    _drag(_tile(grid), (100, 100), (180, 100))
    _drag(_tile(grid, TWO), (100, 100), (180, 100))
    assert [(d.viewport_id, d.shape.shape_id) for d in drawn] == [(ONE, "length"), (TWO, "length")]
    assert len(drawn[0].points_mm) == 2
    assert drawn[1].points_mm == ()
    assert len(drawn[1].points_px) == 2
    assert drawn[1].anchor.frame == 4  # type: ignore[union-attr]
    tile = _tile(grid)
    _drag(tile, (100, 120), (102, 120))
    _mouse(tile, QEvent.Type.MouseMove, (150, 150))
    assert tile.draft is not None
    _mouse(tile, QEvent.Type.MouseButtonPress, (150, 150))
    _mouse(tile, QEvent.Type.MouseButtonRelease, (150, 150))
    assert (len(drawn), tile.draft) == (3, None)
    _drag(tile, (100, 120), (102, 120))
    assert tile.cancel()
    assert (len(drawn), tile.draft) == (3, None)
    grid.intent.tool = "probe"
    _drag(tile, (100, 120), (100, 120))
    assert drawn[-1].shape.shape_id == "probe"
    grid.intent.tool = "ellipse"
    _drag(tile, (-60, 120), (-20, 160))  # beside the image
    assert len(drawn) == 4


def test_a_shape_is_moved_by_its_handle_and_as_a_whole(grid: ViewportGrid) -> None:
    """The points that come back are those of the source image."""
    _open(grid)
    viewport, tile = grid.intent.viewports[ONE], _tile(grid)
    drawn: list[Drawn] = []
    changed: list[Reshaped] = []
    grid.intent.drawn.connect(drawn.append)
    grid.intent.reshaped.connect(changed.append)
    grid.intent.tool = "length"
    _drag(tile, (100, 100), (180, 100))
    shown = tile.resolved()
    assert shown is not None
    one = drawn[0]
    viewport.put_layer(
        ShapeLayer(
            (ShapeAnnotation("7", shape("length"), one.anchor, one.points_px, one.points_mm, ("8 mm",)),)
        )
    )
    _drag(tile, (180, 100), (180, 160))
    assert changed[0].tracking_uid == "7"
    assert changed[0].points_px[0] == pytest.approx(one.points_px[0])
    assert shown.placement.to_screen(*changed[0].points_px[1]) == pytest.approx((180, 160))
    _drag(tile, (140, 100), (150, 110))
    assert shown.placement.to_screen(*changed[1].points_px[0]) == pytest.approx((110, 110))
    assert len(changed[1].points_mm) == 2


def test_the_divider_is_dragged(grid: ViewportGrid) -> None:
    """Left of it the original, right of it the processed images."""
    volume = _open(grid)
    viewport = grid.intent.viewports[ONE]
    bright = Volume(
        volume.grid,
        Voxels(np.full((1, 21, 60, 80), 1000, np.int16)),
        volume.quantity,
        "CT",
        volume.series_uid,
    )
    viewport.put_layer(ProcessedLayer(bright, "x"))
    viewport.compare = Compare.SWIPE
    _drag(_tile(grid), (200, 100), (300, 100))
    assert viewport.swipe == 0.75
    seen = _picture(_tile(grid))
    assert (seen[100:130, 310:330] == 255).all()
    assert not (seen[100:130, 250:270] == 255).all()


def test_keys_go_through_images_and_axes(grid: ViewportGrid) -> None:
    """Arrows, pages, ends; brackets along the further axis; left and right ask for another series."""
    flat = volume_of(_noise())
    four = Volume(flat.grid, Voxels(np.stack([_noise()] * 3)), flat.quantity, "CT", flat.series_uid)
    viewport = grid.intent.viewports[ONE]
    viewport.show(four, SliceView(0, 10))
    asked: list[tuple[str, int]] = []
    grid.intent.series_asked.connect(lambda *what: asked.append(what))
    tile = _tile(grid)
    seen = []
    for key in ("Down", "PageDown", "Up", "Home", "End"):
        _key(tile, getattr(Qt.Key, f"Key_{key}"))
        seen.append(index_of(viewport))
    assert seen == [11, 20, 19, 0, 20]
    for key in (
        Qt.Key.Key_BracketRight,
        Qt.Key.Key_BracketRight,
        Qt.Key.Key_BracketRight,
        Qt.Key.Key_BracketLeft,
    ):
        _key(tile, key)
    assert viewport.further == 1
    _key(tile, Qt.Key.Key_Right)
    _key(tile, Qt.Key.Key_Left)
    assert asked == [(ONE, 1), (ONE, -1)]
    viewport.zoom = 3.0
    _key(tile, Qt.Key.Key_Escape)
    assert viewport.zoom == 1.0


def _key(tile: QWidget, key: Qt.Key) -> None:
    QApplication.sendEvent(tile, QKeyEvent(QEvent.Type.KeyPress, key, NONE))


def test_the_bar_plays_and_is_dragged(grid: ViewportGrid, qtbot: QtBot) -> None:
    """A cine of 25 a second: the button plays it by the clock, a hidden tile rests, the button stops it."""
    viewport = grid.intent.viewports[ONE]
    viewport.show(ultrasound(30), StackView())
    tile = _tile(grid)
    track = track_box(_bar(tile))
    _drag(tile, (track.center().x(), 290), (track.center().x(), 290))
    assert index_of(viewport) in range(13, 17)
    _drag(tile, (track.right(), 290), (track.right(), 290))
    assert index_of(viewport) == 29
    _drag(tile, (14, 286), (14, 286))
    assert viewport.cine == Cine(25.0)
    qtbot.waitUntil(lambda: index_of(viewport) not in (29,), timeout=5000)
    grid.hide()
    held = index_of(viewport)
    qtbot.wait(120)
    assert index_of(viewport) == held
    grid.show()
    qtbot.waitUntil(lambda: index_of(viewport) != held, timeout=5000)
    _drag(tile, (14, 286), (14, 286))
    assert viewport.cine is None


def test_rate_and_mode_are_chosen_on_the_bar(grid: ViewportGrid) -> None:
    """Beside the rate slower and faster, at the end the mode; what was chosen holds while it plays, and
    later.
    """
    viewport = grid.intent.viewports[ONE]
    viewport.show(ultrasound(30), StackView())
    tile = _tile(grid)
    bar = _bar(tile)
    assert (bar.rate_text, bar.mode) == ("25 帧/秒", PlayMode.LOOP)
    for box, hz, mode in (
        (faster_box(bar), 30.0, PlayMode.LOOP),
        (slower_box(bar), 25.0, PlayMode.LOOP),
        (slower_box(bar), 20.0, PlayMode.LOOP),
        (mode_box(bar), 20.0, PlayMode.BOUNCE),
    ):
        at = (box.center().x(), box.center().y())
        _mouse(tile, QEvent.Type.MouseMove, at, Qt.MouseButton.NoButton)
        assert tile.toolTip()
        _drag(tile, at, at)
        assert (rate_hz(viewport), play_mode(viewport)) == (hz, mode)
    at = (play_box(bar).center().x(), play_box(bar).center().y())
    _drag(tile, at, at)
    assert viewport.cine == Cine(20.0, PlayMode.BOUNCE)
    at = (faster_box(bar).center().x(), faster_box(bar).center().y())
    _drag(tile, at, at)
    assert viewport.cine == Cine(25.0, PlayMode.BOUNCE)
    viewport.show(ultrasound(30, uid="1.2.8"), StackView())
    assert (rate_hz(viewport), play_mode(viewport)) == (25.0, PlayMode.LOOP)


def test_a_narrow_bar_plays_and_tells_the_position_only() -> None:
    """The keys and the menu have the rest."""
    wide, narrow = (
        SequenceBar(Box(0, 0, width, 28), 3, 10, (0, 9), "4 / 10", False, False, "25/s", PlayMode.LOOP)
        for width in (400, 200)
    )
    parts = [
        [part_at(bar, (x, y)) for y in (14, 24) for x in range(0, int(bar.box.width), 4)]
        for bar in (wide, narrow)
    ]
    assert set(parts[0]) == set(BarPart)
    assert set(parts[1]) == {BarPart.PLAY, BarPart.TRACK}
    for bar in (wide, narrow):
        track = track_box(bar)
        assert [position_at(bar, (x, 14)) for x in (track.left(), track.right(), 0)] == [0, 9, 0]


@pytest.mark.parametrize(
    ("mode", "positions"), [(PlayMode.LOOP, [2, 3, 0, 1, 2, 3, 0]), (PlayMode.BOUNCE, [2, 3, 2, 1, 0, 1, 2])]
)
def test_a_cine_loops_or_bounces(mode: PlayMode, positions: list[int]) -> None:
    """Four images from the third on."""
    assert [played(2, step, (0, 3), mode) for step in range(7)] == positions
    assert [played(12, step, (10, 13), mode) for step in range(7)] == [10 + at for at in positions]
    assert played(3, 0, (10, 13), mode) == 10, "from outside it begins at the first"


def test_a_double_click_lets_a_tile_fill_the_screen(grid: ViewportGrid) -> None:
    """And brings the others back."""
    _open(grid)
    tile = _tile(grid)
    _mouse(tile, QEvent.Type.MouseButtonDblClick, (100, 100))
    assert grid.intent.maximised == ONE
    assert (tile.width(), tile.height()) == (801, 601)
    assert not grid.tiles[TWO].isVisible()
    _mouse(tile, QEvent.Type.MouseButtonDblClick, (100, 100))
    assert all(one.isVisible() for one in grid.tiles.values())


def test_views_say_that_one_was_scrolled_alone_from_their_offset(grid: ViewportGrid) -> None:
    """Both do, at once; level again, the header names the offset as before."""
    for identity, role in ((ONE, StudyRole.CURRENT), (TWO, StudyRole.PRIOR)):
        volume, viewport = _open(grid, identity), grid.intent.viewports[identity]
        made = Volume(volume.grid, volume.voxels, volume.quantity, "CT", f"1.2.{identity}", f"1.9.{identity}")
        viewport.show(made, SliceView(0, 10))
        viewport.role = role
    link_here(grid.intent)

    def said(identity: ViewportId) -> ChipTone:
        shown = _tile(grid, identity).resolved()
        assert shown is not None
        assert shown.header is not None
        return shown.header.chips[-1].tone

    assert [said(one) for one in (ONE, TWO)] == [ChipTone.LINKED] * 2
    scroll_to(grid.intent, TWO, 13, alone=True)
    assert [said(one) for one in (ONE, TWO)] == [ChipTone.LIMIT] * 2
    scroll_to(grid.intent, ONE, 11)
    assert [said(one) for one in (ONE, TWO)] == [ChipTone.LINKED] * 2


def test_a_double_click_with_a_measuring_tool_fills_the_screen_too(grid: ViewportGrid) -> None:
    """Its first click begins no mark that stays; where a line has been begun elsewhere it goes on."""
    _open(grid)
    grid.intent.tool = "length"
    tile = _tile(grid)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        _mouse(tile, kind, (100, 100))
    assert tile.draft is not None
    _mouse(tile, QEvent.Type.MouseButtonDblClick, (101, 100))
    assert grid.intent.maximised == ONE
    assert tile.draft is None
    grid.intent.toggle_maximised(ONE)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        _mouse(tile, kind, (100, 100))
    _mouse(tile, QEvent.Type.MouseButtonDblClick, (160, 100))
    assert grid.intent.maximised is None
    assert tile.draft is not None


def test_a_series_is_dropped_into_a_tile(grid: ViewportGrid) -> None:
    """Dragged from the strip: the tile says what and where; other things are not taken."""
    dropped: list[tuple[str, str, str]] = []
    grid.intent.dropped.connect(lambda *what: dropped.append(what))
    what = QMimeData()
    what.setData(SERIES_MIME, b"1.2.840.1")
    text = QMimeData()
    text.setText("1.2.840.1")
    copy = Qt.DropAction.CopyAction
    one_set = QMimeData()
    one_set.setData(SERIES_MIME, b"1.2.840.1 0f3a")
    for data in (text, what, one_set):
        enter = QDragEnterEvent(QPoint(50, 50), copy, data, LEFT, NONE)
        enter.ignore()
        QApplication.sendEvent(grid.tiles[THREE], enter)
        if enter.isAccepted():
            QApplication.sendEvent(grid.tiles[THREE], QDropEvent(QPointF(50, 50), copy, data, LEFT, NONE))
    assert dropped == [(THREE, "1.2.840.1", ""), (THREE, "1.2.840.1", "0f3a")]
    assert grid.intent.active == THREE


def test_a_viewport_may_become_a_rendering_and_back(grid: ViewportGrid) -> None:
    """The widget follows the view; another layout ends the tiles that have no cell."""
    volume = _open(grid)
    viewport = grid.intent.viewports[ONE]
    viewport.view = RenderingView()
    assert isinstance(grid.tiles[ONE], RenderingTile)
    assert list(grid.tiles) == [ONE, TWO, THREE, FOUR]
    viewport.show(volume, SliceView(0, 4))
    assert isinstance(grid.tiles[ONE], ViewportTile)
    grid.intent.lay_out(grid_layout(1, 1))
    assert list(grid.tiles) == [ONE]


def test_the_keys_are_for_the_active_tile_also_when_the_tile_that_had_them_ends(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They follow the active tile; another layout does not hand them to what comes next in the window."""
    monkeypatch.setenv("YINGSHU_OPENGL", "off")
    window = QWidget()
    qtbot.addWidget(window)
    grid = viewport_grid(Screen(grid_layout(2, 2)))
    layout = QVBoxLayout(window)
    for part in (QPushButton("before"), grid, QPushButton("after")):
        layout.addWidget(part)
    window.resize(800, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    grid.intent.active = FOUR
    grid.tiles[FOUR].setFocus()
    grid.intent.active = TWO  # as the wheel over another tile makes it
    assert QApplication.focusWidget() is grid.tiles[TWO]
    grid.intent.active = FOUR
    grid.intent.lay_out(grid_layout(1, 1))
    QApplication.processEvents()
    assert QApplication.focusWidget() is grid.tiles[grid.intent.active]
    grid.dispose()


def test_what_is_written_over_white_can_be_read() -> None:
    """Corner texts, letters of the sides and the scale's length stand at 4.5 to 1 on a bright image."""
    size = (400, 300)
    lines = tuple(TextLine("■■■■", role) for role in Role)
    picture = QImage(*size, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    paint_corners(painter, Corners(top_left=lines, bottom_right=lines), size)
    paint_scale(painter, ScaleBar(40, "■■■■"), size, 1)
    paint_letters(painter, ("R", "L", "H", "F"), size)
    painter.end()
    for x, y, ink in (
        (MARGIN - 2, MARGIN + 0.5 * LINE, inks().text),
        (MARGIN - 2, MARGIN + 1.5 * LINE, inks().quiet),
        (MARGIN - 2, MARGIN + 2.5 * LINE, inks().warning),
        (MARGIN + 8, size[1] - MARGIN - 2 * LINE - 32, inks().text),
        (MARGIN - 2, size[1] / 2, QColor("#f4d9a0")),
        (size[0] / 2, MARGIN, QColor("#f4d9a0")),
    ):
        behind = picture.pixelColor(round(x), round(y))
        assert contrast(ink.name(), behind.name()) >= 4.5, (x, y)


@pytest.mark.parametrize("color", ["#ff0000", "#0000ff", "#000000", "#00ff00", "#ffd28c", "#a01428"])
def test_a_structure_is_named_in_an_ink_that_can_be_read(color: str) -> None:
    """Treatment plans give pure red and blue; what can be read already stays as it is."""
    picture = QImage(1, 1, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    painter.fillRect(0, 0, 1, 1, inks().plate)
    painter.end()
    plate = picture.pixelColor(0, 0).name()
    made = legible(QColor(color)).name()
    assert contrast(made, plate) >= 4.5
    assert (made == color) is (color in ("#00ff00", "#ffd28c"))


@pytest.mark.parametrize("width", [150, 260, 500])
def test_the_number_of_an_image_is_never_cut_in_the_header(width: int) -> None:
    """A long name is: another last figure is another picture."""

    def header(counted: str) -> QImage:
        picture = QImage(width, 28, QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        linked = (Chip("linked · same space", ChipTone.LINKED),)
        name = "axial IBSI_1_STS_001_CT_image_of_both_thighs"
        paint_header(painter, Header("", False, name, f"{counted} of a thousand", counted, linked), width, 28)
        painter.end()
        return picture

    assert header("134 / 267") != header("134 / 268")


@pytest.mark.parametrize(("width", "tag"), [(170, ""), (280, "Prior 2024-03-01"), (600, "")])
def test_that_views_are_linked_is_said_in_narrow_headers_too(width: int, tag: str) -> None:
    """In short where there is no room for all of it beside the name."""
    chip = Chip("Linked · same frame of reference", ChipTone.LINKED, short="Linked")

    def header(*chips: Chip) -> QImage:
        picture = QImage(width, 28, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.black)
        painter = QPainter(picture)
        paint_header(
            painter, Header(tag, bool(tag), "axial T2 TSE", "image 12 of 24", "12 / 24", chips), width, 28
        )
        painter.end()
        return picture

    at = [header(chip).pixelColor(x, 9) for x in range(width // 2, width - 10)]
    assert inks().accent_behind in at
    assert inks().accent_behind not in [header().pixelColor(x, 9) for x in range(width // 2, width - 10)]


def test_pixels_are_kept_within_a_budget_and_forgotten_with_their_image(grid: ViewportGrid) -> None:
    """What no tile shows any more takes no memory."""
    _open(grid)
    _open(grid, TWO)
    tile = _tile(grid)
    for _ in range(8):
        tile.scroll_by(1)
        QApplication.processEvents()
    assert grid.cache.used_bytes == 10 * 60 * 80 * 4
    grid.intent.viewports[ONE].clear()
    assert grid.cache.used_bytes == 60 * 80 * 4
    grid.intent.viewports[TWO].clear()
    assert grid.cache.used_bytes == 0
    small = PixelCache(budget_bytes=3000)
    for number in range(5):
        small.image((1, number), lambda: np.zeros((16, 16), np.uint32))
    assert small.used_bytes == 2 * 16 * 16 * 4


def test_an_empty_tile_says_why(grid: ViewportGrid) -> None:
    """A notice in its middle."""
    before = _picture(grid.tiles[TWO])
    grid.intent.viewports[TWO].notice = "why there is nothing"
    QApplication.processEvents()
    assert (_picture(grid.tiles[TWO]) != before).any()


def test_the_magnifier_goes_with_the_pointer(grid: ViewportGrid) -> None:
    """Three times as large, with Shift six; what is under the pointer is in its middle, with the shapes;
    Escape puts it away, and the view is as it was.
    """
    values = np.zeros((21, 60, 80), np.int16)
    values[:, 20:22, 30:32] = 400
    grid.intent.active_viewport.show(volume_of(values), SliceView(0, 10))
    grid.intent.active_viewport.window = Window(200, 400)
    grid.intent.text_level = TextLevel.NONE
    QApplication.processEvents()
    tile = _tile(grid)
    shown = tile.resolved()
    assert shown is not None
    at = shown.placement.to_screen(31, 21)
    before = _picture(tile)
    grid.intent.magnifier = True
    for modifiers, times in ((NONE, 3), (SHIFT, 6)):
        _mouse(tile, QEvent.Type.MouseMove, at, LEFT, modifiers)
        lens = lens_at(shown, at, times)
        assert lens is not None
        picture = _picture(tile)
        x, y = (round(v) for v in lens.middle)
        half = shown.placement.px_per_pixel * times
        assert picture[y, x].min() > 250
        inside, outside = round(0.7 * half), round(1.4 * half)
        assert picture[y, x + inside].min() > 200
        assert picture[y, x + outside].max() < 60
    _mouse(tile, QEvent.Type.MouseMove, shown.placement.to_screen(-4, 5))
    assert (_picture(tile) == before).all(), "off the image there is nothing to magnify"
    _mouse(tile, QEvent.Type.MouseMove, at)
    grid.intent.active_viewport.zoom = 2.0
    _key(tile, Qt.Key.Key_Escape)
    assert (grid.intent.magnifier, grid.intent.active_viewport.zoom) == (False, 2.0)
    _key(tile, Qt.Key.Key_Escape)
    assert grid.intent.active_viewport.zoom == 1.0
    assert (_picture(tile) == before).all()


def test_a_tile_knows_its_monitor(grid: ViewportGrid) -> None:
    """And is drawn anew when somebody calibrates it."""
    _open(grid)
    viewport, tile = grid.intent.active_viewport, _tile(grid)
    monitor = viewport.monitor
    assert monitor is not None
    assert monitor.size_px == (tile.screen().size().width(), tile.screen().size().height())
    viewport.size_mode = SizeMode.TRUE
    paints = _Paints(grid)
    grid.intent.calibrations = {monitor.key: MonitorCalibration(5.0, monitor.size_px, datetime.now(UTC))}
    assert paints.after()[ONE] >= 1
    shown = tile.resolved()
    assert shown is not None
    assert shown.placement.px_per_unit == pytest.approx(5.0)


def _click(tile: QWidget, at: tuple[float, float]) -> None:
    _mouse(tile, QEvent.Type.MouseButtonPress, at)
    _mouse(tile, QEvent.Type.MouseButtonRelease, at)


def test_a_region_is_drawn_along_edges_by_clicks(grid: ViewportGrid) -> None:
    """Four clicks around a disc and Enter: a region like one drawn freely, along its edge."""
    y, x = np.mgrid[:60, :80] + 0.5
    disc = 400 / (1 + np.exp((np.hypot(x - 40, y - 30) - 18) / 0.7))
    grid.intent.active_viewport.show(volume_of(np.stack([disc.astype(np.int16)] * 21)), SliceView(0, 10))
    grid.intent.tool = "livewire"
    QApplication.processEvents()
    drawn: list[Drawn] = []
    grid.intent.drawn.connect(drawn.append)
    tile = _tile(grid)
    shown = tile.resolved()
    assert shown is not None
    for turn in (0.0, 1.6, 3.1, 4.7):
        at = shown.placement.to_screen(40 + 18 * np.cos(turn), 30 + 18 * np.sin(turn))
        _mouse(tile, QEvent.Type.MouseMove, at)
        _click(tile, at)
    assert drawn == []
    _key(tile, Qt.Key.Key_Return)
    (region,) = drawn
    assert region.shape.shape_id == "freehand"
    away = np.hypot(*(np.array([shown.plane.from_lps(point) for point in region.points_mm]) - (40, 30)).T)
    assert len(away) > 60
    assert np.abs(away - 18).max() < 1.5


def test_levels_of_the_spine_are_named_click_by_click(grid: ViewportGrid) -> None:
    """Down from where somebody begins, on from a label that was renamed, up when turned; no further than
    the sacrum; what comes next stands beside the pointer.
    """
    _open(grid)
    screen, tile = grid.intent, _tile(grid)
    screen.tool = "spine"
    marks: list[ShapeAnnotation] = []

    def keep(drawn: Drawn) -> None:
        lies = drawn.points_px, drawn.points_mm
        marks.append(ShapeAnnotation(f"{len(marks)}", drawn.shape, drawn.anchor, *lies, (drawn.words,)))
        screen.active_viewport.put_layer(ShapeLayer(tuple(marks)))

    screen.drawn.connect(keep)
    for n in range(2):
        _click(tile, (200, 60 + 40 * n))
    screen.spine = SpineLabelling(start="L4")
    for n in range(3):
        _click(tile, (240, 60 + 40 * n))
    assert [mark.lines[0] for mark in marks] == ["C1", "C2", "L4", "L5", "S1"]
    assert tool("spine").told(tile).endswith("5")
    _click(tile, (280, 60))
    assert len(marks) == 5, "the sacrum is the end"
    marks[-1] = replace(marks[-1], lines=("L6",))
    screen.active_viewport.put_layer(ShapeLayer(tuple(marks)))
    _click(tile, (280, 60))
    screen.spine = SpineLabelling(up=True)
    _click(tile, (280, 100))
    screen.spine = SpineLabelling(start="L1/2", up=True)
    for n in range(2):
        _click(tile, (320, 60 + 40 * n))
    assert [mark.lines[0] for mark in marks[4:]] == ["L6", "S1", "L5", "L1/2", "T12/L1"]
    _mouse(tile, QEvent.Type.MouseMove, (100, 220))
    before = _picture(tile)
    screen.tool = "window"
    tile.update()
    assert (_picture(tile)[225:250, 110:180] != before[225:250, 110:180]).any()
