"""The magnified round that goes with the pointer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from app.domain.geometry import PointPx
from app.viewing.image_plane import Placement
from app.viewing.mark_places import PlacedAnnotation
from app.viewing.resolve import Resolved
from app.viewing.screen import Viewport
from viewers.layers.shapes import paint_shape
from viewers.painting import paint_plated
from viewers.style import inks
from viewers.tile_painter import TilePainter

#: how much larger, and with Shift
TIMES, MORE_TIMES = 3.0, 6.0
#: radius of the round at most, and its share of the tile's shorter side
_RADIUS_PX, _SHARE = 112.0, 0.3
_GAP_PX = 18.0


@dataclass(frozen=True, slots=True)
class Lens:
    """A round about `middle` that shows what lies about `at`, `times` as large."""

    at: PointPx
    middle: PointPx
    radius: float
    times: float

    def magnified(self, point: PointPx) -> PointPx:
        """Where a point of the tile lies in the round."""
        x, y = (m + (p - a) * self.times for m, p, a in zip(self.middle, point, self.at, strict=True))
        return (x, y)

    def placement(self, placement: Placement) -> Placement:
        """Where the image lies in the round."""
        middle = self.magnified(placement.middle)
        return replace(placement, px_per_unit=placement.px_per_unit * self.times, middle=middle)


def lens_at(shown: Resolved, at: PointPx, times: float) -> Lens | None:
    """The round beside what lies under the pointer, at the side where there is room; None off the image."""
    if not shown.holds(at):
        return None
    area = shown.area
    radius = min(_RADIUS_PX, _SHARE * min(area.width, area.height))
    away = radius + radius / times + _GAP_PX
    x = at[0] - away if at[0] - away - radius >= area.x else at[0] + away
    x = min(max(x, area.x + radius), max(area.x + area.width - radius, area.x + radius))
    y = min(max(at[1], area.y + radius), max(area.y + area.height - radius, area.y + radius))
    return Lens(at, (x, y), radius, times)


def paint_lens(
    painter: QPainter,
    shown: Resolved,
    lens: Lens,
    viewport: Viewport,
    marks: tuple[PlacedAnnotation, ...],
    tile_painter: TilePainter,
) -> None:
    """The image with its shapes, without texts; a ring shows what is magnified."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    middle, radius = QPointF(*lens.middle), lens.radius
    round_path = QPainterPath()
    round_path.addEllipse(middle, radius, radius)
    painter.save()
    painter.setClipPath(round_path, Qt.ClipOperation.IntersectClip)
    inside = replace(shown, placement=lens.placement(shown.placement), area=shown.area)
    tile_painter.paint(painter, inside, viewport)
    for mark in marks:
        points = tuple(lens.magnified(point) for point in mark.points)
        paint_shape(painter, replace(mark, points=points, selected=False))
    painter.restore()
    painter.setPen(QPen(inks().accent, 2))
    painter.drawPath(round_path)
    painter.setPen(QPen(inks().accent, 1))
    painter.drawEllipse(QPointF(*lens.at), radius / lens.times, radius / lens.times)
    box = QRectF(middle.x() - 14, middle.y() + radius - 26, 28, 18)
    paint_plated(painter, box.x(), box.bottom() - 4, f"×{lens.times:.0f}", inks().text)
    painter.restore()
