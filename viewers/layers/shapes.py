"""Drawn shapes with their texts."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.viewing.layers import MeasuredRegion
from app.viewing.mark_places import PlacedAnnotation
from app.viewing.shapes.shape import EllipseLine, Polyline, Stroke, nearest_on
from viewers.painting import paint_text_plate
from viewers.style import inks


def paint_shapes(painter: QPainter, marks: tuple[PlacedAnnotation, ...]) -> None:
    """All shapes, then all texts: no line crosses a text."""
    for mark in marks:
        paint_shape(painter, mark)
    for mark in marks:
        _label(painter, mark)


def paint_shape(painter: QPainter, mark: PlacedAnnotation) -> None:
    """A shape with a dark rim, so that it stands on bright and dark ground; handles while it is selected."""
    color = mark_color(mark)
    for ink, width in ((QColor(0, 0, 0, 150), 3.4), (color, 1.8 if mark.selected else 1.5)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for stroke in mark.path:
            _stroke(painter, stroke)
    if mark.selected:
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1))
        painter.setBrush(color)
        for x, y in mark.handles:
            painter.drawRect(QRectF(x - 3, y - 3, 6, 6))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def mark_color(mark: PlacedAnnotation | MeasuredRegion) -> QColor:
    """Amber while nobody has confirmed it, white when selected, blue else."""
    if mark.unconfirmed:
        return inks().warning
    return QColor("#ffffff") if mark.selected else inks().mark


def _stroke(painter: QPainter, stroke: Stroke) -> None:
    match stroke:
        case Polyline(points=points):
            painter.drawPolyline([QPointF(*point) for point in points])
        case EllipseLine(centre=(x, y), half=(a, b), angle=angle):
            painter.save()
            painter.translate(x, y)
            painter.rotate(math.degrees(angle))
            painter.drawEllipse(QRectF(-a, -b, 2 * a, 2 * b))
            painter.restore()


def _label(painter: QPainter, mark: PlacedAnnotation) -> None:
    if not mark.lines:
        return
    bounds, box = mark.bounds, mark.text_box
    centre = QPointF(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2)
    near = QPointF(
        min(max(centre.x(), box.x), box.x + box.width), min(max(centre.y(), box.y), box.y + box.height)
    )
    edge = QPointF(*nearest_on(mark.path, (near.x(), near.y())))
    color = mark_color(mark)
    if math.hypot(edge.x() - near.x(), edge.y() - near.y()) > 14:
        # seen on bright and dark ground, and dashed, as it is no part of the mark
        painter.setPen(QPen(QColor(0, 0, 0, 150), 3.0))
        painter.drawLine(edge, near)
        pen = QPen(color, 1.2)
        pen.setDashPattern([4.0, 3.0])
        painter.setPen(pen)
        painter.drawLine(edge, near)
    lines = (*mark.lines[:-1], f"{mark.lines[-1]}  ★") if mark.key else mark.lines
    paint_text_plate(painter, box, lines, color, mark.text_px)
