"""Parts of a tile with QPainter: texts, letters, lines; the same in the window and in a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from app.viewing.graphics import ColourScale, Corners, CrossLines, Role, ScaleBar, TextLine
from app.viewing.image_plane import Letters
from app.viewing.labels import LINE_PX, PAD_PX, TEXT_PX
from app.viewing.shapes.shape import Box
from viewers.style import LINE, MARGIN, font, inks
from viewers.text_stamps import Run, Stamps, metrics_of, width_px

#: width of the colours of a table
_COLOURS_PX = 10


def paint_text_plate(
    painter: QPainter, box: Box, lines: Sequence[str], color: QColor, text_px: float = TEXT_PX
) -> None:
    """Lines of text on a dark plate."""
    if not lines:
        return
    painter.setFont(font(round(text_px)))
    metrics = QFontMetricsF(painter.font())
    pad, line_px = PAD_PX * text_px / TEXT_PX, LINE_PX * text_px / TEXT_PX
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * pad
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks().plate)
    painter.drawRoundedRect(QRectF(box.x, box.y, width, box.height), 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(color)
    for i, line in enumerate(lines):
        painter.drawText(QPointF(box.x + pad, box.y + pad / 2 + (i + 0.77) * line_px), line)


#: pixels of smooth lines that are drawn in good time; a stroke across a tile
_MOST_SMOOTH_PX, _ACROSS_PX = 60_000.0, 2000.0


class SmoothLines:
    """Which lines of one picture are drawn smoothly: until there are so many that it takes too long."""

    def __init__(self, most_px: float = _MOST_SMOOTH_PX) -> None:
        self._left = most_px

    def takes(self, path: QPainterPath) -> bool:
        """The line can be drawn smoothly; else it is to be a plain one."""
        cost = min(path.length(), path.elementCount() * _ACROSS_PX)
        if cost > self._left:
            return False
        self._left -= cost
        return True


def paint_plain(painter: QPainter, path: QPainterPath, ink: QColor) -> None:
    """A thin line without smooth edges."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(ink, 1))
    painter.drawPath(path)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


#: where nobody says which letters there are: one at each side
_ALL_LETTERS: Letters = ("R", "L", "H", "F")
#: ink of the letters of the sides
_LETTERS = QColor("#f4d9a0")


def paint_letters(painter: QPainter, letters: Letters, size_px: tuple[int, int]) -> None:
    """Letters of the sides: left, right, top, bottom; the second and third letter of a slanting side are
    smaller.
    """
    width, height = size_px
    left, right, top, bottom = letters
    stamps, middle = Stamps(painter), metrics_of(15, True).ascent() / 2 - 2
    for side, x, y, pull in (
        (left, MARGIN, height / 2, 0.0),
        (right, width - MARGIN, height / 2, 1.0),
        (top, width / 2, MARGIN + 6, 0.5),
        (bottom, width / 2, height - MARGIN - 6, 0.5),
    ):
        if side:
            runs = _letter_runs(side)
            stamps.put(x - pull * sum(width_px(*run) for run in runs), y + middle, _LETTERS, *runs)


@cache
def _letter_runs(letters: str) -> tuple[Run, ...]:
    first, rest = letters[0], letters[1:]
    return ((first, 15, True), (rest, 13, True)) if rest else ((first, 15, True),)


