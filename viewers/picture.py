"""A slice drawn to a PNG without a window: key images, report figures.  Structurally an `app.ports.PictureDrawer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from app.domain.presentation import Window
from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.errors import BadInput, Unavailable
from app.viewing.planes import plane_view
from app.viewing.resolve import resolve
from app.viewing.state import SLICE_PLANES, Mark, Plane, ScreenState, TextLevel
from viewers.painting import Layers, paint_marks, paint_pixels
from viewers.slice_images import SliceImages

#: texts and lines of the screen are drawn for this width and scaled with the picture
_DESIGN_PX = 500
_WIDTHS = (64, 8192)


def draw_picture(
    volume: Volume, plane: str, index: float, window: tuple[float, float], width_px: int, *,
    measurements: Sequence[Mark] = (), labels: Segmentation | None = None, unconfirmed: bool = False, invert: bool = False,
) -> bytes:  # fmt: skip
    """PNG of a slice, as wide as asked and as high as the image is.

    `window` is (low, high) in the unit of the values; `measurements` are drawn where they lie on the slice, with their values; `labels`
    is a segmentation on the volume's grid; `unconfirmed` images say so on the picture; `invert` shows a negative.  Patient names are
    never drawn.  Needs a `QGuiApplication`.
    """
    if QGuiApplication.instance() is None:
        raise Unavailable("Pictures need a graphical application; it is not started.")
    if not _WIDTHS[0] <= width_px <= _WIDTHS[1]:
        low, high = _WIDTHS
        raise BadInput("A picture may be {low} to {high} pixels wide, found {found}.", low=low, high=high, found=width_px)
    if plane not in SLICE_PLANES or window[1] <= window[0]:
        raise ValueError(f"plane must be one of {[str(p) for p in SLICE_PLANES]} and the window rise, found {plane!r}, {window}")
    screen = _screen(volume, Plane(plane), index, window, measurements, labels)
    screen.volume_unconfirmed, screen.invert = unconfirmed, invert
    view = plane_view(volume.grid, Plane(plane))
    ratio = width_px / _DESIGN_PX
    height = max(round(_DESIGN_PX * view.size[1] * view.spacing_mm[1] / (view.size[0] * view.spacing_mm[0])), 120)
    image = QImage(width_px, round(height * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    _paint(image, screen, Plane(plane), (_DESIGN_PX, height), volume, labels)
    return _png(image)


def _screen(
    volume: Volume, plane: Plane, index: float, window: tuple[float, float], marks: Sequence[Mark], labels: Segmentation | None
) -> ScreenState:  # fmt: skip
    screen = ScreenState()
    screen.volume = volume
    screen.viewport(plane).index = index
    screen.window = Window((window[0] + window[1]) / 2, window[1] - window[0])
    screen.text_level = TextLevel.FEW
    screen.marks = tuple(_unselected(mark) for mark in marks)
    screen.segmentation, screen.segmentation_unconfirmed = labels, False
    return screen


def _unselected(mark: Mark) -> Mark:
    return replace(mark, selected=False)


def _paint(image: QImage, screen: ScreenState, plane: Plane, size: tuple[int, int], volume: Volume, labels: Segmentation | None) -> None:
    shown = resolve(screen, plane, size, image.devicePixelRatio())
    image.fill(0xFF000000)
    if shown is None:
        return
    images = SliceImages()
    source = images.grey(shown, volume, None, processed=False)
    layers = Layers(source)
    if labels is not None and shown.overlay is not None:
        layers = Layers(source, None, images.fill(shown, labels), images.outlines(shown, labels))
    painter = QPainter(image)
    paint_pixels(painter, shown, layers)
    paint_marks(painter, shown)
    painter.end()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.setDevicePixelRatio(1.0)
    written: Any = image.save(buffer, "PNG")  # type: ignore[call-overload]
    if not written:
        raise Unavailable("The picture could not be written.")
    return bytes(buffer.data().data())
