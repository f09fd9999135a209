"""Stored values to grey, exactly as PS3.3 C.11 has it: modality → VOI → presentation → 8 bits.

Arrays are (row, column).  Values of up to 16 bits go through one table per pipeline, indexed by their bits;
wider ones are computed.  Padding is black whatever the inversion, as the surround of an image is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.pixel import LookupTable, RealWorldValues, Rescale
from app.domain.presentation import GreyPipeline, VoiFunction, VoiTransform, Window

_OPAQUE = np.uint32(0xFF000000)
_GREY = np.uint32(0x00010101)
#: tables kept; one of 32 bits takes 256 KiB
_TABLES = 128


def to_grey(stored: NDArray[Any], pipeline: GreyPipeline) -> NDArray[np.uint8]:
    """Grey of stored values, 0 black … 255 white."""
    bits = _bits(stored)
    if bits is None:
        return _computed(stored, pipeline)
    return np.asarray(grey_table(pipeline, stored.dtype.str).take(bits))


def to_rgb32(stored: NDArray[Any], pipeline: GreyPipeline) -> NDArray[np.uint32]:
    """As `to_grey`, as contiguous 0xffRRGGBB, which a screen of 32 bits takes without a conversion."""
    bits = _bits(stored)
    if bits is None:
        return np.ascontiguousarray(_colours(pipeline.palette)[_computed(stored, pipeline)])
    return np.asarray(_rgb_table(pipeline, stored.dtype.str).take(bits))  # quicker than by index


def colour_to_rgb32(
    pixels: NDArray[np.uint8], window: Window | None = None, inverse: bool = False
) -> NDArray[np.uint32]:
    """RGB of shape (row, column, 3) as contiguous 0xffRRGGBB; a window over 0…255 changes the brightness."""
    if window is not None or inverse:
        voi = window or Window(127.5, 255.0, function=VoiFunction.LINEAR_EXACT)
        pixels = grey_table(GreyPipeline(None, voi, inverse), "|u1")[pixels]
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return np.ascontiguousarray(_OPAQUE | (red << 16) | (green << 8) | blue)


@lru_cache(maxsize=_TABLES)
def grey_table(pipeline: GreyPipeline, dtype: str) -> NDArray[np.uint8]:
    """Grey of every value of an integer type of 8 or 16 bits, at the value's bits read as unsigned."""
    kind = np.dtype(dtype)
    unsigned = np.dtype(f"u{kind.itemsize}")
    values = np.arange(1 << (8 * kind.itemsize), dtype=unsigned).view(kind.newbyteorder("="))
    return _computed(values, pipeline)


@lru_cache(maxsize=_TABLES)
def _rgb_table(pipeline: GreyPipeline, dtype: str) -> NDArray[np.uint32]:
    return np.asarray(_colours(pipeline.palette)[grey_table(pipeline, dtype)])


@lru_cache(maxsize=8)
def _colours(palette: bytes) -> NDArray[np.uint32]:
    """0xffRRGGBB of the 256 grey levels: themselves, or the colours that stand for them."""
    levels = np.arange(256, dtype=np.uint32)
    entries = len(palette) // 3
    if not entries:
        return levels * _GREY | _OPAQUE
    table = np.frombuffer(palette, np.uint8, 3 * entries).reshape(entries, 3).astype(np.uint32)
    red, green, blue = table[np.rint(levels * ((entries - 1) / 255.0)).astype(np.int64)].T
    return np.asarray(_OPAQUE | (red << 16) | (green << 8) | blue)


def _bits(stored: NDArray[Any]) -> NDArray[Any] | None:
    """Integers of up to 16 bits as unsigned ones; None for others."""
    kind = stored.dtype
    if kind.kind not in "iu" or kind.itemsize > 2:
        return None
    if not kind.isnative:
        stored = stored.astype(kind.newbyteorder("="))
    return np.asarray(stored.view(f"u{kind.itemsize}"))


def _computed(stored: NDArray[Any], pipeline: GreyPipeline) -> NDArray[np.uint8]:
    shares = voi_shares(real_of(stored, pipeline), pipeline.voi)
    if pipeline.presentation is not None:
        shares = _presented(shares, pipeline.presentation)
    if pipeline.inverse:
        shares = 1.0 - shares
    # what is no number is no image either: black, as padding is
    grey = np.floor(np.nan_to_num(shares, nan=0.0) * 255.0 + 0.5).astype(np.uint8)
    if pipeline.padding is not None:
        low, high = sorted(pipeline.padding)
        grey[(stored >= low) & (stored <= high)] = 0
    return np.asarray(grey)


def real_of(stored: NDArray[Any], pipeline: GreyPipeline) -> NDArray[np.float64]:
    """Values after the modality transform (PS3.3 C.11.1)."""
    if pipeline.unscaled is not None:
        back = pipeline.unscaled
        stored = np.rint(np.nan_to_num(stored.astype(np.float64) * back.slope + back.intercept))
    match pipeline.modality:
        case LookupTable() | RealWorldValues() as table:
            return table.apply(stored).astype(np.float64)
        case Rescale(slope=slope, intercept=intercept):
            return np.asarray(stored.astype(np.float64) * slope + intercept)
    return stored.astype(np.float64)


def voi_shares(values: NDArray[np.float64], voi: VoiTransform) -> NDArray[np.float64]:
    """Brightness 0…1 of real values (PS3.3 C.11.2)."""
    if isinstance(voi, LookupTable):
        return _through_table(values, voi)
    if voi.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (values - voi.centre) / voi.width, -700.0, 700.0)
        return np.asarray(1.0 / (1.0 + np.exp(exponent)))
    low, high = voi.low, voi.high
    if high <= low:  # LINEAR of width 1 is a step: black up to the threshold, white above
        return np.where(np.isnan(values), np.nan, (values > low).astype(np.float64))
    return np.asarray(np.clip((values - low) / (high - low), 0.0, 1.0))


def _presented(shares: NDArray[np.float64], table: LookupTable) -> NDArray[np.float64]:
    """A Presentation LUT takes the whole range of what the VOI gives, as many steps as it has entries."""
    steps = np.rint(np.nan_to_num(shares, nan=0.0) * (len(table.entries) - 1)) + table.first_mapped
    out = table.apply(steps.astype(np.int64)) / float((1 << table.bits) - 1)
    return np.where(np.isnan(shares), np.nan, np.clip(out, 0.0, 1.0))


def _through_table(values: NDArray[np.float64], table: LookupTable) -> NDArray[np.float64]:
    """A VOI LUT takes integers: real values between them take the nearest."""
    whole = np.rint(np.nan_to_num(values, nan=float(table.first_mapped)))
    whole = np.clip(whole, table.first_mapped - 1, table.first_mapped + len(table.entries))
    shares = table.apply(whole.astype(np.int64)) / float((1 << table.bits) - 1)
    return np.where(np.isnan(values), np.nan, np.clip(shares, 0.0, 1.0))
