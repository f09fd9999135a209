"""Frames that may be of one volume: of one matrix, kind of value, spacing and orientation.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

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


def _parallel(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Frames of one orientation and spacing: those near the first, then near the first of the others."""
    left = list(frames)
    groups = []
    while left:
        near = _near(left, left[0], _SAME_DIRECTION)
        near[0] = True  # whatever its numbers are
        groups.append([frame for frame, is_near in zip(left, near, strict=True) if is_near])
        left = [frame for frame, is_near in zip(left, near, strict=True) if not is_near]
    return groups


def _near(frames: Sequence[Frame], first: Frame, direction: float) -> list[bool]:
    orientations = np.array([frame.orientation for frame in frames], dtype=float)
    spacings = np.array([frame.spacing.mm for frame in frames], dtype=float)
    spacing = np.array(first.spacing.mm, dtype=float)
    near = np.abs(orientations - np.array(first.orientation, dtype=float)).max(axis=1) < direction
    near &= (np.abs(spacings - spacing) <= _SAME_SPACING * spacing).all(axis=1)
    return [bool(one) for one in near]


def _joined(groups: list[list[Frame]]) -> list[Group]:
    """Groups whose small difference of orientation is noise are one: together they have more places in a row
    than each of them.  Volumes that were turned by motion correction stay apart.
    """
    found: list[Group] = []
    left = sorted(groups, key=len, reverse=True)
    while left:
        first = left.pop(0)
        others = [one for one in left if _near([one[0]], first[0], _NEAR_DIRECTION)[0]]
        together = [frame for one in (first, *others) for frame in one]
        if others and _makes_more(together, (first, *others)):
            found.append((together, ((VARYING, {"deg": f"{_spread_deg(together):.2f}"}),)))
            left = [one for one in left if not any(one is other for other in others)]
        else:
            found.append((first, ()))
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
