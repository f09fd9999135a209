"""How true what is shown is: what was lost, computed, left out or is not known; said with a reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.domain.display_set import Correction
from app.domain.pixel import SpacingSource
from app.domain.volume import Volume
from app.i18n import tr
from app.viewing.image_plane import ImagePlane
from app.viewing.screen import Viewport
from app.viewing.shown_image import ShownImage
from app.viewing.wording import number, short_number


@dataclass(frozen=True, slots=True)
class Remark:
    """A few words, and what they mean in a sentence."""

    text: str
    tip: str


def fidelity_limits(viewport: Viewport, image: ShownImage) -> tuple[Remark, ...]:
    """What the image has lost, what of it was computed, and what its distances are not."""
    found = (_lossy(viewport, image), _resampled(viewport), _uncalibrated(image.plane))
    return tuple(remark for remark in found if remark is not None)


def _lossy(viewport: Viewport, image: ShownImage) -> Remark | None:
    ratio = _lossy_ratio(viewport, image)
    if ratio is None:
        return None
    told = f"{short_number(ratio)}:1" if ratio else ""
    return Remark(
        tr("Lossy {ratio}", ratio=told).strip(),
        tr("The images were compressed with loss: fine detail may be missing or made up."),
    )


def _lossy_ratio(viewport: Viewport, image: ShownImage) -> float | None:
    if image.frame is not None:
        return image.frame.lossy_ratio
    if viewport.display_set is not None:
        ratios = [f.lossy_ratio for f in viewport.display_set.frames if f.lossy_ratio is not None]
        return max(ratios, default=None)
    told = viewport.image.details.get("lossy", "") if isinstance(viewport.image, Volume) else ""
    return None if not told else 0.0 if told == "1" else float(told)


def _resampled(viewport: Viewport) -> Remark | None:
    image = viewport.image
    if not isinstance(image, Volume) or image.correction is not Correction.RESAMPLED:
        return None
    return Remark(
        tr("Resampled"), tr("The images lie at uneven distances: these slices were computed between them.")
    )


def _uncalibrated(plane: ImagePlane) -> Remark | None:
    if plane.source is not SpacingSource.NONE:
        return None
    if any(region.unit == "mm" or region.is_trace for region in plane.regions):
        return None
    return Remark(
        tr("Not calibrated"),
        tr("The image tells no distance of its pixels: lengths and areas are in pixels."),
    )


def drawing_limits(plane: ImagePlane, reduced: int) -> tuple[Remark, ...]:
    """What the drawing does with the pixels: a block of `reduced` × `reduced` is drawn as one, and pixels of
    unequal spacing are stretched.
    """
    found = []
    across, down = pixel_lengths(plane)
    if max(across, down) > 1.05 * min(across, down) and plane.view is not None:
        lengths = f"{number(across, 2)} × {number(down, 2)}"
        tip = tr("The pixels are {mm} mm large: what stands between them is interpolated.", mm=lengths)
        found.append(Remark(tr("interpolated"), tip))
    if reduced > 1:
        tip = tr("{n} × {n} pixels of the image are drawn as one: zoom in to see each of them.", n=reduced)
        found.append(Remark(tr("reduced 1:{n}", n=reduced), tip))
    return tuple(found)


def reduced_volume(shape: tuple[int, int, int], drawn: tuple[int, int, int]) -> Remark | None:
    """That a rendering is of fewer voxels than the volume has, both (slices, rows, columns)."""
    if drawn == shape:
        return None
    small, whole = (" × ".join(map(str, reversed(one))) for one in (drawn, shape))
    tip = tr(
        "The volume has {whole} voxels; neighbours are averaged for the rendering. The slice views show all.",
        whole=whole,
    )
    return Remark(tr("reduced to {size}", size=small), tip)


def loading(viewport: Viewport, image: ShownImage) -> Remark | None:
    """That not all images are there, or never will be; None when they are."""
    if image.ready and image.fraction >= 1:
        return None
    if viewport.failed:
        return Remark(
            tr("Incomplete: {percent} %", percent=math.floor(image.fraction * 100)), viewport.failed
        )
    if image.fraction >= 1:
        return Remark(
            tr("Loading"), tr("The plane is put together of all slices: a neighbour stands in for it.")
        )
    return Remark(
        tr("Loading {percent} %", percent=round(image.fraction * 100)),
        tr("Images are still on their way: a neighbour stands in for what has not arrived, or nothing."),
    )


def pixel_lengths(plane: ImagePlane) -> tuple[float, float]:
    """Lengths of a pixel to the right and down, on the sheet."""
    return (
        (plane.across[0] ** 2 + plane.across[1] ** 2) ** 0.5,
        (plane.down[0] ** 2 + plane.down[1] ** 2) ** 0.5,
    )


def spacing_words(plane: ImagePlane) -> str:
    """What a distance on the image is worth, where it is not one in the patient."""
    if plane.source is SpacingSource.DETECTOR:
        return tr("at the detector")
    if plane.source is SpacingSource.CALIBRATED:
        if plane.magnification:
            return tr("calibrated, ÷ {factor}", factor=short_number(plane.magnification))
        return tr("calibrated")
    return ""


def lossless(plane: ImagePlane) -> Remark:
    """The mark of an image without a limit."""
    worth = spacing_words(plane)
    tip = tr("The image was stored without loss.")
    if plane.source is SpacingSource.DETECTOR:
        tip += " " + tr("Lengths are those on the detector; in the patient they are shorter.")
    return Remark(" · ".join(part for part in (tr("Lossless"), worth) if part), tip)
