"""Where slices lie: their order, their distances, and the grids they make.  Pure geometry.

Slices are counted as they are looked at: transverse ones from head to feet, sagittal ones from the patient's
right to the left, coronal ones from front to back.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import Correction, TranslatableText
from app.domain.frame import Frame, Orientation
from app.domain.geometry import Grid, Vector3

Vectors = NDArray[np.float64]

#: sign of the direction in which slices are counted, for normals along x, y, z (LPS)
_COUNTED = (1.0, 1.0, -1.0)
SAME_PLACE_MM = 0.01
#: relative difference of distances that are still called even
_EVEN = 0.05
#: how far slices of one stack may lie beside even places, as a share of their distance
_JITTER = 0.25
_LEAST_UPRIGHT = 0.3
#: drift of a stack against its normal, in pixels, up to which it is taken for upright
_DRIFT = 0.1
#: how far a slice may lie beside the line of its stack, in pixels
_BESIDE = 0.5
_TILT_DEG = 0.5
#: what lies farther apart than so many usual distances is not interpolated between
_FARTHEST = 3.0
#: and of two slices, which have no usual distance, what lies farther apart than this
_FAR_PAIR_MM = 30.0
#: a run of other distances needs so many slices
_LEAST_RUN = 3
#: a gap of so many slices, or a tenth of the stack, is another stack
_MOST_MISSING = 3

TILTED = (
    "The gantry was tilted by {deg}°: the slices lie where they were taken, each shifted against the last."
)
MISSING = "Slices missing between {first} mm and {last} mm: {n}; they are shown empty."
UNEVEN = (
    "The distance of the slices varies between {low} mm and {high} mm: values were interpolated at {mm} mm."
)
PARTS = "The distances of the slices change: the series is shown in {n} parts."


@dataclass(frozen=True, slots=True)
class SliceGrid:
    """Slices `first` … `last` - 1 of a stack as a grid.  `slots[i]` is the slice of the grid for the i-th of
    them.
    """

    first: int
    last: int
    grid: Grid
    slots: tuple[int, ...]
    correction: Correction = Correction.NONE
    warnings: tuple[TranslatableText, ...] = ()


def axes_of(frame: Frame) -> tuple[Vectors, Vectors, Vectors] | None:
    """Unit vectors (direction of counting, along a column, along a row); None where the cosines are no
    directions.
    """
    return None if frame.orientation is None else _axes(frame.orientation)


@lru_cache(maxsize=256)  # the frames of a series share it
def _axes(orientation: Orientation) -> tuple[Vectors, Vectors, Vectors] | None:
    along_row, along_column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = float(np.linalg.norm(along_row)), float(np.linalg.norm(along_column))
    if min(lengths) < 0.5 or abs(float(along_row @ along_column)) > 0.01 * lengths[0] * lengths[1]:
        return None
    along_row, along_column = along_row / lengths[0], along_column / lengths[1]
    along_column = along_column - (along_row @ along_column) * along_row
    along_column = along_column / np.linalg.norm(along_column)
    normal = np.cross(along_row, along_column)
    main = int(np.argmax(np.abs(normal)))
    axes = normal * (np.sign(normal[main]) * _COUNTED[main]), along_column, along_row
    for axis in axes:
        axis.setflags(write=False)  # it is shared
    return axes


def as_patient_grows(normal: Vectors) -> float:
    """Sign of a direction in which slices are counted along the patient's axis that it is nearest to."""
    return float(np.sign(normal[int(np.argmax(np.abs(normal)))]))


def places(frames: Sequence[Frame], axes: tuple[Vectors, Vectors, Vectors]) -> Vectors:
    """Positions of frames along the three axes, mm, shape (frame, 3)."""
    positions = np.array([frame.position_mm for frame in frames], dtype=float)
    return np.asarray(positions @ np.array(axes).T)


def clusters(values: Vectors, within: float = SAME_PLACE_MM) -> list[list[int]]:
    """Indices of values that lie together, lowest first."""
    order = np.argsort(values, kind="stable")
    found: list[list[int]] = []
    for i in order:
        if found and values[i] - values[found[-1][0]] <= within:
            found[-1].append(int(i))
        else:
            found.append([int(i)])
    return found


