"""Draws a resolved slice with QPainter: to the window, to a picture, always the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from app.domain.roi import RoiKind
from app.i18n import tr
from app.viewing.marks import LINE_PX, PAD_PX, Box, MarkPx, ellipse_of
from app.viewing.resolve import Corners, CrossLines, ResolvedSlice, Role, ScaleBar, TextLine
from app.viewing.state import Compare
from viewers.style import LINE, MARGIN, font, inks


@dataclass(frozen=True, slots=True)
class Layers:
    """What the pixels of a slice are made of."""

    source: QImage | None
    processed: QImage | None = None
    fill: QImage | None = None
    outlines: tuple[tuple[QColor, list[QLineF]], ...] = ()


def paint_pixels(painter: QPainter, shown: ResolvedSlice, layers: Layers) -> None:
    """Image, processed image and overlay; nothing that moves with the pointer."""
    painter.fillRect(0, 0, *shown.size_px, inks().ground)
    target = QRectF(*shown.rect)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, _smooth(shown))
    if shown.compare is Compare.SWIPE:
        _clipped(painter, shown, layers.source, target, QRectF(0, 0, shown.swipe_px, shown.size_px[1]))
        _clipped(painter, shown, layers.processed, target, QRectF(shown.swipe_px, 0, shown.size_px[0], shown.size_px[1]))
    else:
        image = layers.source if shown.compare is Compare.SOURCE else layers.processed
        if image is not None:
            painter.drawImage(target, image)
    if layers.fill is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(target, layers.fill)
    _outlines(painter, shown, layers.outlines)
    if not shown.ready and shown.shown is not None:
        painter.fillRect(target, QColor(0, 0, 0, 120))


def paint_marks(painter: QPainter, shown: ResolvedSlice) -> None:
    """Shapes with their texts, scale bar, letters of the sides, corner texts."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    if shown.cross is not None:
        _cross(painter, shown, shown.cross)
    if shown.compare is Compare.SWIPE:
        _divider(painter, shown)
    for mark in shown.marks:
        paint_shape(painter, mark)
    for mark in shown.marks:
        _label(painter, mark)
    paint_letters(painter, shown.letters, shown.size_px)
    _scale(painter, shown.scale_bar, shown.size_px, len(shown.corners.bottom_left))
    paint_corners(painter, shown.corners, shown.size_px)
    if not shown.ready:
        paint_notice(painter, shown.size_px, tr("Loading slice {n}", n=shown.index + 1))


def paint_shape(painter: QPainter, mark: MarkPx, *, handles: bool | None = None) -> None:
    """A shape with a dark rim, so that it stands on bright and dark ground."""
    color = mark_color(mark)
    for ink, width in ((QColor(0, 0, 0, 150), 3.4), (color, 1.8 if mark.selected else 1.5)):
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        _shape(painter, mark.kind, mark.handles)
    if mark.selected if handles is None else handles:
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1))
        painter.setBrush(color)
        for x, y in mark.handles:
            painter.drawRect(QRectF(x - 3, y - 3, 6, 6))
        painter.setBrush(Qt.BrushStyle.NoBrush)


def mark_color(mark: MarkPx) -> QColor:
    """Amber while nobody has confirmed it, white-blue when selected, blue else."""
    if mark.unconfirmed:
        return inks().warning
    return QColor("#ffffff") if mark.selected else inks().mark


