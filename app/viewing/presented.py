"""What a softcopy presentation state says of single images (PS3.3 A.33, PS3.4 N.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import isclose

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import TranslatableText
from app.domain.frame import Frame, FrameKey, Shutter
from app.domain.geometry import PointPx
from app.domain.layers import Annotation, DisplayedArea, ImageReference, PresentationState, Rgb, Units
from app.domain.overlay import OverlayPlane
from app.domain.pixel import LookupTable, RealWorldValues, Rescale, ValueTransform
from app.domain.presentation import GreyPipeline, VoiTransform
from app.domain.quantity import Quantity
from app.domain.study import SopUid, display_name
from app.viewing.image_plane import ImagePlane, turn_of
from app.viewing.own_window import full_range

Turn = tuple[tuple[int, int], tuple[int, int]]
_ON_TILES = "Figures and texts on single tiles of the slide are not shown: {n}."
_BESIDE = "The part that it shows lies beside the image; the whole image is shown."
#: times the image's longer side: of a larger area nothing could be seen
_LARGEST_AREA = 100


@dataclass(frozen=True, slots=True, eq=False)
class PresentedImage:
    """What a state says of one image: its first window or VOI LUT (None: it names none), the part that is
    shown, what is drawn over it.  `told` is what of the state cannot be shown.
    """

    state: PresentationState
    voi: VoiTransform | None
    area: DisplayedArea | None
    annotations: tuple[Annotation, ...]
    told: tuple[TranslatableText, ...] = ()

    @property
    def said(self) -> str:
        """Name and creator of the state."""
        return " · ".join(part for part in (self.state.title, display_name(self.state.creator)) if part)


def presented_images(state: PresentationState, frames: Iterable[Frame]) -> dict[FrameKey, PresentedImage]:
    """The images of `frames` that a state refers to, with what it says of each."""
    named = _ReferencedImages(state.reference.images)
    voi = [(_ReferencedImages(one.images), one.transforms[0]) for one in state.voi]
    areas = [(_ReferencedImages(one.images), one) for one in state.areas]
    drawn = [(_ReferencedImages(one.images), one) for one in state.annotations]
    found = {}
    for frame in frames:
        if named.hold(frame):
            area = next((one for images, one in areas if images.mean(frame)), None)
            beside = area is not None and not _is_shown_in(frame, area)
            annotations = tuple(one for images, one in drawn if images.mean(frame))
            told = (*state.told, (_BESIDE, {})) if beside else state.told
            if len(frame.tiles) > 1:
                whole = tuple(_of_whole_slide(one) for one in annotations)
                left = sum(len(one.graphics) + len(one.texts) for one in annotations)
                left -= sum(len(one.graphics) + len(one.texts) for one in whole)
                annotations, told = whole, (*told, (_ON_TILES, {"n": str(left)})) if left else told
            found[frame.key] = PresentedImage(
                state,
                next((one for images, one in voi if images.mean(frame)), None),
                None if beside else area,
                annotations,
                told,
            )
    return found


def _of_whole_slide(annotation: Annotation) -> Annotation:
    """Without what is said in pixels of a tile: a slide is shown as one image (PS3.3 C.10.5.1.2)."""
    return replace(
        annotation,
        graphics=tuple(one for one in annotation.graphics if one.units is not Units.PIXEL),
        texts=tuple(
            one
            for one in annotation.texts
            if (one.box_units if one.box is not None else one.anchor_units) is not Units.PIXEL
        ),
    )


def _is_shown_in(frame: Frame, area: DisplayedArea) -> bool:
    """Some of the image is in the area, and can be seen in it."""
    left, top, right, bottom = displayed_box(area)
    meets = left < frame.columns and top < frame.rows and right > 0 and bottom > 0
    return meets and max(right - left, bottom - top) <= _LARGEST_AREA * max(frame.columns, frame.rows)


class _ReferencedImages:
    """Images that are named; a reference without frames means all of its object."""

    def __init__(self, images: Iterable[ImageReference]) -> None:
        self._frames: dict[SopUid, list[tuple[int, ...]]] = {}
        for one in images:
            self._frames.setdefault(one.sop_uid, []).append(one.frames)

    def hold(self, frame: Frame) -> bool:
        """The frame is one of them."""
        named = self._frames.get(frame.sop_uid, ())
        return any(not frames or frame.index + 1 in frames for frames in named)

    def mean(self, frame: Frame) -> bool:
        """The same; where none is named, all are meant."""
        return not self._frames or self.hold(frame)


# -- grey -------------------------------------------------------------------------------------------------


def presented_voi(presented: PresentedImage, frame: Frame) -> VoiTransform:
    """The state's own window; without one all that its modality transform can give is shown."""
    return presented.voi or full_range(replace(frame, transform=presented.state.modality))


