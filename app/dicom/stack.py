"""What a set of frames makes: stacks of parallel slices on a regular grid, with a confidence.

Pure geometry; no files.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.domain.frames import Frame, FrameSet
from app.domain.geometry import Grid, Point3, Vector3
from app.domain.volume import Quantity
from app.errors import BadInput

Warnings = tuple[tuple[str, dict[str, str]], ...]

_SAME_POSITION_MM = 0.01
_TILT_DEG = 0.5
_UNEVEN = 0.05  # of the gap
_SHIFT_MM = 1.0
_LEAP = 4.0  # times the usual gap: what follows is another stack

LEFT_OUT = "{n} of {total} images differ in orientation, matrix or spacing and were left out."
TILTED = "The gantry was tilted by {deg}°: reformatted planes are sheared."
MISSING = "Slices missing between {first} mm and {last} mm: {n}; they are shown empty."
UNEVEN = "The distance of the slices varies between {low} mm and {high} mm; {mean} mm is used."
LEAPS = "The positions leap by {mm} mm: {n} of {total} slices are shown."
ONE_OF_MANY = "The series holds {n} stacks at the same place; the largest is shown."
ACTIVITY = "Body weight, dose or times are missing: the values are activity, not SUV."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A volume that a series can be made into.

    `places[t][s]` is the index of the frame in the frame set, or -1 for a missing slice.  `confidence` is 0…1.
    """

    grid: Grid
    places: tuple[tuple[int, ...], ...]
    quantity: Quantity
    confidence: float
    warnings: Warnings = ()


def examine(frameset: FrameSet) -> tuple[Candidate, ...]:
    """All stacks of a series, the best first; `BadInput` says why there is none."""
    _refuse_kinds(frameset)
    usable = [i for i, frame in enumerate(frameset.frames) if frame.position_mm and frame.orientation and frame.spacing_mm]
    if not usable:
        raise BadInput(
            "The series of {n} images has no positions in the patient: it makes no volume.", n=len(frameset.frames),
            hint="Two-dimensional images are read one by one.",
        )  # fmt: skip
    groups = sorted(_alike(frameset.frames, usable), key=len, reverse=True)
    if len(groups[0]) < 2:
        if len(usable) == 1:
            raise BadInput("The series has a single image: it makes no volume.", hint="Two-dimensional images are read one by one.")
        raise BadInput(
            "The {n} images lie in {k} different orientations or matrices, as localizers do: they make no volume.",
            n=len(usable), k=len(groups),
        )  # fmt: skip
    found: list[Candidate] = []
    refusals: list[BadInput] = []
    for group in groups:
        if len(group) < 2:
            continue
        try:
            found.extend(_stacks(frameset, group))
        except BadInput as refusal:
            refusals.append(refusal)
    if not found:
        raise refusals[0]
    return tuple(sorted(found, key=lambda c: (-sum(len(row) for row in c.places), -c.confidence)))


def _refuse_kinds(frameset: FrameSet) -> None:
    if not frameset.frames:
        raise BadInput("The series has no images.")
    if frameset.samples == 0:
        raise BadInput("The series has no pixel data: it makes no volume.")
    if frameset.samples != 1 or not frameset.photometric.startswith("MONOCHROME"):
        raise BadInput("The series has colour images ({photometric}): it makes no volume.", photometric=frameset.photometric)


def _alike(frames: Sequence[Frame], usable: Iterable[int]) -> list[list[int]]:
    """Groups of frames of one matrix, spacing and orientation (within 0.06°)."""
    buckets: dict[tuple[object, ...], list[tuple[NDArray[np.float64], list[int]]]] = defaultdict(list)
    for i in usable:
        frame = frames[i]
        assert frame.spacing_mm is not None
        key = (frame.rows, frame.columns, round(frame.spacing_mm[0], 3), round(frame.spacing_mm[1], 3))
        orientation = np.asarray(frame.orientation)
        for known, members in buckets[key]:
            if np.abs(known - orientation).max() < 1e-3:
                members.append(i)
                break
        else:
            buckets[key].append((orientation, [i]))
    return [members for bucket in buckets.values() for _, members in bucket]