def paint_text_plate(painter: QPainter, box: Box, lines: Sequence[str], color: QColor) -> None:
    """Lines of text on a dark plate."""
    if not lines:
        return
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * PAD_PX
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks().plate)
    painter.drawRoundedRect(QRectF(box.x, box.y, width, box.height), 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(color)
    for i, line in enumerate(lines):
        painter.drawText(QPointF(box.x + PAD_PX, box.y + PAD_PX / 2 + (i + 0.77) * LINE_PX), line)


def paint_letters(painter: QPainter, letters: tuple[str, str, str, str], size_px: tuple[int, int]) -> None:
    """Letters of the sides: left, right, top, bottom; the second and third letter of a slanting side are smaller."""
    width, height = size_px
    left, right, top, bottom = letters
    _side(painter, left, MARGIN, height / 2, 0.0)
    _side(painter, right, width - MARGIN, height / 2, 1.0)
    _side(painter, top, width / 2, MARGIN + 6, 0.5)
    _side(painter, bottom, width / 2, height - MARGIN - 6, 0.5)


def _side(painter: QPainter, letters: str, x: float, y: float, pull: float) -> None:
    if not letters:
        return
    big, small = QFontMetricsF(font(15, True)), QFontMetricsF(font(13, True))
    first, rest = letters[0], letters[1:]
    start = x - pull * (big.horizontalAdvance(first) + (small.horizontalAdvance(rest) if rest else 0))
    base = y + big.ascent() / 2 - 2
    painter.setFont(font(15, True))
    _outlined(painter, start, base, first, QColor("#f4d9a0"))
    if rest:
        painter.setFont(font(13, True))
        _outlined(painter, start + big.horizontalAdvance(first), base, rest, QColor("#f4d9a0"))


def paint_corners(painter: QPainter, corners: Corners, size_px: tuple[int, int]) -> None:
    """Corner texts on a thin plate each: legible on bone, lung and the grey of a difference.

    Where two lines above do not fit beside each other the quiet one (patient, house, examination) is cut; else the right corner moves
    inwards, row by row, so that neither a slice number nor a warning is cut; where the outermost row would meet the letter in the middle of its
    side, both corners leave it a row.
    """
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    width, height = size_px
    half = width / 2 - MARGIN - 16

    def wide(line: TextLine) -> float:
        return metrics.horizontalAdvance(line.text)

    for left, right, bottom in ((corners.top_left, corners.top_right, False), (corners.bottom_left, corners.bottom_right, True)):
        near = list(reversed(left)) if bottom else list(left)
        far = list(reversed(right)) if bottom else list(right)
        for row, (a, b) in enumerate([] if bottom else zip(near, far, strict=False)):  # below stands whether pixels are interpolated
            near[row], far[row] = _side_by_side(metrics, a, b, width - 3 * MARGIN)
        shift = next(
            k for k in range(len(near) + 1) if all(wide(a) + wide(b) + 3 * MARGIN <= width for a, b in zip(near[k:], far, strict=False))
        )
        outer = [wide(line) for line in (*near[:1], *(far[:1] if shift == 0 else ()))]
        away = LINE if max(outer, default=0.0) > half else 0
        for slot, line, at_right in (*((i, a, False) for i, a in enumerate(near)), *((i + shift, b, True) for i, b in enumerate(far))):
            # the scale bar stands at the left above the lower corner; the middle of a method's name goes before its version
            room = width - 2 * MARGIN - (64 if at_right and bottom and slot > len(near) else 0)
            text = metrics.elidedText(line.text, Qt.TextElideMode.ElideMiddle, room)
            long = metrics.horizontalAdvance(text)
            x = width - MARGIN - long if at_right else MARGIN
            y = height - MARGIN - away - slot * LINE - 3 if bottom else MARGIN + away + (slot + 0.7) * LINE
            painter.fillRect(QRectF(x - 3, y - 0.7 * LINE, long + 6, LINE), QColor(0, 0, 0, 130))
            _outlined(painter, x, y, text, _ink(line))


def _side_by_side(metrics: QFontMetricsF, left: TextLine, right: TextLine, room: float) -> tuple[TextLine, TextLine]:
    """Both lines in `room` pixels if cutting quiet ones does it: the right one first, each to a third at least."""
    if metrics.horizontalAdvance(left.text) + metrics.horizontalAdvance(right.text) <= room:
        return left, right

    def cut(line: TextLine, other: TextLine) -> TextLine:
        if line.role is not Role.QUIET:
            return line
        most = max(room - metrics.horizontalAdvance(other.text), room / 3)
        return replace(line, text=metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, most))

    right = cut(right, left)
    return cut(left, right), right


