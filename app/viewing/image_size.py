"""How large an image is shown: fitted, a pixel for a pixel, or as large as what it shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.errors import Refused
from app.i18n import tr
from app.viewing.fidelity import spacing_words
from app.viewing.image_plane import ImagePlane
from app.viewing.monitors import Monitor, MonitorCalibration
from app.viewing.screen import Screen, SizeMode, Viewport
from app.viewing.wording import number


@dataclass(frozen=True, slots=True)
class Glass:
    """The monitor under a tile.

    `px_per_mm` are pixels of the device for a millimetre of glass, None while nobody has calibrated it in its
    present mode; `ratio` is how many of them a pixel of the screen has along a side.
    """

    px_per_mm: float | None = None
    ratio: float = 1.0


def glass_of(screen: Screen, viewport: Viewport) -> Glass:
    """The monitor under a viewport, as far as it is calibrated."""
    monitor = viewport.monitor
    known = calibration_of(screen, monitor)
    ratio = monitor.ratio if monitor is not None else 1.0
    return Glass(known.px_per_mm if known is not None else None, ratio)


def calibration_of(screen: Screen, monitor: Monitor | None) -> MonitorCalibration | None:
    """What is known of a monitor in its present mode."""
    known = screen.calibrations.get(monitor.key) if monitor is not None else None
    return known if known is not None and monitor is not None and known.holds_for(monitor) else None


def scale_of(mode: SizeMode, plane: ImagePlane, glass: Glass) -> float | None:
    """Pixels of the screen for a unit of the sheet; None where the image is fitted, or cannot be shown in the
    size that is asked for.
    """
    if mode is SizeMode.PIXELS:
        return 1 / glass.ratio / min(_sides(plane))
    worth = mm_per_unit(plane)
    if mode is SizeMode.TRUE and worth is not None and glass.px_per_mm is not None:
        return worth * glass.px_per_mm / glass.ratio
    return None


def mm_per_unit(plane: ImagePlane) -> float | None:
    """Millimetres for a unit of the sheet; of an image with regions of its own scale that of all of them, as
    far as it is one and keeps the form of the pixels.  None where no distance is known.
    """
    if plane.has_mm:
        return 1.0
    known = {region.spacing for region in plane.regions if region.unit == "mm"}
    if len(known) != 1:
        return None
    (down, across), (width, height) = known.pop(), _sides(plane)
    return across / width if abs(down * width - across * height) <= 0.01 * across * height else None


def size_words(mode: SizeMode, zoom: float, plane: ImagePlane, glass: Glass) -> str:
    """What a reader must know of the size; "" for a fitted image that is not zoomed."""
    if scale_of(mode, plane, glass) is not None:
        percent = number(100 * zoom, 0)
        if mode is SizeMode.TRUE:
            worth = spacing_words(plane)
            return " · ".join(x for x in (tr("Real size {percent} %", percent=percent), worth) if x)
        return tr("1:1 pixels") if percent == "100" else tr("Pixels {percent} %", percent=percent)
    return tr("Zoom {zoom}×", zoom=number(zoom, 1)) if abs(zoom - 1) > 1e-3 else ""


def lost_size(mode: SizeMode, plane: ImagePlane, glass: Glass) -> str:
    """Why an image is not shown in real size though it was asked for; "" where it is."""
    if mode is not SizeMode.TRUE or scale_of(mode, plane, glass) is not None:
        return ""
    if mm_per_unit(plane) is None:
        return tr("No real size: not calibrated")
    return tr("No real size: monitor not calibrated")


def require_true_size(screen: Screen, viewport: Viewport, plane: ImagePlane) -> None:
    """Raise `Refused` with the reason where a viewport's image cannot be shown in real size."""
    if mm_per_unit(plane) is None:
        raise Refused(
            "This image has no pixel spacing: its real size is not known.",
            hint="Compare it with something of known size in the image.",
        )
    monitor = viewport.monitor
    if monitor is None:
        raise Refused("No monitor shows this view.", hint="Open the window first.")
    known = screen.calibrations.get(monitor.key)
    hint = "Choose “Calibrate monitor” and measure a bank card on the glass."
    if known is None:
        raise Refused("The monitor {name} is not calibrated.", hint=hint, name=monitor.name)
    if not known.holds_for(monitor):
        raise Refused(
            "The monitor {name} was calibrated at {before} pixels and shows {now} now.",
            hint=hint,
            name=monitor.name,
            before="×".join(map(str, known.size_px)),
            now="×".join(map(str, monitor.size_px)),
        )


def _sides(plane: ImagePlane) -> tuple[float, float]:
    """Width and height of a pixel on the sheet."""
    return float(np.hypot(*plane.across)) or 1.0, float(np.hypot(*plane.down)) or 1.0
