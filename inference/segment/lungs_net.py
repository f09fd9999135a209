"""Lungs by a 3D net on an isotropic grid, brought back to the images' grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.domain.geometry import Grid
from app.errors import BadInput, Cancelled
from app.jobs import Progress
from app.jobs.runner import Cancelling
from inference.backends import Net
from inference.cuts import NET_PITCH_MM, VOLUME_OVERLAP, VOLUME_WINDOW
from inference.tiling import run_windows

_CLASSES = 3
_LEAST_LUNG_ML = 150.0

Floats = NDArray[np.float32]


def to_net_range(hu: NDArray[Any]) -> Floats:
    """HU to the net's input."""
    out: Floats = np.clip(hu.astype(np.float32), -1024.0, 600.0) / np.float32(500.0)
    return out


def segment_lungs_by_net(
    net: Net, values: NDArray[Any], grid: Grid, *, progress: Progress, cancelled: Cancelling
) -> NDArray[np.uint8]:
    """Labels 1 (right) and 2 (left) of (slice, row, column) HU.  `BadInput` where the net sees no lung."""

    def step(share: float) -> None:
        if cancelled():
            raise Cancelled
        progress(share)

    turned, undo = canonical(values, grid)
    spacing = tuple(grid.spacing_mm[axis] for axis in undo.order)
    step(0.05)
    small = _shrink(turned, (spacing[0], spacing[1], spacing[2]), step)
    scores = run_windows(
        net,
        to_net_range(small)[None],
        window=VOLUME_WINDOW,
        overlap=VOLUME_OVERLAP,
        outputs=_CLASSES,
        each=lambda done, total: step(0.25 + 0.5 * done / total),
    )
    scores = _largest_parts(scores)
    found = float((scores.argmax(axis=0) > 0).sum()) * NET_PITCH_MM**3 / 1000.0
    if found < _LEAST_LUNG_ML:
        raise BadInput(
            "No lung is seen in these images: the net found {found} ml, at least {limit} ml are expected.",
            found=f"{found:.0f}",
            limit=f"{_LEAST_LUNG_ML:.0f}",
        )
    labels = _enlarge(scores, turned.shape, step)
    return undo.back(labels)


class Turn:
    """How an array was turned to (foot → head, front → back, right → left)."""

    def __init__(self, order: tuple[int, ...], flips: tuple[bool, ...]) -> None:
        self.order = order
        self.flips = flips

    def there(self, values: NDArray[Any]) -> NDArray[Any]:
        """A turned view."""
        return values.transpose(self.order)[
            tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)
        ]

    def back(self, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The other way."""
        flipped = labels[tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)]
        return np.ascontiguousarray(flipped.transpose(tuple(int(i) for i in np.argsort(self.order))))


def canonical(values: NDArray[Any], grid: Grid) -> tuple[NDArray[Any], Turn]:
    """`values` seen with axes along +z, +y, +x of LPS, as nearly as its grid allows."""
    axes = np.array(grid.axes)
    order = tuple(int(np.abs(axes[:, lps]).argmax()) for lps in (2, 1, 0))
    flips = tuple(bool(axes[axis, lps] < 0) for axis, lps in zip(order, (2, 1, 0), strict=True))
    turn = Turn(order, flips)
    return turn.there(values), turn


def _shrink(values: NDArray[Any], spacing: tuple[float, float, float], step: Any) -> Floats:
    """Area means on the net's grid: axis by axis with a box as wide as the pitch."""
    weights = [_box_weights(n, mm) for n, mm in zip(values.shape, spacing, strict=True)]
    planes = np.empty((values.shape[0], weights[1].shape[0], weights[2].shape[0]), dtype=np.float32)
    for number, image in enumerate(values):
        planes[number] = weights[1] @ np.clip(image, -1024, 1500).astype(np.float32) @ weights[2].T
        if number % 16 == 0:
            step(0.05 + 0.2 * number / len(values))
    out: Floats = np.tensordot(weights[0], planes, axes=1)
    return out


def _box_weights(count: int, spacing_mm: float) -> Floats:
    """(new, old) matrix of overlaps of new voxels with old ones, rows of sum 1."""
    new = max(1, round(count * spacing_mm / NET_PITCH_MM))
    edges_old = np.linspace(0.0, 1.0, count + 1)
    width = max(1.0 / new, 1.0 / count)
    centres = (np.arange(new) + 0.5) / new
    low, high = centres - width / 2, centres + width / 2
    overlap = np.minimum(high[:, None], edges_old[None, 1:]) - np.maximum(low[:, None], edges_old[None, :-1])
    overlap = np.clip(overlap, 0.0, None)
    out: Floats = (overlap / overlap.sum(axis=1, keepdims=True)).astype(np.float32)
    return out


def _largest_parts(scores: Floats) -> Floats:
    """Crumbs of a label, under a tenth of its largest part, are nothing."""
    labels = scores.argmax(axis=0)
    for label in (1, 2):
        parts, count = ndimage.label(labels == label)
        if count < 2:
            continue
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        crumbs = np.isin(parts, np.flatnonzero((sizes > 0) & (sizes < 0.1 * sizes.max())))
        scores[0][crumbs] = scores.max(axis=0)[crumbs] + 1.0
    return scores


def _enlarge(scores: Floats, shape: tuple[int, ...], step: Any) -> NDArray[np.uint8]:
    """Linear between the net's voxels, decided slice by slice: no class image of full size is ever held."""
    places = [
        np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1)
        for n, m in zip(shape, scores.shape[1:], strict=True)
    ]
    rows, columns = (_linear_weights(p, m) for p, m in zip(places[1:], scores.shape[2:], strict=True))
    out = np.empty(shape, dtype=np.uint8)
    for number, place in enumerate(places[0]):
        low = int(place)
        high, share = min(low + 1, scores.shape[1] - 1), np.float32(place - low)
        plane = scores[:, low] * (1 - share) + scores[:, high] * share
        out[number] = np.stack([rows @ layer @ columns.T for layer in plane]).argmax(axis=0)
        if number % 8 == 0:
            step(0.75 + 0.24 * number / shape[0])
    return out


def _linear_weights(places: NDArray[np.float64], count: int) -> Floats:
    low = places.astype(int)
    high = np.minimum(low + 1, count - 1)
    share = (places - low).astype(np.float32)
    out = np.zeros((len(places), count), dtype=np.float32)
    index = np.arange(len(places))
    out[index, low] += 1 - share
    out[index, high] += share
    return out
