"""A picture of the screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CapturedPicture:
    """RGB of 8 bits, row by row, red, green and blue in turn.

    `spacing_mm` is (between rows, between columns) where all of it is one plane with true distances in the
    patient.
    """

    rows: int
    columns: int
    rgb: bytes
    spacing_mm: tuple[float, float] | None = None