def presented_grey(
    presented: PresentedImage, frame: Frame, voi: VoiTransform, *, inverse: bool, real: bool
) -> GreyPipeline:
    """Stored values, or `real` ones of a volume, to grey; what the image says of itself does not count.

    `voi` is the reader's own window, or the state's.
    """
    state = presented.state
    is_done = real and _same(state.modality, frame.transform)
    return GreyPipeline(
        None if is_done else state.modality,
        voi,
        state.inverse != inverse,
        None if real else frame.padding,
        state.presentation_lut,
        _unscaled(frame) if real and not is_done else None,
        state.palette,
    )


def _unscaled(frame: Frame) -> Rescale | None:
    """From real values back to stored ones."""
    match _linear(frame.transform):
        case Rescale(slope=slope, intercept=intercept) if slope and (slope, intercept) != (1.0, 0.0):
            return Rescale(1.0 / slope, -intercept / slope)
    return None


def can_be_unscaled(presented: PresentedImage, frame: Frame, quantity: Quantity) -> bool:
    """The state's grey can be made of real values: it makes the same of stored ones, or they are those by a
    rescale that can be taken back.
    """
    if _same(presented.state.modality, frame.transform):
        return True
    return quantity is not Quantity.SUV_BW and not isinstance(
        _linear(frame.transform), LookupTable | RealWorldValues
    )


def _linear(transform: ValueTransform | None) -> ValueTransform | None:
    """The rescale of a mapping that is linear."""
    return (transform.linear or transform) if isinstance(transform, RealWorldValues) else transform


def _same(one: ValueTransform | None, other: ValueTransform | None) -> bool:
    """The same table, or the same rescale as far as a decimal string tells it."""
    if isinstance(one, LookupTable) and isinstance(other, LookupTable):
        return (one.first_mapped, one.data) == (other.first_mapped, other.data)
    if not isinstance(one, Rescale) or not isinstance(other, Rescale):
        return one == other
    return isclose(one.slope, other.slope, rel_tol=1e-8) and isclose(
        one.intercept, other.intercept, rel_tol=1e-8, abs_tol=1e-12
    )


# -- what is covered --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cover:
    """What is hidden of an image, and the colour that stands there."""

    shutter: Shutter | None
    bitmap: OverlayPlane | None = None
    rgb: Rgb = (0, 0, 0)


def cover_of(frame: Frame, presented: PresentedImage | None) -> Cover | None:
    """The shutters of the state; without a state those of the image itself (PS3.3 C.7.6.11)."""
    if presented is None:
        return Cover(frame.shutter, rgb=_grey(frame.shutter.grey)) if frame.shutter is not None else None
    state = presented.state
    if state.shutter is None and state.bitmap_shutter is None:
        return None
    return Cover(state.shutter, state.bitmap_shutter, state.shutter_color or _grey(state.shutter_grey))


def _grey(share: float) -> Rgb:
    value = round(255 * share)
    return value, value, value


# -- how it lies ------------------------------------------------------------------------------------------


