"""One number of a method, set by a slider."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider, QWidget

from app.domain.inference import Parameter
from app.i18n import tr
from widgets.elements import column, label, row


class ParameterSlider(QWidget):
    """A parameter with its bounds."""

    STEPS = 200

    def __init__(self, parameter: Parameter, changed: Callable[[], object]) -> None:
        super().__init__()
        self.parameter = parameter
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, self.STEPS)
        self.slider.setAccessibleName(tr(parameter.title))
        self.text = label()
        span = parameter.high - parameter.low
        self.slider.setValue(round((parameter.default - parameter.low) / span * self.STEPS) if span else 0)
        ends = row(
            label(f"{parameter.low:g}", tone="muted"),
            None,
            label(f"{parameter.high:g} {parameter.unit}".strip(), tone="muted"),
        )
        self.setLayout(column(row(label(tr(parameter.title)), None, self.text), self.slider, ends, gap=2))
        self.slider.valueChanged.connect(lambda _: self._show())
        self.slider.valueChanged.connect(lambda _: changed())
        self._show()

    @property
    def value(self) -> float:
        """The chosen number."""
        p = self.parameter
        return p.low + (p.high - p.low) * self.slider.value() / self.STEPS

    def _show(self) -> None:
        self.text.setText(f"{self.value:.3g} {self.parameter.unit}".strip())
