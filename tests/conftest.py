"""What every test has."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from app.i18n import set_language


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Each test starts in Chinese, as the product does."""
    set_language("zh")
    yield
    set_language("zh")


@pytest.fixture(autouse=True)
def _no_window_left() -> Iterator[None]:
    """What a test put on the screen is gone when it ends: each later style sheet would be laid over it again."""
    yield
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return
    for widget in QApplication.topLevelWidgets():
        if widget.parent() is None:
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
