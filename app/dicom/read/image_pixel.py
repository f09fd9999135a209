"""The Image Pixel module: what the stored words of a frame mean (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.prescan import Prescan

_PALETTE, _MONOCHROME = "PALETTE COLOR", "MONOCHROME"


@dataclass(frozen=True, slots=True)
class ImagePixel:
    """Size and meaning of the pixels of one object."""

    rows: int
    columns: int
    samples: int
    photometric: str
    by_plane: bool
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool

    @classmethod
    def of(cls, found: Prescan) -> ImagePixel:
        """From a file that has been looked at; what is missing or impossible has the usual value."""
        samples, allocated = found.samples, found.number(0x00280100)
        text = found.values.get(0x00280004, b"").strip(b"\0 ").decode("ascii", "replace").upper()
        stored = found.number(0x00280101)
        stored = stored if 0 < stored <= allocated else allocated
        high = found.number(0x00280102, stored - 1)
        return cls(
            found.number(0x00280010),
            found.number(0x00280011),
            samples,
            text or ("MONOCHROME2" if samples == 1 else "RGB"),
            found.number(0x00280006) == 1,
            allocated,
            stored,
            high if stored - 1 <= high < allocated else stored - 1,
            found.number(0x00280103) == 1,
        )

    @property
    def is_palette(self) -> bool:
        """The stored values are indices of colours."""
        return self.samples == 1 and self.photometric == _PALETTE

    @property
    def photometric_out(self) -> str:
        """MONOCHROME1 or MONOCHROME2 for one sample, else RGB."""
        if self.samples > 1 or self.is_palette:
            return "RGB"
        return self.photometric if self.photometric.startswith(_MONOCHROME) else "MONOCHROME2"

    def of_words(self, words: NDArray[Any]) -> NDArray[Any]:
        """Stored values of uncompressed words.

        A value lies in Bits Stored bits below and with High Bit; what is above is no part of it (old writers
        keep overlays there), what is below neither.
        """
        words = words.astype(words.dtype.newbyteorder("="), copy=False)
        if words.dtype.kind not in "iu":
            return words
        return _field(words, self.bits_stored, self.high_bit + 1 - self.bits_stored, signed=self.signed)

    def of_stream(self, samples: NDArray[Any], precision: int) -> NDArray[Any]:
        """Stored values of what a decoder gave, of `precision` bits.

        The stream's own bits decide where Bits Stored and High Bit contradict them. Signed samples come of
        JPEG 2000 only, which tells the sign; others hold the two's complement of negative values.
        """
        container = max(8 * samples.dtype.itemsize, 8 * -(-self.bits_allocated // 8))
        kind = samples.dtype.kind
        samples = samples.astype(f"{kind}{container // 8}", copy=False)
        if kind == "i":
            if self.signed:
                return samples
            samples = _field(samples, precision, 0, signed=False)
        below = self.high_bit + 1 - self.bits_stored if precision > self.high_bit else 0
        bits = self.bits_stored
        if precision > bits and below == 0 and self._exceed(samples, precision):
            bits = precision
        return _field(samples, bits, below, signed=self.signed)

    def _exceed(self, samples: NDArray[Any], precision: int) -> bool:
        """There are values that Bits Stored bits cannot hold."""
        high = samples >= 1 << self.bits_stored
        if self.signed:  # the bits above a negative value repeat its sign
            high &= samples < (1 << precision) - (1 << (self.bits_stored - 1))
        return bool(high.any())


def _field(words: NDArray[Any], bits: int, below: int, *, signed: bool) -> NDArray[Any]:
    """`bits` bits of each word above the lowest `below`, as signed or unsigned numbers."""
    size = words.dtype.itemsize
    kind = np.dtype(f"{'i' if signed else 'u'}{size}")
    words = words.view(kind)
    above = 8 * size - bits - below
    if above <= 0 and below == 0:
        return words
    if signed:
        shifted: NDArray[Any] = np.right_shift(np.left_shift(words, above), above + below)
        return shifted
    kept: NDArray[Any] = np.right_shift(words, below) if below else words
    masked: NDArray[Any] = np.bitwise_and(kept, np.asarray((1 << bits) - 1, kind))
    return masked