def paint_notice(painter: QPainter, size_px: tuple[int, int], *lines: str) -> None:
    """A quiet notice in the middle of a tile, wrapped to its width."""
    painter.setFont(font(13))
    wanted = QRectF(0, 0, min(size_px[0] - 48, 460), size_px[1])
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    text = "\n".join(line for line in lines if line)
    box = painter.boundingRect(wanted, flags, text)
    box.moveCenter(QPointF(size_px[0] / 2, size_px[1] / 2))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks().plate)
    painter.drawRoundedRect(box.adjusted(-14, -10, 14, 10), 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(inks().text)
    painter.drawText(box, flags, text)


# -- parts ------------------------------------------------------------------------------------------------------


def _smooth(shown: ResolvedSlice) -> bool:
    """Bilinear until single pixels are what the reader wants to see."""
    return shown.scale[0] < 12


def _clipped(painter: QPainter, shown: ResolvedSlice, image: QImage | None, target: QRectF, clip: QRectF) -> None:
    if image is None:
        return
    painter.save()
    painter.setClipRect(clip)
    painter.drawImage(target, image)
    painter.restore()


def _outlines(painter: QPainter, shown: ResolvedSlice, outlines: tuple[tuple[QColor, list[QLineF]], ...]) -> None:
    if not outlines:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.translate(shown.rect[0], shown.rect[1])
    painter.scale(*shown.scale)
    for color, lines in outlines:
        pen = QPen(color, 1.4)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawLines(lines)
    painter.restore()


def _shape(painter: QPainter, kind: RoiKind, handles: Sequence[tuple[float, float]]) -> None:
    if kind is RoiKind.POINT:
        (x, y), arm = handles[0], 6.0
        level = [QLineF(x - arm, y, x - 2, y), QLineF(x + 2, y, x + arm, y)]
        painter.drawLines([*level, QLineF(x, y - arm, x, y - 2), QLineF(x, y + 2, x, y + arm)])
        return
    if kind is RoiKind.LENGTH:
        first, second = QPointF(*handles[0]), QPointF(*handles[1])
        painter.drawLine(first, second)
        angle = math.atan2(second.y() - first.y(), second.x() - first.x()) + math.pi / 2
        tick = QPointF(4 * math.cos(angle), 4 * math.sin(angle))
        painter.drawLines([QLineF(first - tick, first + tick), QLineF(second - tick, second + tick)])
        return
    (cx, cy), a, b, angle = ellipse_of(handles)
    painter.save()
    painter.translate(cx, cy)
    painter.rotate(math.degrees(angle))
    painter.drawEllipse(QRectF(-a, -b, 2 * a, 2 * b))
    painter.restore()


def _label(painter: QPainter, mark: MarkPx) -> None:
    bounds, box = mark.bounds, mark.text_box
    centre = QPointF(bounds.x + bounds.width / 2, bounds.y + bounds.height / 2)
    near = QPointF(min(max(centre.x(), box.x), box.x + box.width), min(max(centre.y(), box.y), box.y + box.height))
    edge = QPointF(min(max(near.x(), bounds.x), bounds.x + bounds.width), min(max(near.y(), bounds.y), bounds.y + bounds.height))
    color = mark_color(mark)
    if math.hypot(edge.x() - near.x(), edge.y() - near.y()) > 14:
        painter.setPen(QPen(color, 1, Qt.PenStyle.DotLine))
        painter.drawLine(edge, near)
    lines = mark.lines if not mark.key else (*mark.lines[:-1], f"{mark.lines[-1]}  ★") if mark.lines else ()
    paint_text_plate(painter, box, lines, color)


def _cross(painter: QPainter, shown: ResolvedSlice, cross: CrossLines) -> None:
    """Lines with a gap where they meet, so that they never hide what they point at."""
    (x, y), (width, height) = cross.at, shown.size_px
    gap = 14.0
    x, y = math.floor(x) + 0.5, math.floor(y) + 0.5
    painter.setOpacity(0.8)
    painter.setPen(QPen(QColor(cross.upright_color), 1))
    painter.drawLines([QLineF(x, 0, x, y - gap), QLineF(x, y + gap, x, height)])
    painter.setPen(QPen(QColor(cross.level_color), 1))
    painter.drawLines([QLineF(0, y, x - gap, y), QLineF(x + gap, y, width, y)])
    painter.setOpacity(1.0)


def _divider(painter: QPainter, shown: ResolvedSlice) -> None:
    x, (width, height) = math.floor(shown.swipe_px) + 0.5, shown.size_px
    painter.setPen(QPen(inks().accent, 1))
    painter.drawLine(QLineF(x, 0, x, height))
    painter.setBrush(inks().accent)
    painter.setPen(Qt.PenStyle.NoPen)
    middle = height * 0.58
    painter.drawRoundedRect(QRectF(x - 4, middle - 18, 8, 36), 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    left, right = shown.swipe_labels
    y = middle - (LINE_PX + PAD_PX) / 2
    right = metrics.elidedText(right, Qt.TextElideMode.ElideRight, max(width - x - 30, 20))
    plate = LINE_PX + PAD_PX
    paint_text_plate(painter, Box(x - 12 - metrics.horizontalAdvance(left) - 2 * PAD_PX, y, 0, plate), (left,), inks().text)
    paint_text_plate(painter, Box(x + 12, y, 0, plate), (right,), inks().text)


def _scale(painter: QPainter, bar: ScaleBar, size_px: tuple[int, int], lines_below: int) -> None:
    """Upright at the left edge, above the corner text: there it never meets a text, however narrow the tile."""
    x, bottom = MARGIN + 0.5, math.floor(size_px[1] - MARGIN - (lines_below + 1) * LINE - 12) + 0.5
    top = bottom - bar.length_px
    path = QPainterPath(QPointF(x + 6, top))
    for xx, yy in ((x, top), (x, bottom), (x + 6, bottom)):
        path.lineTo(xx, yy)
    for color, pen_width in ((QColor(0, 0, 0, 170), 3.5), (inks().text, 1.4)):
        painter.setPen(QPen(color, pen_width))
        painter.drawPath(path)
    painter.setFont(font(13))
    _outlined(painter, x + 10, (top + bottom) / 2 + 5, bar.text, inks().text)


def _ink(line: TextLine) -> QColor:
    return {Role.TEXT: inks().text, Role.QUIET: inks().quiet, Role.WARNING: inks().warning}[line.role]


def _outlined(painter: QPainter, x: float, y: float, text: str, color: QColor) -> None:
    """Text with a dark rim: four shifted copies are enough at this size, and quicker than a stroked path."""
    painter.setPen(QColor(0, 0, 0, 190))
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(QPointF(x + dx, y + dy), text)
    painter.setPen(color)
    painter.drawText(QPointF(x, y), text)
