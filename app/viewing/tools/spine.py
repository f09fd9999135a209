"""Naming the levels of the spine, click by click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.spine import is_level, next_level
from app.i18n import tr
from app.viewing.draft import Draft
from app.viewing.layers import ShapeAnnotation
from app.viewing.resolve import Resolved
from app.viewing.screen import SpineLabelling
from app.viewing.shapes.note import SpineLabel
from app.viewing.tools.draw import DrawTool, deselect
from app.viewing.tools.tool import Gesture, Pointer, Tile

#: what the first click of a series is called where nobody chose
FIRST = "C1"


class SpineTool(DrawTool):
    """A click names the level that follows on the last one of the series; whoever renames that label goes on
    from its new name.
    """

    def __init__(self, shape: SpineLabel) -> None:
        super().__init__(shape)

    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        name = level_of(tile.viewport.marks, tile.intent.spine)
        if not name:
            return None
        deselect(tile)
        gesture = _Labelling(tile, Draft(self.shape, (), shown), name)
        gesture.move(pointer)
        return gesture

    def told(self, tile: Tile) -> str:
        labels = [mark for mark in tile.viewport.marks if isinstance(mark.shape, SpineLabel)]
        name = level_of(tile.viewport.marks, tile.intent.spine)
        return tr("{name} · labelled: {n}", name=name or tr("No further level"), n=len(labels))


@dataclass
class _Labelling(Gesture):
    tile: Tile
    empty: Draft
    name: str

    def move(self, pointer: Pointer) -> None:
        self.tile.draft = self.empty.at_screen((pointer.at,))

    def release(self, pointer: Pointer) -> bool:
        self.move(pointer)
        draft, self.tile.draft = self.tile.draft, None
        if draft is not None and draft.shown.holds(pointer.at):
            self.tile.intent.spine = replace(self.tile.intent.spine, start="")
            self.tile.intent.drawn.emit(draft.drawn(self.tile.viewport, self.name))
        return True

    def cancel(self) -> None:
        self.tile.draft = None


def level_of(marks: Sequence[ShapeAnnotation], how: SpineLabelling) -> str:
    """What the next click names; "" at the end of the spine."""
    if how.start:
        return how.start
    names = (mark.lines[0] for mark in reversed(marks) if isinstance(mark.shape, SpineLabel) and mark.lines)
    last = next((name for name in names if is_level(name)), "")
    return next_level(last, up=how.up) if last else FIRST
