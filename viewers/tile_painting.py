"""Draws what stands over the images of a resolved tile: shapes, texts, scales, header and bar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.domain.geometry import PointPx
from app.i18n import tr
from app.viewing.labels import LINE_PX, PAD_PX
from app.viewing.resolve import Resolved
from app.viewing.screen import PairMode
from app.viewing.shapes.shape import Box
from app.viewing.viewport_texts import Chip, ChipTone, Header
from viewers.layers.shapes import paint_shapes
from viewers.painting import (
    corner_places,
    paint_colours,
    paint_corners,
    paint_cross,
    paint_divider,
    paint_letters,
    paint_notice,
    paint_scale,
    paint_text_plate,
)
from viewers.sequence_bar import paint_bar
from viewers.style import font, inks
from viewers.tile_painter import image_rect

_PAD = 10.0
_CHIP_HEIGHT, _GAP = 20.0, 6.0
#: a name is cut down to this before a limit of the image is left out
_LEAST_NAME = 36.0


def paint_graphics(painter: QPainter, shown: Resolved) -> None:
    """Scale bar, shapes with their texts, letters of the sides, texts, header and bar; of an image that is
    missing why it is, instead of what belongs to it.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    area = shown.area
    size = (round(area.width), round(area.height))
    painter.save()
    painter.setClipRect(image_rect(shown))
    if shown.is_missing:
        painter.translate(area.x, area.y)
    else:
        _paint_with_image(painter, shown, size)
    paint_corners(painter, shown.corners, size, shown.letters)
    if not shown.image.ready:
        paint_notice(painter, size, _waiting(shown))
    painter.restore()
    if shown.header is not None:
        paint_header(painter, shown.header, shown.size_px[0], round(area.y))
    if shown.bar is not None:
        paint_bar(painter, shown.bar)


def _paint_with_image(painter: QPainter, shown: Resolved, size: tuple[int, int]) -> None:
    """What lies where the image is; the painter's origin is that of the images afterwards."""
    area = shown.area
    if shown.cross is not None:
        paint_cross(painter, shown.size_px, shown.cross)
    if shown.is_divided:
        names = shown.beside.names if shown.beside is not None else (tr("Original"), tr("Processed"))
        paint_divider(painter, shown.size_px, shown.swipe_px, names)
    painter.translate(area.x, area.y)
    if shown.scale_bar is not None:  # below the shapes: its plate hides no figure of a measurement
        corners, bar = shown.corners, shown.scale_bar
        paint_scale(painter, bar, size, len(corners.bottom_right if bar.at_right else corners.bottom_left))
    if shown.colour_scale is not None:
        paint_colours(painter, shown.colour_scale, size, len(shown.corners.bottom_right))
    painter.translate(-area.x, -area.y)
    _paint_marks(painter, shown)
    painter.translate(area.x, area.y)
    paint_letters(painter, shown.letters, size)


def _paint_marks(painter: QPainter, shown: Resolved) -> None:
    """Shapes; of two images beside a divider each on its own side."""
    beside = shown.beside
    if beside is None or beside.mode is not PairMode.SWIPE:
        paint_shapes(painter, shown.marks)
        return
    width, height = shown.size_px
    for left, right, marks in (
        (0.0, shown.swipe_px, shown.marks),
        (shown.swipe_px, float(width), beside.shown.marks),
    ):
        painter.save()
        painter.setClipRect(QRectF(left, 0, right - left, height), Qt.ClipOperation.IntersectClip)
        paint_shapes(painter, marks)
        painter.restore()


def paint_seen(painter: QPainter, shown: Resolved) -> None:
    """Which of two images that are seen in turn is seen now."""
    beside = shown.beside
    if beside is None or beside.mode is not PairMode.FLICKER:
        return
    name = beside.names[1 if beside.turned else 0]
    painter.setFont(font(13))
    wide = QFontMetricsF(painter.font()).horizontalAdvance(name) + 2 * PAD_PX
    box = Box((shown.size_px[0] - wide) / 2, shown.area.y + 40, wide, LINE_PX + PAD_PX)
    paint_text_plate(painter, box, (name,), inks().text)


def _waiting(shown: Resolved) -> str:
    if shown.failed:
        return shown.failed
    if shown.image.shown is None:
        return tr("Loading images")
    return tr("Loading slice {n}", n=shown.image.index + 1)


