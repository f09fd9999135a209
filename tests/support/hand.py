"""A hand with the mouse on one view, without a toolkit: what it draws becomes measurements.

Where a point of the image lies on the screen is worked out here, from the size of a pixel, the zoom, the pan
and the turns alone, so that a fault in the placing of images shows in what is measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from app.annotation.measuring import make_measurement, mark_of
from app.domain.geometry import PointPx
from app.domain.image import Image
from app.domain.measurement import Measurement
from app.domain.study import StudyUid
from app.errors import UserError
from app.viewing.draft import Draft
from app.viewing.layers import ShapeLayer
from app.viewing.layouts import grid_layout
from app.viewing.resolve import Resolved, facts_of, resolve
from app.viewing.screen import Drawn, Screen, View
from app.viewing.tools.tool import Pointer
from tests.support.capabilities import SHAPES, tool

TILE = (640, 480)
#: words that are written where a mark asks for some
WORDS = "术后改变"


class Hand:
    """A view of an image whose pixels, as they hang, are so large (right, down) in millimetres, or in units
    of their form.
    """

    def __init__(
        self,
        image: Image,
        view: View,
        size: tuple[float, float],
        pixel: tuple[float, float],
        *,
        zoom: float = 1.0,
        pan: tuple[float, float] = (0.0, 0.0),
        turns: int = 0,
        flipped: bool = False,
    ) -> None:
        self.intent = Screen(grid_layout(1, 1))
        self.viewport = self.intent.active_viewport
        self.viewport.show(image, view)
        self.viewport.study_uid = StudyUid("1.2")
        self.viewport.zoom, self.viewport.pan = zoom, pan
        self.viewport.turns, self.viewport.flipped = turns, flipped
        self.draft: Draft | None = None
        self.made: list[Measurement] = []
        #: why the last mark was refused, as the window tells it
        self.refused: UserError | None = None
        self._size, self._pixel = size, pixel
        self.intent.drawn.connect(self._drawn)

    def resolved(self) -> Resolved | None:
        """What is drawn, with the marks that were made."""
        return resolve(self.viewport, facts_of(self.intent, self.intent.active), TILE)

    def ask_words(self, at: PointPx, done: Callable[[str | None], None]) -> None:
        done(WORDS)

    def _drawn(self, drawn: Drawn) -> None:
        now, known = datetime.now(UTC), tuple(self.made)
        try:
            self.made.append(make_measurement(self.viewport, drawn, made_by="x", at=now, known=known))
        except UserError as error:
            self.refused = error

    # -- where the pointer is -------------------------------------------------------------------------------

    def _at(self, point: PointPx) -> PointPx:
        """Of a point in pixels of the image: its middle lies in that of the room for it, but for the pan."""
        columns, rows = self._size
        x, y = (point[0] - columns / 2) * self._pixel[0], (point[1] - rows / 2) * self._pixel[1]
        return self._on_screen(x, y, columns * self._pixel[0], rows * self._pixel[1])

    def _on_screen(self, x: float, y: float, wide: float, high: float) -> PointPx:
        """Of millimetres right and down of the middle of an image so large."""
        shown = self.resolved()
        assert shown is not None
        room = shown.area
        if self.viewport.flipped:
            x = -x
        for _ in range(self.viewport.turns):
            x, y, wide, high = -y, x, high, wide
        scale = min(room.width / wide, room.height / high) * self.viewport.zoom
        pan = self.viewport.pan
        return (
            room.x + room.width / 2 + scale * (x + pan[0]),
            room.y + room.height / 2 + scale * (y + pan[1]),
        )

    # -- what it does ---------------------------------------------------------------------------------------

    def drag(self, tool_id: str, *points: PointPx) -> Measurement | None:
        """Press at the first point, along the others, let go at the last."""
        path = [Pointer(self._at(point)) for point in points]
        return self._draw(tool_id, [path])

    def click(self, tool_id: str, *points: PointPx) -> Measurement | None:
        """Press and let go at each of the points."""
        return self._draw(tool_id, [[Pointer(self._at(point))] for point in points])

    def _draw(self, tool_id: str, presses: Sequence[Sequence[Pointer]]) -> Measurement | None:
        shown, before, gesture = self.resolved(), len(self.made), None
        self.refused = None
        assert shown is not None
        for path in presses:
            if gesture is None:
                gesture = tool(tool_id).press(self, shown, path[0])
                assert gesture is not None, tool_id
            else:
                gesture.press_again(path[0])
            for pointer in path:
                gesture.move(pointer)
            if gesture.release(path[-1]):
                gesture = None
        assert gesture is None, f"{tool_id} goes on"
        if self.refused is not None:
            raise self.refused
        return self.made[-1] if len(self.made) > before else None

    def lines(self, made: Measurement) -> tuple[str, ...]:
        """What stands beside a mark on the screen."""
        assert self.viewport.image is not None
        mark = mark_of(made, self.viewport.image, SHAPES)
        assert mark is not None
        self.viewport.put_layer(ShapeLayer((mark,)))
        shown = self.resolved()
        assert shown is not None
        (placed,) = shown.marks
        return placed.lines


class HandAcross(Hand):
    """On a plane across slices: points are millimetres right and down of its middle; `size` is that of the
    box around the plane, which leans where the slices do.
    """

    def _at(self, point: PointPx) -> PointPx:
        return self._on_screen(*point, *(float(side) for side in self._size))


def leg(at: PointPx, degrees: float, length: float) -> PointPx:
    """A point so far from another."""
    turn = math.radians(degrees)
    return (at[0] + length * math.cos(turn), at[1] + length * math.sin(turn))
