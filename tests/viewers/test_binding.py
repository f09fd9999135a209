"""The Qt binding keeps what it does not own (docs/decisions/qt-binding-version.md)."""

from __future__ import annotations

import subprocess
import sys

CALLS = """
import sys
from PySide6.QtGui import QGuiApplication, QImage, QPainter
app = QGuiApplication(["test", "-platform", "offscreen"])
image = QImage(8, 8, QImage.Format.Format_RGB32)
before = sys.getrefcount(None)
for _ in range(3000):
    painter = QPainter(image)
    painter.drawLine(0, 0, 7, 7)
    painter.setOpacity(1.0)
    painter.end()
    app.processEvents()
print(before - sys.getrefcount(None))
"""


def test_calls_that_return_nothing_take_no_reference_of_none() -> None:
    """A minute of scrolling must not end the process."""
    done = subprocess.run(
        [sys.executable, "-c", CALLS], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 500
