"""A region along edges: between two clicks the line goes where the grey levels change most."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import PointPx
from app.viewing.draft import Draft
from app.viewing.mark_places import HANDLE_PX
from app.viewing.resolve import Resolved
from app.viewing.shapes.outline import Freehand
from app.viewing.shown_image import measured_image
from app.viewing.tools.draw import DrawTool, deselect, keep
from app.viewing.tools.tool import CLICK_PX, Gesture, Pointer, Tile

#: pixels of the image around a click that its paths may use
REACH_PX = 128
#: what a step costs where nothing changes, against one along the clearest edges
_FLAT = 1.0
_EDGE = 0.02
#: a gradient of this share of the clearest ones halves the cost
_CLEAR_SHARE = 0.3


class LivewireTool(DrawTool):
    """Clicks along an edge; the line between them follows it.  Closed as a polygon is; kept as a line drawn
    freely.
    """

    def __init__(self, shape: Freehand) -> None:
        super().__init__(shape)
        self.tool_id, self.title = "livewire", "Measure region along edges"
        self.key, self.icon = "Alt+Y", "magnet"

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        if not shown.holds(pointer.at):
            return None
        deselect(tile)
        values = measured_image(tile.viewport, shown.image).values
        if values is None:
            return None
        gesture = _Wiring(tile, Draft(self.shape, (), shown), values, pointer.at)
        gesture.move(pointer)
        return gesture


@dataclass
class _Wiring(Gesture):
    """`done` is the line so far in pixels of the image, `clicked` its clicks on the screen."""

    tile: Tile
    empty: Draft
    values: NDArray[np.generic]
    pressed: PointPx
    done: list[PointPx] = field(default_factory=list)
    clicked: list[PointPx] = field(default_factory=list)
    closing: bool = False
    paths: EdgePaths = field(init=False)

    def __post_init__(self) -> None:
        start = self._on_image(self.pressed)
        self.done, self.clicked = [start], [self.pressed]
        self.paths = EdgePaths(self.values, start)

    def move(self, pointer: Pointer) -> None:
        self._show((*self.done, *self.paths.to(self._on_image(pointer.at))))

    def press_again(self, pointer: Pointer) -> None:
        self.pressed = pointer.at
        again = math.dist(pointer.at, self.clicked[-1]) < CLICK_PX
        may_end = len(self.clicked) > 1
        self.closing = may_end and (again or math.dist(pointer.at, self.clicked[0]) <= HANDLE_PX)
        if not self.closing and not again:
            self._fix(pointer.at)

    def release(self, pointer: Pointer) -> bool:
        if self.closing:
            return self.finish()
        if math.dist(pointer.at, self.pressed) >= CLICK_PX:
            self._fix(pointer.at)
        return False

    def finish(self) -> bool:
        if len(self.clicked) < 2:
            return False
        self._show((*self.done, *self.paths.to(self.done[0])[:-1]))
        keep(self.tile, self.empty.shape, begun=self.clicked[0])
        return True

    def cancel(self) -> None:
        self.tile.draft = None

    def _fix(self, at: PointPx) -> None:
        """What leads to a click stays."""
        point = self._on_image(at)
        self.done += self.paths.to(point)
        self.clicked.append(at)
        self.paths = EdgePaths(self.values, point)
        self._show(tuple(self.done))

    def _show(self, points: tuple[PointPx, ...]) -> None:
        self.tile.draft = replace(self.empty, points=points)

    def _on_image(self, at: PointPx) -> PointPx:
        """The place on the image under the pointer, on its edge where the pointer has left it."""
        x, y = self.empty.shown.placement.to_image(at)
        height, width = self.values.shape[:2]
        return (min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height)))


class EdgePaths:
    """The cheapest ways from a place of an image, within `REACH_PX` of it.

    A step costs less the steeper the grey levels are, as in geodesic active contours: 1 / (1 + (g / k)²),
    with g the gradient, slightly smoothed, and k that which a tenth of the pixels around exceed, but no less
    than a share of the clearest edges.  The ways are Dijkstra's over all eight neighbours (Mortensen and
    Barrett, Intelligent scissors, 1995).
    """

    def __init__(self, values: NDArray[np.generic], start: PointPx) -> None:
        self.start = start
        rows, columns = values.shape[:2]
        column, row = (int(min(max(v, 0), n - 1)) for v, n in zip(start, (columns, rows), strict=True))
        self._low = (max(column - REACH_PX, 0), max(row - REACH_PX, 0))
        high = (min(column + REACH_PX + 1, columns), min(row + REACH_PX + 1, rows))
        window = values[self._low[1] : high[1], self._low[0] : high[0]]
        self._part = np.asarray(window if window.ndim == 2 else window.mean(axis=2), dtype=np.float64)
        self._seed = (row - self._low[1], column - self._low[0])

    def to(self, end: PointPx) -> list[PointPx]:
        """Corners of the way to a place, without the start; straight where it is out of reach."""
        column, row = math.floor(end[0]) - self._low[0], math.floor(end[1]) - self._low[1]
        height, width = self._part.shape
        # the far edges of the image belong to its last pixels
        column, row = column - (column == width), row - (row == height)
        if not (0 <= row < height and 0 <= column < width) or (row, column) == self._seed:
            return [end]
        steps = self._ways.traceback((row, column))
        way = np.array(steps, dtype=float)[:, ::-1] + 0.5 + self._low
        way = _smoothed(way)
        return [*((float(x), float(y)) for x, y in way[1:-1]), end]

    @cached_property
    def _ways(self):  # type: ignore[no-untyped-def]
        from skimage.graph import MCP_Geometric  # loads late: no other tool needs it

        ways = MCP_Geometric(edge_costs(self._part))
        ways.find_costs([self._seed])
        return ways


def edge_costs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a step over each pixel costs, of the same shape."""
    known = np.where(np.isfinite(values), values, np.nanmin(values) if np.isfinite(values).any() else 0.0)
    padded = np.pad(known, 2, mode="edge")
    soft = np.zeros_like(padded)
    for weight, shift in ((0.25, -1), (0.5, 0), (0.25, 1)):
        soft += weight * np.roll(padded, shift, axis=0)
    padded, soft = soft, np.zeros_like(soft)
    for weight, shift in ((0.25, -1), (0.5, 0), (0.25, 1)):
        soft += weight * np.roll(padded, shift, axis=1)
    down, across = np.gradient(soft)
    steep = np.hypot(down, across)[2:-2, 2:-2]
    usual, clear = (float(n) for n in np.quantile(steep, (0.9, 0.999)))
    scale = max(usual, _CLEAR_SHARE * clear)
    if scale <= 0:
        return np.full(values.shape, _FLAT)
    return np.asarray(_EDGE + (_FLAT - _EDGE) / (1 + (steep / scale) ** 2))


def _smoothed(way: NDArray[np.float64]) -> NDArray[np.float64]:
    """Steps from pixel to pixel as a line: each corner is the mean of five, its ends stay."""
    if len(way) < 6:
        return way
    padded = np.pad(way, ((2, 2), (0, 0)), mode="edge")
    mean = np.array([padded[n : n + len(way)] for n in range(5)]).mean(axis=0)
    mean[0], mean[-1] = way[0], way[-1]
    return np.asarray(mean)
