"""Fields for numbers beside other fields."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit, QWidget

from tests.widgets.conftest import Room
from widgets.elements import column
from widgets.number_fields import NumberField, WholeField

pytestmark = pytest.mark.window


def test_numbers_stand_as_far_in_as_words(room: Room) -> None:
    """Under the style of the window: as high, and the text begins at the same place."""
    ground, words = QWidget(room.window), QLineEdit("0")
    numbers = [WholeField(), NumberField()]
    ground.setLayout(column(words, *numbers))
    ground.resize(300, 200)
    ground.show()
    begins = []
    for field in (words, *numbers):
        field.ensurePolished()
        picture = field.grab().toImage()
        middle = range(picture.height() // 3, 2 * picture.height() // 3)
        paper = picture.pixel(4, picture.height() // 2)
        begins.append(next(x for x in range(4, 40) if any(picture.pixel(x, y) != paper for y in middle)))
        assert field.height() == words.height()
    ground.deleteLater()
    assert max(begins) - min(begins) <= 2
