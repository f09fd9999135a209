"""What is drawn beside the images: lines of text, crosshair, scale bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from app.domain.geometry import PointPx

#: line of a plane whose normal is nearest to x, y, z: blue left-right, red front-back, green foot-head
#: (DICOM's MPR colours)
AXIS_COLORS = ("#4d8dff", "#ff6b5e", "#43c77a")


class Role(StrEnum):
    """What a corner line is."""

    TEXT = "text"
    QUIET = "quiet"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class TextLine:
    """A corner line; `tip` says what it means, where that is not plain."""

    text: str
    role: Role = Role.TEXT
    tip: str = ""


@dataclass(frozen=True, slots=True)
class CrossLines:
    """Where the other two slice views cut this one: upright and level line, each with the colour of its
    plane.
    """

    at: PointPx
    upright_color: str
    level_color: str
    #: where an offset that was set by hand puts it
    by_offset: bool = False


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """A bar of a round length, at the left edge of the tile or at the right; `inset_px` further in where a
    letter has the edge.
    """

    length_px: float
    text: str
    at_right: bool = False
    inset_px: float = 0.0


@dataclass(frozen=True, slots=True)
class ColourScale:
    """The colours of a table from its lowest to its highest value, with the words of both ends.

    `rgb` are red, green and blue of each entry in turn, `inverse` the highest value first.
    """

    rgb: bytes
    low: str
    high: str
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Corners:
    """Text lines of the four corners."""

    top_left: tuple[TextLine, ...] = ()
    top_right: tuple[TextLine, ...] = ()
    bottom_left: tuple[TextLine, ...] = ()
    bottom_right: tuple[TextLine, ...] = ()

    def away_from(self, side: str) -> Corners:
        """All lines at the other edge than `side` (``left`` or ``right``), where the image touches it."""
        above = (*self.top_left, *self.top_right)
        below = (*self.bottom_left, *self.bottom_right)
        if side == "left":
            return Corners(top_right=above, bottom_right=below)
        return Corners(top_left=above, bottom_left=below) if side == "right" else self


def scale_bar(px_per_mm: float, side_px: int) -> ScaleBar:
    """The longest of 1, 2, 5 × 10ⁿ mm that takes at most a fifth of the tile's shorter side."""
    most = max(side_px, 1) / 5 / px_per_mm
    power = 10.0 ** math.floor(math.log10(most))
    length = next(power * step for step in (5, 2, 1) if power * step <= most * (1 + 1e-9))
    text = f"{length / 10:g} cm" if length >= 10 else f"{length:g} mm"
    return ScaleBar(length * px_per_mm, text)