def _stacks(frameset: FrameSet, group: list[int]) -> list[Candidate]:
    frames = frameset.frames
    axes = _axes(frames[group[0]])
    positions = np.array([frames[i].position_mm for i in group], dtype=float)
    along = positions @ np.array(axes[0])
    slots = _clusters(along)
    counts = {len(members) for members in slots}
    if len(slots) < 2:
        raise BadInput("All {n} images lie at one position: they make no volume.", n=len(group))
    others = len(frames) - len(group)
    common: list[tuple[str, dict[str, str]]] = []
    if others:
        common.append((LEFT_OUT, {"n": str(others), "total": str(len(frames))}))
    if len(counts) == 1:
        return _candidates(frameset, _times(frames, group, slots), axes, common, [along[m[0]] for m in slots])
    return _by_key(frameset, group, axes, along, common)


def _clusters(along: NDArray[np.float64]) -> list[list[int]]:
    """Members of each position, lowest first."""
    order = np.argsort(along, kind="stable")
    slots: list[list[int]] = [[int(order[0])]]
    for i in order[1:]:
        if along[i] - along[slots[-1][0]] <= _SAME_POSITION_MM:
            slots[-1].append(int(i))
        else:
            slots.append([int(i)])
    return slots


def _sorting(frame: Frame) -> tuple[float, float, float, int, int]:
    return (frame.time or 0.0, frame.b_value or 0.0, frame.echo or 0.0, frame.number or 0, frame.index)


def _times(frames: Sequence[Frame], group: list[int], slots: list[list[int]]) -> list[list[int]]:
    """Frame indices (time, slice); members of one position in the order of time, b-value, echo, number."""
    columns = [sorted((group[m] for m in members), key=lambda i: _sorting(frames[i])) for members in slots]
    return [list(row) for row in zip(*columns, strict=True)]


def _by_key(
    frameset: FrameSet, group: list[int], axes: tuple[Vector3, Vector3, Vector3],
    along: NDArray[np.float64], common: list[tuple[str, dict[str, str]]],
) -> list[Candidate]:  # fmt: skip
    """Positions are taken by different numbers of images: stacks of one time, echo and b-value each, where these tell them apart."""
    frames = frameset.frames
    keys: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for member, i in enumerate(group):
        keys[frames[i].time, frames[i].echo, frames[i].b_value].append(member)
    stacks = []
    for members in keys.values():
        slots = _clusters(along[members])
        if len(slots) >= 2 and all(len(slot) == 1 for slot in slots):
            stacks.append([members[slot[0]] for slot in slots])
    if not stacks:
        crowded = _clusters(along)
        most = max(len(slot) for slot in crowded)
        raise BadInput(
            "Up to {n} images lie at one position, but not at all {k}: the series is mixed and makes no volume.", n=most, k=len(crowded),
        )  # fmt: skip
    stacks.sort(key=len, reverse=True)
    note = [*common, (ONE_OF_MANY, {"n": str(len(stacks))})] if len(stacks) > 1 else common
    found = []
    for stack in stacks:
        found.extend(_candidates(frameset, [[group[m] for m in stack]], axes, note, [along[m] for m in stack]))
    return found


def _axes(frame: Frame) -> tuple[Vector3, Vector3, Vector3]:
    """Unit vectors of increasing (slice, row, column) index."""
    assert frame.orientation is not None
    along_row, along_column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if min(lengths) < 0.5 or abs(float(along_row @ along_column)) > 0.01:
        raise BadInput("Image Orientation (Patient) is not made of two perpendicular directions: the series makes no volume.")
    along_row, along_column = along_row / lengths[0], along_column / lengths[1]
    along_column = along_column - (along_row @ along_column) * along_row
    along_column /= np.linalg.norm(along_column)
    return _vector(np.cross(along_row, along_column)), _vector(along_column), _vector(along_row)


def _vector(values: NDArray[np.float64]) -> Vector3:
    x, y, z = (float(v) + 0.0 for v in values)
    return (x, y, z)


def _candidates(
    frameset: FrameSet, rows: list[list[int]], axes: tuple[Vector3, Vector3, Vector3],
    common: list[tuple[str, dict[str, str]]], along: list[float],
) -> list[Candidate]:  # fmt: skip
    """One volume, or one for each run of slices where the positions leap."""
    gaps = np.diff(along)
    breaks = np.flatnonzero(gaps > _LEAP * np.median(gaps)) + 1
    if not len(breaks) or not any(text is UNEVEN for text, _ in _spacing(np.asarray(along))[2]):
        return [_candidate(frameset, rows, axes, common, along)]
    ends = [0, *(int(b) for b in breaks), len(along)]
    runs = [(a, b) for a, b in itertools.pairwise(ends) if b - a >= 2]
    return [
        _candidate(
            frameset, [row[a:b] for row in rows], axes,
            [*common, (LEAPS, {"n": str(b - a), "total": str(len(along)), "mm": f"{gaps.max():.1f}"})], along[a:b],
        )
        for a, b in runs
    ]  # fmt: skip


