"""Windows by modality and transfer functions of the rendering, as data; automatic windows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.presentation import VoiFunction, Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.paths import resource_path

#: voxels looked at for an automatic window
_SAMPLE = 400_000
#: slices that are read between two looks at what a file keeps in memory
_TOGETHER = 8


@dataclass(frozen=True, slots=True)
class ValueShares:
    """From one share of the values (0…1) to another."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OwnWindowChange:
    """The image's own window, `times` as wide, moved by `shift` of its own width towards what is bright."""

    times: float
    shift: float


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window, or how one is made.  `title` is English, a translation key; `key` a digit of the
    keyboard or "".
    """

    name: str
    title: str
    key: str
    window: Window | ValueShares | OwnWindowChange


@dataclass(frozen=True, slots=True)
class PresetGroup:
    """Presets of images whose values are a `quantity`, or of `modalities` whose values have no scale.

    `images` says in codes of modalities which images they are for.
    """

    presets: tuple[WindowPreset, ...]
    images: str
    quantity: Quantity | None = None
    modalities: frozenset[str] = frozenset()

    def fits(self, quantity: Quantity, modality: str) -> bool:
        """Whether they are for such images."""
        if self.quantity is not None:
            return quantity is self.quantity or (self.quantity.is_uptake and quantity.is_uptake)
        return modality in self.modalities and quantity is not Quantity.HU and not quantity.is_uptake


@dataclass(frozen=True, slots=True)
class RenderingPreset:
    """Transfer functions in the unit of the values: `opacity` (value, 0…1 over `unit_mm` of path), `colour`
    (value, sRGB 0…255).
    """

    name: str
    title: str
    unit_mm: float
    opacity: tuple[tuple[float, float], ...]
    colour: tuple[tuple[float, float, float, float], ...]
    ambient: float
    diffuse: float
    specular: float
    power: float


@cache
def preset_groups() -> tuple[PresetGroup, ...]:
    """The presets of all modalities, each group in the order of its keys."""
    return tuple(_group(name) for name in ("ct", "pt", "mr", "radiographs"))


def window_presets() -> tuple[tuple[WindowPreset, Window], ...]:
    """The windows of CT, in HU."""
    found = ((one, one.window) for one in preset_groups()[0].presets)
    return tuple((one, window) for one, window in found if isinstance(window, Window))


def _group(name: str) -> PresetGroup:
    read = json.loads(resource_path("window_presets", f"{name}.json").read_text(encoding="utf-8"))
    quantity = Quantity(read["quantity"]) if "quantity" in read else None
    # half a unit at both ends, which LINEAR leaves out (PS3.3 C.11.2.1.2), is much of a window in SUV
    function = VoiFunction.LINEAR_EXACT if quantity is Quantity.SUV_BW else VoiFunction.LINEAR
    presets = tuple(
        WindowPreset(r["name"], r["title"], r["key"], _window_of(r, function)) for r in read["windows"]
    )
    return PresetGroup(presets, read["images"], quantity, frozenset(read.get("modalities", ())))


def _window_of(row: dict[str, Any], function: VoiFunction) -> Window | ValueShares | OwnWindowChange:
    if "centre" in row:
        return Window(row["centre"], row["width"], row["title"], function)
    if "low_share" in row:
        return ValueShares(row["low_share"], row["high_share"])
    return OwnWindowChange(row["times"], row["shift"])


@cache
def rendering_presets() -> tuple[RenderingPreset, ...]:
    """The presets of the volume rendering of CT."""
    rows = json.loads(resource_path("window_presets", "rendering.json").read_text(encoding="utf-8"))[
        "presets"
    ]
    return tuple(
        RenderingPreset(
            r["name"],
            r["title"],
            r["unit_mm"],
            tuple((float(v), float(a)) for v, a in r["opacity"]),
            tuple((float(v), float(red), float(green), float(blue)) for v, red, green, blue in r["colour"]),
            r["ambient"],
            r["diffuse"],
            r["specular"],
            r["power"],
        )
        for r in rows
    )


def rendering_preset(name: str) -> RenderingPreset:
    """A preset by name; the first where the name is unknown."""
    return next((p for p in rendering_presets() if p.name == name), rendering_presets()[0])


def grey_rendering(window: Window) -> RenderingPreset:
    """Transfer functions for values without a scale of their own (MR, PET): grey and opacity rise over a
    window.
    """
    low, high = window.low + 0.25 * window.width, window.high
    middle = (low + high) / 2
    return RenderingPreset(
        "grey",
        "Grey",
        1.0,
        ((low - 1, 0.0), (low, 0.0), (middle, 0.06), (high, 0.35)),
        ((low, 40, 40, 42), (middle, 170, 168, 164), (high, 250, 248, 244)),
        0.15,
        0.8,
        0.15,
        8,
    )


def automatic_window(volume: Volume, low: float = 0.005, high: float = 0.995, *, time: int = 0) -> Window:
    """Window between two quantiles (0…1) of the values that have arrived at a position of the further axis; 0
    and 1 give the full range.

    For quantiles other than the ends the background (the lowest value) is left out, as it is most of an MR.
    """
    values = _sample(volume, time)
    if low > 0 and values.size:
        above = values[values > values.min()]
        values = above if above.size > 64 else values
    if not values.size:
        return Window(40.0, 400.0)
    ends = _ends(volume, time) if (low, high) == (0.0, 1.0) else np.quantile(values, (low, high))
    bottom, top = float(ends[0]), float(ends[1])
    width = max(top - bottom, 1e-3 if values.dtype.kind == "f" else 1.0)
    return Window((bottom + top) / 2, width, function=VoiFunction.LINEAR_EXACT)


def _sample(volume: Volume, time: int) -> NDArray[Any]:
    """About `_SAMPLE` finite values, evenly taken."""
    volume.voxels.used()
    values = volume.at(time)
    step = max(1, round((values.size / _SAMPLE) ** (1 / 3)))
    # the first slice may not have arrived, so the mask is asked slice by slice
    ready = volume.voxels.ready[time][::step]
    taken = values[::step, ::step, ::step][ready].ravel()
    if not taken.size:
        taken = values[volume.voxels.ready[time]][:, ::step, ::step].ravel()  # few: none of each `step`
    return np.asarray(taken[np.isfinite(taken)] if taken.dtype.kind == "f" else taken)


def _ends(volume: Volume, time: int) -> tuple[float, float]:
    """Lowest and highest value of the slices that have arrived, one after the other: no copy of all."""
    low, high = [], []
    for at, number in enumerate(np.flatnonzero(volume.voxels.ready[time])):
        if at % _TOGETHER == 0:
            volume.voxels.used()
        one = volume.at(time)[number]
        low.append(np.fmin.reduce(one, axis=None))
        high.append(np.fmax.reduce(one, axis=None))
    return float(np.nanmin(low)), float(np.nanmax(high))
