"""Lungs by threshold and morphology.

1. A coarse grid of about 2 mm: air inside the body, the windpipe followed down from the neck and taken out,
   the lungs as the large components, parted where they touch, closed over vessels and nodules at the pleura.
2. On the images' grid: air near the coarse lungs, with the coarse filling of vessels; so outlines are those
   of the images and not of the grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from app.domain.geometry import Grid
from app.errors import BadInput, Cancelled
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.cuts import COARSE_MM

#: half way between lung (about −850) and soft tissue (about 40)
AIR_HU = -400.0
#: the air of a room is darker than any mean of lung; what lies outside the circle of reconstruction is darker
#: still
_ROOM_HU = -955.0
#: foam of tables and cushions is darker than this, most lungs are not
_FOAM_HU = -890.0
_VOID_HU = -1018.0
_CLOSING_MM = 6.0
_LEAST_LUNG_ML = 150.0
_WINDPIPE_MM2 = (50.0, 900.0)
#: followed over this length it was the windpipe
_WINDPIPE_MM = 50.0
#: larger holes in a lung are organs under the diaphragm's dome, not vessels
_LARGEST_HOLE_MM2 = 350.0
_RIGHT, _LEFT = 1, 2

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Coarse:
    """Mean HU on the coarse grid and how many voxels of each axis make one of it."""

    values: NDArray[np.float32]
    factors: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]


def segment_lungs(
    values: NDArray[Any], grid: Grid, *, progress: Progress, cancelled: Cancelling
) -> NDArray[np.uint8]:
    """Labels 1 (right) and 2 (left) of (slice, row, column) HU.  `BadInput` where no lung is seen."""

    def step(share: float) -> None:
        if cancelled():
            raise Cancelled
        progress(share)

    coarse = _coarsen(values, grid)
    step(0.25)
    air = _inner_air(coarse)
    step(0.35)
    airway = _windpipe(coarse, air, feet_first=grid.axes[0][2] > 0)
    lungs = _lung_components(air & ~airway, coarse)
    step(0.5)
    parted = _part(lungs, grid, coarse)
    filled = _close(parted, airway, coarse)
    step(0.6)
    out: NDArray[np.uint8] = np.zeros(values.shape, dtype=np.uint8)
    for labels, part in _refined(values, parted, filled, coarse):
        out[part] = labels
        step(0.6 + 0.39 * (part.stop / len(values)))
    return out


def _coarsen(values: NDArray[Any], grid: Grid) -> _Coarse:
    """Mean of blocks; the rest at the ends is repeated."""
    factors = tuple(max(1, round(COARSE_MM / mm)) for mm in grid.spacing_mm)
    fz, fy, fx = factors
    rows, columns = -(-values.shape[1] // fy), -(-values.shape[2] // fx)
    planes = np.empty((len(values), rows, columns), dtype=np.float32)
    for number, image in enumerate(values):
        padded = np.pad(
            np.maximum(image, -1100).astype(np.float32),
            ((0, -len(image) % fy), (0, -image.shape[1] % fx)),
            mode="edge",
        )
        planes[number] = padded.reshape(rows, fy, columns, fx).mean(axis=(1, 3))
    planes = np.pad(planes, ((0, -len(planes) % fz), (0, 0), (0, 0)), mode="edge")
    coarse = planes.reshape(-1, fz, rows, columns).mean(axis=1)
    spacing = tuple(mm * f for mm, f in zip(grid.spacing_mm, factors, strict=True))
    return _Coarse(coarse, (fz, fy, fx), (spacing[0], spacing[1], spacing[2]))


def _inner_air(coarse: _Coarse) -> Mask:
    """Air inside the body; the room, the table and its foam are outside."""
    tissue = coarse.values > -300
    disc = ndimage.generate_binary_structure(2, 1)[None]
    solid = ndimage.binary_opening(
        tissue, structure=disc, iterations=max(1, round(4.0 / coarse.spacing_mm[1]))
    )
    labels, _ = ndimage.label(solid)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body = labels == int(sizes.argmax())
    inner = np.zeros_like(tissue)
    for plane, values, out in zip(body, coarse.values, inner, strict=True):
        closed = ndimage.binary_closing(np.pad(plane, 4), iterations=3)[4:-4, 4:-4]
        air = (values < AIR_HU) & ~plane
        out[:] = ndimage.binary_fill_holes(closed) & air
        out[:] |= _open_lung(values, air & ~out, closed)
    return inner


def _open_lung(values: NDArray[np.float32], open_air: Mask, body: Mask) -> Mask:
    """Lung that the field of view cuts open: air between parts of the body, walled by it, grey as lung and
    not black as the room.

    Pixels outside the circle of reconstruction count as edge. Foam of the table is grey too, but it lies
    behind the body.
    """
    edge = np.ones_like(open_air)
    edge[1:-1, 1:-1] = False
    void = values < _VOID_HU
    if void.any():
        edge |= ndimage.binary_propagation(edge & void, mask=void)
    labels, _ = ndimage.label(open_air & ~edge)
    solid, between, framed = ndimage.binary_dilation(body), _between(body), _between(_framed(body))
    out = np.zeros_like(open_air)
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        region = labels[place] == number
        if region.sum() < 12:
            continue
        grey = float(np.median(values[place][region]))
        sure = between[place][region].mean() > 0.6 and grey > _ROOM_HU
        if not sure and not (framed[place][region].mean() > 0.6 and grey > _FOAM_HU):
            continue
        wide = tuple(slice(max(0, side.start - 1), side.stop + 1) for side in place)
        whole = ndimage.binary_fill_holes(labels[wide] == number)  # its vessels are no wall
        wall = ndimage.binary_dilation(whole) & ~whole & ~edge[wide]
        if wall.any() and float(solid[wide][wall].mean()) > 0.65:
            out[place] |= region
    return np.asarray(out | (ndimage.binary_dilation(out) & open_air & edge & ~void), dtype=bool)


def _framed(body: Mask) -> Mask:
    """The body, going on outside the image on each side where it reaches it."""
    out = body.copy()
    for edge, seen in (
        (out[0], body[0]),
        (out[-1], body[-1]),
        (out[:, 0], body[:, 0]),
        (out[:, -1], body[:, -1]),
    ):
        edge |= seen.mean() > 0.1
    return out


def _between(body: Mask) -> Mask:
    """Where the body is on both sides, in the row or in the column."""
    sides = []
    for axis in (0, 1):
        before = np.maximum.accumulate(body, axis=axis)
        behind = np.flip(np.maximum.accumulate(np.flip(body, axis), axis=axis), axis)
        sides.append(before & behind)
    return np.asarray(sides[0] | sides[1], dtype=bool)


def _windpipe(coarse: _Coarse, air: Mask, *, feet_first: bool) -> Mask:
    """The windpipe from the uppermost slices down, with the main bronchi up to where they open into the
    lungs.
    """
    pixel = coarse.spacing_mm[1] * coarse.spacing_mm[2]
    airway = np.zeros_like(air)
    order = range(len(air) - 1, -1, -1) if feet_first else range(len(air))
    inside: Mask | None = None
    followed = 0
    for position, k in enumerate(order):
        labels, count = ndimage.label(air[k])
        if not count:
            continue
        areas = np.bincount(labels.ravel()) * pixel
        if inside is None:
            if position > 0.6 * len(order):
                break
            start = _tracheal_start(coarse, labels, areas, k)
            if start == 0:
                continue
            inside = labels == start
        else:
            touched = np.unique(labels[ndimage.binary_dilation(inside, iterations=2)])
            small = [label for label in touched if label and areas[label] < _WINDPIPE_MM2[1]]
            if not small and followed * coarse.spacing_mm[0] > _WINDPIPE_MM:
                break
            if not small:  # the throat, or a bubble: look further down
                inside, followed = None, 0
                continue
            inside, followed = np.isin(labels, small), followed + 1
        airway[k] = inside
    # partial volume of the wall belongs to the airway, not to the lung
    grown = ndimage.binary_dilation(airway, structure=np.ones((1, 3, 3), dtype=bool))
    return np.asarray(grown, dtype=bool)


def _tracheal_start(coarse: _Coarse, labels: NDArray[Any], areas: NDArray[Any], k: int) -> int:
    """The round, dark hole next to the body's middle; 0 where there is none."""
    body = np.argwhere(coarse.values[k] > -300)
    if not len(body):
        return 0
    middle = np.median(body, axis=0)
    best, nearest = 0, 35.0
    for label in range(1, len(areas)):
        if not _WINDPIPE_MM2[0] <= areas[label] <= _WINDPIPE_MM2[1]:
            continue
        region = labels == label
        rows, columns = np.nonzero(region)
        tall, wide = (np.ptp(rows) + 1) * coarse.spacing_mm[1], (np.ptp(columns) + 1) * coarse.spacing_mm[2]
        away = abs(columns.mean() - middle[1]) * coarse.spacing_mm[2]
        if (
            max(tall, wide) < 45
            and max(tall, wide) < 2.6 * min(tall, wide)
            and away < nearest
            and float(coarse.values[k][region].min()) < -700
        ):
            best, nearest = label, float(away)
    return best