def lay_out(slices: Sequence[Frame]) -> list[SliceGrid] | None:
    """Slices in the order of counting as grids, each slice in one of them at most; None where they make none.

    A slice in no part stands alone.  Uneven distances make one RESAMPLED grid.
    """
    axes = axes_of(slices[0])
    if axes is None or len(slices) < 2 or slices[0].spacing.mm is None:
        return None
    at = places(slices, axes)
    if not _in_line(at, slices[0]) or _is_far_pair(at, slices[0]):
        return None
    parts = _parts(at[:, 0])
    if parts is None:
        laid = [_resampled(slices, at, axes)]
    else:
        told: tuple[TranslatableText, ...] = ((PARTS, {"n": str(len(parts))}),) if len(parts) > 1 else ()
        laid = [_even(slices, at, axes, first=a, last=b, told=told) for a, b in parts]
    return [one for one in laid if one is not None] or None


def _is_far_pair(at: Vectors, frame: Frame) -> bool:
    """Two slices alone, with nothing known between them."""
    reach = max(_FAR_PAIR_MM, _FARTHEST * (frame.slice_thickness_mm or 0.0))
    return len(at) == 2 and float(at[1, 0] - at[0, 0]) > reach


def in_lines(slices: Sequence[Frame]) -> list[list[int]]:
    """Slices that lie behind each other: all of them, or groups that are shifted sideways against each
    other.
    """
    axes = axes_of(slices[0])
    if axes is None or len(slices) < 2:
        return [list(range(len(slices)))]
    at = places(slices, axes)
    if _in_line(at, slices[0]):
        return [list(range(len(slices)))]
    within = _pixel(slices[0]) * _BESIDE
    groups: dict[tuple[int, int], list[int]] = {}
    rows, columns = (_labels(clusters(at[:, axis], within)) for axis in (1, 2))
    for i in range(len(slices)):
        groups.setdefault((rows[i], columns[i]), []).append(i)
    return list(groups.values())


def _labels(found: list[list[int]]) -> dict[int, int]:
    return {i: label for label, members in enumerate(found) for i in members}


def _pixel(frame: Frame) -> float:
    return min(frame.spacing.mm) if frame.spacing.mm is not None else 1.0


def _slope(at: Vectors) -> Vectors:
    """Sideways shift along a column and a row for each mm of the stack."""
    return np.asarray((at[-1, 1:] - at[0, 1:]) / (at[-1, 0] - at[0, 0]))


def _in_line(at: Vectors, frame: Frame) -> bool:
    if np.diff(at[:, 0]).min() <= SAME_PLACE_MM:
        return False
    beside = at[:, 1:] - at[0, 1:] - (at[:, :1] - at[0, 0]) * _slope(at)
    return bool(np.abs(beside).max() <= max(SAME_PLACE_MM, _BESIDE * _pixel(frame)))


