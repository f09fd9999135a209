"""The bar at the lower edge of a tile: plays, says where a sequence stands, from where to where, how fast
and in which mode it plays.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from app.domain.geometry import PointPx
from app.i18n import tr
from app.viewing.screen import PlayMode
from app.viewing.sequence_state import SequenceBar
from viewers.style import font, inks

_STEP_PX, _MODE_PX, _RATE_PAD_PX = 20.0, 28.0, 4.0
#: half the width of what an end is taken by
_END_PX = 7.0
#: a bar that is narrower plays and tells the position only; the keys and the menu have the rest
_LEAST_WITH_RATE_PX = 320.0


class BarPart(StrEnum):
    """What of the bar is under the pointer."""

    PLAY = "play"
    TRACK = "track"
    FIRST = "first"
    LAST = "last"
    SLOWER = "slower"
    FASTER = "faster"
    MODE = "mode"


def part_at(bar: SequenceBar, at: PointPx) -> BarPart:
    """The part at a point of the bar; the position's track where it is no other."""
    first, last = (end_box(bar, end) for end in bar.ends)
    boxes = {
        BarPart.FIRST: first,
        BarPart.LAST: last,
        BarPart.PLAY: play_box(bar),
        BarPart.SLOWER: slower_box(bar),
        BarPart.FASTER: faster_box(bar),
        BarPart.MODE: mode_box(bar),
    }
    return next((part for part, box in boxes.items() if box.contains(QPointF(*at))), BarPart.TRACK)


def position_at(bar: SequenceBar, at: PointPx) -> int:
    """The position nearest to a point of the track; the ends hold."""
    track = track_box(bar)
    share = (at[0] - track.left()) / max(track.width(), 1)
    return round(min(max(share, 0.0), 1.0) * (bar.count - 1))


def part_words(part: BarPart, bar: SequenceBar) -> str:
    """What a click does."""
    return {
        BarPart.PLAY: tr("Play or stop"),
        BarPart.TRACK: "",
        BarPart.FIRST: tr("First that plays: {n}; drag to change", n=bar.ends[0] + 1),
        BarPart.LAST: tr("Last that plays: {n}; drag to change", n=bar.ends[1] + 1),
        BarPart.SLOWER: tr("Play slower"),
        BarPart.FASTER: tr("Play faster"),
        BarPart.MODE: tr("Play back and forth") if bar.mode is PlayMode.LOOP else tr("Play in a loop"),
    }[part]


# -- places -------------------------------------------------------------------------------------------------


def play_box(bar: SequenceBar) -> QRectF:
    """Where the bar plays and stops."""
    return QRectF(bar.box.x + 4, bar.box.y, bar.box.height, bar.box.height)


def track_box(bar: SequenceBar) -> QRectF:
    """Where the bar's position is dragged."""
    left = play_box(bar).right() + 12
    right = slower_box(bar).left() - _text_width(bar) - 24
    return QRectF(left, bar.box.y, max(right - left, 0), bar.box.height)


def end_box(bar: SequenceBar, position: int) -> QRectF:
    """Below the track: where an end of what plays is taken; none on a bar that has no room for more."""
    if not _has_rate(bar):
        return QRectF()
    track = track_box(bar)
    return QRectF(_x_of(bar, position) - _END_PX, track.center().y() + 4, 2 * _END_PX, track.height() / 2 - 4)


def _x_of(bar: SequenceBar, position: int) -> float:
    track = track_box(bar)
    return track.left() + position / max(bar.count - 1, 1) * track.width()


def mode_box(bar: SequenceBar) -> QRectF:
    """Where loop and back and forth are exchanged."""
    wide = _MODE_PX if _has_rate(bar) else 0.0
    return QRectF(bar.box.x + bar.box.width - wide, bar.box.y, wide, bar.box.height)


def faster_box(bar: SequenceBar) -> QRectF:
    """Right of the rate."""
    wide = _STEP_PX if _has_rate(bar) else 0.0
    return QRectF(mode_box(bar).left() - wide, bar.box.y, wide, bar.box.height)


def slower_box(bar: SequenceBar) -> QRectF:
    """Left of the rate."""
    wide = _STEP_PX if _has_rate(bar) else 0.0
    return QRectF(_rate_box(bar).left() - wide, bar.box.y, wide, bar.box.height)


def _rate_box(bar: SequenceBar) -> QRectF:
    wide = _width(bar.rate_text) + 2 * _RATE_PAD_PX if _has_rate(bar) else 0.0
    return QRectF(faster_box(bar).left() - wide, bar.box.y, wide, bar.box.height)


