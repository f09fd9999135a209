"""Monitors of a virtual X display: its one screen is divided, and a part can be unplugged and come back.

Uses the monitor objects of RandR 1.5, which Qt shows as screens of their own, through libXrandr.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

#: left, top, width, height in pixels of the display
Area = tuple[int, int, int, int]


class _MonitorInfo(ctypes.Structure):
    """XRRMonitorInfo of Xrandr.h."""

    _fields_ = (
        ("name", ctypes.c_ulong),
        ("primary", ctypes.c_int),
        ("automatic", ctypes.c_int),
        ("noutput", ctypes.c_int),
        ("x", ctypes.c_int),
        ("y", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("mwidth", ctypes.c_int),
        ("mheight", ctypes.c_int),
        ("outputs", ctypes.POINTER(ctypes.c_ulong)),
    )


def is_virtual() -> bool:
    """The display is Xvfb's, which has one monitor called ``screen``, and not one that a person looks at."""
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.platformName() == "xcb" and [
        screen.name() for screen in QGuiApplication.screens()
    ] == ["screen"]


class VirtualMonitors:
    """The monitors of the display that ``DISPLAY`` names.  Call `close` when they are no longer needed."""

    def __init__(self) -> None:
        self._x, self._randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XDefaultRootWindow.restype = self._x.XInternAtom.restype = ctypes.c_ulong
        self._randr.XRRGetMonitors.restype = ctypes.POINTER(_MonitorInfo)
        self._display = ctypes.c_void_p(self._x.XOpenDisplay(None))
        if not self._display:
            raise RuntimeError("there is no X display")
        self._root = ctypes.c_ulong(self._x.XDefaultRootWindow(self._display))
        self._output = self._first_output()
        self._plugged: list[str] = []

    def plug(self, name: str, area: Area) -> None:
        """A monitor is there; the first one is the display's own, and the primary one."""
        first = not self._plugged
        outputs = (ctypes.c_ulong * 1)(self._output)
        x, y, width, height = area
        info = _MonitorInfo(
            self._atom(name), int(first), 0, int(first), x, y, width, height, width // 4, height // 4, outputs
        )
        self._randr.XRRSetMonitor(self._display, self._root, ctypes.byref(info))
        self._x.XSync(self._display, 0)
        self._plugged.append(name)

    def unplug(self, name: str) -> None:
        """A monitor is gone."""
        self._randr.XRRDeleteMonitor(self._display, self._root, ctypes.c_ulong(self._atom(name)))
        self._x.XSync(self._display, 0)
        self._plugged.remove(name)

    def close(self) -> None:
        """The display is one monitor again."""
        for name in reversed(self._plugged.copy()):
            self.unplug(name)
        self._x.XCloseDisplay(self._display)

    def _atom(self, name: str) -> int:
        return int(self._x.XInternAtom(self._display, name.encode(), 0))

    def _first_output(self) -> int:
        count = ctypes.c_int()
        found = self._randr.XRRGetMonitors(self._display, self._root, 1, ctypes.byref(count))
        return int(found[0].outputs[0])


@contextmanager
def virtual_monitors(areas: Mapping[str, Area]) -> Iterator[VirtualMonitors]:
    """The display has these monitors meanwhile."""
    made = VirtualMonitors()
    try:
        for name, area in areas.items():
            made.plug(name, area)
        yield made
    finally:
        made.close()
