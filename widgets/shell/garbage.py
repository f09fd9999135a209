"""Garbage is collected on the main thread, between events, and nowhere else.

Python collects cycles in whatever thread happens to allocate, in the middle of whatever runs there. Parts of
a closed dialog are such cycles: destroyed in a worker's thread, or in the middle of their own event, they
take the program with them. While a window is there, automatic collection is off and a timer does it instead.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

#: how often it is looked whether there is enough to collect
EVERY_MS = 500
_windows = 0


class MainThreadGarbageCollector(QObject):
    """Collects as Python would, by its thresholds, at calm moments of the main thread; `stop` gives the work
    back.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        global _windows
        _windows += 1
        gc.disable()
        self._running = True
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due; nothing where there is little."""
        counts, limits = gc.get_count(), gc.get_threshold()
        due = [generation for generation in range(3) if counts[generation] > limits[generation]]
        if due:
            gc.collect(due[-1])

    def stop(self) -> None:
        """No more; with the last window Python collects by itself again."""
        if not self._running:
            return
        global _windows
        self._running = False
        self._timer.stop()
        _windows -= 1
        if not _windows:
            gc.enable()
