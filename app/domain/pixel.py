"""How the stored numbers of an image are to be understood: their form, their distance, their meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The form of stored values (PS3.3 C.7.6.3).

    `photometric` is the Photometric Interpretation as the object has it.  `bits_allocated`, `bits_stored` and
    `high_bit` count within one sample; `floating` marks Float and Double Float Pixel Data.
    """

    photometric: str
    samples: int = 1
    bits_allocated: int = 16
    bits_stored: int = 16
    high_bit: int = 15
    signed: bool = False
    floating: bool = False

    @property
    def is_monochrome1(self) -> bool:
        """The lowest value is meant to be shown white (PS3.3 C.7.6.3.1.2)."""
        return self.photometric == "MONOCHROME1"

    @property
    def is_grey(self) -> bool:
        """One sample whose value is a brightness."""
        return self.samples == 1 and self.photometric in ("MONOCHROME1", "MONOCHROME2")

    @property
    def stored_range(self) -> tuple[int, int]:
        """Lowest and highest stored value that the bits can hold."""
        top = 1 << self.bits_stored
        return (-top // 2, top // 2 - 1) if self.signed else (0, top - 1)


class SpacingSource(StrEnum):
    """What a pixel distance was measured on, and so what a length on the image is worth."""

    PATIENT = "patient"  # Pixel Spacing of a cross-sectional image: millimetres in the patient
    DETECTOR = "detector"  # Imager Pixel Spacing: millimetres on the detector, magnified by the projection
    CALIBRATED = "calibrated"  # corrected by a fiducial, a known magnification or an ultrasound region
    NONE = "none"  # no distance is known: lengths are pixels


@dataclass(frozen=True, slots=True)
class PixelSpacing:
    """Distance of pixel centres.

    `mm` is (between rows, between columns), None where the object gives none.  `magnification` is the
    Estimated Radiographic Magnification Factor that a calibrated distance was divided by.  `aspect` is the
    Pixel Aspect Ratio (vertical, horizontal) that the image is shown with where there is no distance.
    """

    mm: tuple[float, float] | None = None
    source: SpacingSource = SpacingSource.NONE
    magnification: float | None = None
    aspect: tuple[float, float] = (1.0, 1.0)

    @property
    def display_ratio(self) -> tuple[float, float]:
        """(height, width) of a pixel on the screen, in any unit."""
        return self.mm if self.mm is not None else self.aspect


@dataclass(frozen=True, slots=True)
class Rescale:
    """real = slope · stored + intercept (PS3.3 C.11.1)."""

    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A Modality, VOI or Presentation LUT (PS3.3 C.11.1.1, C.11.2.1.1).

    Inputs below `first_mapped` give the first entry, inputs beyond the end the last one.  `data` are the
    entries as little-endian unsigned 16-bit values, `bits` how many of them an entry uses, `explanation` what
    people call it.
    """

    first_mapped: int
    bits: int
    data: bytes
    explanation: str = ""

    @property
    def entries(self) -> NDArray[np.uint16]:
        """The entries, shape (n,)."""
        return np.frombuffer(self.data, "<u2")

    def apply(self, values: NDArray[np.integer]) -> NDArray[np.uint16]:
        """Entries of integer inputs, of the same shape."""
        entries = self.entries
        index = np.clip(values.astype(np.int64) - self.first_mapped, 0, len(entries) - 1)
        return np.asarray(entries[index])


@dataclass(frozen=True, slots=True)
class RealWorldValues:
    """A Real World Value Mapping (PS3.3 C.7.6.16.2.11): slope · stored + intercept, or where there is `data`
    its entries (little-endian float64), the first one for `first`.

    Stored values out of `first` … `last` have no real one: NaN; None has no end.  `unit` is UCUM.
    """

    unit: str
    meaning: str = ""
    slope: float = 1.0
    intercept: float = 0.0
    first: float | None = None
    last: float | None = None
    data: bytes = b""

    @property
    def linear(self) -> Rescale | None:
        """Its rescale; None of a table."""
        return None if self.data else Rescale(self.slope, self.intercept)

    @property
    def entries(self) -> NDArray[np.float64]:
        """The entries of its table, shape (n,)."""
        return np.frombuffer(self.data, "<f8")

    def covers(self, span: tuple[float, float]) -> bool:
        """Every stored value between two has a real one."""
        low, high = span
        return (self.first is None or self.first <= low) and (self.last is None or high <= self.last)

    @property
    def span(self) -> tuple[float, float]:
        """The lowest and the highest real value of a linear mapping."""
        ends = (-math.inf if self.first is None else self.first, math.inf if self.last is None else self.last)
        low, high = sorted(end * self.slope + self.intercept for end in ends)
        return low, high

    def times(self, factor: float) -> RealWorldValues:
        """Of values that are so many times as large."""
        data = (self.entries * factor).astype("<f8").tobytes() if self.data else b""
        return replace(self, slope=self.slope * factor, intercept=self.intercept * factor, data=data)

    def apply(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Real values, of the same shape."""
        values = stored.astype(np.float64)
        outside = ~np.isfinite(values)
        if self.first is not None:
            outside |= values < self.first
        if self.last is not None:
            outside |= values > self.last
        if self.data:
            entries = self.entries
            index = np.where(outside, 0, np.rint(values - (self.first or 0.0)))
            values = entries[np.clip(index, 0, len(entries) - 1).astype(np.int64)]
        else:
            values = values * self.slope + self.intercept
        values[outside] = np.nan
        return np.asarray(values)


#: from stored values to real ones; a frame without one has stored values only
ValueTransform = Rescale | LookupTable | RealWorldValues