def _even_slots(along: Vectors) -> list[int] | None:
    """The slot of each slice where the distances are even but for missing slices."""
    gaps = np.diff(along)
    gap = float(np.median(gaps))
    steps = np.rint(gaps / gap).astype(int)
    most = max(_MOST_MISSING, len(along) // 10)
    if steps.min() < 1 or steps.max() - 1 > most or _is_run(steps):
        return None
    slots = np.concatenate([[0], np.cumsum(steps)])
    fitted = float(along[-1] - along[0]) / int(slots[-1])
    if np.abs(along - along[0] - slots * fitted).max() > max(SAME_PLACE_MM, _EVEN * fitted):
        return None
    return [int(slot) for slot in slots] if slots[-1] + 1 - len(along) <= len(along) else None


def _is_run(steps: NDArray[np.int_]) -> bool:
    """Several wide gaps of one kind after each other are thick slices, not missing ones."""
    return any(
        step > 1 and len(list(members)) >= _LEAST_RUN for step, members in itertools.groupby(steps.tolist())
    )


def _parts(along: Vectors) -> list[tuple[int, int]] | None:
    """Ranges of slices with even distances; None where the stack does not consist of such."""
    if _even_slots(along) is not None:
        return [(0, len(along))]
    taken = np.zeros(len(along), dtype=bool)
    parts = []
    for first, last in sorted(_runs(np.diff(along)), key=lambda run: (run[0] - run[1], run[0])):
        while first < last and taken[first]:
            first += 1
        while last > first and taken[last - 1]:
            last -= 1
        if last - first >= _LEAST_RUN and not taken[first:last].any():
            taken[first:last] = True
            parts.append((first, last))
    if not taken.all() and _is_jitter(along):
        return None
    few = len(parts) <= max(2, len(along) // 5)
    return sorted(parts) if few and parts and taken.mean() >= 0.8 else None


def _is_jitter(along: Vectors) -> bool:
    """The slices lie near even places, one after another: an odd one is no end of a part."""
    gaps = np.diff(along)
    if (np.rint(gaps / float(np.median(gaps))) != 1).any():
        return False
    even = np.linspace(along[0], along[-1], len(along))
    return bool(np.abs(along - even).max() <= _JITTER * float(even[1] - even[0]))


def _runs(gaps: Vectors) -> list[tuple[int, int]]:
    """Ranges of slices whose distances are the same, the ends shared."""
    runs: list[tuple[int, int]] = []
    first = 0
    for i in range(1, len(gaps) + 1):
        if i == len(gaps) or abs(gaps[i] - gaps[first]) > max(SAME_PLACE_MM, _EVEN * gaps[first]):
            runs.append((first, i + 1))
            first = i
    return runs


def _even(
    slices: Sequence[Frame],
    at: Vectors,
    axes: tuple[Vectors, Vectors, Vectors],
    *,
    first: int,
    last: int,
    told: tuple[TranslatableText, ...],
) -> SliceGrid | None:
    along = at[first:last, 0]
    slots = _even_slots(along)
    if slots is None:
        return None
    gap = float(along[-1] - along[0]) / slots[-1]
    warnings = [*told]
    holes = [i for i in range(1, len(slots)) if slots[i] - slots[i - 1] > 1]
    if holes:
        heights = sorted(as_patient_grows(axes[0]) * along[[holes[0] - 1, holes[-1]]])
        lost = slots[-1] + 1 - len(slots)
        warnings.append(
            (MISSING, {"n": str(lost), "first": f"{heights[0]:.1f}", "last": f"{heights[1]:.1f}"})
        )
    leaning, tilt = _leaning(at[first:last], slices[first], axes)
    if leaning is None:
        return None
    if tilt > _TILT_DEG:
        warnings.append((TILTED, {"deg": f"{tilt:.1f}"}))
    grid = _grid(slices[first], slots[-1] + 1, gap, leaning, axes)
    correction = Correction.SHEARED if tilt else Correction.NONE
    return SliceGrid(first, last, grid, tuple(slots), correction, tuple(warnings))


def _leaning(
    at: Vectors, frame: Frame, axes: tuple[Vectors, Vectors, Vectors]
) -> tuple[Vectors | None, float]:
    """Vector from slice to slice for 1 mm along the normal, and its angle to it in degrees (0: upright)."""
    slope = _slope(at)
    drift = float(np.abs(slope).max()) * float(at[-1, 0] - at[0, 0])
    if drift <= _DRIFT * _pixel(frame):
        return axes[0], 0.0
    vector = axes[0] + slope[0] * axes[1] + slope[1] * axes[2]
    length = float(np.linalg.norm(vector))
    return (None if 1 / length < _LEAST_UPRIGHT else vector), float(np.degrees(np.arccos(1 / length)))


def _grid(
    frame: Frame, count: int, gap: float, leaning: Vectors, axes: tuple[Vectors, Vectors, Vectors]
) -> Grid:
    assert frame.position_mm is not None
    assert frame.spacing.mm is not None
    length = float(np.linalg.norm(leaning))
    x, y, z = (float(value) for value in frame.position_mm)
    return Grid(
        (count, frame.rows, frame.columns),
        (gap * length, *frame.spacing.mm),
        (x, y, z),
        (_vector(leaning / length), _vector(axes[1]), _vector(axes[2])),
    )


def _vector(values: Vectors) -> Vector3:
    x, y, z = (float(value) + 0.0 for value in values)
    return (x, y, z)


def _resampled(
    slices: Sequence[Frame], at: Vectors, axes: tuple[Vectors, Vectors, Vectors]
) -> SliceGrid | None:
    """Even distances at the median of those that are there; `slots` name the slice of the grid nearest to
    each.

    None where slices lie so far apart that nothing is known between them.
    """
    gaps = np.diff(at[:, 0])
    if gaps.max() > _FARTHEST * np.median(gaps):
        return None
    whole = float(at[-1, 0] - at[0, 0])
    count = min(4 * len(slices), max(2, round(whole / float(np.median(gaps))) + 1))
    leaning, tilt = _leaning(at, slices[0], axes)
    if leaning is None:
        return None
    gap = whole / (count - 1)
    told = {"low": f"{gaps.min():.2f}", "high": f"{gaps.max():.2f}", "mm": f"{gap:.2f}"}
    warnings: list[TranslatableText] = [(UNEVEN, told)]
    if tilt > _TILT_DEG:
        warnings.append((TILTED, {"deg": f"{tilt:.1f}"}))
    slots = tuple(round(float(height - at[0, 0]) / gap) for height in at[:, 0])
    grid = _grid(slices[0], count, gap, leaning, axes)
    return SliceGrid(0, len(slices), grid, slots, Correction.RESAMPLED, tuple(warnings))