def _lung_components(air: Mask, coarse: _Coarse) -> Mask:
    """The largest pieces: two lungs, or one where they touch."""
    opened = ndimage.binary_opening(air)
    labels, count = ndimage.label(opened)
    volumes = np.bincount(labels.ravel(), minlength=count + 1) * float(np.prod(coarse.spacing_mm)) / 1000.0
    volumes[0] = 0.0
    largest = volumes.max()
    if largest < _LEAST_LUNG_ML:
        raise BadInput(
            "No lung is seen in these images: the largest air-filled region has {found} ml, at least "
            "{limit} ml are expected.",
            found=f"{largest:.0f}",
            limit=f"{_LEAST_LUNG_ML:.0f}",
        )
    keep = np.flatnonzero((volumes > 0.08 * largest) & (volumes > 20.0))
    inside = _grey(labels, keep, coarse)
    # opening took thin parts away: they come back where they touch what stayed
    back = ndimage.binary_dilation(inside, iterations=2)
    return np.asarray(inside | (back & air), dtype=bool)


def _grey(labels: NDArray[Any], keep: NDArray[Any], coarse: _Coarse) -> Mask:
    """Lung is grey air: a component whose usual value is that of gas (stomach, bowel) is none."""
    out = np.zeros(labels.shape, dtype=bool)
    for label in keep:
        region = labels == label
        if (
            float(np.median(coarse.values[region])) > -960.0
            or region.sum() * float(np.prod(coarse.spacing_mm)) > 8e5
        ):
            out |= region
    return out


