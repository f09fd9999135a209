"""Scrolling and window/level in a real window; against a bare widget that windows with NumPy and draws one image, in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.domain.geometry import Grid
from app.domain.presentation import Window
from app.domain.study import SeriesUid
from app.domain.volume import Quantity, Volume, Voxels
from app.viewing.state import Layout, Plane, ScreenState
from benchmarks.rows import Row
from viewers.reading_view import ReadingView

SLICES, SIDE = 120, 1024


class _Floor(QWidget):
    """The least that shows a windowed slice: a clipped ramp, an 8-bit image, one blit."""

    def __init__(self, values: np.ndarray) -> None:  # type: ignore[type-arg]
        super().__init__()
        self.values, self.index, self.low, self.high = values, 0, -160.0, 240.0

    def paintEvent(self, event: QPaintEvent) -> None:
        share = (self.values[self.index].astype(np.float32) - self.low) * np.float32(255 / (self.high - self.low))
        grey = np.clip(share, 0, 255).astype(np.uint8)
        painter = QPainter(self)
        painter.drawImage(self.rect(), QImage(grey.data, SIDE, SIDE, SIDE, QImage.Format.Format_Grayscale8))
        painter.end()


def run(*, full: bool = False) -> list[Row]:
    """Median and 95th percentile of 200 (full: 600) paintings."""
    app = QApplication.instance() or QApplication([])
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 60, (SIDE, SIDE)).astype(np.int16)
    values = np.stack([np.roll(noise, k, 1) for k in range(SLICES)])
    times = 600 if full else 200
    floor = _Floor(values)
    floor.resize(SIDE, SIDE)
    floor.show()
    grid = Grid(values.shape, (1.0, 0.4, 0.4), (0, 0, 0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))  # type: ignore[arg-type]
    screen = ScreenState()
    view = ReadingView(screen)
    view.resize(SIDE, SIDE)
    view.show()
    screen.volume = Volume(grid, Voxels(values[None]), Quantity.HU, "CT", SeriesUid("1.2"))
    screen.layout = Layout.SINGLE
    screen.go_to(grid.centre_mm)
    _settle(app)

    def floor_scroll(n: int) -> None:
        floor.index = n % SLICES
        floor.repaint()

    def scroll(n: int) -> None:
        view.slices[screen.active].scroll_by(1 if n // SLICES % 2 == 0 else -1)
        _paint(view, app)

    def level(n: int) -> None:
        screen.window = Window(40 + n % 50, 400)
        _paint(view, app)

    bare, bare_95 = _times(floor_scroll, times)
    one, one_95 = _times(scroll, times)
    dragged, dragged_95 = _times(level, times)
    screen.layout = Layout.QUAD
    view.resize(2 * SIDE + 1, 2 * SIDE + 1)
    _settle(app)
    screen.active = Plane.AXIAL
    four, four_95 = _times(scroll, times)
    view.dispose()
    view.close()
    floor.close()
    peer = "NumPy window and one blit"
    return [
        Row("scroll, one view 1024², a frame", one * 1e3, "ms", "≤ 16.7 ms (60 fps)", peer, bare * 1e3),
        Row("scroll, one view 1024², 95th percentile", one_95 * 1e3, "ms", "≤ 33 ms", peer, bare_95 * 1e3),
        Row("window/level drag, one view 1024², a frame", dragged * 1e3, "ms", "≤ 16 ms", peer, bare * 1e3),
        Row("window/level drag, 95th percentile", dragged_95 * 1e3, "ms", "≤ 16 ms", peer, bare_95 * 1e3),
        Row("scroll, four views of 1024², all painted", four * 1e3, "ms", "≤ 33 ms (30 fps)", peer, bare * 1e3),
        Row("scroll, four views, 95th percentile", four_95 * 1e3, "ms", "≤ 33 ms", peer, bare_95 * 1e3),
    ]


def _times(act: Callable[[int], None], count: int) -> tuple[float, float]:
    taken = []
    for n in range(count):
        started = time.perf_counter()
        act(n)
        taken.append(time.perf_counter() - started)
    taken.sort()
    return taken[count // 2], taken[int(count * 0.95)]


def _paint(view: ReadingView, app: object) -> None:
    """Events until the asked-for painting has been done."""
    QApplication.processEvents()


def _settle(app: object) -> None:
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
