"""Playing a viewport."""

from __future__ import annotations

import math
import time
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer

from app.viewing.cine import MOST_HZ, cine_count, ends_of, played, plays_further, position_of
from app.viewing.screen import Cine, Viewport


class Played(Protocol):
    """The tile that is played."""

    viewport: Viewport

    def isVisible(self) -> bool:
        """It can be seen."""

    def go_along(self, further: bool, position: int) -> None:
        """Show a position of the further axis, or an image."""


class Player(QTimer):
    """Plays a viewport by the clock: where drawing is slow, images are left out and the rate stays."""

    def __init__(self, tile: Played, parent: QObject) -> None:
        super().__init__(parent)
        self._tile = tile
        self._started = 0.0
        self._first = 0
        self._cine: Cine | None = None
        self._ends = (0, 0)
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.timeout.connect(self._tick)

    def follow(self) -> None:
        """Play while the viewport says so and can be seen."""
        cine = self._tile.viewport.cine
        if cine is None or not self._tile.isVisible() or cine_count(self._tile.viewport) < 2:
            self.stop()
            self._cine = None
            return
        ends = ends_of(self._tile.viewport)
        if (cine, ends) != (self._cine, self._ends) or not self.isActive():
            self._cine, self._ends = cine, ends
            self._started, self._first = time.monotonic(), position_of(self._tile.viewport)
            self.start(max(round(1000 / min(cine.rate_hz, MOST_HZ)), 1))

    def _tick(self) -> None:
        if self._cine is None or self._tile.viewport.image is None:
            self.stop()
            return
        passed = math.floor((time.monotonic() - self._started) * self._cine.rate_hz)
        position = played(self._first, passed, ends_of(self._tile.viewport), self._cine.mode)
        self._tile.go_along(plays_further(self._tile.viewport), position)
