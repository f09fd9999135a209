"""How the values in a region are spread, drawn as bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.i18n import tr
from app.viewing.shapes.concepts import quantity_of
from app.viewing.shapes.distribution import Distribution
from app.viewing.shapes.words import unit_text
from app.viewing.wording import decimals_of, number
from widgets.theme import text_font, theme

#: height of the bars, and of the line of figures below them
BARS_PX, FIGURES_PX = 72, 20


class HistogramChart(QWidget):
    """Bars over an axis that names its ends; a line stands at the mean.  The tooltip tells a bar.  What is
    counted are pixels, or `voxels`.
    """

    def __init__(self, shown: Distribution, mean: float, *, voxels: bool = False) -> None:
        super().__init__()
        self.shown, self.mean = shown, mean
        self._count = tr("Voxels {n}", n=shown.size) if voxels else tr("Pixels {n}", n=shown.size)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(BARS_PX + FIGURES_PX)
        low, high = self._ends()
        self.setAccessibleName(
            tr("Histogram · {count} · {low} to {high}", count=self._count, low=low, high=high)
        )

    def sizeHint(self) -> QSize:
        return QSize(240, BARS_PX + FIGURES_PX)

    def bar_at(self, x: float) -> int | None:
        """The bar over a place; None beside them."""
        found = int(x / max(self.width(), 1) * len(self.shown.counts))
        return found if x >= 0 and found < len(self.shown.counts) else None

    def words_of(self, bar: int) -> str:
        """What a bar holds."""
        step = (self.shown.high - self.shown.low) / len(self.shown.counts)
        low = self.shown.low + bar * step
        return tr(
            "{low} to {high}: {n} · {count}",
            low=self._number(low),
            high=self._number(low + step),
            n=self.shown.counts[bar],
            count=self._count,
        )

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            bar = self.bar_at(event.pos().x())
            if bar is not None:
                QToolTip.showText(event.globalPos(), self.words_of(bar), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        width, most = self.width() / len(self.shown.counts), max(self.shown.counts)
        gap = 1.0 if width >= 3 else 0.0
        for at, count in enumerate(self.shown.counts):
            height = BARS_PX * count / most
            painter.drawRect(QRectF(at * width, BARS_PX - height, width - gap, height))
        painter.setPen(QPen(QColor(tokens.muted), 1))
        painter.drawLine(QPointF(0, BARS_PX + 0.5), QPointF(self.width(), BARS_PX + 0.5))
        share = (self.mean - self.shown.low) / max(self.shown.high - self.shown.low, 1e-12)
        painter.setPen(QPen(QColor(tokens.text), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(share * self.width(), 0), QPointF(share * self.width(), BARS_PX))
        painter.setPen(QColor(tokens.muted))
        painter.setFont(text_font())
        line, (low, high) = QRectF(0, BARS_PX + 2, self.width(), FIGURES_PX - 2), self._ends()
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, high)
        painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, self._count)
        painter.end()

    def _ends(self) -> tuple[str, str]:
        unit = unit_text(self.shown.unit)
        return self._number(self.shown.low), f"{self._number(self.shown.high)} {unit}".strip()

    def _number(self, value: float) -> str:
        spread = self.shown.high - self.shown.low
        return number(value, decimals_of(quantity_of(self.shown.unit), spread))
