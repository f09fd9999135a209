"""Overlay planes of the images (PS3.3 C.9.2): graphics pixel by pixel, regions as outlines, with their
labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from app.domain.overlay import OverlayPlane
from app.imaging.reduction import block_any
from app.viewing.layers import OverlayLayer
from app.viewing.overlays import fill_image, outline
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.shown_image import drawn_frame
from viewers.layers.base import source_transform
from viewers.pixel_cache import PixelCache
from viewers.style import font, inks
from viewers.text_stamps import paint_outlined

#: shifts of the dark rim, which lets the colour stand out on white
_RIM = ((-1, 0), (1, 0), (0, -1), (0, 1))
#: colours up to this lightness have a light rim
_DARK = 90
_RIM_OPACITY, _REGION_OPACITY = 0.75, 0.2
_LINE_BYTES = 120
#: screen pixels for one of the image
_SMOOTH_BELOW = 3.0


def paint_overlay_planes(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: OverlayLayer, cache: PixelCache
) -> None:
    """The planes of the frame that is drawn; nothing on planes across the slices."""
    frame, to_screen = drawn_frame(viewport, shown.image), source_transform(shown)
    if not shown.overlays or frame is None or to_screen is None:
        return
    # an applied presentation state says which groups are shown (PS3.3 C.11.7)
    active = shown.presented.state.active_groups if shown.presented is not None else None
    top, left = frame.crop or (0, 0)
    painter.save()
    if frame.crop is not None:
        painter.setClipRect(
            to_screen.mapRect(QRectF(0, 0, frame.columns, frame.rows)), Qt.ClipOperation.IntersectClip
        )
    for plane in layer.planes.get(frame.key, ()):
        if active is None or plane.group in active:
            stored = QTransform.fromTranslate(-left, -top)
            paint_plane(painter, shown, plane, stored * to_screen, cache)
    painter.restore()


def paint_plane(
    painter: QPainter, shown: Resolved, plane: OverlayPlane, image_to_screen: QTransform, cache: PixelCache
) -> None:
    """One plane at its origin."""
    to_screen = QTransform.fromTranslate(plane.origin[1] - 1, plane.origin[0] - 1) * image_to_screen
    color = _color(shown, plane.group)
    side = shown.block_side
    opacity = _REGION_OPACITY if plane.kind == "R" else 1.0

    def picture(ink: QColor, strength: float) -> QImage:
        key = (shown.image.generation, plane, side, ink.rgb(), strength)
        return cache.image(key, lambda: _coloured(plane, side, ink, strength), clear=True)

    if plane.kind == "R":
        _draw(painter, picture(color, opacity), side, to_screen, shown)
        _paint_outline(painter, shown, plane, color, to_screen, cache)
    else:
        rim = picture(QColor("black" if color.lightness() > _DARK else "white"), _RIM_OPACITY)
        for dx, dy in _RIM:
            _draw(painter, rim, side, to_screen * QTransform.fromTranslate(dx, dy), shown)
        _draw(painter, picture(color, opacity), side, to_screen, shown)
    if plane.label and not shown.is_small:
        box = to_screen.mapRect(QRectF(0, 0, plane.shape[1], plane.shape[0]))
        painter.setFont(font(13))
        paint_outlined(
            painter, max(box.left(), 4.0), max(box.top() - 5.0, shown.area.y + 16), plane.label, color
        )


def _color(shown: Resolved, group: int) -> QColor:
    """That of the group's layer in the applied presentation state, else one by the group."""
    if shown.presented is not None:
        recommended = dict(shown.presented.state.group_colors).get(group)
        if recommended is not None:
            return QColor(*recommended)
    colors = inks().overlays
    return colors[(group - 0x6000) // 2 % len(colors)]


def _coloured(plane: OverlayPlane, side: int, ink: QColor, opacity: float) -> NDArray[np.uint32]:
    return fill_image(block_any(plane.bitmap, side), [(1, (ink.red(), ink.green(), ink.blue()))], opacity)


def _draw(painter: QPainter, image: QImage, side: int, to_screen: QTransform, shown: Resolved) -> None:
    painter.save()
    # far enlarged, the plane's pixels are seen as they are
    smooth = shown.placement.px_per_pixel < _SMOOTH_BELOW
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.setTransform(to_screen, True)
    painter.drawImage(QRectF(0, 0, side * image.width(), side * image.height()), image)
    painter.restore()


def _paint_outline(
    painter: QPainter,
    shown: Resolved,
    plane: OverlayPlane,
    color: QColor,
    to_screen: QTransform,
    cache: PixelCache,
) -> None:
    def made() -> tuple[list[QLineF], int]:
        lines = [QLineF(*line) for line in outline(plane.bitmap.astype(bool))]
        return lines, _LINE_BYTES * len(lines)

    lines = cache.thing((shown.image.generation, plane, "outline"), made)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setTransform(to_screen, True)
    for ink, width in ((QColor(0, 0, 0, 170), 3.2), (color, 1.5)):
        pen = QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(lines)
    painter.restore()
