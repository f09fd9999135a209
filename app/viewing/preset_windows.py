"""The window that a preset makes of the image that is shown."""

from __future__ import annotations

import numpy as np

from app.domain.image import ImageStack
from app.domain.presentation import GreyPipeline, Window
from app.domain.quantity import Quantity
from app.domain.volume import Volume
from app.viewing.grey_levels import as_window, own_voi, pixels_of
from app.viewing.own_window import scale_position, window_of_values
from app.viewing.presets import (
    OwnWindowChange,
    PresetGroup,
    ValueShares,
    WindowPreset,
    automatic_window,
    preset_groups,
)
from app.viewing.screen import Viewport
from app.viewing.shown_image import ShownImage, measured_image, shown_image


def value_kind(viewport: Viewport) -> tuple[Quantity, str] | None:
    """Quantity of a viewport's grey values and the images' modality; None where they are colour."""
    match viewport.image:
        case Volume() as volume:
            return volume.quantity, volume.modality
        case ImageStack() as stack:
            shown = shown_image(viewport)
            if shown is None or not isinstance(pixels_of(viewport, shown, None), GreyPipeline):
                return None
            return stack.display_set.quantity, stack.display_set.modality
    return None


def fits(group: PresetGroup, viewport: Viewport) -> bool:
    """The group's presets are for what the viewport shows."""
    values = value_kind(viewport)
    return values is not None and group.fits(*values)


def named_preset(name: str, viewport: Viewport) -> WindowPreset | None:
    """The preset of a name, where it is for what the viewport shows."""
    found = (one for group in preset_groups() if fits(group, viewport) for one in group.presets)
    return next((one for one in found if one.name == name), None)


def preset_of(viewport: Viewport) -> str:
    """Name of the preset whose window the viewport has; "" where it has another."""
    found = (one for group in preset_groups() if fits(group, viewport) for one in group.presets)
    return next((one.name for one in found if one.title == viewport.window_label), "")


def preset_window(preset: WindowPreset, viewport: Viewport) -> Window | None:
    """The preset's window for the shown image; None while its values have not arrived."""
    shown = shown_image(viewport)
    match preset.window:
        case Window() as window:
            return window
        case ValueShares(low=low, high=high):
            return _of_shares(viewport, shown, (low, high))
        case OwnWindowChange(times=times, shift=shift) if shown is not None:
            own = as_window(own_voi(viewport, shown))
            pixels = pixels_of(viewport, shown, None)
            # what is bright are the low values of an image that is meant inverted
            meant = isinstance(pixels, GreyPipeline) and pixels.inverse != viewport.invert
            towards = -shift if meant else shift
            return Window(own.centre + towards * own.width, own.width * times, preset.title, own.function)
    return None


def _of_shares(viewport: Viewport, shown: ShownImage | None, shares: tuple[float, float]) -> Window | None:
    if isinstance(viewport.image, Volume):
        time = scale_position(viewport.image, viewport.further)
        return automatic_window(viewport.image, *shares, time=time)
    if shown is None or not shown.ready:
        return None
    image = measured_image(viewport, shown)
    if image.values is None:
        return None
    values = image.taken((slice(None), slice(None)), np.ones(image.values.shape, dtype=bool))
    return window_of_values(values, shares) if values.size else None
