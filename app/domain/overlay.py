"""Graphics that an image carries as planes of bits (PS3.3 C.9.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class OverlayPlane:
    """One overlay plane as it lies over one frame.

    `shape` is (rows, columns), `data` their bits, packed with the first pixel in the lowest bit.  `origin` is
    the (row, column) of the first pixel in the image, one-based; it may be below one or beyond the image.
    `kind` is G for graphics or R for a region of interest.  `first_frame` (one-based) and `frames` say which
    frames of the image have it; `frames` is 0 where all have the same.
    """

    group: int
    shape: tuple[int, int]
    data: NDArray[np.uint8]
    origin: tuple[int, int] = (1, 1)
    kind: str = "G"
    subtype: str = ""
    label: str = ""
    description: str = ""
    first_frame: int = 1
    frames: int = 0

    @property
    def bitmap(self) -> NDArray[np.uint8]:
        """1 where something is drawn, shape (row, column)."""
        count = self.shape[0] * self.shape[1]
        return np.unpackbits(self.data, count=count, bitorder="little").reshape(self.shape)

    def cropped(self) -> OverlayPlane | None:
        """The part that something is drawn in; None where nothing is."""
        bitmap = self.bitmap
        rows, columns = np.flatnonzero(bitmap.any(axis=1)), np.flatnonzero(bitmap.any(axis=0))
        if not rows.size:
            return None
        top, left = int(rows[0]), int(columns[0])
        part = bitmap[top : rows[-1] + 1, left : columns[-1] + 1]
        origin = (self.origin[0] + top, self.origin[1] + left)
        return replace(self, shape=(part.shape[0], part.shape[1]), data=packed_bits(part), origin=origin)


def packed_bits(bitmap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Bits of a (row, column) bitmap, the first pixel in the lowest bit."""
    return np.packbits(bitmap, axis=None, bitorder="little")
