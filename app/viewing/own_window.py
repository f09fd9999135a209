"""How an image wants to be shown when nobody has said otherwise."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import AxisKind, DisplaySet
from app.domain.frame import Frame
from app.domain.image import ImageStack, real_values
from app.domain.pixel import LookupTable, RealWorldValues, Rescale
from app.domain.presentation import VoiFunction, VoiTransform, Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.viewing.presets import automatic_window

#: shares of the values left out at both ends where an image brings no window
_TAILS = (0.005, 0.995)
#: windows made from values, by generation of the pixels and index; the pixels themselves are not held
_made: OrderedDict[tuple[int, int], Window] = OrderedDict()
_KEPT = 1024


#: further axes along which the signal has another scale at each position; along the others it is compared
_SCALED_ANEW = (AxisKind.B_VALUE, AxisKind.ECHO, AxisKind.INVERSION, AxisKind.COMPONENT)


def scale_position(volume: Volume, further: int) -> int:
    """The position on the further axis whose values the window is for: the shown one where each has a scale
    of its own (b-values, echoes), else the first.
    """
    return further if volume.axis is not None and volume.axis.kind in _SCALED_ANEW else 0


def volume_voi(volume: Volume, display_set: DisplaySet | None = None, further: int = 0) -> VoiTransform:
    """The images' own first window, else soft tissue for CT, else one made from the values that have arrived
    at a position of the further axis.
    """
    time = scale_position(volume, further)
    if display_set is not None and time and (said := _said_at(display_set, time)):
        return said[0]
    if display_set is not None and display_set.voi and not time:
        return display_set.voi[0]
    own = next((w for w in volume.windows if w[1] > 0), None) if not time else None
    if own is not None:
        return Window(own[0], own[1], own[2])
    if volume.quantity is Quantity.HU:
        return Window(40.0, 400.0)
    # anew whenever twice as many slices have arrived, and when all have
    arrived = int(np.count_nonzero(volume.voxels.ready))
    stage = 0 if volume.voxels.complete else 1 + arrived.bit_length()
    return _kept(
        (volume.voxels.generation, -1 - stage - 100 * time), lambda: automatic_window(volume, time=time)
    )


def _said_at(display_set: DisplaySet, time: int) -> tuple[VoiTransform, ...]:
    """The windows that at least half of the images of a position share."""
    if display_set.geometry is None:
        return ()
    places = [place for place in display_set.geometry.places[time] if place >= 0]
    if not places:
        return ()
    voi, count = Counter(display_set.frames[place].voi for place in places).most_common(1)[0]
    return voi if 2 * count >= len(places) else ()


def is_monochrome1(volume: Volume) -> bool:
    """The lowest value is meant to be drawn white (MONOCHROME1, PS3.3 C.7.6.3.1.2)."""
    return volume.details.get("photometric", "") == "MONOCHROME1"


def image_voi(stack: ImageStack, index: int) -> VoiTransform:
    """The image's own first window or VOI LUT, else its display set's, else one made from its values."""
    frame = stack.frames[index]
    if frame.voi:
        return frame.voi[0]
    if stack.display_set.voi:
        return stack.display_set.voi[0]
    stored = stack.pixels.stored(index)
    if stored is None or (frame.pixel_format.bits_stored <= 8 and not frame.pixel_format.floating):
        return full_range(frame)
    return _kept((stack.pixels.generation, index), lambda: _from_values(stored, frame))


def full_range(frame: Frame) -> Window:
    """A window over all that the stored bits can say."""
    low, high = (float(v) for v in frame.pixel_format.stored_range)
    match frame.transform:
        case Rescale(slope=slope, intercept=intercept):
            low, high = sorted((low * slope + intercept, high * slope + intercept))
        case RealWorldValues() as mapping:
            ends = mapping.apply(_mapped_ends(mapping, (low, high)))
            low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
        case LookupTable() as table:
            low, high = 0.0, float((1 << table.bits) - 1)
    return _window(low, high)


def _mapped_ends(mapping: RealWorldValues, span: tuple[float, float]) -> NDArray[np.float64]:
    """Stored values among which the lowest and the highest real one are."""
    first = span[0] if mapping.first is None else mapping.first
    if mapping.data:
        return np.arange(len(mapping.entries), dtype=np.float64) + first
    return np.array((first, span[1] if mapping.last is None else mapping.last))


def _kept(key: tuple[int, int], make: Callable[[], Window]) -> Window:
    """The window of a key, made where it is not known; films ask on other threads, which may drop any."""
    found = _made.get(key)
    if found is None:
        found = _made[key] = make()
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return found


def _from_values(stored: NDArray[Any], frame: Frame) -> Window:
    step = max(1, round((stored.size / 100_000) ** 0.5))
    taken = stored[::step, ::step]
    if frame.padding is not None:
        low, high = sorted(frame.padding)
        taken = taken[(taken < low) | (taken > high)]
    values = np.asarray(real_values(taken.ravel(), frame), dtype=np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        return full_range(frame)
    return window_of_values(values)


def window_of_values(values: NDArray[np.float64], tails: tuple[float, float] = _TAILS) -> Window:
    """A window from one share of the values to another; 0 and 1 take all."""
    low, high = (float(v) for v in np.quantile(values, tails))
    return _window(low, high)


def _window(low: float, high: float) -> Window:
    width = high - low if high > low else 1.0
    return Window((low + high) / 2, width, function=VoiFunction.LINEAR_EXACT)
