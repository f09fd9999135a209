"""What the values of a viewport's images are told in: the kind of uptake that was chosen."""

from __future__ import annotations

from dataclasses import replace

from app.domain.image import ImageStack
from app.domain.quantity import NO_SCALES, Quantity, UptakeScales
from app.domain.volume import Volume
from app.viewing.screen import Viewport
from app.viewing.shapes.shape import MeasuredImage
from app.viewing.shown_image import ShownImage, measured_image


def told_image(viewport: Viewport, shown: ShownImage) -> MeasuredImage:
    """What a shape on the shown image is measured on, in the kind of uptake that was chosen, where the images
    have an uptake and it can be made.
    """
    image = measured_image(viewport, shown)
    factor = scales_of(viewport).factor(viewport.uptake) if image.quantity.is_uptake else None
    if factor is None or image.quantity is viewport.uptake:
        return image
    return replace(image, quantity=viewport.uptake, factor=factor)


def scales_of(viewport: Viewport) -> UptakeScales:
    """Other kinds of uptake than the images of a viewport are stored in."""
    match viewport.image:
        case Volume() as volume:
            return volume.scales
        case ImageStack() as stack:
            return stack.display_set.scales
    return NO_SCALES


def quantity_shown(viewport: Viewport) -> Quantity | None:
    """What the values of a viewport's images are."""
    match viewport.image:
        case Volume() as volume:
            return volume.quantity
        case ImageStack() as stack:
            return stack.display_set.quantity
    return None
