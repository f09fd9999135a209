"""The monitors of a station, and how many of their pixels fill a millimetre of glass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class ScreenSize(Protocol):
    """Width and height in pixels."""

    def width(self) -> int: ...

    def height(self) -> int: ...


class ScreenLike(Protocol):
    """A screen as a toolkit tells of it."""

    def manufacturer(self) -> str: ...

    def model(self) -> str: ...

    def serialNumber(self) -> str: ...

    def name(self) -> str: ...

    def size(self) -> ScreenSize: ...

    def devicePixelRatio(self) -> float: ...

    def virtualSiblings(self) -> Sequence[ScreenLike]: ...


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor in its present mode.

    `key` is its maker, model and serial number; with the name of its connector where it tells no serial
    number, or another monitor that is connected tells the same.
    `name` is what people call it; `size_px` are pixels of the device, of which a
    pixel of the screen has `ratio` along a side.
    """

    key: str
    name: str
    size_px: tuple[int, int]
    ratio: float = 1.0


@dataclass(frozen=True, slots=True)
class MonitorCalibration:
    """What a person measured on the glass: pixels of the device for a millimetre, at a size in pixels."""

    px_per_mm: float
    size_px: tuple[int, int]
    at: datetime

    def holds_for(self, monitor: Monitor) -> bool:
        """The monitor still shows as many pixels as when it was calibrated."""
        return self.size_px == monitor.size_px


@dataclass(frozen=True, slots=True)
class DisplayCheck:
    """What a person saw of the test pattern on a monitor.

    `failed` are the names of what was not seen as it is to be, `deviation` the largest share by which the
    contrast of measured luminances is off the standard's, None where none were measured.
    """

    monitor: str
    at: datetime
    by: str
    failed: tuple[str, ...] = ()
    deviation: float | None = None

    @property
    def passed(self) -> bool:
        """All was seen, and what was measured is good enough for reading (AAPM TG18: 10 %)."""
        return not self.failed and (self.deviation is None or self.deviation <= 0.10)


def monitor_of(screen: ScreenLike) -> Monitor:
    """The monitor behind a toolkit's screen."""
    made, name = _made(screen), screen.name()
    others = [_made(one) for one in screen.virtualSiblings() if one.name() != name]
    serial = "" if made in others else made[2]
    ratio, size = screen.devicePixelRatio(), screen.size()
    return Monitor(
        key="|".join((*made[:2], serial or f"{made[2]}@{name}")),
        name=" ".join(part for part in (made[1], name) if part),
        size_px=(round(size.width() * ratio), round(size.height() * ratio)),
        ratio=ratio,
    )


def _made(screen: ScreenLike) -> tuple[str, str, str]:
    """Maker, model and serial number, as far as it tells them."""
    return screen.manufacturer().strip(), screen.model().strip(), screen.serialNumber().strip()
