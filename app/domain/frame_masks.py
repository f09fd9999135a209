"""Masks on the pixels of single images: by their place in the patient, or by the images that they name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import Frame
from app.domain.geometry import Grid
from app.domain.label_image import overlapping_labels
from app.domain.layers import ImageReference, SegmentationImage, SegmentMask
from app.domain.pixel import SpacingSource
from app.domain.resampled_masks import MAX_VOXELS, resampled
from app.domain.segmentation import Segment, StackSegmentation
from app.errors import BadInput, LimitExceeded


def labels_on_frames(
    found: SegmentationImage, masks: Sequence[SegmentMask], frames: Sequence[Frame]
) -> StackSegmentation:
    """Segments as labels on each of some images, overlaps as labels of their own.

    Raises `BadInput` where no segment lies on them, `LimitExceeded` where they take too much memory.
    """
    drawn: list[tuple[Segment, dict[int, NDArray[np.uint8]]]] = []
    for mask in masks:
        on = {n: values for n, frame in enumerate(frames) if (values := _on(mask, found, frame)) is not None}
        if on:
            drawn.append((mask.segment, on))
    used = sorted({n for _, on in drawn for n in on})
    if not used:
        raise BadInput("“{label}” lies beside the images, not on them.", label=found.title)
    starts = np.concatenate(([0], np.cumsum([frames[n].rows * frames[n].columns for n in used])))
    if starts[-1] > MAX_VOXELS:
        raise LimitExceeded("The segments do not fit into memory on the grid of these images.")

    def in_line(on: dict[int, NDArray[np.uint8]]) -> NDArray[np.uint8]:
        line = np.zeros(int(starts[-1]), np.uint8)
        for place, n in enumerate(used):
            if n in on:
                line[starts[place] : starts[place + 1]] = on[n].ravel()
        return line

    labels, segments = overlapping_labels(((one, in_line(on)) for one, on in drawn), (int(starts[-1]),))
    out: list[NDArray[np.uint8] | None] = [None] * len(frames)
    for place, n in enumerate(used):
        shape = (frames[n].rows, frames[n].columns)
        out[n] = labels[starts[place] : starts[place + 1]].reshape(shape)
    return StackSegmentation(tuple(out), segments)


def _on(mask: SegmentMask, found: SegmentationImage, frame: Frame) -> NDArray[np.uint8] | None:
    """The mask on the pixels of an image; None where nothing of it is there."""
    if not all(mask.shape):
        return None
    if found.planes is None:
        return _by_name(mask, found, frame)
    grid = _grid(frame)
    if grid is None:
        return None
    values = resampled(mask, found.planes, grid)[0]
    return values if values.any() else None


def _by_name(mask: SegmentMask, found: SegmentationImage, frame: Frame) -> NDArray[np.uint8] | None:
    """Of masks that lie on the pixels of an image that they name."""
    if (found.rows, found.columns) != (frame.rows, frame.columns):
        return None
    (first, row, column), (planes, rows, columns) = mask.first, mask.shape
    for plane in range(planes):
        if _is_named(found.frame_images[first + plane : first + plane + 1], frame):
            out = np.zeros((frame.rows, frame.columns), np.uint8)
            out[row : row + rows, column : column + columns] = mask.values[plane]
            return out if out.any() else None
    return None


def _is_named(images: Sequence[ImageReference | None], frame: Frame) -> bool:
    return any(
        one is not None and one.sop_uid == frame.sop_uid and (not one.frames or frame.index + 1 in one.frames)
        for one in images
    )


def _grid(frame: Frame) -> Grid | None:
    """The image as a grid of one slice; None where it has no place in the patient."""
    spacing = frame.spacing
    if frame.position_mm is None or frame.orientation is None or spacing.mm is None:
        return None
    if spacing.source is not SpacingSource.PATIENT:
        return None
    right, down = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    normal = np.cross(right, down)
    axes = tuple((float(v[0]), float(v[1]), float(v[2])) for v in (normal, down, right))
    distances = (frame.slice_thickness_mm or 1.0, *spacing.mm)
    return Grid((1, frame.rows, frame.columns), distances, frame.position_mm, axes)  # type: ignore[arg-type]