def _part(lungs: Mask, grid: Grid, coarse: _Coarse) -> NDArray[np.uint8]:
    """Labels right and left; lungs that touch are cut where they are thinnest.

    Pieces are two lungs only where they lie beside each other: of a chest with one lung, upper and lower part
    are one lung.
    """
    x_mm = _x_of(lungs.shape, grid, coarse)
    middle = float(x_mm[coarse.values > -300].mean())
    pieces, count = ndimage.label(lungs)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    sizes[0] = 0
    seeds = np.zeros(lungs.shape, dtype=np.int32)
    for label in np.flatnonzero(sizes > 0.02 * sizes.sum()):
        _two_seeds(pieces == label, x_mm, middle, seeds)
    nearest = ndimage.distance_transform_edt(
        seeds == 0, sampling=coarse.spacing_mm, return_distances=False, return_indices=True
    )
    labels = np.where(lungs, seeds[tuple(nearest)], 0)
    found = [
        (float(x_mm[labels == n].mean()), int((labels == n).sum()), n) for n in range(1, int(seeds.max()) + 1)
    ]
    cut = _lateral_cut([(x, size) for x, size, _ in found], float(np.ptp(x_mm[lungs])), middle)
    out = np.zeros(labels.shape, dtype=np.uint8)
    for x, _, number in found:
        out[labels == number] = _RIGHT if x < (middle if cut is None else cut) else _LEFT
    return out


def _two_seeds(piece: Mask, x_mm: NDArray[np.float32], middle: float, seeds: NDArray[np.int32]) -> None:
    """Put the core of a connected piece into `seeds` under new numbers: two where it is two lungs that touch,
    else one.
    """
    first = int(seeds.max()) + 1
    width, whole, core = float(np.ptp(x_mm[piece])), int(piece.sum()), piece
    for _ in range(7):
        core = ndimage.binary_erosion(core)
        labels, count = ndimage.label(core)
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        sizes[0] = 0
        large = np.flatnonzero(sizes > 0.03 * whole)
        parts = [(float(x_mm[labels == label].mean()), int(sizes[label]), int(label)) for label in large]
        cut = _lateral_cut([(x, size) for x, size, _ in parts], width, middle)
        if cut is not None and sizes.max() < 0.85 * sizes[large].sum():
            for x, _, label in parts:
                seeds[labels == label] = first + int(x >= cut)
            return
    right = float((x_mm[piece] < middle).mean())
    if (
        0.3 < right < 0.7 and width > 180.0
    ):  # joined so broadly that no core comes apart: the body's middle parts them
        seeds[piece] = np.where(x_mm[piece] < middle, first, first + 1)
    else:
        seeds[piece] = first


def _lateral_cut(parts: list[tuple[float, int]], width: float, middle: float) -> float | None:
    """The x between two lungs among parts (x in mm, size); None where the parts do not lie beside each other
    in a body that wide.
    """
    parts = sorted(parts)
    if len(parts) < 2:
        return None
    at = max(range(1, len(parts)), key=lambda n: parts[n][0] - parts[n - 1][0])
    right, left = (sum(x * n for x, n in side) / sum(n for _, n in side) for side in (parts[:at], parts[at:]))
    beside = left - right > 0.33 * width and right < middle + 10.0 and left > middle - 10.0
    return (parts[at - 1][0] + parts[at][0]) / 2 if beside else None


