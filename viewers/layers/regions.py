"""Regions that were measured in a volume: the edge of their voxels on the plane that is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTransform

from app.domain.volume import Volume
from app.viewing.labels import LINE_PX, PAD_PX
from app.viewing.layers import MeasuredRegion, RegionLayer
from app.viewing.resolve import Resolved
from app.viewing.screen import SliceView, Viewport
from app.viewing.shapes.shape import Box
from viewers.layers.shapes import mark_color
from viewers.painting import paint_text_plate
from viewers.pixel_cache import PixelCache
from viewers.style import font

#: bytes of a stroke
_LINE_BYTES = 32


def paint_regions(
    painter: QPainter, shown: Resolved, viewport: Viewport, layer: RegionLayer, cache: PixelCache
) -> None:
    """The outline of every region that the plane meets, along the edges of its voxels."""
    volume, view = viewport.image, viewport.view
    if not isinstance(volume, Volume) or not isinstance(view, SliceView):
        return
    to_screen = QTransform(*shown.placement.affine)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    named = {mark.tracking_uid for mark in shown.marks}
    for one in layer.regions:
        if one.further != shown.image.further:
            continue
        lines = [to_screen.map(line) for line in _edges_on(volume, view, shown, one, cache)]
        for ink, width in ((QColor(0, 0, 0, 150), 3.4), (mark_color(one), 2.0 if one.selected else 1.5)):
            painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLines(lines)
        if lines and one.tracking_uid not in named and not shown.is_small:
            _name(painter, one, lines)
    painter.restore()


def _name(painter: QPainter, one: MeasuredRegion, lines: list[QLineF]) -> None:
    """What people call it, beside it: its figures stand on the image it was made on."""
    painter.setFont(font(13))
    right = max(max(line.x1(), line.x2()) for line in lines)
    top = min(min(line.y1(), line.y2()) for line in lines)
    width = QFontMetricsF(painter.font()).horizontalAdvance(one.name) + 2 * PAD_PX
    box = Box(right + 6, top - LINE_PX / 2, width, LINE_PX + PAD_PX)
    paint_text_plate(painter, box, (one.name,), mark_color(one))


def _edges_on(
    volume: Volume, view: SliceView, shown: Resolved, one: MeasuredRegion, cache: PixelCache
) -> list[QLineF]:
    def made() -> tuple[list[QLineF], int]:
        section = one.region.section(view.axis, shown.image.index, volume.grid.shape)
        plane = shown.plane.view
        if section is None or plane is None:
            return [], 0
        found = edges(plane.cut(np.expand_dims(section, view.axis), 0))
        return found, _LINE_BYTES * len(found)

    key = (shown.image.generation, "region", one.region, view.axis, shown.image.index)
    return cache.thing(key, made)  # type: ignore[no-any-return]


def edges(section: NDArray[np.bool_]) -> list[QLineF]:
    """Strokes between pixels of a region and others, (row, column), in pixels; runs in a line are one."""
    padded = np.pad(section, 1)
    level = _runs(padded[1:, 1:-1] != padded[:-1, 1:-1])
    upright = _runs((padded[1:-1, 1:] != padded[1:-1, :-1]).T)
    return [
        *(QLineF(begin, line, end, line) for line, begin, end in level),
        *(QLineF(line, begin, line, end) for line, begin, end in upright),
    ]


def _runs(marked: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(line, begin, end) of what is marked in a row of each line."""
    change = np.diff(np.pad(marked.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    begins, ends = np.argwhere(change == 1), np.argwhere(change == -1)
    return [(int(line), int(a), int(b)) for (line, a), (_, b) in zip(begins, ends, strict=True)]