def _candidate(
    frameset: FrameSet, rows: list[list[int]], axes: tuple[Vector3, Vector3, Vector3],
    common: list[tuple[str, dict[str, str]]], along: list[float],
) -> Candidate:  # fmt: skip
    frames = frameset.frames
    warnings, confidence = list(common), 1.0 - 0.2 * bool(common)
    distances = np.asarray(along)
    tilt = _tilt(np.array([frames[i].position_mm for i in rows[0]], dtype=float), np.array(axes), frameset.gantry_tilt_deg)
    if tilt > _TILT_DEG:
        warnings.append((TILTED, {"deg": f"{tilt:.1f}"}))
        confidence -= 0.3
    gap, slots, told = _spacing(distances)
    warnings.extend(told)
    confidence -= 0.2 * len(told)
    places = [[-1] * (slots[-1] + 1) for _ in rows]
    for t, row in enumerate(rows):
        for slot, i in zip(slots, row, strict=True):
            places[t][slot] = i
    quantity = _quantity(frameset)
    if quantity is Quantity.ACTIVITY:
        warnings.append((ACTIVITY, {}))
    first = frames[rows[0][0]]
    assert first.position_mm is not None
    assert first.spacing_mm is not None
    grid = Grid(
        (slots[-1] + 1, first.rows, first.columns), (gap, first.spacing_mm[0], first.spacing_mm[1]),
        _point(first.position_mm), axes,
    )  # fmt: skip
    return Candidate(grid, tuple(tuple(row) for row in places), quantity, round(max(0.05, confidence), 3), tuple(warnings))


def _point(values: Point3) -> Point3:
    return (float(values[0]), float(values[1]), float(values[2]))


def _tilt(positions: NDArray[np.float64], axes: NDArray[np.float64], declared: float) -> float:
    """Degrees between the stack's direction and the normal; `BadInput` where slices jump sideways."""
    inside = (positions - positions[0]) @ axes[1:].T
    along = (positions - positions[0]) @ axes[0]
    slope = inside[-1] / along[-1]
    scatter = float(np.abs(inside - along[:, None] * slope).max())
    if scatter > _SHIFT_MM:
        raise BadInput("The images are shifted sideways against each other by {mm} mm: they make no volume.", mm=f"{scatter:.1f}")
    found = math.degrees(math.atan(float(np.linalg.norm(slope))))
    return found if found > _TILT_DEG or abs(declared) <= _TILT_DEG else 0.0


def _spacing(along: NDArray[np.float64]) -> tuple[float, list[int], list[tuple[str, dict[str, str]]]]:
    """Slice distance, the slot of each slice, and what is to be said of it."""
    gaps = np.diff(along)
    gap = float(np.median(gaps))
    steps = np.rint(gaps / gap).astype(int)
    n = len(along)
    if steps.min() >= 1 and np.abs(gaps - steps * gap).max() <= _UNEVEN * gap * max(1, int(steps.max())):
        slots = np.concatenate([[0], np.cumsum(steps)])
        lost = int(slots[-1]) + 1 - n
        if lost == 0:
            return float(along[-1] - along[0]) / (n - 1), list(range(n)), []
        if lost <= 2 * n:
            holes = np.flatnonzero(steps > 1)
            told = {"n": str(lost), "first": f"{along[holes[0]]:.1f}", "last": f"{along[holes[-1] + 1]:.1f}"}
            return float(along[-1] - along[0]) / int(slots[-1]), [int(s) for s in slots], [(MISSING, told)]
    mean = float(along[-1] - along[0]) / (n - 1)
    told = {"low": f"{gaps.min():.2f}", "high": f"{gaps.max():.2f}", "mean": f"{mean:.2f}"}
    return mean, list(range(n)), [(UNEVEN, told)]


def _quantity(frameset: FrameSet) -> Quantity:
    if frameset.modality == "CT" and frameset.rescale_type in ("", "HU", "US"):
        # "US" (unspecified) is what older scanners write for Hounsfield units of original images
        return Quantity.HU
    if frameset.rescale_type == "SUVBW":
        return Quantity.SUV_BW
    if frameset.modality == "PT" and frameset.rescale_type == "BQML":
        return Quantity.ACTIVITY
    return Quantity.ARBITRARY