def _has_rate(bar: SequenceBar) -> bool:
    return bar.box.width >= _LEAST_WITH_RATE_PX


def _text_width(bar: SequenceBar) -> float:
    """Room of the bar's text; half of the bar at most."""
    return min(_width(bar.text), bar.box.width / 2)


def _width(text: str) -> float:
    return QFontMetricsF(font(13)).horizontalAdvance(text)


# -- drawing ------------------------------------------------------------------------------------------------


def paint_bar(painter: QPainter, bar: SequenceBar) -> None:
    """All parts."""
    box = bar.box
    painter.fillRect(QRectF(box.x, box.y, box.width, box.height), inks().header)
    _paint_play(painter, play_box(bar), playing=bar.playing)
    _paint_track(painter, bar)
    painter.setFont(font(13))
    painter.setPen(inks().text)
    wide = _text_width(bar)
    text = QFontMetricsF(painter.font()).elidedText(bar.text, Qt.TextElideMode.ElideRight, wide + 1)
    right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
    painter.drawText(QRectF(box.x, box.y, slower_box(bar).left() - box.x - 10, box.height), right, text)
    if _has_rate(bar):
        painter.drawText(_rate_box(bar), Qt.AlignmentFlag.AlignCenter, bar.rate_text)
        _paint_chevron(painter, slower_box(bar), -1)
        _paint_chevron(painter, faster_box(bar), 1)
        _paint_mode(painter, mode_box(bar), bar.mode)


def _paint_track(painter: QPainter, bar: SequenceBar) -> None:
    tokens, track = inks(), track_box(bar)
    middle, x = track.center().y(), _x_of(bar, bar.position)
    first, last = (_x_of(bar, end) for end in bar.ends)
    fewer = bar.ends != (0, bar.count - 1)
    lines = [(tokens.line, track.left(), track.right()), (tokens.accent, first, min(max(x, first), last))]
    if fewer:
        lines.insert(1, (tokens.accent_behind, first, last))
    for color, begin, end in lines:
        painter.setPen(QPen(color, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(begin, middle), QPointF(end, middle))
    painter.setPen(Qt.PenStyle.NoPen)
    if _has_rate(bar):
        painter.setBrush(tokens.accent if fewer else tokens.quiet)
        for end in (first, last):
            corners = ((0.0, 5.5), (-4.0, 11.0), (4.0, 11.0))
            painter.drawPolygon(QPolygonF([QPointF(end + dx, middle + dy) for dx, dy in corners]))
    painter.setBrush(tokens.text)
    painter.drawEllipse(QPointF(x, middle), 5, 5)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_play(painter: QPainter, box: QRectF, *, playing: bool) -> None:
    centre = box.center()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks().accent if playing else inks().text)
    if playing:
        for dx in (-5, 2):
            painter.drawRect(QRectF(centre.x() + dx, centre.y() - 6, 3.5, 12))
    else:
        points = ((-4.0, -6.5), (7.0, 0.0), (-4.0, 6.5))
        path = QPainterPath()
        path.addPolygon(QPolygonF([QPointF(centre.x() + x, centre.y() + y) for x, y in points]))
        path.closeSubpath()
        painter.drawPath(path)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _pen() -> QPen:
    return QPen(inks().quiet, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _line(painter: QPainter, centre: QPointF, points: tuple[tuple[float, float], ...]) -> None:
    painter.drawPolyline(QPolygonF([centre + QPointF(x, y) for x, y in points]))


def _paint_chevron(painter: QPainter, box: QRectF, side: int) -> None:
    painter.setPen(_pen())
    _line(painter, box.center(), ((-2.5 * side, -4), (1.5 * side, 0), (-2.5 * side, 4)))


def _paint_mode(painter: QPainter, box: QRectF, mode: PlayMode) -> None:
    """Round and round, or an arrow to both sides."""
    painter.setPen(_pen())
    centre = box.center()
    if mode is PlayMode.BOUNCE:
        _line(painter, centre, ((-7, 0), (7, 0)))
        _line(painter, centre, ((-4, -3.5), (-7.5, 0), (-4, 3.5)))
        _line(painter, centre, ((4, -3.5), (7.5, 0), (4, 3.5)))
        return
    around = QRectF(centre.x() - 6, centre.y() - 6, 12, 12)
    painter.drawArc(around, 60 * 16, 300 * 16)
    _line(painter, centre, ((6, -6.5), (6, -2), (1.5, -2)))
