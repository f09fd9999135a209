"""Frames with the values that are meant: by a Real World Value Mapping, or by the factor that makes SUV of
them.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.dicom.read.quantities import Meaning
from app.domain.frame import Frame
from app.domain.pixel import Rescale, ValueTransform
from app.domain.presentation import VoiFunction, VoiTransform, Window
from app.domain.quantity import Quantity


def meant(frame: Frame, said: Meaning) -> Frame:
    """The frame with the transform that gives these values, and its windows in their unit."""
    if said.is_mapped and frame.real_world is not None:
        rescale = Rescale(*frame.real_world[:2])
    elif said.factor is not None and isinstance(frame.transform, Rescale):
        rescale = frame.transform
    else:
        return frame
    if said.factor is not None:
        rescale = Rescale(rescale.slope * said.factor, rescale.intercept * said.factor)
    value_type = "SUVBW" if said.quantity is Quantity.SUV_BW else frame.value_type
    value_type = "BQML" if said.quantity is Quantity.ACTIVITY else value_type
    voi = frame.voi if rescale == frame.transform else tuple(_windows(frame.voi, frame.transform, rescale))
    return replace(frame, transform=rescale, value_type=value_type, voi=voi)


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