def paint_header(painter: QPainter, header: Header, width: int, height: int) -> None:
    """What the tile shows: whose study, which images, where; at the right what must be known of them."""
    tokens = inks()
    painter.fillRect(0, 0, width, height, tokens.prior_header if header.prior else tokens.header)
    x = _PAD
    if header.prior:
        painter.fillRect(0, 0, 3, height, tokens.prior)
        x += 3
    room = width - _PAD
    painter.setFont(font(13))
    metrics = QFontMetricsF(painter.font())
    if header.tag:
        x = _paint_tag(painter, metrics, header, x, height)
    for chip, box in _chip_places(metrics, header, x, room, height):
        _paint_chip(painter, chip, box)
        room = box.left() - _GAP
    counted = metrics.horizontalAdvance(header.counted) + 10 if header.counted else 0
    x = _paint_words(painter, header.name, x, max(room - counted, x + _LEAST_NAME), height, strong=True) + 8
    whole = x + metrics.horizontalAdvance(header.where) <= room
    _paint_words(painter, header.where if whole else header.counted, x, room, height, strong=False)


def _chip_places(
    metrics: QFontMetricsF, header: Header, x: float, room: float, height: int
) -> Iterator[tuple[Chip, QRectF]]:
    """What limits an image is always said, and what was set by hand; that it is linked, in short where there
    is little room.
    """
    strong = QFontMetricsF(font(13, True))
    told = strong.horizontalAdvance(header.name) + metrics.horizontalAdvance(f"  {header.counted}") + 8
    for chip in sorted(header.chips, key=lambda chip: chip.tone is ChipTone.LINKED):
        said, least = chip, told if chip.short or chip.tone is not ChipTone.LIMIT else _LEAST_NAME
        wide = metrics.horizontalAdvance(said.text) + 16
        if chip.short and room - wide - _GAP < x + least:
            said, least = replace(chip, text=chip.short), _LEAST_NAME
            wide = metrics.horizontalAdvance(said.text) + 16
        if room - wide - _GAP >= x + least:
            yield said, QRectF(room - wide, (height - _CHIP_HEIGHT) / 2, wide, _CHIP_HEIGHT)
            room -= wide + _GAP


def tip_at(shown: Resolved, at: PointPx) -> str:
    """What the words under the pointer mean; "" where there are none, or they are plain."""
    point = QPointF(*at)
    if shown.header is not None and at[1] < shown.area.y:
        metrics = QFontMetricsF(font(13))
        x = _PAD + (3 if shown.header.prior else 0)
        if shown.header.tag:
            x += _tag_width(metrics, shown.header) + 8
        places = _chip_places(metrics, shown.header, x, shown.size_px[0] - _PAD, round(shown.area.y))
        return next((chip.tip for chip, box in places if box.contains(point)), "")
    point -= QPointF(shown.area.x, shown.area.y)
    size = (round(shown.area.width), round(shown.area.height))
    lines = corner_places(shown.corners, size, shown.letters)
    return next((placed.line.tip for placed in lines if placed.box.contains(point)), "")


def _tag_width(metrics: QFontMetricsF, header: Header) -> float:
    return metrics.horizontalAdvance(header.tag) + 12


def _paint_tag(painter: QPainter, metrics: QFontMetricsF, header: Header, x: float, height: int) -> float:
    tokens = inks()
    box = QRectF(x, (height - _CHIP_HEIGHT) / 2, _tag_width(metrics, header), _CHIP_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.prior if header.prior else tokens.accent_behind)
    painter.drawRoundedRect(box, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(tokens.on_prior if header.prior else tokens.accent_text)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, header.tag)
    return box.right() + 8


def _paint_words(painter: QPainter, words: str, x: float, end: float, height: int, *, strong: bool) -> float:
    if not words or end - x < 24:
        return x
    painter.setFont(font(13, strong))
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, end - x)
    painter.setPen(inks().text if strong else inks().muted)
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(x, 0, end - x, height), flags, text)
    return x + metrics.horizontalAdvance(text)


def _paint_chip(painter: QPainter, chip: Chip, box: QRectF) -> None:
    """Green: nothing is lost.  Dashed: a limit.  A pill: linked."""
    tokens = inks()
    ink = {ChipTone.DONE: tokens.done, ChipTone.LIMIT: tokens.quiet, ChipTone.LINKED: tokens.accent_text}[
        chip.tone
    ]
    inner = box.adjusted(0.5, 0.5, -0.5, -0.5)
    if chip.tone is ChipTone.LIMIT:
        painter.setPen(QPen(tokens.muted, 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(inner, 3, 3)
    elif chip.tone is ChipTone.LINKED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.accent_behind)
        painter.drawRoundedRect(box, _CHIP_HEIGHT / 2, _CHIP_HEIGHT / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, chip.text)
