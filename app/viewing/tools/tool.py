"""What a tool is: an object that a press on an image is given to.

A new tool is a module with a `Tool`, named by its feature (`app.features.Feature.tools`).  Tools know
viewports and what is drawn of them, but no toolkit: a `Pointer` is a place in pixels of the tile and whether
Shift is held.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol

from app.domain.geometry import PointPx
from app.viewing.draft import Draft
from app.viewing.resolve import Resolved
from app.viewing.screen import Screen, Viewport

#: Shift makes a drag or a step this much faster
FAST = 10
#: a press that moved less is a click
CLICK_PX = 4.0


class Cursor(StrEnum):
    """What the pointer looks like over an image."""

    ARROW = "arrow"
    CROSS = "cross"
    MOVE = "move"
    POINT = "point"
    SPLIT = "split"


class ToolGroup(StrEnum):
    """Where a tool stands in the row."""

    LOOK = "look"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, and whether Shift is held."""

    at: PointPx
    fast: bool = False


class Tile(Protocol):
    """The tile that a tool works on.  `draft` is the shape being drawn; the tile shows it."""

    intent: Screen
    viewport: Viewport
    draft: Draft | None

    def resolved(self) -> Resolved | None:
        """What the tile shows now."""

    def ask_words(self, at: PointPx, done: Callable[[str | None], None]) -> None:
        """Let the person write a line at a place of the tile; None where it was given up."""


class Gesture(ABC):
    """What goes on between a press and its release."""

    @abstractmethod
    def move(self, pointer: Pointer) -> None:
        """The pointer has moved."""

    def release(self, pointer: Pointer) -> bool:
        """The button went up; False where the gesture goes on without it, until the next press."""
        return True

    def press_again(self, pointer: Pointer) -> None:
        """The button went down once more in a gesture that went on without it."""
        return

    def gives_way(self, pointer: Pointer) -> bool:
        """A double click here is for the view: nothing was drawn yet, and no point of it is meant."""
        return False

    def finish(self) -> bool:
        """Enter: what has been drawn is all of it; False where it is not enough yet."""
        return False

    def cancel(self) -> None:
        """Escape: what was so before is so again."""
        return


class Tool(ABC):
    """`title` is English, a translation key; `icon` a name of ``resources/icons``.  A tool that is not
    `in_row` stands in the menu of its group.
    """

    tool_id: str
    title: str
    key: str
    icon: str
    group: ClassVar[ToolGroup] = ToolGroup.LOOK
    cursor: ClassVar[Cursor] = Cursor.ARROW
    in_row: bool = True
    #: id of the menu it stands in where it is not `in_row`; "": that of its group
    menu: ClassVar[str] = ""

    def told(self, tile: Tile) -> str:
        """What stands beside the pointer while the tool is in hand; "" where it says nothing."""
        return ""

    @abstractmethod
    def press(self, tile: Tile, shown: Resolved, pointer: Pointer) -> Gesture | None:
        """A button went down on what is shown; None where there is nothing to do."""
