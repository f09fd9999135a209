"""Finished pixels of all tiles, within one budget."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from viewers.partial_pixels import PartlyMade

#: about 48 images of 1024² in 32 bits
BUDGET_BYTES = 192 << 20


class PixelCache:
    """The most recently drawn images; the oldest go when the budget is used up.

    Keys begin with the generation of the pixels that an image was made of, so that closed images can be
    forgotten.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._kept: OrderedDict[tuple[Hashable, ...], tuple[Any, int]] = OrderedDict()
        self._budget = budget_bytes
        #: of the large image that was drawn last
        self.partly = PartlyMade()
        self.used_bytes = 0

    def image(
        self, key: tuple[Hashable, ...], make: Callable[[], NDArray[np.uint32]], *, clear: bool = False
    ) -> QImage:
        """An image of 32-bit pixels (`clear`: premultiplied with their opacity), made where it is not
        kept.
        """
        kept = self._find(key)
        if kept is None:
            pixels = make()
            kept = image_of(pixels, clear=clear)
            self._keep(key, kept, pixels.nbytes)
        return kept  # type: ignore[no-any-return]

    def thing(self, key: tuple[Hashable, ...], make: Callable[[], tuple[Any, int]]) -> Any:
        """Anything else, with the bytes it takes."""
        kept = self._find(key)
        if kept is None:
            kept, size = make()
            self._keep(key, kept, size)
        return kept

    def forget(self, generation: int) -> None:
        """Drop everything made of pixels that have gone."""
        for key in [key for key in self._kept if key[0] == generation]:
            self.used_bytes -= self._kept.pop(key)[1]
        self.partly.forget(generation)

    def clear(self) -> None:
        """Drop everything."""
        self._kept.clear()
        self.partly.clear()
        self.used_bytes = 0

    def _find(self, key: tuple[Hashable, ...]) -> Any:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def _keep(self, key: tuple[Hashable, ...], thing: Any, size: int) -> None:
        self._kept[key] = (thing, size)
        self.used_bytes += size
        while self.used_bytes > self._budget and len(self._kept) > 1:
            _, (_, gone) = self._kept.popitem(last=False)
            self.used_bytes -= gone


def image_of(pixels: NDArray[np.uint32], *, clear: bool = False) -> QImage:
    """An image over the memory of an array (`clear`: premultiplied with their opacity)."""
    height, width = pixels.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32
    image = QImage(pixels.data, width, height, pixels.strides[0], kind)
    # Qt does not own the memory: it must live as long as the image
    image.pixels = pixels  # type: ignore[attr-defined]
    return image
