"""Graphics and texts of an applied presentation state over its images (PS3.3 C.10.5)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.domain.geometry import PointPx
from app.domain.layers import Annotation, GraphicKind, GraphicObject, TextObject, Units
from app.viewing.layers import PresentationLayer
from app.viewing.presented import display_points
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.shown_image import drawn_frame
from viewers.layers.base import source_transform
from viewers.layers.overlay_planes import paint_plane
from viewers.painting import SmoothLines, paint_plain
from viewers.pixel_cache import PixelCache
from viewers.style import font, inks

_POINT_PX, _PAD_PX, _LEAST_BOX_PX = 4.0, 4.0, 40.0
_FILL_ALPHA = 110
_ELLIPSE_STEPS = 72
#: points of a smooth curve
_MOST_OF_A_CURVE = 4000

#: from points in units to the screen
Place = Callable[[Sequence[PointPx], Units], list[QPointF]]


def paint_presentation(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: PresentationLayer, cache: PixelCache
) -> None:
    """What the state draws over the image that is shown, layer by layer, the lowest first."""
    frame, to_screen = drawn_frame(viewport, shown.image), source_transform(shown)
    presented = shown.presented
    if not shown.overlays or presented is None or frame is None or to_screen is None:
        return
    for plane in presented.state.planes:
        paint_plane(painter, shown, plane, to_screen, cache)

    def place(points: Sequence[PointPx], units: Units) -> list[QPointF]:
        if units is Units.DISPLAY:
            points = tuple(display_points(points, presented, frame))
        return [to_screen.map(QPointF(*point)) for point in points]

    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    drawn = {mark.tracking_uid for mark in viewport.marks}
    smooth = SmoothLines()
    for annotation in presented.annotations:
        _paint_annotation(painter, _without(annotation, drawn), place, shown, smooth)
    painter.restore()


def _without(annotation: Annotation, drawn: Set[str]) -> Annotation:
    """Without what is drawn as a mark already: it is shown once, where it is now."""
    return replace(
        annotation,
        graphics=tuple(one for one in annotation.graphics if one.tracking_uid not in drawn),
        texts=tuple(one for one in annotation.texts if one.tracking_uid not in drawn),
    )


def _paint_annotation(
    painter: QPainter, annotation: Annotation, place: Place, shown: Resolved, smooth: SmoothLines
) -> None:
    color = QColor(*annotation.color) if annotation.color is not None else inks().overlays[0]
    for graphic in annotation.graphics:
        _paint_graphic(painter, graphic, place(graphic.points, graphic.units), color, smooth)
    if not shown.is_small:
        for text in annotation.texts:
            _paint_text(painter, text, place, color)


def _paint_graphic(
    painter: QPainter, graphic: GraphicObject, points: list[QPointF], color: QColor, smooth: SmoothLines
) -> None:
    path = graphic_path(graphic.kind, points)
    if not smooth.takes(path):
        paint_plain(painter, path, color)
        return
    fill = QColor(color)
    fill.setAlpha(_FILL_ALPHA)
    filled = graphic.filled or graphic.kind is GraphicKind.POINT
    rim = QColor(0, 0, 0, 150) if color.lightness() > 90 else QColor(255, 255, 255, 150)
    for ink, width in ((rim, 3.4), (color, 1.6)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
    if filled:
        painter.fillPath(path, fill)


def graphic_path(kind: GraphicKind, points: list[QPointF]) -> QPainterPath:
    """The figure through points on the screen; nothing where they are too few for its kind."""
    path = QPainterPath()
    if kind is GraphicKind.POINT:
        path.addEllipse(points[0], _POINT_PX, _POINT_PX)
    elif kind is GraphicKind.POLYLINE:
        path.addPolygon(QPolygonF(points))
    elif kind is GraphicKind.INTERPOLATED:
        path = _curve(points[:_MOST_OF_A_CURVE])
    elif kind is GraphicKind.CIRCLE and len(points) > 1:
        # turned by a right angle, the radius is the other half axis: screens have square pixels
        away = points[1] - points[0]
        path.addPolygon(_ellipse(points[0], away, QPointF(-away.y(), away.x())))
    elif kind is GraphicKind.ELLIPSE and len(points) > 3:
        middle = (points[0] + points[1]) / 2
        path.addPolygon(_ellipse(middle, (points[1] - points[0]) / 2, (points[3] - points[2]) / 2))
    return path


def _ellipse(middle: QPointF, first: QPointF, second: QPointF) -> QPolygonF:
    angles = [2 * math.pi * step / _ELLIPSE_STEPS for step in range(_ELLIPSE_STEPS + 1)]
    return QPolygonF([middle + first * math.cos(angle) + second * math.sin(angle) for angle in angles])


def _curve(points: list[QPointF]) -> QPainterPath:
    """A smooth line through all points (Catmull-Rom), closed where it ends where it began."""
    path = QPainterPath(points[0])
    closed = len(points) > 2 and points[0] == points[-1]
    before = points[-2] if closed else points[0]
    after = points[1] if closed else points[-1]
    line = [before, *points, after]
    for p0, p1, p2, p3 in zip(line, line[1:], line[2:], line[3:], strict=False):
        path.cubicTo(p1 + (p2 - p0) / 6, p2 - (p3 - p1) / 6, p2)
    return path


def _paint_text(painter: QPainter, text: TextObject, place: Place, color: QColor) -> None:
    """In its box, which grows where the text does not fit; a line leads to a visible anchor."""
    anchor = place([text.anchor], text.anchor_units)[0] if text.anchor is not None else None
    if text.box is not None:
        box = QRectF(*place(text.box, text.box_units)).normalized()
    elif anchor is not None:
        box = QRectF(anchor + QPointF(8, -26), anchor + QPointF(8, -26))
    else:
        return
    painter.setFont(font(13))
    flags = {"CENTER": Qt.AlignmentFlag.AlignHCenter, "RIGHT": Qt.AlignmentFlag.AlignRight}.get(
        text.justification, Qt.AlignmentFlag.AlignLeft
    )
    wraps = Qt.TextFlag.TextWordWrap if box.width() > _LEAST_BOX_PX else Qt.TextFlag.TextExpandTabs
    inner = box.adjusted(_PAD_PX, 0, -_PAD_PX, 0)
    needed = painter.boundingRect(inner, flags | wraps, text.text)
    plate = needed.adjusted(-_PAD_PX, -1, _PAD_PX, 1)
    if anchor is not None and text.shows_anchor:
        _paint_lead(painter, plate, anchor, color)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks().plate)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(color if color.lightness() > 110 else inks().text)
    painter.drawText(needed, flags | wraps, text.text)


def _paint_lead(painter: QPainter, box: QRectF, anchor: QPointF, color: QColor) -> None:
    near = QPointF(
        min(max(anchor.x(), box.left()), box.right()), min(max(anchor.y(), box.top()), box.bottom())
    )
    for ink, width in ((QColor(0, 0, 0, 150), 3.0), (color, 1.2)):
        painter.setPen(QPen(ink, width))
        painter.drawLine(near, anchor)
    painter.setBrush(color)
    painter.drawEllipse(anchor, 2.5, 2.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
