"""The window does not run out of None (docs/decisions/lasting-none.md)."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SCRIPT = """
from app.bootstrap.qt_guard import keep_none_alive
keep_none_alive(); keep_none_alive()
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
app = QApplication([])
timer = QTimer()
for _ in range(30000):
    timer.start(60000); timer.stop()
print("alive")
"""


@pytest.mark.window
def test_sixty_thousand_calls_that_return_nothing() -> None:
    """A day's worth of scrolling does not end the process."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "alive", done.stderr[-500:]
