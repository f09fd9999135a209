"""Structures of a structure set: their contours as lines with their names, on other planes what lies
between.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF, QTransform

from app.domain.contour_cuts import Cut
from app.domain.layers import Structure
from app.viewing.contours import cut_of
from app.viewing.image_plane import ImagePlane
from app.viewing.labels import LINE_PX, PAD_PX
from app.viewing.layers import ContourLayer
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from app.viewing.shapes.shape import Box
from viewers.painting import SmoothLines, paint_plain, paint_text_plate
from viewers.pixel_cache import PixelCache
from viewers.style import font, legible

_POINT_PX, _MOST_NAMES = 5.0, 16
#: pixels of smooth lines; contours seldom cross themselves, which makes them quick
_MOST_SMOOTH_PX = 400_000.0
#: bytes of a point of a path
_POINT_BYTES = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """One structure on a plane, in pixels of the image: lines, what lies between contours, single points."""

    structure: int
    lines: QPainterPath
    areas: QPainterPath
    points: tuple[QPointF, ...]


def paint_contours(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: ContourLayer, cache: PixelCache
) -> None:
    """Every structure that is not hidden, where the shown plane meets it."""
    plane, image = shown.plane, shown.image
    if not shown.overlays or plane.pose is None:
        return
    axis = plane.view.normal if plane.view is not None else -1

    def made() -> tuple[tuple[_Drawn, ...], int]:
        cut = cut_of(viewport, image, layer)
        return _paths(cut, plane), _POINT_BYTES * sum(len(one.points_mm) for one in cut.lines)

    drawn = cache.thing((image.generation, layer.contours, axis, image.index, image.further), made)
    visible = [one for one in drawn if _structure(layer, one).number not in layer.hidden]
    to_screen = QTransform(*shown.placement.affine)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    smooth = SmoothLines(_MOST_SMOOTH_PX)
    for one in visible:
        lines, color = to_screen.map(one.lines), QColor(*_structure(layer, one).color)
        if smooth.takes(lines):
            _paint(painter, one, color, to_screen, layer.opacity)
        else:
            paint_plain(painter, lines, color)
    if not shown.is_small:
        _paint_names(painter, visible, layer, to_screen, shown)
    painter.restore()


def _structure(layer: ContourLayer, drawn: _Drawn) -> Structure:
    return layer.contours.structures[drawn.structure]


def _paths(cut: Cut, plane: ImagePlane) -> tuple[_Drawn, ...]:
    """The cut in pixels of the image, by structure."""
    found: dict[int, _Drawn] = {}

    def of(structure: int) -> _Drawn:
        if structure not in found:
            found[structure] = _Drawn(structure, QPainterPath(), QPainterPath(), ())
        return found[structure]

    for line in cut.lines:
        points = _points(plane, line.points_mm)
        drawn = of(line.structure)
        if len(points) == 1:
            found[line.structure] = _Drawn(
                drawn.structure, drawn.lines, drawn.areas, (*drawn.points, points[0])
            )
            continue
        drawn.lines.addPolygon(QPolygonF(points))
        if line.closed:
            drawn.lines.closeSubpath()
    for area in cut.areas:
        drawn = of(area.structure)
        corners = _points(plane, area.corners_mm)
        drawn.areas.addPolygon(QPolygonF(corners))
        drawn.areas.closeSubpath()
        for start, end in ((corners[3], corners[0]), (corners[1], corners[2])):
            drawn.lines.moveTo(start)
            drawn.lines.lineTo(end)
    return tuple(found.values())


def _points(plane: ImagePlane, points_mm: NDArray[np.float64]) -> list[QPointF]:
    return [QPointF(x, y) for x, y in plane.pixels_of(points_mm).tolist()]


def _paint(painter: QPainter, drawn: _Drawn, color: QColor, to_screen: QTransform, opacity: float) -> None:
    lines = to_screen.map(drawn.lines)
    if not drawn.areas.isEmpty():
        fill = QColor(color)
        fill.setAlphaF(opacity)
        areas = to_screen.map(drawn.areas)
        areas.setFillRule(Qt.FillRule.WindingFill)
        painter.fillPath(areas, fill)
    rim = QColor(0, 0, 0, 140) if color.lightness() > 90 else QColor(255, 255, 255, 140)
    for ink, width in ((rim, 3.0), (color, 1.5)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(lines)
        for point in drawn.points:
            at = to_screen.map(point)
            for dx, dy in ((_POINT_PX, 0.0), (0.0, _POINT_PX)):
                painter.drawLine(at - QPointF(dx, dy), at + QPointF(dx, dy))


def _paint_names(
    painter: QPainter, drawn: list[_Drawn], layer: ContourLayer, to_screen: QTransform, shown: Resolved
) -> None:
    """Names beside what is seen of each structure, none over another's; with many the list tells them."""
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    area = QRectF(shown.area.x, shown.area.y, shown.area.width, shown.area.height)
    taken: list[Box] = []
    for one in drawn:
        box = to_screen.map(one.lines).boundingRect()
        for point in one.points:
            box |= QRectF(to_screen.map(point), to_screen.map(point)).adjusted(-1, -1, 1, 1)
        structure = _structure(layer, one)
        width = metrics.horizontalAdvance(structure.name) + 2 * PAD_PX
        middle = box.center()
        for x, y in (
            (box.right() + 6, middle.y() - LINE_PX / 2),
            (middle.x() - width / 2, box.top() - LINE_PX - 6),
        ):
            place = Box(x, y, width, LINE_PX)
            if area.contains(QRectF(x, y, width, LINE_PX)) and not any(map(place.overlaps, taken)):
                taken.append(place)
                ink = legible(QColor(*structure.color))
                paint_text_plate(painter, place, (structure.name,), ink)
                break
        if len(taken) >= _MOST_NAMES:
            return
