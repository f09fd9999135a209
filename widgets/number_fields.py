"""Fields for numbers: their text stands as far in as that of the other fields."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSpinBox

#: what a style sheet's padding would be, which reaches no text of a spin box
_INSET_PX = 7


class WholeField(QSpinBox):
    """A whole number."""

    def __init__(self) -> None:
        super().__init__()
        _inset(self)


class NumberField(QDoubleSpinBox):
    """A number with decimals."""

    def __init__(self) -> None:
        super().__init__()
        _inset(self)


def _inset(field: QAbstractSpinBox) -> None:
    line = field.findChild(QLineEdit)
    assert line is not None
    line.setTextMargins(_INSET_PX, 0, 0, 0)
