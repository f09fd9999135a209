"""Frames that may be of one volume: of one matrix, kind of value, spacing and orientation.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.quantities import kind_of_value
from app.dicom.read.slice_geometry import axes_of, clusters, lay_out, places
from app.domain.display_set import Correction, TranslatableText
from app.domain.frame import Frame

VARYING = "The orientation of the slices varies by up to {deg}°; they were put together by their positions."
#: difference of direction cosines of slices that are parallel: 0.06°
_SAME_DIRECTION = 1e-3
#: and of those that noise in the header tells apart: 0.6°, as OHIF has it
_NEAR_DIRECTION = 1e-2
#: share by which distances of pixels may differ
_SAME_SPACING = 1e-3
#: fewer slices tell no distance
_LEAST_SLICES = 3

Group = tuple[list[Frame], tuple[TranslatableText, ...]]


def alike(frames: Iterable[Frame]) -> list[Group]:
    """Groups of frames, with what is to be said of each."""
    buckets: dict[Hashable, list[Frame]] = defaultdict(list)
    for frame in frames:
        key = (
            frame.rows, frame.columns, frame.sop_class_uid, frame.pixel_format.photometric,
            kind_of_value(frame), type(frame.transform).__name__,
        )  # fmt: skip
        buckets[key].append(frame)
    return [group for bucket in buckets.values() for group in _joined(_parallel(bucket))]


class _Directions:
    """Orientations and distances of pixels of frames, to find those that are near one of them."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self._orientations = np.array([frame.orientation for frame in frames], dtype=float)
        self._spacings = np.array([frame.spacing.mm for frame in frames], dtype=float)

    def near(self, first: int, direction: float) -> NDArray[np.bool_]:
        """Of each frame, whether its cosines differ by less than `direction` from those of the `first`."""
        spacing = self._spacings[first]
        near = np.abs(self._orientations - self._orientations[first]).max(axis=1) < direction
        near &= (np.abs(self._spacings - spacing) <= _SAME_SPACING * spacing).all(axis=1)
        near[first] = True  # whatever its numbers are
        return np.asarray(near)


def _parallel(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames of one orientation and spacing: those near the first, then near the first of the others."""
    directions = _Directions(frames)
    left = np.ones(len(frames), dtype=bool)
    groups = []
    while left.any():
        near = directions.near(int(np.argmax(left)), _SAME_DIRECTION) & left
        groups.append([frames[int(i)] for i in np.flatnonzero(near)])
        left &= ~near
    return groups


def _joined(groups: list[list[Frame]]) -> list[Group]:
    """Groups whose small difference of orientation is noise are one: together they have more places in a row
    than each of them.  Volumes that were turned by motion correction stay apart.
    """
    if len(groups) == 1:
        return [(groups[0], ())]
    groups = sorted(groups, key=len, reverse=True)
    directions = _Directions([group[0] for group in groups])
    left = np.ones(len(groups), dtype=bool)
    found: list[Group] = []
    while left.any():
        near = directions.near(int(np.argmax(left)), _NEAR_DIRECTION) & left
        left &= ~near
        parts = [groups[int(i)] for i in np.flatnonzero(near)]
        together = [frame for part in parts for frame in part]
        if len(parts) > 1 and _makes_more(together, parts):
            found.append((together, ((VARYING, {"deg": f"{_spread_deg(together):.2f}"}),)))
        else:
            found.extend((part, ()) for part in parts)
    return found


def _makes_more(together: Sequence[Frame], parts: Sequence[Sequence[Frame]]) -> bool:
    rows = [_in_a_row(part) for part in parts]
    whole = _in_a_row(together)
    return whole > max(rows) if whole else not any(rows)


def _in_a_row(frames: Sequence[Frame]) -> int:
    """Number of places that make one even grid; 0 where they make none."""
    axes = axes_of(frames[0])
    assert axes is not None
    slices = [frames[place[0]] for place in clusters(places(frames, axes)[:, 0])]
    laid = lay_out(slices) if len(slices) >= _LEAST_SLICES else None
    if laid is None or len(laid) > 1 or laid[0].correction is Correction.RESAMPLED:
        return 0
    return len(slices) if laid[0].last - laid[0].first == len(slices) else 0


def _spread_deg(frames: Sequence[Frame]) -> float:
    orientations = np.array([frame.orientation for frame in frames], dtype=float)
    return float(np.degrees(np.ptp(orientations, axis=0).max()))
