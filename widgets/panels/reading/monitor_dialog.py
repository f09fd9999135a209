"""Calibrating the monitors: a bar is dragged to the length of something known that lies on the glass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.i18n import tr
from app.reading.monitors import MonitorController
from app.viewing.image_size import calibration_of
from app.viewing.monitors import Monitor, monitor_of
from app.viewing.wording import number
from widgets.command_ui import CommandUi
from widgets.elements import Choice, label, row
from widgets.form_dialog import FormDialog
from widgets.number_fields import NumberField
from widgets.theme import text_font, theme

#: width of cards of the size ID-1 (ISO/IEC 7810), height of a sheet A5 and of A4 across (ISO 216)
CARD_MM, A5_MM = 85.6, 148.0
_KNOWN = (("Bank card, long side", CARD_MM), ("Sheet A5, short side", A5_MM), ("Ruler or other", 100.0))
_HANDLE_PX, _HEIGHT_PX, _LEAST_PX = 14, 96, 60


class LengthBar(QWidget):
    """A bar whose right end is dragged, or moved by the arrow keys, by a pixel or with Shift by ten."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.length_px = 320.0
        self.setFixedHeight(_HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setAccessibleName(tr("Bar to be made as long as the thing on the glass"))

    def sizeHint(self) -> QSize:
        return QSize(640, _HEIGHT_PX)

    def put(self, length_px: float) -> None:
        """Another length, within the bar's room."""
        most = max(self.width() - 2 * _HANDLE_PX, _LEAST_PX)
        self.length_px = min(max(length_px, _LEAST_PX), most)
        self.setAccessibleDescription(tr("{count} px", count=number(self.length_px)))
        self.update()
        self.changed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.put(event.position().x() - _HANDLE_PX)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.put(event.position().x() - _HANDLE_PX)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        turn = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}.get(Qt.Key(event.key()))
        if turn is None:
            super().keyPressEvent(event)
        else:
            self.put(self.length_px + turn)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        box = QRectF(_HANDLE_PX, 8, self.length_px, _HEIGHT_PX - 16)
        painter.setPen(QPen(QColor(tokens.accent), 2 if self.hasFocus() else 1))
        painter.setBrush(QColor(tokens.accent_soft))
        painter.drawRect(box)
        painter.setPen(QPen(QColor(tokens.accent), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(
            QPointF(box.right(), box.center().y() - 14), QPointF(box.right(), box.center().y() + 14)
        )
        painter.setPen(QColor(tokens.on_accent_soft))
        painter.setFont(text_font())
        words = tr("Lay it here and drag this end to its length")
        painter.drawText(
            box.adjusted(8, 0, -12, 0), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words
        )
        painter.end()


class MonitorDialog(FormDialog):
    """Calibrates the monitor that the dialog stands on; it is moved to each of them in turn."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(ui, tr("Calibrate monitor"), tr("Keep calibration"), parent, width=720)
        self._ui = ui
        self.bar = LengthBar()
        self.thing = Choice()
        for title, mm in _KNOWN:
            self.thing.addItem(tr(title), mm)
        self.thing.setMinimumWidth(190)
        self.length_mm = NumberField()
        self.length_mm.setFixedWidth(112)
        self.length_mm.setRange(20.0, 400.0)
        self.length_mm.setDecimals(1)
        self.length_mm.setSuffix(" mm")
        self.length_mm.setValue(CARD_MM)
        self.length_mm.setAccessibleName(tr("Its length"))
        self.thing.setAccessibleName(tr("What lies on the glass"))
        self.here = label("", size="strong", wrap=True)
        self.found = label("", tone="muted", wrap=True)
        self.others = label("", tone="muted", wrap=True)
        form = QWidget()
        form.setLayout(row(label(tr("What lies on the glass")), self.thing, self.length_mm, None, gap=8))
        self.add_parts(self.here, form, self.bar, self.found, self.others)
        self.thing.currentIndexChanged.connect(lambda _: self.length_mm.setValue(self.thing.currentData()))
        self.length_mm.valueChanged.connect(lambda _: self._tell())
        self.bar.changed.connect(self._tell)
        self._tell()

    @property
    def monitor(self) -> Monitor:
        """The monitor that the dialog stands on now."""
        return monitor_of(self.screen())

    @property
    def px_per_mm(self) -> float:
        """Pixels of the device for a millimetre, by what the bar and the line say."""
        return self.bar.length_px * self.monitor.ratio / self.length_mm.value()

    def act(self) -> Callable[[], Any] | str:
        monitor, length_px = self.monitor, self.bar.length_px * self.monitor.ratio
        controller, mm = self._ui.session.get(MonitorController), self.length_mm.value()
        return lambda: controller.keep(monitor, length_px=length_px, length_mm=mm)

    def accept(self) -> None:
        self._ui.session.get(MonitorController).load()
        super().accept()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        handle = self.windowHandle()
        if handle is not None:
            handle.screenChanged.connect(self._moved)
        self._moved()

    def _moved(self, *_: object) -> None:
        """On this monitor the bar begins as long as the card would be by what is known of it."""
        known = calibration_of(self._ui.session.screen, self.monitor)
        dots = self.screen().physicalDotsPerInch() / 25.4
        per_mm = known.px_per_mm / self.monitor.ratio if known is not None else dots or 96 / 25.4
        self.bar.put(per_mm * self.length_mm.value())
        self._tell()

    def _tell(self) -> None:
        screen, monitor = self._ui.session.screen, self.monitor
        size = "×".join(map(str, monitor.size_px))
        self.here.setText(tr("Monitor {name} · {size} pixels", name=monitor.name, size=size))
        self.found.setText(tr("A pixel is {mm} mm wide by this.", mm=f"{1 / self.px_per_mm:.4f}"))
        lines = []
        for one in map(monitor_of, QGuiApplication.screens()):
            known = calibration_of(screen, one)
            state = (
                tr("calibrated {date}, {mm} mm", date=f"{known.at:%Y-%m-%d}", mm=f"{1 / known.px_per_mm:.4f}")
                if known is not None
                else tr("not calibrated")
            )
            lines.append(f"{one.name}: {state}")
        hint = tr("Move this window to another monitor to calibrate that one.") if len(lines) > 1 else ""
        self.others.setText("\n".join((*lines, hint)).strip())
