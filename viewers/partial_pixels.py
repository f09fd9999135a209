"""Pixels of a large image, of which only the part that is seen has been made."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: pixels that are made at once: they stay in the processor's cache
_AT_ONCE = 1 << 17


@dataclass(frozen=True, slots=True)
class Part:
    """Rows from `top` and columns from `left` on; `bottom` and `right` are the first that are not in it."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def is_empty(self) -> bool:
        """It holds no pixel."""
        return self.bottom <= self.top or self.right <= self.left

    def of(self, values: NDArray[Any], side: int = 1) -> NDArray[Any]:
        """The part, in blocks of `side` × `side`, of a (row, column, …) array."""
        return values[self.top * side : self.bottom * side, self.left * side : self.right * side]

    def around(self, other: Part) -> Part:
        """The smallest part that holds both."""
        return Part(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def without(self, inner: Part) -> Iterator[Part]:
        """What is left around a part of it: above, below, beside."""
        yield Part(self.top, inner.top, self.left, self.right)
        yield Part(inner.bottom, self.bottom, self.left, self.right)
        yield Part(inner.top, inner.bottom, self.left, inner.left)
        yield Part(inner.top, inner.bottom, inner.right, self.right)

    def meets(self, other: Part) -> bool:
        """They have pixels in common."""
        return (
            max(self.top, other.top) < min(self.bottom, other.bottom)
            and max(self.left, other.left) < min(self.right, other.right)
        )  # fmt: skip


#: all of any image
WHOLE = Part(0, 1 << 31, 0, 1 << 31)


class PartlyMade:
    """Memory for the pixels of one large image, and which part of them is made.

    The memory is the same for one image after the other: new memory takes longer to come by than the pixels
    take to make.
    """

    def __init__(self) -> None:
        self._memory = np.empty(0, np.uint32)
        self._key: tuple[Hashable, ...] = ()
        self._made: Part | None = None

    def pixels(
        self,
        key: tuple[Hashable, ...],
        size: tuple[int, int],
        part: Part,
        make: Callable[[Part], NDArray[np.uint32]],
    ) -> NDArray[np.uint32]:
        """Pixels of (rows, columns) of which those in a part are those of `key`; `make` gives those of a
        part.  To be drawn at once, and no more than that part of them.
        """
        rows, columns = size
        if self._memory.size < rows * columns:
            self._memory, self._made = np.empty(rows * columns, np.uint32), None
        pixels = self._memory[: rows * columns].reshape(size)
        made = self._made if key == self._key else None
        if made is None or not made.meets(part):
            wanted, missing = part, [part]
        else:
            wanted = made.around(part)
            missing = list(wanted.without(made))
        self._made = None
        for piece in missing:
            for band in _bands(piece):
                band.of(pixels)[:] = make(band)
        self._key, self._made = key, wanted
        return pixels

    def clear(self) -> None:
        """Give the memory back."""
        self._memory, self._key, self._made = np.empty(0, np.uint32), (), None

    def forget(self, generation: int) -> None:
        """Give the memory back where it holds pixels of a generation, with which keys begin."""
        if self._key[:1] == (generation,):
            self.clear()


def _bands(part: Part) -> Iterator[Part]:
    if part.is_empty:
        return
    step = max(_AT_ONCE // (part.right - part.left), 1)
    for top in range(part.top, part.bottom, step):
        yield Part(top, min(top + step, part.bottom), part.left, part.right)
