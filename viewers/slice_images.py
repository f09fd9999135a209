"""The pixels of a resolved slice as Qt images, kept while nothing that they depend on changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QColor, QImage

from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.viewing.grey import difference, fill_image, outline, to_rgb32
from app.viewing.resolve import ResolvedSlice
from app.viewing.state import Compare

T = TypeVar("T")


class _Recent(Generic[T]):
    """The last few made things."""

    def __init__(self, depth: int) -> None:
        self._kept: OrderedDict[Hashable, T] = OrderedDict()
        self._depth = depth

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The thing of a key, made when it is not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._kept[key] = make()
        while len(self._kept) > self._depth:
            self._kept.popitem(last=False)
        return made

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()


class SliceImages:
    """Grey images, fills and outlines of one tile."""

    def __init__(self) -> None:
        self._grey: _Recent[QImage] = _Recent(4)
        self._fill: _Recent[QImage] = _Recent(2)
        self._lines: _Recent[tuple[tuple[QColor, list[QLineF]], ...]] = _Recent(4)
        self._of: Segmentation | None = None

    def clear(self) -> None:
        """Forget all pixels, when the volume goes."""
        for kept in (self._grey, self._fill, self._lines):
            kept.clear()
        self._of = None

    def _follow(self, segmentation: Segmentation) -> None:
        """Another segmentation has other pixels, whatever its colours."""
        if segmentation is not self._of:
            self._fill.clear()
            self._lines.clear()
            self._of = segmentation

    def grey(self, shown: ResolvedSlice, volume: Volume, result: Volume | None, *, processed: bool) -> QImage | None:
        """The windowed image; of the processed volume, or of the difference, where asked.  None: nothing there, or out of date."""
        if shown.shown is None or volume.voxels.generation != shown.generation:
            return None
        if processed and (result is None or result.voxels.generation != shown.result_generation):
            return None
        ready = volume.voxels.ready[0]
        # a plane across the slices changes as they arrive
        state = int(np.count_nonzero(ready)) if shown.view.normal != 0 else 0
        which = "difference" if shown.compare is Compare.DIFFERENCE else "result" if processed else "source"
        key = (
            shown.generation,
            shown.result_generation if processed else 0,
            shown.shown,
            state,
            shown.low,
            shown.high,
            shown.invert,
            which,
        )
        return self._grey.get(key, lambda: _image(to_rgb32(_values(shown, volume, result, which), shown.low, shown.high, shown.invert)))

    def fill(self, shown: ResolvedSlice, segmentation: Segmentation) -> QImage | None:
        """Translucent colours of the segments on the shown slice."""
        overlay = shown.overlay
        if overlay is None or shown.shown is None:
            return None
        at = shown.shown
        self._follow(segmentation)
        key = (shown.generation, at, overlay)
        return self._fill.get(
            key, lambda: _image(fill_image(shown.view.cut(segmentation.labels, at), overlay.colors, overlay.opacity), clear=True)
        )

    def outlines(self, shown: ResolvedSlice, segmentation: Segmentation) -> tuple[tuple[QColor, list[QLineF]], ...]:
        """Outline of each segment, in pixels of the image."""
        overlay = shown.overlay
        if overlay is None or shown.shown is None:
            return ()
        labels = shown.view.cut(segmentation.labels, shown.shown)
        self._follow(segmentation)
        key = (shown.generation, shown.shown, overlay.colors)
        return self._lines.get(
            key, lambda: tuple((QColor(*color), [QLineF(*line) for line in outline(labels == n)]) for n, color in overlay.colors)
        )


def _values(shown: ResolvedSlice, volume: Volume, result: Volume | None, which: str) -> NDArray[Any]:
    assert shown.shown is not None
    view = shown.view
    own = view.cut(volume.at(), shown.shown)
    if which != "source" and result is not None:
        other = view.cut(result.at(), shown.shown)
        own = difference(own, other) if which == "difference" else other
    if view.normal != 0 and not volume.voxels.ready[0].all():
        own = own.copy()
        # slices that have not arrived are left black, not drawn with what lies in the memory
        missing = ~volume.voxels.ready[0]
        low = -32768 if own.dtype.kind == "i" else -np.inf
        if view.down == 0:
            own[missing[:: view.down_sign], :] = low
        else:
            own[:, missing[:: view.across_sign]] = low
    return own


def _image(pixels: NDArray[np.uint32], *, clear: bool = False) -> QImage:
    height, width = pixels.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied if clear else QImage.Format.Format_RGB32
    image = QImage(pixels.data, width, height, pixels.strides[0], kind)
    image.pixels = pixels  # type: ignore[attr-defined]  # Qt does not own the memory: it must live as long as the image
    return image
