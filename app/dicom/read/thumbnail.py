"""A small picture of a display set, drawn in a bounded child."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.filling import Source, stored_pixels
from app.dicom.read.held_files import held_files
from app.dicom.read.loader import source_of
from app.domain.display_set import DisplaySet
from app.domain.frame import Frame
from app.domain.image import real_values
from app.domain.pixel import LookupTable
from app.domain.presentation import VoiTransform, Window
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling
from app.ports import Objects
from app.processes.pool import Pool
from app.processes.turns import Priority

SIZE_PX = 184


def thumbnail(
    found: DisplaySet, objects: Objects, *, parsers: Pool, cancelled: Cancelling = never_cancelled
) -> bytes:
    """PNG of 184 px of the middle image; `BadInput` where it cannot be decoded."""
    frame = middle_frame(found)
    with held_files(objects, [frame.sha256]) as files:
        source = source_of(found, frame, files.locate)
        return parsers.call(
            draw, source, frame, about=source.name, cancelled=cancelled, priority=Priority.VISIBLE
        )


def middle_frame(found: DisplaySet) -> Frame:
    """The middle slice of the first time, the middle image of a stack."""
    members = list(range(len(found.frames)))
    if found.geometry is not None:
        members = [i for i in found.geometry.places[0] if i >= 0]
    return found.frames[members[len(members) // 2]]


def draw(source: Source, frame: Frame) -> bytes:
    """Runs in a bounded child."""
    from PIL import Image

    stored = stored_pixels(source)
    picture = Image.fromarray(np.ascontiguousarray(stored if stored.ndim == 3 else _grey(stored, frame)))
    row, column = frame.spacing.display_ratio
    high, wide = picture.height * row, picture.width * column
    scale = SIZE_PX / max(high, wide)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    canvas = Image.new(small.mode, (SIZE_PX, SIZE_PX))
    canvas.paste(small, ((SIZE_PX - small.width) // 2, (SIZE_PX - small.height) // 2))
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _grey(stored: NDArray[Any], frame: Frame) -> NDArray[np.uint8]:
    """By the first window or table of the image, else between the percentiles 1 and 99."""
    shown = _shown(real_values(stored, frame), frame.voi[0] if frame.voi else None)
    if frame.pixel_format.is_monochrome1 != frame.presentation_inverse:
        shown = 1 - shown
    return np.asarray((shown * 255 + 0.5).astype(np.uint8))


def _shown(values: NDArray[Any], voi: VoiTransform | None) -> NDArray[np.float32]:
    """Brightness 0…1."""
    if isinstance(voi, LookupTable):
        return np.asarray(voi.apply(values) / np.float32((1 << voi.bits) - 1)).clip(0, 1)
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if isinstance(voi, Window) and voi.width >= 1:
        low, high = voi.low, voi.high
    else:
        low, high = (float(v) for v in np.percentile(finite, (1, 99))) if finite.size else (0.0, 1.0)
    shown: NDArray[np.float32] = (values.astype(np.float32) - np.float32(low)) / np.float32(
        max(high - low, 1e-6)
    )
    return shown.clip(0, 1)
