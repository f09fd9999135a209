"""Test patterns for a monitor, made in its own pixels, in the manner of AAPM TG18-QC.

Arrays are (row, column) of digital driving levels 0…255.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.uint8]
GROUND, LINE = 128, 191
#: levels of the sixteen fields, each with smaller ones of a little more and less in its corners
FIELDS = tuple(range(8, 256, 16))
CORNER_STEP = 4
#: level of the square in a black field and in a white one: 5 % and 95 %
FIVE, NINETY_FIVE = 13, 242


def check_pattern(width: int, height: int) -> Levels:
    """Grid and border, fields of sixteen levels, 5 % in black and 95 % in white, ramps at both sides, lines
    of a pixel in the middle and in the corners.
    """
    out = np.full((height, width), GROUND, dtype=np.uint8)
    _grid(out)
    unit = max(min(width, height) // 12, 8)
    _ramps(out, unit)
    _fields(out, unit)
    _extremes(out, unit)
    for row, column in _line_places(width, height, unit):
        _lines(out[row : row + unit, column : column + 2 * unit])
    return out


def _grid(out: Levels) -> None:
    height, width = out.shape
    for n in range(1, 10):
        out[n * height // 10, :] = LINE
        out[:, n * width // 10] = LINE
    out[[0, -1], :] = 255
    out[:, [0, -1]] = 255


def _ramps(out: Levels, unit: int) -> None:
    """From black to white at the left, from white to black at the right."""
    height, width = out.shape
    rows = slice(height // 4, height - height // 4)
    ramp = np.round(np.linspace(0, 255, rows.stop - rows.start)).astype(np.uint8)[:, None]
    out[rows, unit // 2 : unit // 2 + unit] = ramp
    out[rows, width - unit // 2 - unit : width - unit // 2] = 255 - ramp


def _fields(out: Levels, unit: int) -> None:
    """Four rows of four about the middle, darkest at the upper left."""
    height, width = out.shape
    top, left = (height - 8 * unit) // 2, (width - 8 * unit) // 2
    for n, level in enumerate(FIELDS):
        row, column = top + 2 * unit * (n // 4), left + 2 * unit * (n % 4)
        field = out[row : row + 2 * unit, column : column + 2 * unit]
        field[:] = level
        corner = max(unit // 3, 2)
        for rows, columns, step in (
            (slice(0, corner), slice(0, corner), CORNER_STEP),
            (slice(-corner, None), slice(-corner, None), CORNER_STEP),
            (slice(0, corner), slice(-corner, None), -CORNER_STEP),
            (slice(-corner, None), slice(0, corner), -CORNER_STEP),
        ):
            field[rows, columns] = level + step


def extreme_places(width: int, height: int) -> tuple[tuple[int, int], tuple[int, int], int]:
    """(row, column) of the black and of the white field, and their side."""
    unit = max(min(width, height) // 12, 8)
    row = height - int(1.75 * unit)
    return (row, width // 2 - 2 * unit), (row, width // 2 + unit // 2), int(1.5 * unit)


def _extremes(out: Levels, unit: int) -> None:
    height, width = out.shape
    black, white, side = extreme_places(width, height)
    for (row, column), ground, inner in ((black, 0, FIVE), (white, 255, NINETY_FIVE)):
        field = out[row : row + side, column : column + side]
        field[:] = ground
        third = side // 3
        field[third : 2 * third, third : 2 * third] = inner


def _line_places(width: int, height: int, unit: int) -> tuple[tuple[int, int], ...]:
    """In the corners, and above the fields."""
    edge = unit // 4
    return (
        (edge, edge),
        (edge, width - 2 * unit - edge),
        (height - unit - edge, edge),
        (height - unit - edge, width - 2 * unit - edge),
        (edge, width // 2 - unit),
    )


def _lines(box: Levels) -> None:
    """Upright lines of a pixel, then level ones."""
    half = box.shape[1] // 2
    box[:, :half] = np.where(np.arange(half) % 2, 0, 255)[None, :]
    box[:, half:] = np.where(np.arange(box.shape[0]) % 2, 0, 255)[:, None]


def luminance_field(width: int, height: int, level: int) -> Levels:
    """A field of a tenth of the area in the middle of the ground of a fifth of white, to be measured (AAPM
    TG18-LN).
    """
    out = np.full((height, width), 51, dtype=np.uint8)
    side_h, side_w = round(height * 0.1**0.5), round(width * 0.1**0.5)
    top, left = (height - side_h) // 2, (width - side_w) // 2
    out[top : top + side_h, left : left + side_w] = level
    return out
