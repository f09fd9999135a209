"""Places of a tile that texts of marks keep clear of."""

from __future__ import annotations

from dataclasses import replace

from app.viewing.graphics import Corners, ScaleBar
from app.viewing.image_plane import Letters
from app.viewing.labels import text_width
from app.viewing.shapes.shape import Box


def reserved_boxes(corners: Corners, area: Box) -> tuple[Box, ...]:
    """Boxes of the corner texts, which labels of marks keep clear of."""
    boxes = []
    for lines, right, bottom in (
        (corners.top_left, False, False),
        (corners.top_right, True, False),
        (corners.bottom_left, False, True),
        (corners.bottom_right, True, True),
    ):
        if lines:
            # with the row that a narrow tile leaves to the letter
            w, h = max(text_width(line.text) for line in lines) + 20, len(lines) * 20.0 + 32
            x = area.x + (area.width - w if right else 0.0)
            boxes.append(Box(x, area.y + (area.height - h if bottom else 0.0), w, h))
    return tuple(boxes)


def scale_boxes(bar: ScaleBar | None, corners: Corners, area: Box) -> tuple[Box, ...]:
    """The box of the scale bar with its words, above the lower corner text; none without a bar."""
    if bar is None:
        return ()
    high, wide = max(bar.length_px, 20.0), text_width(bar.text) + 32 + bar.inset_px
    below = below_bar(bar, corners)
    x = area.x + (area.width - wide if bar.at_right else 0.0)
    return (Box(x, area.y + area.height - below - high, wide, high),)


def below_bar(bar: ScaleBar, corners: Corners) -> float:
    """How far above the lower edge the scale bar of a tile ends."""
    lines = len(corners.bottom_right if bar.at_right else corners.bottom_left)
    return 10.0 + (lines + 1) * 20.0 + 12.0


def beside_letter(bar: ScaleBar, letters: Letters, area: Box, below_px: float) -> ScaleBar:
    """The bar, further in where it would lie on the letter of its side: small tiles with much text."""
    letter, middle = letters[1 if bar.at_right else 0], area.height / 2
    bottom = area.height - below_px
    top = bottom - max(bar.length_px, 20.0)
    meets = bool(letter) and top < middle + 14 and bottom > middle - 14
    return replace(bar, inset_px=len(letter) * 10.0 + 12 if meets else 0.0)


def letter_boxes(letters: Letters, area: Box) -> tuple[Box, ...]:
    """Boxes of the letters at the middle of the sides, as far as there are some."""
    middle = area.x + area.width / 2, area.y + area.height / 2
    high, wide = 24.0, max(map(len, letters)) * 10.0 + 16
    left, right, top, bottom = (
        (area.x, middle[1] - high / 2),
        (area.x + area.width - wide, middle[1] - high / 2),
        (middle[0] - wide / 2, area.y),
        (middle[0] - wide / 2, area.y + area.height - high),
    )
    places = zip(letters, (left, right, top, bottom), strict=True)
    return tuple(Box(x, y, wide, high) for letter, (x, y) in places if letter)
