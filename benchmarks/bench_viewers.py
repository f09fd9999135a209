"""Scrolling and window/level in a real window; against a bare widget that windows with NumPy and draws one
image, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bootstrap.features import FEATURES
from app.bootstrap.ui_features import UI_FEATURES
from app.domain.display_set import DisplaySet, DisplaySetId
from app.domain.frame import Frame
from app.domain.geometry import Grid
from app.domain.image import ImageStack, StackPixels
from app.domain.pixel import PixelFormat, PixelSpacing, SpacingSource
from app.domain.presentation import Window
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.domain.volume import Volume, Voxels
from app.viewing.layouts import grid_layout, layout
from app.viewing.links import point_to, scroll_to
from app.viewing.screen import Screen, ScrollLink, SizeMode, SliceView, StackView
from benchmarks.rows import Row
from viewers.viewport_grid import ViewportGrid
from widgets.ui_feature import painters_of

SLICES, SIDE = 120, 1024
MG = "1.2.840.10008.5.1.4.1.1.1.2"
#: tiles of 6×6 and their images
MANY, SMALL = 6, 512
#: views along a side of a grid whose views scroll together, and what the 95th percentile may take (ms)
LINKED = ((2, 33), (3, 50))
#: rows and columns of a mammogram
MAMMOGRAM = (4000, 3000)
#: one view that fills a monitor
FULL_SCREEN = (1920, 1080)
#: the grid of the reading workspace at 1920×1080
WINDOW = (1324, 958)
_AXES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))


class _Floor(QWidget):
    """The least that shows a windowed slice: a clipped ramp, an 8-bit image, one blit."""

    def __init__(self, values: NDArray[np.int16]) -> None:
        super().__init__()
        self.values, self.index, self.low, self.high = values, 0, -160.0, 240.0

    def paintEvent(self, event: QPaintEvent) -> None:
        share = (self.values[self.index].astype(np.float32) - self.low) * np.float32(
            255 / (self.high - self.low)
        )
        grey = np.clip(share, 0, 255).astype(np.uint8)
        rows, columns = grey.shape
        painter = QPainter(self)
        image = QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8)
        painter.drawImage(self.rect(), image)
        painter.end()


def run(*, full: bool = False) -> list[Row]:
    """Median and 95th percentile of 200 (full: 600) paintings."""
    _app = QApplication.instance() or QApplication([])
    times = 600 if full else 200
    linked = [_linked(side, limit, times) for side, limit in LINKED]
    return [*_large(times), *linked, *_mammogram(times), *_many(times)]


def _tiles(screen: Screen) -> ViewportGrid:
    tools = [tool for feature in FEATURES for tool in feature.tools]
    return ViewportGrid(screen, tools, painters_of(UI_FEATURES))


def _large(times: int) -> list[Row]:
    values = _noise(SIDE, SLICES)
    bare, bare_95 = _floor(values, (SIDE, SIDE), times)
    screen = Screen(grid_layout(1, 1))
    view = _tiles(screen)
    view.resize(SIDE, SIDE)
    view.show()
    volume = _volume(values)
    screen.active_viewport.show(volume, SliceView(0, SLICES // 2))
    screen.active_viewport.window = Window(40, 400)
    _settle()

    def scroll(n: int) -> None:
        step = 1 if n // SLICES % 2 == 0 else -1
        scroll_to(screen, screen.active, (SLICES // 2 + n * step) % SLICES)
        QApplication.processEvents()

    def level(n: int) -> None:
        screen.active_viewport.window = Window(40 + n % 50, 400)
        QApplication.processEvents()

    one, one_95 = _times(scroll, times)
    dragged, dragged_95 = _times(level, times)
    screen.lay_out(layout("mpr"))
    for axis, viewport in enumerate(list(screen.viewports.values())[:3]):
        viewport.show(volume, SliceView(axis, SLICES // 2))
        viewport.window = Window(40, 400)
    point_to(screen, screen.active, volume.grid.centre_mm)
    view.resize(2 * SIDE + 1, 2 * SIDE + 1)
    _settle()
    three, three_95 = _times(scroll, times)
    view.dispose()
    view.close()
    peer = "NumPy window and one blit"
    return [
        Row("scroll, one view 1024², a frame", one * 1e3, "ms", "≤ 16.7 ms (60 fps)", peer, bare * 1e3),
        Row("scroll, one view 1024², 95th percentile", one_95 * 1e3, "ms", "≤ 16 ms", peer, bare_95 * 1e3),
        Row("window/level drag, one view 1024², a frame", dragged * 1e3, "ms", "≤ 16 ms", peer, bare * 1e3),
        Row("window/level drag, 95th percentile", dragged_95 * 1e3, "ms", "≤ 16 ms", peer, bare_95 * 1e3),
        Row("scroll, three planes of 1024², all painted", three * 1e3, "ms", "≤ 33 ms", peer, bare * 1e3),
        Row("scroll, three planes, 95th percentile", three_95 * 1e3, "ms", "≤ 33 ms", peer, bare_95 * 1e3),
    ]


def _linked(side: int, limit_ms: float, times: int) -> Row:
    """Views of images of 1024², each with images of its own, that scroll together."""
    values = _noise(SIDE, 40)
    tile = (WINDOW[0] // side, WINDOW[1] // side)
    _, bare_95 = _floor(values, tile, times)
    screen = Screen(grid_layout(side, side))
    view = _tiles(screen)
    view.resize(*WINDOW)
    view.show()
    for viewport in screen.viewports.values():
        viewport.show(_volume(values), SliceView(0, 10))
        viewport.window = Window(40, 400)
    screen.links = (ScrollLink(frozenset(screen.viewports)),)
    _settle()

    def scroll(n: int) -> None:
        scroll_to(screen, screen.active, n % 40)
        QApplication.processEvents()

    _, taken_95 = _times(scroll, times)
    view.dispose()
    view.close()
    count = side**2
    name = f"linked scroll of {count} views of 1024², 95th percentile"
    beside = f"NumPy window and one blit, {count} times"
    return Row(name, taken_95 * 1e3, "ms", f"≤ {limit_ms:g} ms", beside, count * bare_95 * 1e3)


def _mammogram(times: int) -> list[Row]:
    """One projection that fills the screen: moved at twice the fitted size, zoomed from fitted to 1:1, and at
    1:1 on a monitor of 1920×1080 windowed, moved, and shown for the first time.
    """
    rows, columns = MAMMOGRAM
    stored = np.random.default_rng(0).normal(2000, 300, (1, rows, columns)).astype(np.uint16)
    _, bare_95 = _floor(stored.view(np.int16), WINDOW, times)
    screen = Screen(grid_layout(1, 1))
    view = _tiles(screen)
    view.resize(*WINDOW)
    view.show()
    shown = screen.active_viewport
    shown.show(_projection(stored[0]), StackView(0))
    shown.window = Window(2000, 1500)
    _settle()

    def move(n: int) -> None:
        shown.pan = (float(n % 80) - 40, float(n % 50) - 25)
        QApplication.processEvents()

    def zoom(n: int) -> None:
        shown.zoom = 4.0 ** (1 - abs(n % 100 - 50) / 50)
        QApplication.processEvents()

    shown.zoom = 2.0
    _settle()
    _, moved_95 = _times(move, times)
    shown.pan = (0.0, 0.0)
    _, zoomed_95 = _times(zoom, times)

    def level(n: int) -> None:
        shown.window = Window(2000 + n % 50, 1500)
        QApplication.processEvents()

    def appear(n: int) -> None:
        shown.show(_projection(stored[0]), StackView(0))
        shown.size_mode, shown.window = SizeMode.PIXELS, Window(2000, 1500)
        QApplication.processEvents()

    view.resize(*FULL_SCREEN)
    _settle()
    first, _ = _times(appear, 20)
    _, dragged_95 = _times(level, times)
    _, moved_1_95 = _times(move, times)
    view.dispose()
    view.close()
    seen = np.ascontiguousarray(stored.view(np.int16)[:, : FULL_SCREEN[1], : FULL_SCREEN[0]])
    part, part_95 = _floor(seen, FULL_SCREEN, times)
    screen_size = f"{FULL_SCREEN[0]}×{FULL_SCREEN[1]}"
    part_peer = f"{screen_size} by NumPy window and one blit"
    at_11, beside = f"the same at 1:1 on {screen_size}", (part_peer, part_95 * 1e3)
    peer, about = "NumPy window and one blit", f"a mammogram of {columns} × {rows}, 95th percentile"
    return [
        Row(f"moving {about}", moved_95 * 1e3, "ms", "≤ 33 ms", peer, bare_95 * 1e3),
        Row(f"zooming {about}", zoomed_95 * 1e3, "ms", "≤ 33 ms", peer, bare_95 * 1e3),
        Row(f"{at_11}, window/level drag", dragged_95 * 1e3, "ms", "≤ 33 ms", *beside),
        Row(f"{at_11}, moving", moved_1_95 * 1e3, "ms", "≤ 33 ms", *beside),
        Row(f"{at_11}, first frame", first * 1e3, "ms", "≤ 33 ms", part_peer, part * 1e3),
    ]


def _many(times: int) -> list[Row]:
    """36 viewports, each with images of its own."""
    values = _noise(SMALL, 40)
    tile = (WINDOW[0] // MANY, WINDOW[1] // MANY)
    bare, bare_95 = _floor(values, tile, times)
    screen = Screen(grid_layout(MANY, MANY))
    view = _tiles(screen)
    view.resize(*WINDOW)
    view.show()
    for viewport in screen.viewports.values():
        viewport.show(_volume(values), SliceView(0, 10))
        viewport.window = Window(40, 400)
    _settle()
    first = next(iter(screen.viewports.values()))

    def scroll(n: int) -> None:
        scroll_to(screen, first.viewport_id, n % 40)
        QApplication.processEvents()

    def level(n: int) -> None:
        first.window = Window(40 + n % 50, 400)
        QApplication.processEvents()

    one, one_95 = _times(scroll, times)
    dragged, dragged_95 = _times(level, times)
    screen.links = (ScrollLink(frozenset(screen.viewports)),)
    linked, linked_95 = _times(scroll, times)
    view.dispose()
    view.close()
    peer = "NumPy window and one blit"
    all_peer = "the same 36 times"
    return [
        Row("scroll, one of 36 views, a frame", one * 1e3, "ms", "", peer, bare * 1e3),
        Row("scroll, one of 36, 95th percentile", one_95 * 1e3, "ms", "≤ 16 ms", peer, bare_95 * 1e3),
        Row(
            "window/level, one of 36, 95th percentile", dragged_95 * 1e3, "ms", "≤ 16 ms", peer, bare_95 * 1e3
        ),
        Row("window/level, one of 36, a frame", dragged * 1e3, "ms", "", peer, bare * 1e3),
        Row("linked scroll of 36 views, a frame", linked * 1e3, "ms", "", all_peer, 36 * bare * 1e3),
        Row(
            "linked scroll of 36, 95th percentile",
            linked_95 * 1e3,
            "ms",
            "≤ 40 ms",
            all_peer,
            36 * bare_95 * 1e3,
        ),
    ]


def _noise(side: int, slices: int) -> NDArray[np.int16]:
    noise = np.random.default_rng(0).normal(0, 60, (side, side)).astype(np.int16)
    return np.stack([np.roll(noise, k, 1) for k in range(slices)])


def _volume(values: NDArray[np.int16]) -> Volume:
    slices, rows, columns = values.shape
    grid = Grid((slices, rows, columns), (1.0, 0.4, 0.4), (0.0, 0.0, 0.0), _AXES)
    return Volume(grid, Voxels(values[None]), Quantity.HU, "CT", SeriesUid("1.2"), "1.2.9")


def _projection(stored: NDArray[np.uint16]) -> ImageStack:
    rows, columns = stored.shape
    frame = Frame(
        SopUid("1.2.5"), MG, "0" * 64, 0, rows, columns, PixelFormat("MONOCHROME2", 1, 16, 12, 11),
        spacing=PixelSpacing((0.07, 0.07), SpacingSource.DETECTOR),
    )  # fmt: skip
    ids = DisplaySetId("1.2.5/1"), StudyUid("1.2"), SeriesUid("1.2.5")
    return ImageStack(DisplaySet(*ids, "MG", MG, (frame,)), StackPixels([stored]))


def _floor(values: NDArray[np.int16], size: tuple[int, int], times: int) -> tuple[float, float]:
    floor = _Floor(values)
    floor.resize(*size)
    floor.show()
    _settle()

    def scroll(n: int) -> None:
        floor.index = n % len(values)
        floor.repaint()

    found = _times(scroll, times)
    floor.close()
    return found


def _times(act: Callable[[int], None], count: int) -> tuple[float, float]:
    taken = []
    for n in range(count):
        started = time.perf_counter()
        act(n)
        taken.append(time.perf_counter() - started)
    taken.sort()
    return taken[count // 2], taken[int(count * 0.95)]


def _settle() -> None:
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