def paint_corners(
    painter: QPainter, corners: Corners, size_px: tuple[int, int], letters: Letters = _ALL_LETTERS
) -> None:
    """Corner texts on a thin plate each: legible on bone, lung and the grey of a difference; clear of the
    letters that there are.
    """
    stamps = Stamps(painter)
    for placed in corner_places(corners, size_px, letters):
        stamps.put(placed.x, placed.y, _ink(placed.line), (placed.text, 13, False))


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A corner line where it stands: `text` may be cut, (x, y) is the beginning of its base line."""

    line: TextLine
    text: str
    x: float
    y: float
    width: float

    @property
    def box(self) -> QRectF:
        """Its plate."""
        return QRectF(self.x - 3, self.y - 0.7 * LINE, self.width + 6, LINE)


def corner_places(
    corners: Corners, size_px: tuple[int, int], letters: Letters = _ALL_LETTERS
) -> Iterator[PlacedLine]:
    """Where the lines of the corners stand.

    Where two lines above do not fit beside each other the quiet one (patient, house, examination) is cut;
    else the right corner moves inwards, row by row, so that neither a slice number nor a warning is cut;
    where the outermost row would meet the letter in the middle of its side, both corners leave it a row.
    """
    metrics = metrics_of(13)
    width, height = size_px
    half = width / 2 - MARGIN - 16

    def wide(line: TextLine) -> float:
        return width_px(line.text, 13)

    for left, right, bottom in (
        (corners.top_left, corners.top_right, False),
        (corners.bottom_left, corners.bottom_right, True),
    ):
        near = list(reversed(left)) if bottom else list(left)
        far = list(reversed(right)) if bottom else list(right)
        for row, (a, b) in enumerate(
            [] if bottom else zip(near, far, strict=False)
        ):  # below stands whether pixels are interpolated
            near[row], far[row] = _side_by_side(metrics, a, b, width - 3 * MARGIN)
        shift = next(
            k
            for k in range(len(near) + 1)
            if all(wide(a) + wide(b) + 3 * MARGIN <= width for a, b in zip(near[k:], far, strict=False))
        )
        outer = [wide(line) for line in (*near[:1], *(far[:1] if shift == 0 else ()))]
        letter = letters[3 if bottom else 2]
        away = LINE if letter and max(outer, default=0.0) > half else 0
        for slot, line, at_right in (
            *((i, a, False) for i, a in enumerate(near)),
            *((i + shift, b, True) for i, b in enumerate(far)),
        ):
            # the scale bar stands at the left above the lower corner; the middle of a method's name goes
            # before its version
            room = width - 2 * MARGIN - (64 if at_right and bottom and slot > len(near) else 0)
            text = line.text
            if wide(line) > room:
                text = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            long = width_px(text, 13)
            x = width - MARGIN - long if at_right else MARGIN
            y = height - MARGIN - away - slot * LINE - 3 if bottom else MARGIN + away + (slot + 0.7) * LINE
            yield PlacedLine(line, text, x, y, long)


def _side_by_side(
    metrics: QFontMetricsF, left: TextLine, right: TextLine, room: float
) -> tuple[TextLine, TextLine]:
    """Both lines in `room` pixels if cutting quiet ones does it: the right one first, each to a third at
    least.
    """
    if width_px(left.text, 13) + width_px(right.text, 13) <= room:
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


def paint_cross(painter: QPainter, size_px: tuple[int, int], cross: CrossLines) -> None:
    """Lines with a gap where they meet, so that they never hide what they point at."""
    (x, y), (width, height) = cross.at, size_px
    gap = 14.0
    x, y = math.floor(x) + 0.5, math.floor(y) + 0.5
    style = Qt.PenStyle.DashLine if cross.by_offset else Qt.PenStyle.SolidLine
    painter.setOpacity(0.8)
    painter.setPen(QPen(QColor(cross.upright_color), 1, style))
    painter.drawLines([QLineF(x, 0, x, y - gap), QLineF(x, y + gap, x, height)])
    painter.setPen(QPen(QColor(cross.level_color), 1, style))
    painter.drawLines([QLineF(0, y, x - gap, y), QLineF(x + gap, y, width, y)])
    painter.setOpacity(1.0)


def paint_divider(
    painter: QPainter, size_px: tuple[int, int], swipe_px: float, labels: tuple[str, str]
) -> None:
    """The line between the original and the processed images, with what is on which side."""
    x, (width, height) = math.floor(swipe_px) + 0.5, size_px
    painter.setPen(QPen(inks().accent, 1))
    painter.drawLine(QLineF(x, 0, x, height))
    painter.setBrush(inks().accent)
    painter.setPen(Qt.PenStyle.NoPen)
    middle = height * 0.58
    painter.drawRoundedRect(QRectF(x - 4, middle - 18, 8, 36), 4, 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    left, right = labels
    y = middle - (LINE_PX + PAD_PX) / 2
    right = metrics.elidedText(right, Qt.TextElideMode.ElideRight, max(width - x - 30, 20))
    plate = LINE_PX + PAD_PX
    paint_text_plate(
        painter, Box(x - 12 - metrics.horizontalAdvance(left) - 2 * PAD_PX, y, 0, plate), (left,), inks().text
    )
    paint_text_plate(painter, Box(x + 12, y, 0, plate), (right,), inks().text)


def paint_scale(painter: QPainter, bar: ScaleBar, size_px: tuple[int, int], lines_below: int) -> None:
    """Upright at an edge, above the corner text: there it never meets a text, however narrow the tile."""
    x, inwards = (size_px[0] - MARGIN - 0.5, -1) if bar.at_right else (MARGIN + 0.5, 1)
    x += round(bar.inset_px) * inwards
    bottom = math.floor(size_px[1] - MARGIN - (lines_below + 1) * LINE - 12) + 0.5
    top = bottom - bar.length_px
    path = QPainterPath(QPointF(x + 6 * inwards, top))
    for xx, yy in ((x, top), (x, bottom), (x + 6 * inwards, bottom)):
        path.lineTo(xx, yy)
    for color, pen_width in ((QColor(0, 0, 0, 170), 3.5), (inks().text, 1.4)):
        painter.setPen(QPen(color, pen_width))
        painter.drawPath(path)
    before = x - 10 - width_px(bar.text, 13) if bar.at_right else x + 10
    paint_plated(painter, before, (top + bottom) / 2 + 5, bar.text, inks().text)


def paint_colours(painter: QPainter, scale: ColourScale, size_px: tuple[int, int], lines_below: int) -> None:
    """Upright at the right edge, between the letter of the side and the corner text, its ends in words."""
    top, bottom = size_px[1] / 2 + 2 * LINE, size_px[1] - MARGIN - lines_below * LINE - 2 * LINE
    if bottom - top < 2 * LINE:
        return
    box = QRectF(size_px[0] - MARGIN - _COLOURS_PX, top, _COLOURS_PX, bottom - top)
    entries = len(scale.rgb) // 3
    colours = QImage(1, entries, QImage.Format.Format_RGB32)
    for n in range(entries):
        row = n if scale.inverse else entries - 1 - n
        colours.setPixelColor(0, row, QColor(*scale.rgb[3 * n : 3 * n + 3]))
    painter.drawImage(box, colours)
    painter.setPen(QPen(inks().text, 1))
    painter.drawRect(box)
    for text, y in ((scale.high, top + 10), (scale.low, bottom)):
        paint_plated(painter, box.left() - 8 - width_px(text, 13), y, text, inks().text)


def _ink(line: TextLine) -> QColor:
    return {Role.TEXT: inks().text, Role.QUIET: inks().quiet, Role.WARNING: inks().warning}[line.role]


def paint_plated(painter: QPainter, x: float, y: float, text: str, color: QColor) -> None:
    """One line of text on a plate."""
    Stamps(painter).put(x, y, color, (text, 13, False))
