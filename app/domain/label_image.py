"""Segments that may overlap as one image of labels, for screens that show one label a voxel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.domain.geometry import Grid
from app.domain.segmentation import Segment, Segmentation
from app.domain.study import SeriesUid
from app.errors import LimitExceeded

#: labels of a `Segmentation`
MOST_LABELS = 255


def label_image(
    parts: Iterable[tuple[Segment, NDArray[np.uint8]]],
    grid: Grid,
    *,
    source_series_uid: SeriesUid = SeriesUid(""),
    frame_of_reference_uid: str = "",
) -> Segmentation:
    """One label for each segment, and one for each way in which segments overlap, named and coloured after
    them.

    Masks have the shape of the grid; of fractions, half and more counts.  Raises `LimitExceeded` where there
    are more than 255 labels.
    """
    labels, segments = overlapping_labels(parts, grid.shape)
    return Segmentation(
        grid, labels, segments, source_series_uid, frame_of_reference_uid=frame_of_reference_uid
    )


def overlapping_labels(
    parts: Iterable[tuple[Segment, NDArray[np.uint8]]], shape: tuple[int, ...]
) -> tuple[NDArray[np.uint8], tuple[Segment, ...]]:
    """The same of masks of any shape: labels of that shape, and what they are."""
    state = np.zeros(shape, np.uint16)
    made: list[tuple[Segment, ...]] = [()]
    for segment, values in parts:
        _lay(state, made, segment, values > (127 if values.max(initial=0) > 1 else 0))
    used = [int(number) for number in np.unique(state) if number]
    alone = [n for n, segments in enumerate(made) if len(segments) == 1 and n not in used]
    shown = sorted((*used, *alone), key=lambda n: (len(made[n]), n))
    if len(shown) > MOST_LABELS:
        raise LimitExceeded(
            "The segments overlap in {found} ways; {limit} can be shown at once.",
            found=len(shown),
            limit=MOST_LABELS,
        )
    table = np.zeros(len(made), np.uint8)
    for label, number in enumerate(shown, 1):
        table[number] = label
    return table[state], tuple(_joined(made[number], label) for label, number in enumerate(shown, 1))


def _lay(
    state: NDArray[np.uint16], made: list[tuple[Segment, ...]], segment: Segment, mask: NDArray[np.bool_]
) -> None:
    """Add a segment to what is there already at its voxels; every segment has a label of its own."""
    alone = len(made)
    made.append((segment,))
    below = state[mask]
    table = np.full(alone, alone, np.uint16)
    for number in (int(n) for n in np.unique(below) if n):
        table[number] = len(made)
        made.append((*made[number], segment))
        if len(made) > np.iinfo(np.uint16).max:
            raise LimitExceeded(
                "The segments overlap in {found} ways; {limit} can be shown at once.",
                found=len(made),
                limit=MOST_LABELS,
            )
    state[mask] = table[below]


def _joined(segments: tuple[Segment, ...], label: int) -> Segment:
    """A segment under its label, or several as one."""
    if len(segments) == 1:
        return replace(segments[0], number=label)
    colors = np.array([segment.color for segment in segments], dtype=float)
    red, green, blue = (int(value) for value in np.rint(colors.mean(axis=0)))
    names = " + ".join(segment.label for segment in segments)
    return replace(segments[0], number=label, label=names, color=(red, green, blue), algorithm=None)
