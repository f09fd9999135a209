"""The images themselves: the lowest layer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform

from app.domain.frame import Frame
from app.domain.image import ImageStack
from app.domain.volume import Volume
from app.imaging.lookup import colour_to_rgb32, to_rgb32
from app.imaging.reduction import block_corners, block_has, block_means
from app.imaging.shutters import bitmap_mask, hidden_mask
from app.viewing.grey_levels import Colour
from app.viewing.presented import Cover
from app.viewing.resolve import Resolved
from app.viewing.screen import SliceView, Viewport
from app.viewing.shown_image import arrived_slices, missing_of, slice_values
from viewers.layers.visible import drawn_size, is_large, visible_part
from viewers.partial_pixels import WHOLE, Part
from viewers.pixel_cache import PixelCache, image_of

#: makes the pixels of a part of an image
_OfPart = Callable[[Part], NDArray[np.uint32]]
_OPAQUE_BLACK = np.uint32(0xFF000000)


def paint_base(painter: QPainter, shown: Resolved, viewport: Viewport, cache: PixelCache) -> None:
    """The original images; of large ones no more is made ready than can be seen."""
    found = _base_pixels(shown, viewport, cache)
    if found is None:
        return
    key, make = found
    if is_large(shown):
        part = visible_part(painter, shown)
        image = image_of(cache.partly.pixels(key, drawn_size(shown), part, make()))
    else:
        image = cache.image(key, lambda: make()(WHOLE))
    draw_image(painter, shown, image, shown.block_side)


def _base_pixels(
    shown: Resolved, viewport: Viewport, cache: PixelCache
) -> tuple[tuple[Hashable, ...], Callable[[], _OfPart]] | None:
    """What the pixels of what is shown are kept by, and what begins to make them; None where nothing has
    arrived, or the pixels are of another generation.
    """
    at, side = shown.image, shown.block_side
    if at.shown is None:
        return None
    match viewport.image, viewport.view:
        case Volume() as volume, SliceView() as view if volume.voxels.generation == at.generation:
            arrived = arrived_state(volume, view, at.shown, at.further)
            cut = (at.generation, view.axis, at.shown, at.further, arrived, side)
            return (*cut, shown.pixels, shown.cover), lambda: _slice_pixels(volume, view, shown)
        case ImageStack() as stack, _ if stack.pixels.generation == at.generation:
            frame = (at.generation, "frame", at.shown, side)
            return (*frame, shown.pixels, shown.cover), lambda: _frame_pixels(stack, shown, cache)
    return None


def arrived_state(volume: Volume, view: SliceView, along: int, further: int) -> int:
    """Planes across the slices change as slices arrive."""
    return int(np.count_nonzero(arrived_slices(volume, view, along, further))) if view.axis != 0 else 0


def _slice_pixels(volume: Volume, view: SliceView, shown: Resolved) -> _OfPart:
    at, side, looks, cover = shown.image, shown.block_side, shown.pixels, shown.cover
    assert at.shown is not None
    assert not isinstance(looks, Colour)
    missing = missing_of(
        volume, view, at.shown, at.further
    )  # before the values: what comes meanwhile is drawn next
    values = slice_values(volume, view, at.shown, at.further)
    hidden = None
    if cover is not None and at.frame is not None and at.plane.view is not None:
        hidden = at.plane.view.cut(_hidden(cover, at.frame)[None], 0)

    def make(part: Part) -> NDArray[np.uint32]:
        pixels = to_rgb32(block_means(part.of(values, side), side), looks)
        if cover is not None and hidden is not None:
            _cover(pixels, cover, part.of(hidden, side), side)
        return without_missing(pixels, None if missing is None else part.of(missing, side), side)

    return make


def without_missing(
    pixels: NDArray[np.uint32], missing: NDArray[np.bool_] | None, side: int
) -> NDArray[np.uint32]:
    """Slices that had not arrived before their values were read are black, not drawn with what lies in the
    memory.
    """
    if missing is not None:
        pixels[block_has(missing, side)] = _OPAQUE_BLACK
    return pixels


def _frame_pixels(stack: ImageStack, shown: Resolved, cache: PixelCache) -> _OfPart:
    frame, side = stack.frames[shown.image.index], shown.block_side
    looks, cover = shown.pixels, shown.cover
    stored = _reduced(stack, shown, side, cache)
    hidden = _hidden(cover, frame) if cover is not None else None

    def make(part: Part) -> NDArray[np.uint32]:
        values = part.of(stored)
        if isinstance(looks, Colour):
            pixels = colour_to_rgb32(_rgb(values), looks.window, looks.inverse)
        else:
            pixels = to_rgb32(values, looks)
        if cover is not None and hidden is not None:
            _cover(pixels, cover, part.of(hidden, side), side)
        return pixels

    return make


def _hidden(cover: Cover, frame: Frame) -> NDArray[np.bool_]:
    """Pixels of the stored image that are covered."""
    hidden = np.zeros((frame.rows, frame.columns), dtype=bool)
    if cover.shutter is not None:
        hidden |= hidden_mask(cover.shutter, frame.rows, frame.columns, frame.spacing.display_ratio)
    if cover.bitmap is not None:
        hidden |= bitmap_mask(cover.bitmap, frame.rows, frame.columns)
    return hidden


def _cover(pixels: NDArray[np.uint32], cover: Cover, hidden: NDArray[np.bool_], side: int) -> None:
    red, green, blue = cover.rgb
    pixels[block_corners(hidden, side)] = _OPAQUE_BLACK + np.uint32(red << 16 | green << 8 | blue)


def _reduced(stack: ImageStack, shown: Resolved, side: int, cache: PixelCache) -> NDArray[Any]:
    """Stored pixels at the size they are drawn, kept: a window is then dragged over what is seen only."""
    index = shown.image.index
    stored = stack.pixels.stored(index)
    assert stored is not None
    if side == 1:
        return stored
    mixed = stack.frames[index].padding is None

    def make() -> tuple[NDArray[Any], int]:
        values = block_means(stored, side) if mixed else block_corners(stored, side).copy()
        return values, values.nbytes

    return np.asarray(cache.thing((shown.image.generation, "stored", index, side), make))


def _rgb(stored: NDArray[Any]) -> NDArray[np.uint8]:
    """A frame that calls itself colour and came as one sample is shown grey."""
    return stored if stored.ndim == 3 else np.repeat(stored[..., None], 3, axis=2)


def source_transform(shown: Resolved) -> QTransform | None:
    """From pixels of the stored image, corners at integers, to the screen; None for planes across the
    slices.
    """
    plane, place = shown.plane, shown.placement
    if plane.view is not None and plane.view.normal != 0:
        return None
    (e, f), (a, b), (c, d) = (
        place.to_screen(*plane.from_source(*corner)) for corner in ((0, 0), (1, 0), (0, 1))
    )
    return QTransform(a - e, b - f, c - e, d - f, e, f)


def draw_image(
    painter: QPainter, shown: Resolved, image: QImage, side: int = 1, clip: QRectF | None = None
) -> None:
    """Draw pixels where the image lies; bilinear until single pixels are what the reader wants to see."""
    a, b, c, d, e, f = shown.placement.affine
    smooth = shown.placement.px_per_pixel < 12
    painter.save()
    if clip is not None:
        painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    width, height = side * image.width(), side * image.height()
    if b == 0 and c == 0 and a > 0 and d > 0:
        painter.drawImage(QRectF(e, f, a * width, d * height), image)
    else:
        painter.setTransform(QTransform(a, b, c, d, e, f), True)
        painter.drawImage(QRectF(0, 0, width, height), image)
    painter.restore()
