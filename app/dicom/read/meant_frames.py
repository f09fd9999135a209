"""Frames with the values that are meant: by a Real World Value Mapping, or by the factor that makes SUV of
them.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.dicom.read.quantities import Meaning
from app.domain.frame import Frame
from app.domain.pixel import PixelFormat, RealWorldValues, Rescale, ValueTransform
from app.domain.presentation import VoiFunction, VoiTransform, Window
from app.domain.quantity import Quantity

Span = tuple[float, float]


def meant(frame: Frame, said: Meaning) -> Frame:
    """The frame with the transform that gives these values, and its windows in their unit."""
    transform: ValueTransform
    if said.is_mapped and frame.real_world is not None:
        transform = _mapped(frame.real_world, frame.pixel_format)
    elif said.factor is not None and isinstance(frame.transform, Rescale):
        transform = frame.transform
    else:
        return frame
    if said.factor is not None and isinstance(transform, Rescale):
        transform = Rescale(transform.slope * said.factor, transform.intercept * said.factor)
    elif said.factor is not None and isinstance(transform, RealWorldValues):
        transform = transform.times(said.factor)
    value_type = "SUVBW" if said.quantity is Quantity.SUV_BW else frame.value_type
    value_type = "BQML" if said.quantity is Quantity.ACTIVITY else value_type
    after = transform.linear if isinstance(transform, RealWorldValues) else transform
    if transform == frame.transform:
        voi = frame.voi
    else:
        voi = tuple(_windows(frame.voi, frame.transform, after)) if isinstance(after, Rescale) else ()
    return replace(frame, transform=transform, value_type=value_type, voi=voi)


def shown_whole(frames: tuple[Frame, ...]) -> tuple[tuple[Frame, ...], Span | None]:
    """Frames whose linear mappings give one span of real values, with the rescale of these, which says grey
    for every stored value, and the span; as they are, and None, where a mapping says more.
    """
    mappings = [frame.transform for frame in frames]
    linear = [one for one in mappings if isinstance(one, RealWorldValues) and one.linear is not None]
    if len(linear) < len(frames) or len({one.span for one in linear}) > 1:
        return frames, None
    plain = (replace(frame, transform=one.linear) for frame, one in zip(frames, linear, strict=True))
    return tuple(plain), linear[0].span


def _mapped(mapping: RealWorldValues, form: PixelFormat) -> ValueTransform:
    """Its rescale where that is all it says."""
    linear = mapping.linear
    unbound = mapping.first is None is mapping.last
    if linear is not None and (unbound if form.floating else mapping.covers(form.stored_range)):
        return linear
    return mapping


def _windows(
    voi: tuple[VoiTransform, ...], before: ValueTransform | None, after: Rescale
) -> Iterator[VoiTransform]:
    """Windows of the values after Modality LUT or rescale (PS3.3 C.11.2.1.1) in the unit of other values of
    the same pixels.  Tables, and windows whose black would become white, have none.
    """
    old = Rescale() if before is None else before
    if not isinstance(old, Rescale) or not after.slope / old.slope > 0:
        return
    share = after.slope / old.slope
    for one in voi:
        if not isinstance(one, Window):
            continue
        centre, width, function = one.centre, one.width, one.function
        if function is VoiFunction.LINEAR and width >= 1:  # what PS3.3 C.11.2.1.2.1 takes off is no share
            centre, width, function = centre - 0.5, width - 1, VoiFunction.LINEAR_EXACT
        if width > 0:
            moved = (centre - old.intercept) * share + after.intercept
            yield Window(moved, width * share, one.label, function)
