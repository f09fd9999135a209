"""Curves over time: electrocardiograms and other waveforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """One curve: `values` of shape (sample,) in `unit` (UCUM, "" where unknown), NaN where nothing was
    recorded.
    """

    name: str
    unit: str
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class MultiplexGroup:
    """Channels that were sampled together, so many times a second."""

    label: str
    frequency_hz: float
    channels: tuple[Channel, ...]

    @property
    def duration_s(self) -> float:
        """How long it was recorded."""
        return max((len(channel.values) for channel in self.channels), default=0) / self.frequency_hz


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """All groups of a waveform object; `notes` are what it says of itself, in its own words."""

    title: str
    groups: tuple[MultiplexGroup, ...]
    notes: tuple[str, ...] = ()
