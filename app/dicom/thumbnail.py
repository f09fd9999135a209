"""A small picture of a series, drawn in the bounded child."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.bounded import BoundedChild
from app.dicom.decode import PixelFile
from app.dicom.header import Header, opened
from app.dicom.prescan import prescan
from app.jobs import never_cancelled
from app.jobs.runner import Cancelling

SIZE_PX = 184


def series_thumbnail(paths: Sequence[Path], *, child: BoundedChild, title: str = "", cancelled: Cancelling = never_cancelled) -> bytes:
    """PNG of 184 px of the middle image of `paths` (in the order of the series); `BadInput` where there is no picture."""
    path = paths[len(paths) // 2]
    return child.call(draw_thumbnail, path, title or "image", about=title or "image", cancelled=cancelled)


def draw_thumbnail(path: Path, title: str) -> bytes:
    """Runs in the bounded child."""
    from PIL import Image

    file = PixelFile(path, title)
    try:
        values = file.stored(file.frames // 2)
        with opened(path, header_only=True) as data:
            header = Header.of(prescan(data)).detach()
        grey = values if values.ndim == 3 and values.dtype == np.uint8 else _grey(_palette(header, values), header)
    finally:
        file.close()
    spacing = header.numbers(0x00280030)
    row_mm, column_mm = spacing if len(spacing) == 2 and min(spacing) > 0 else (1.0, 1.0)  # some headers say 0
    high, wide = grey.shape[0] * row_mm, grey.shape[1] * column_mm
    scale = SIZE_PX / max(high, wide)
    picture = Image.fromarray(np.ascontiguousarray(grey))  # the decoder has made RGB of YBR
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    canvas = Image.new(small.mode, (SIZE_PX, SIZE_PX))
    canvas.paste(small, ((SIZE_PX - small.width) // 2, (SIZE_PX - small.height) // 2))
    out = io.BytesIO()
    canvas.save(out, "PNG")
    return out.getvalue()


def _palette(header: Header, values: NDArray[Any]) -> NDArray[Any]:
    """Palette indices are drawn by the brightness of their colours."""
    if header.text(0x00280004) != "PALETTE COLOR":
        return values
    tables = [np.frombuffer(header.raw(tag)[: len(header.raw(tag)) // 2 * 2], "<u2") for tag in (0x00281201, 0x00281202, 0x00281203)]
    if not all(len(table) for table in tables):
        return values
    index = np.clip(values.astype(np.int64), 0, min(len(table) for table in tables) - 1)
    return np.asarray(sum(weight * table[index] for weight, table in zip((0.299, 0.587, 0.114), tables, strict=True)))


def _grey(values: NDArray[Any], header: Header) -> NDArray[np.uint8]:
    """By the window of the header, else between the percentiles 1 and 99; MONOCHROME1 is turned round."""
    if values.ndim == 3:
        values = values.mean(axis=2)
    slope, intercept = header.number(0x00281053) or 1.0, header.number(0x00281052) or 0.0
    centre, width = header.number(0x00281050), header.number(0x00281051)
    shown = values.astype(np.float32) * slope + intercept
    if centre is None or width is None or width < 1:
        low, high = (float(v) for v in np.percentile(shown, (1, 99)))
    else:
        low, high = centre - width / 2, centre + width / 2
    grey = np.clip((shown - low) / max(high - low, 1e-6), 0, 1)
    if header.text(0x00280004) == "MONOCHROME1":
        grey = 1 - grey
    return np.asarray((grey * 255 + 0.5).astype(np.uint8))
