"""Drawing a shape, and moving one that was drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.domain.geometry import PointPx
from app.viewing.draft import Draft, draft_of
from app.viewing.mark_places import HANDLE_PX, GrabbedHandle
from app.viewing.resolve import Resolved
from app.viewing.shapes.shape import LEAST_PX, Drawing, Shape
from app.viewing.tools.tool import CLICK_PX, Cursor, Gesture, Pointer, Tile, Tool, ToolGroup

#: a traced line has a corner about this often
TRACE_PX = 2.0


class DrawTool(Tool):
    """The tool of a type of shape, which says how a hand draws it (`Drawing`)."""

    group = ToolGroup.MEASURE
    cursor = Cursor.CROSS

    def __init__(self, drawn: Shape) -> None:
        self.shape = drawn
        self.tool_id, self.title, self.key, self.icon = drawn.shape_id, drawn.title, drawn.key, drawn.icon
        self.in_row = drawn.in_row

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        deselect(tile)
        empty = Draft(self.shape, (), shown)
        gesture: Gesture
        match self.shape.drawing:
            case Drawing.DRAG:
                gesture = _Drawing(tile, self.shape, pointer, empty)
            case Drawing.PLACE:
                gesture = _Placing(tile, self.shape, empty, [pointer.at], pointer.at)
            case Drawing.TRACE:
                gesture = _Tracing(tile, self.shape, empty, [pointer.at])
        gesture.move(pointer)
        return gesture


@dataclass
class _Drawing(Gesture):
    tile: Tile
    shape: Shape
    start: Pointer
    empty: Draft
    clicked: bool = False

    def move(self, pointer: Pointer) -> None:
        self.tile.draft = self.empty.at_screen(self.shape.drawn(self.start.at, pointer.at))

    def gives_way(self, pointer: Pointer) -> bool:
        return self.clicked and math.dist(self.start.at, pointer.at) < CLICK_PX

    def release(self, pointer: Pointer) -> bool:
        if not self.shape.large_enough(self.start.at, pointer.at):
            if not self.clicked and math.dist(self.start.at, pointer.at) < CLICK_PX:
                self.clicked = True
                return False
            self.cancel()
            return True
        self.move(pointer)
        keep(self.tile, self.shape, begun=pointer.at if self.shape.by_click else self.start.at)
        return True

    def cancel(self) -> None:
        self.tile.draft = None


@dataclass
class _Placing(Gesture):
    """Each press places a point, and so does a release far from its press; an open end is closed at its first
    point, by a press where the last point is (a double click), or by Enter.
    """

    tile: Tile
    shape: Shape
    empty: Draft
    placed: list[PointPx]
    pressed: PointPx
    closing: bool = False

    def move(self, pointer: Pointer) -> None:
        fixed = self.placed[:-1] if self._is_full else self.placed
        self._show((*fixed, pointer.at))

    def press_again(self, pointer: Pointer) -> None:
        self.pressed = pointer.at
        again = math.dist(pointer.at, self.placed[-1]) < CLICK_PX
        self.closing = self._may_end and (again or math.dist(pointer.at, self.placed[0]) <= HANDLE_PX)
        if not self.closing and not again:
            self.placed.append(pointer.at)
            self._show(tuple(self.placed))

    def release(self, pointer: Pointer) -> bool:
        if self.closing:
            return self.finish()
        if math.dist(pointer.at, self.pressed) >= CLICK_PX:
            self.placed = [*(self.placed[:-1] if self._is_full else self.placed), pointer.at]
        return self.finish() if self._is_full else False

    def finish(self) -> bool:
        if len(self.placed) < self.shape.count:
            return False
        self._show(tuple(self.placed))
        keep(self.tile, self.shape, begun=self.placed[0])
        return True

    def cancel(self) -> None:
        self.tile.draft = None

    @property
    def _is_full(self) -> bool:
        return not self.shape.open_ended and len(self.placed) >= self.shape.count

    @property
    def _may_end(self) -> bool:
        return self.shape.open_ended and len(self.placed) >= self.shape.count

    def _show(self, points: tuple[PointPx, ...]) -> None:
        self.tile.draft = self.empty.at_screen(self.shape.placed(points))


@dataclass
class _Tracing(Gesture):
    """The line goes where the hand goes while the button is held."""

    tile: Tile
    shape: Shape
    empty: Draft
    traced: list[PointPx]

    def move(self, pointer: Pointer) -> None:
        if math.dist(pointer.at, self.traced[-1]) >= TRACE_PX:
            self.traced.append(pointer.at)
        self.tile.draft = self.empty.at_screen(tuple(self.traced))

    def release(self, pointer: Pointer) -> bool:
        self.move(pointer)
        far = max(math.dist(self.traced[0], point) for point in self.traced) >= LEAST_PX
        if far and len(self.traced) >= self.shape.count:
            keep(self.tile, self.shape, begun=self.traced[0])
        else:
            self.cancel()
        return True

    def cancel(self) -> None:
        self.tile.draft = None


def keep(tile: Tile, drawn: Shape, *, begun: PointPx) -> None:
    """The draft is what the person meant, where it was begun on the image and measures something; its words
    are asked for where the shape has some.
    """
    draft, tile.draft = tile.draft, None
    if draft is None or not draft.shown.holds(begun) or not draft.is_meant(tile.viewport):
        return
    if not drawn.asks_words:
        tile.intent.drawn.emit(draft.drawn(tile.viewport))
        return
    tile.draft = draft

    def written(words: str | None) -> None:
        if tile.draft is not draft:
            return
        tile.draft = None
        if words or (words is not None and not drawn.needs_words):
            tile.intent.drawn.emit(draft.drawn(tile.viewport, words))

    tile.ask_words(draft.on_screen[-1], written)


def take_hold(tile: Tile, shown: Resolved, pointer: Pointer, grabbed: GrabbedHandle) -> Gesture | None:
    """Select a shape, and begin to move it or one of its points where it is not locked."""
    mark = next((m for m in tile.viewport.marks if m.tracking_uid == grabbed.tracking_uid), None)
    if mark is None:
        return None
    if not mark.selected:
        tile.intent.mark_selected.emit(mark.tracking_uid)
    if mark.locked:
        return None
    return _Moving(tile, pointer, draft_of(mark, shown), grabbed.handle)


@dataclass
class _Moving(Gesture):
    tile: Tile
    start: Pointer
    before: Draft
    handle: int | None
    moved: bool = False

    def move(self, pointer: Pointer) -> None:
        points = self.before.on_screen
        if self.handle is not None:
            points = self.before.shape.with_handle(points, self.handle, pointer.at)
        else:
            dx, dy = pointer.at[0] - self.start.at[0], pointer.at[1] - self.start.at[1]
            points = tuple((x + dx, y + dy) for x, y in points)
        self.moved = self.moved or math.dist(pointer.at, self.start.at) >= 1
        self.tile.draft = self.before.at_screen(points)

    def release(self, pointer: Pointer) -> bool:
        draft, self.tile.draft = self.tile.draft, None
        if draft is not None and self.moved:
            self.tile.intent.reshaped.emit(draft.reshaped(self.tile.viewport))
        return True

    def cancel(self) -> None:
        self.tile.draft = None


def deselect(tile: Tile) -> None:
    """No shape is selected any more."""
    if any(mark.selected for mark in tile.viewport.marks):
        tile.intent.mark_selected.emit("")
