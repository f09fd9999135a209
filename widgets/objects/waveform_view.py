"""Curves over time on millimetre paper: 25 mm a second, 10 mm a millivolt, larger or smaller as wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from app.domain.waveform import Channel, MultiplexGroup
from app.i18n import tr
from widgets.theme import theme

MM_PER_SECOND, MM_PER_MILLIVOLT = 25.0, 10.0
_LANE_MM, _MARGIN_MM = 30.0, 10.0
_TO_MILLIVOLT = {"uV": 1e-3, "mV": 1.0, "V": 1e3}
_INCH_MM = 25.4
#: samples of one pixel beyond which a curve is drawn by its lowest and highest value there
_DENSE = 2.0


class WaveformPaper(QWidget):
    """All channels of a group, one below the other."""

    def __init__(self, group: MultiplexGroup) -> None:
        super().__init__()
        self.group = group
        self.zoom = 1.0
        self.setAccessibleName(group.label or tr("Waveform"))
        self._fit()

    @property
    def px_per_mm(self) -> float:
        """Pixels of the screen that a millimetre of paper has."""
        return self.logicalDpiX() / _INCH_MM * self.zoom

    def set_zoom(self, zoom: float) -> None:
        """Larger or smaller paper."""
        self.zoom = min(8.0, max(0.25, zoom))
        self._fit()
        self.update()

    def _fit(self) -> None:
        width = (self.group.duration_s * MM_PER_SECOND + 2 * _MARGIN_MM) * self.px_per_mm
        height = (len(self.group.channels) * _LANE_MM + 2 * _MARGIN_MM) * self.px_per_mm
        self.setFixedSize(QSize(round(width), round(height)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = event.rect()
        painter.fillRect(area, QColor(theme().paper))
        self._paint_grid(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for number, channel in enumerate(self.group.channels):
            self._paint_channel(painter, area, number, channel)

    def _paint_grid(self, painter: QPainter, area: QRect) -> None:
        """A line a millimetre where there is room, a stronger one every five."""
        step = self.px_per_mm
        for every, width in ((1, 1), (5, 2)):
            if step * every < 3:
                continue
            painter.setPen(QPen(QColor(theme().line), width))
            lines = []
            for n in range(int(area.left() / step / every), int(area.right() / step / every) + 2):
                lines.append(QLineF(n * every * step, area.top(), n * every * step, area.bottom()))
            for n in range(int(area.top() / step / every), int(area.bottom() / step / every) + 2):
                lines.append(QLineF(area.left(), n * every * step, area.right(), n * every * step))
            painter.drawLines(lines)

    def _paint_channel(self, painter: QPainter, area: QRect, number: int, channel: Channel) -> None:
        mm = self.px_per_mm
        middle = (_MARGIN_MM + (number + 0.5) * _LANE_MM) * mm
        if not QRectF(0, middle - _LANE_MM * mm, 1, 2 * _LANE_MM * mm).intersects(
            QRectF(0, area.top(), 1, area.height())
        ):
            return
        scale, zero, note = scale_of(channel)
        painter.setPen(QPen(QColor(theme().text), 1.2))
        per_px = self.group.frequency_hz / (MM_PER_SECOND * mm)
        left = _MARGIN_MM * mm
        first = max(0, int((area.left() - left) * per_px) - 2)
        last = int((area.right() - left) * per_px) + 2
        for run in runs(channel.values[first:last], per_px):
            x = left + (first + run[:, 0]) / per_px
            y = middle - (run[:, 1] - zero) * scale * mm
            painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x, y, strict=True)]))
        painter.setPen(QColor(theme().muted))
        painter.drawText(QPointF(left, middle - 0.4 * _LANE_MM * mm), f"{channel.name}  {note}")


def scale_of(channel: Channel) -> tuple[float, float, str]:
    """Millimetres of paper for one unit, the value at the middle of the lane, and what to say of them."""
    if channel.unit in _TO_MILLIVOLT:
        return MM_PER_MILLIVOLT * _TO_MILLIVOLT[channel.unit], 0.0, ""
    values = channel.values[np.isfinite(channel.values)]
    if not len(values):
        return 1.0, 0.0, channel.unit
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0
    return 0.8 * _LANE_MM / span, (low + high) / 2, f"{low:g} … {high:g} {channel.unit}".rstrip()


def runs(values: NDArray[np.float32], per_px: float) -> list[NDArray[np.float64]]:
    """Unbroken parts of a curve as (sample, value), shape (n, 2); where samples are dense, their lowest and
    highest value for each pixel.
    """
    known = np.isfinite(values)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    found = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = values[start:end].astype(np.float64)
        at = np.arange(start, end, dtype=np.float64)
        if per_px > _DENSE:
            step = int(per_px)
            count = len(part) // step
            blocks = part[: count * step].reshape(count, step)
            ends = np.stack((blocks.min(axis=1), blocks.max(axis=1)), axis=1).reshape(-1)
            at, part = np.repeat(at[: count * step : step], 2), ends
        if len(part) > 1:
            found.append(np.stack((at, part), axis=1))
    return found


class WaveformView(QScrollArea):
    """The paper in a window; Ctrl and the wheel make it larger and smaller."""

    def __init__(self, group: MultiplexGroup) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.paper = WaveformPaper(group)
        self.setWidget(self.paper)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.paper.set_zoom(self.paper.zoom * 1.2 ** (event.angleDelta().y() / 120))
            event.accept()
            return
        super().wheelEvent(event)
