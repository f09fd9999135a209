"""How the values of what a viewport shows become grey or colour."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.frame import Frame
from app.domain.image import ImageStack
from app.domain.presentation import GreyPipeline, VoiFunction, VoiTransform, Window
from app.domain.volume import Volume
from app.viewing.layers import ProcessedLayer
from app.viewing.own_window import image_voi, is_monochrome1, volume_voi
from app.viewing.palettes import palette_rgb
from app.viewing.presented import PresentedImage, can_be_unscaled, presented_grey, presented_voi
from app.viewing.screen import Compare, Viewport
from app.viewing.shown_image import ShownImage, presented_image

#: shares of the window's width that a difference is shown over, and its bounds in the unit of the values
_DIFFERENCE_SHARE, _DIFFERENCE_MOST = 0.125, 200.0


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour image is shown as it is, but for a brightness window over 0…255 and an inversion that were
    asked for.
    """

    window: Window | None = None
    inverse: bool = False


def shown_voi(viewport: Viewport, image: ShownImage) -> VoiTransform:
    """The window or VOI LUT that the image is shown with."""
    return viewport.window if viewport.window is not None else own_voi(viewport, image)


def own_voi(viewport: Viewport, image: ShownImage) -> VoiTransform:
    """What the image is shown with where nobody has chosen a window."""
    presented, frame = presented_image(viewport, image), image.frame
    if presented is not None and frame is not None and _makes_grey(viewport, frame, presented):
        return presented_voi(presented, frame)
    if isinstance(viewport.image, ImageStack):
        return image_voi(viewport.image, image.index)
    assert isinstance(viewport.image, Volume)
    return volume_voi(viewport.image, viewport.display_set, viewport.further)


def as_window(voi: VoiTransform) -> Window:
    """A window about as wide as a VOI LUT: what a drag begins from."""
    if isinstance(voi, Window):
        return voi
    return Window(voi.first_mapped + len(voi.entries) / 2, float(max(len(voi.entries), 1)), voi.explanation)


def _makes_grey(viewport: Viewport, frame: Frame, presented: PresentedImage | None) -> bool:
    """The state says how the image's values become grey."""
    if presented is None or not presented.state.is_grey:
        return False
    if isinstance(viewport.image, Volume):
        return can_be_unscaled(presented, frame, viewport.image.quantity)
    return frame.pixel_format.is_grey


def pixels_of(
    viewport: Viewport, image: ShownImage, presented: PresentedImage | None
) -> GreyPipeline | Colour:
    """How the image's values become grey, or are colour; grey through the colour table that was chosen."""
    pixels = _pixels_of(viewport, image, presented)
    if viewport.palette and isinstance(pixels, GreyPipeline):
        return replace(pixels, palette=palette_rgb(viewport.palette))
    return pixels


def _pixels_of(
    viewport: Viewport, image: ShownImage, presented: PresentedImage | None
) -> GreyPipeline | Colour:
    if presented is not None and image.frame is not None and _makes_grey(viewport, image.frame, presented):
        real = isinstance(viewport.image, Volume)
        voi = shown_voi(viewport, image)
        return presented_grey(presented, image.frame, voi, inverse=viewport.invert, real=real)
    if not isinstance(viewport.image, ImageStack):
        assert viewport.image is not None
        white = is_monochrome1(viewport.image)
        return GreyPipeline(None, shown_voi(viewport, image), viewport.invert != white)
    frame = viewport.image.frames[image.index]
    if frame.pixel_format.samples > 1 or not frame.pixel_format.is_grey:
        chosen = viewport.window
        return Colour(chosen if isinstance(chosen, Window) else None, viewport.invert)
    meant = frame.pixel_format.is_monochrome1 or frame.presentation_inverse
    return GreyPipeline(frame.transform, shown_voi(viewport, image), viewport.invert != meant, frame.padding)


def compare_of(viewport: Viewport) -> Compare:
    """What a view compares; the source alone where no processed images have arrived."""
    processed = viewport.layer(ProcessedLayer)
    return (
        viewport.compare if processed is not None and processed.volume.voxels.ready.size else Compare.SOURCE
    )


def processed_pixels(
    viewport: Viewport, pixels: GreyPipeline | Colour, compare: Compare
) -> GreyPipeline | None:
    """How processed images are drawn: as the source is, a difference around grey; None where they are not."""
    if compare is Compare.SOURCE or isinstance(pixels, Colour):
        return None
    if compare is not Compare.DIFFERENCE:
        return pixels
    half = difference_half(as_window(pixels.voi))
    return GreyPipeline(None, Window(0.0, 2 * half, function=VoiFunction.LINEAR_EXACT), viewport.invert)


def difference_half(window: Window) -> float:
    """A difference is shown over this much on both sides of nothing."""
    return min(window.width * _DIFFERENCE_SHARE, _DIFFERENCE_MOST) or 1.0