def _x_of(shape: tuple[int, ...], grid: Grid, coarse: _Coarse) -> NDArray[np.float32]:
    """LPS x of the coarse voxels' centres."""
    out = np.full(shape, grid.origin_mm[0], dtype=np.float32)
    for axis, (factor, mm) in enumerate(zip(coarse.factors, grid.spacing_mm, strict=True)):
        place = (np.arange(shape[axis]) * factor + (factor - 1) / 2) * mm * grid.axes[axis][0]
        out += place.astype(np.float32).reshape([-1 if n == axis else 1 for n in range(3)])
    return out


def _close(parted: NDArray[np.uint8], airway: Mask, coarse: _Coarse) -> NDArray[np.uint8]:
    """Each lung closed by a ball, holes filled; never over the airway or the other lung."""
    out = parted.copy()
    radius = [max(1, round(_CLOSING_MM / mm)) for mm in reversed(coarse.spacing_mm)]
    for label in (_RIGHT, _LEFT):
        lung = parted == label
        if not lung.any():
            continue
        image = sitk.GetImageFromArray(
            np.pad(lung, [(r, r) for r in reversed(radius)], mode="edge").astype(np.uint8)
        )
        # a copy: a view would outlive the unnamed image, whose memory SimpleITK frees at once
        closed = sitk.GetArrayFromImage(
            sitk.BinaryMorphologicalClosing(image, radius, sitk.sitkBall, 1, True)
        ).astype(bool)
        closed = closed[tuple(slice(r, -r) for r in reversed(radius))]
        for plane in closed:
            plane[:] = _without_holes(
                plane, _LARGEST_HOLE_MM2 / (coarse.spacing_mm[1] * coarse.spacing_mm[2])
            )
        out[closed & (out == 0) & ~airway] = label
    return out


def _refined(
    values: NDArray[Any], parted: NDArray[np.uint8], filled: NDArray[np.uint8], coarse: _Coarse
) -> Iterator[tuple[NDArray[np.uint8], slice]]:
    """Labels on the images' grid, a few slices at a time, with their place."""
    fz, fy, fx = coarse.factors
    either: Mask = np.asarray(ndimage.binary_dilation(filled > 0), dtype=bool)
    inner = (filled > 0) & (parted == 0)
    owner = ndimage.distance_transform_edt(
        filled == 0, sampling=coarse.spacing_mm, return_distances=False, return_indices=True
    )
    closest = filled[tuple(owner)]
    disc = ndimage.generate_binary_structure(2, 1)
    largest_hole = _LARGEST_HOLE_MM2 * fy * fx / (coarse.spacing_mm[1] * coarse.spacing_mm[2])
    for start in range(0, len(values), 8):
        part = slice(start, min(start + 8, len(values)))
        block = np.zeros((part.stop - start, *values.shape[1:]), dtype=np.uint8)
        for offset in range(part.stop - start):
            k = (start + offset) // fz
            image = values[start + offset]
            up = [_enlarge(plane, fy, fx, image.shape) for plane in (either[k], inner[k], closest[k])]
            smooth = ndimage.uniform_filter(image.astype(np.float32), 3)
            mask = (up[0] & (smooth < AIR_HU)) | up[1]
            mask = (mask | ndimage.binary_closing(mask, disc, iterations=2)) & up[
                0
            ]  # the image's edge would wear away
            mask = _without_crumbs(_without_holes(mask, largest_hole))
            block[offset] = np.where(mask, up[2], 0)
        yield block, part


def _without_holes(mask: Mask, largest_pixels: float) -> Mask:
    """Holes of at most that many pixels filled."""
    labels, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    if not count:
        return mask
    small = np.bincount(labels.ravel()) <= largest_pixels
    small[0] = False
    return np.asarray(mask | small[labels], dtype=bool)


def _without_crumbs(mask: Mask) -> Mask:
    labels, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray(np.isin(labels, np.flatnonzero(sizes >= 12)), dtype=bool)


def _enlarge(plane: NDArray[Any], fy: int, fx: int, shape: tuple[int, int]) -> NDArray[Any]:
    return np.repeat(np.repeat(plane, fy, axis=0), fx, axis=1)[: shape[0], : shape[1]]


def sample_work() -> None:
    """The kinds of operation of a run, on four million voxels: one unit of what the machine is measured by
    (`runtime.units`).
    """
    values = np.zeros((16, 500, 500), dtype=np.int16)
    for image in values:
        smooth = ndimage.uniform_filter(image.astype(np.float32), 3)
        mask = ndimage.binary_closing(smooth < AIR_HU, iterations=2)
        ndimage.label(ndimage.binary_fill_holes(mask))