def shown_turn(turns: int, flipped: bool, plane: ImagePlane, presented: PresentedImage | None) -> Turn:
    """(2, 2): sheet → screen, of the reader's turns after those of the state, which turns the stored
    image.
    """
    own = turn_of(turns, flipped)
    if presented is None:
        return own
    state = np.array(turn_of(presented.state.turns, presented.state.flipped))
    (a, b), (c, d) = (np.array(own) @ state @ hanging(plane).T).astype(int).tolist()
    return ((a, b), (c, d))


def hanging(plane: ImagePlane) -> NDArray[np.int64]:
    """(2, 2): directions of the stored image (column, row) → of the image as it hangs."""
    view = plane.view
    if view is None:
        return np.eye(2, dtype=np.int64)
    out = np.zeros((2, 2), np.int64)
    for line, (axis, sign) in enumerate(((view.across, view.across_sign), (view.down, view.down_sign))):
        out[line, 2 - axis] = sign
    return out


@dataclass(frozen=True, slots=True)
class Framing:
    """How an image lies at zoom 1 and without pan: screen pixels for one of the sheet, and the image's middle
    from the tile's, in units of the sheet.
    """

    px_per_unit: float
    offset: PointPx = (0.0, 0.0)


def displayed_box(area: DisplayedArea) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in pixels of the stored image, corners at integers."""
    (x0, y0), (x1, y1) = area.upper_left, area.lower_right
    return min(x0, x1) - 1.0, min(y0, y1) - 1.0, float(max(x0, x1)), float(max(y0, y1))


def framing_of(
    area: DisplayedArea,
    plane: ImagePlane,
    turn: Turn,
    size_px: tuple[float, float],
    px_per_mm: float,
    device_ratio: float,
) -> Framing:
    """The displayed area in the middle of the tile, in the size that it asks for (PS3.3 C.10.4)."""
    left, top, right, bottom = displayed_box(area)
    corners = np.array([plane.from_source(x, y) for x in (left, right) for y in (top, bottom)])
    on_screen = (corners - np.array(plane.size) / 2) @ plane.matrix.T @ np.array(turn).T
    width, height = (max(float(extent), 1e-6) for extent in np.ptp(on_screen, axis=0))
    middle = (on_screen.min(axis=0) + on_screen.max(axis=0)) / 2
    fit = min(max(size_px[0], 1) / width, max(size_px[1], 1) / height)
    wanted = _asked_scale(area, plane, px_per_mm, device_ratio)
    return Framing(wanted or fit, (-float(middle[0]), -float(middle[1])))


def _asked_scale(
    area: DisplayedArea, plane: ImagePlane, px_per_mm: float, device_ratio: float
) -> float | None:
    """Screen pixels for one of the sheet; None where the area is to fill the tile."""
    pixel = float(np.hypot(*plane.across)) or 1.0
    if area.mode == "TRUE SIZE":
        if area.spacing_mm is not None:
            return px_per_mm * area.spacing_mm[1] / pixel
        return px_per_mm if plane.has_mm else None
    if area.mode == "MAGNIFY" and area.magnification:
        return area.magnification / device_ratio / pixel
    return None


def display_points(points: Iterable[PointPx], presented: PresentedImage, frame: Frame) -> Iterator[PointPx]:
    """Points in fractions of the displayed area, as the state turns it → pixels of the stored image."""
    whole = (0.0, 0.0, float(frame.columns), float(frame.rows))
    left, top, right, bottom = displayed_box(presented.area) if presented.area is not None else whole
    turn = np.array(turn_of(presented.state.turns, presented.state.flipped))
    extent = np.abs(turn) @ (right - left, bottom - top)
    for u, v in points:
        x, y = turn.T @ ((u - 0.5) * extent[0], (v - 0.5) * extent[1])
        yield (left + right) / 2 + float(x), (top + bottom) / 2 + float(y)
