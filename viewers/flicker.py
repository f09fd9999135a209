"""Showing two views in turn."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from app.viewing.screen import PairMode, Screen


class Flicker(QTimer):
    """Changes between the two images of a pair by the clock while it flickers."""

    def __init__(self, screen: Screen, parent: QObject) -> None:
        super().__init__(parent)
        self._screen = screen
        self.timeout.connect(self._turn)

    def follow(self) -> None:
        """Run while the screen has a pair that flickers, at its rate."""
        pair = self._screen.pair
        if pair is None or pair.mode is not PairMode.FLICKER:
            self.stop()
        else:
            self.start(round(1000 / pair.rate_hz))

    def _turn(self) -> None:
        self._screen.pair_turned = not self._screen.pair_turned
