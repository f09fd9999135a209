"""The marks of reports of others: white and dashed, as a second reader's."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from app.domain.layers import GraphicKind
from app.domain.report_marks import FigureKind
from app.viewing.labels import text_box
from app.viewing.layers import ReportLayer
from app.viewing.reported import ReportFigure, figures_on, without_drawn
from app.viewing.reserved_places import reserved_boxes
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.shapes.arrow import Arrow
from app.viewing.shapes.shape import Box, Polyline
from app.viewing.shown_image import drawn_frame
from viewers.layers.presentation import graphic_path
from viewers.painting import SmoothLines, paint_plain, paint_text_plate
from viewers.pixel_cache import PixelCache

_INK = QColor("#ffffff")
_DASHES = (4.0, 3.0)
#: figures of an image whose words stand beside them
_MOST_LABELLED = 60
_POINTS = (FigureKind.POINT, FigureKind.MULTIPOINT)
_KINDS = {
    FigureKind.CIRCLE: GraphicKind.CIRCLE,
    FigureKind.ELLIPSE: GraphicKind.ELLIPSE,
    FigureKind.POLYLINE: GraphicKind.POLYLINE,
    FigureKind.POLYGON: GraphicKind.POLYLINE,
}


def paint_reported(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: ReportLayer, cache: PixelCache
) -> None:
    """The figures on the image that is shown, then their texts."""
    if not shown.overlays:
        return
    drawn = frozenset(mark.tracking_uid for mark in viewport.marks)
    figures = without_drawn(figures_on(layer.placed, shown.plane, drawn_frame(viewport, shown.image)), drawn)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    paths = [_path(shown, figure) for figure in figures]
    smooth = SmoothLines()
    for figure, path in zip(figures, paths, strict=True):
        if smooth.takes(path):
            _paint_figure(painter, figure, path)
        else:
            paint_plain(painter, path, _INK)
    if not shown.is_small:
        _paint_texts(painter, shown, figures, paths)
    painter.restore()


def _paint_figure(painter: QPainter, figure: ReportFigure, path: QPainterPath) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 150), 3.4))
    painter.drawPath(path)
    pen = QPen(_INK, 1.5)
    if figure.kind not in _POINTS and not figure.is_arrow:  # rings and heads are too small for dashes
        pen.setDashPattern(_DASHES)
    painter.setPen(pen)
    painter.drawPath(path)


def _path(shown: Resolved, figure: ReportFigure) -> QPainterPath:
    on_screen = [shown.placement.to_screen(*point) for point in figure.points]
    points, path = [QPointF(*point) for point in on_screen], QPainterPath()
    if figure.is_arrow:
        for stroke in Arrow().path(on_screen):
            if isinstance(stroke, Polyline):
                path.addPolygon(QPolygonF([QPointF(*point) for point in stroke.points]))
        return path
    if figure.kind in _POINTS:
        for point in points:
            path.addPath(graphic_path(GraphicKind.POINT, [point]))
        return path
    if figure.kind is FigureKind.POLYGON:
        points.append(points[0])
    return graphic_path(_KINDS[figure.kind], points)


def _paint_texts(
    painter: QPainter, shown: Resolved, figures: tuple[ReportFigure, ...], paths: list[QPainterPath]
) -> None:
    """Of the first figures: the tile has no room for more, and finding a place takes its time."""
    bodies = [_box(path) for path in paths[:_MOST_LABELLED]]
    taken = [*reserved_boxes(shown.corners, shown.area), *(mark.text_box for mark in shown.marks)]
    for figure, body in zip(figures[:_MOST_LABELLED], bodies, strict=False):
        if figure.lines:
            box = text_box(figure.lines, body, [*taken, *bodies], taken, shown.size_px)
            taken.append(box)
            paint_text_plate(painter, box, figure.lines, _INK)


def _box(path: QPainterPath) -> Box:
    bounds = path.boundingRect()
    return Box(bounds.x(), bounds.y(), bounds.width(), bounds.height())
