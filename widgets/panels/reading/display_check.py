"""The check of a monitor: the test pattern in its own pixels, what was seen of it, and what was measured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QScreen
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from app.i18n import tr
from app.reading.monitors import MonitorController
from app.viewing.display_pattern import Levels, check_pattern, luminance_field
from app.viewing.gsdf import LEVELS
from app.viewing.monitors import DisplayCheck, Monitor, monitor_of
from widgets.command_ui import CommandUi
from widgets.elements import label, push, row
from widgets.form_dialog import FormDialog

#: what is to be seen, by the names that a check keeps
QUESTIONS = {
    "five": "The 5 % square is seen in the black field",
    "ninety-five": "The 95 % square is seen in the white field",
    "fields": "All 16 fields differ, and the corners in each are seen",
    "ramps": "The ramps at both sides are even, without bands",
    "lines": "The lines in the corners and above are sharp, each by itself",
    "border": "The border is whole, the grid straight, no pixel is wrong",
}


_STEPS = {Qt.Key.Key_Space: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}


class PatternWindow(QWidget):
    """Test patterns over a whole monitor: the first, then the luminance steps; Space, the arrows and a click
    go on, Escape closes.
    """

    def __init__(self, parent: QWidget | None, screen: QScreen) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Test pattern"))
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.setGeometry(screen.geometry())
        self.page = 0

    def pattern(self) -> Levels:
        """What is shown, in pixels of the device."""
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        if self.page == 0:
            return check_pattern(width, height)
        return luminance_field(width, height, LEVELS[self.page - 1])

    def turn(self, step: int) -> None:
        """Another page; the last one is followed by the first."""
        self.page = (self.page + step) % (1 + len(LEVELS))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        levels = self.pattern()
        height, width = levels.shape
        image = QImage(levels.data, width, height, width, QImage.Format.Format_Grayscale8)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(0, 0, image)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride:  # its keys are no commands of the window behind
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() in _STEPS:
            self.turn(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.turn(1)


class DisplayCheckDialog(FormDialog):
    """Checks the monitor that the dialog stands on; it is moved to each of them in turn."""

    def __init__(self, ui: CommandUi, parent: QWidget) -> None:
        super().__init__(ui, tr("Check monitor"), tr("Keep check"), parent, width=620)
        self._ui = ui
        self.here = label("", size="strong", wrap=True)
        self.last = label("", tone="muted", wrap=True)
        self.show_button = push(tr("Show test pattern"), icon_name="photo")
        self.show_button.clicked.connect(self.show_pattern)
        hint = label(
            tr("Space goes on to the luminance steps, Escape closes the pattern."), tone="muted", wrap=True
        )
        self.boxes = {name: QCheckBox(tr(title)) for name, title in QUESTIONS.items()}
        self.measured = QLineEdit()
        self.measured.setPlaceholderText(
            tr("{n} luminances in cd/m², black to white, as far as measured", n=len(LEVELS))
        )
        self.measured.setAccessibleName(tr("Measured luminances"))
        shown = QWidget()
        line = row(self.show_button, hint, gap=12)
        line.setStretch(1, 1)
        shown.setLayout(line)
        self.add_parts(self.here, self.last, shown, *self.boxes.values(), self.measured)
        self.pattern: PatternWindow | None = None
        self._tell()

    @property
    def monitor(self) -> Monitor:
        """The monitor that the dialog stands on now."""
        return monitor_of(self.screen())

    def show_pattern(self) -> None:
        """Fill the monitor that the dialog stands on."""
        self.pattern = PatternWindow(self, self.screen())
        self.pattern.destroyed.connect(lambda: setattr(self, "pattern", None))
        self.pattern.showFullScreen()
        self.pattern.activateWindow()

    def act(self) -> Callable[[], Any] | str:
        luminances: list[float] = []
        for word in self.measured.text().replace(",", " ").replace(";", " ").split():
            try:
                luminances.append(float(word))
            except ValueError:
                return tr("“{text}” is no number.", text=word)
        failed = [name for name, box in self.boxes.items() if not box.isChecked()]
        controller, monitor = self._ui.session.get(MonitorController), self.monitor
        return lambda: controller.keep_check(monitor, failed, luminances)

    def accept(self) -> None:
        self._ui.session.get(MonitorController).remind(monitors())
        super().accept()

    def moveEvent(self, event: Any) -> None:
        super().moveEvent(event)
        self._tell()

    def _tell(self) -> None:
        monitor = self.monitor
        size = "×".join(map(str, monitor.size_px))
        self.here.setText(tr("Monitor {name} · {size} pixels", name=monitor.name, size=size))
        self.last.setText(_words(self._ui.session.get(MonitorController).checks.get(monitor.key)))


def monitors() -> list[Monitor]:
    """The monitors that are there."""
    return [monitor_of(screen) for screen in QGuiApplication.screens()]


def _words(last: DisplayCheck | None) -> str:
    """When a monitor was checked, and with what result."""
    if last is None:
        return tr("This monitor was never checked.")
    parts = [tr("Last checked {date} by {person}", date=f"{last.at:%Y-%m-%d}", person=last.by)]
    parts.append(tr("passed") if last.passed else tr("not passed"))
    if last.deviation is not None:
        parts.append(tr("off the display function by {percent} %", percent=f"{100 * last.deviation:.0f}"))
    return " · ".join(parts)
