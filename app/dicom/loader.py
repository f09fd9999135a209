"""From frames to a volume that fills while it is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from app.dicom.bounded import BoundedChild
from app.dicom.decode import Slot, fill
from app.dicom.frame_index import Locate
from app.dicom.limits import mebibytes
from app.dicom.stack import Candidate, examine
from app.domain.frames import Frame, FrameSet
from app.domain.study import SopUid
from app.domain.volume import Quantity, SharedVoxels, Volume
from app.errors import LimitExceeded
from app.jobs import Progress
from app.jobs.runner import Cancelling

__all__ = ["Candidate", "LoadTask", "VolumeLoader", "examine"]

OnSlice = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class LoadTask:
    """The work that fills a volume; run it as a job."""

    _child: BoundedChild
    _voxels: SharedVoxels
    _slots: tuple[Slot, ...]
    _names: dict[Path, str]
    _about: str
    _on_slice: OnSlice | None

    def run(self, *, progress: Progress, cancelled: Cancelling) -> int:
        """Decode all slices, the first asked one first; returns how many.  `on_slice(time, slice)` is called on this thread."""
        done, total = 0, len(self._slots)
        work = (self._voxels.descriptor, list(self._slots), self._names)
        for ready in self._child.stream(fill, *work, about=self._about, cancelled=cancelled):
            for time, index in ready:
                done += 1
                if self._on_slice is not None:
                    self._on_slice(time, index)
            progress(done / total, done, total)
        return done


class VolumeLoader:
    """Makes volumes of frame sets; the decoding is done by the bounded child."""

    def __init__(self, child: BoundedChild) -> None:
        self._child = child

    def open(
        self, frameset: FrameSet, locate: Locate, *, on_slice: OnSlice | None = None, first: int | None = None,
        candidate: Candidate | None = None, body_part: str = "",
    ) -> tuple[Volume, LoadTask]:  # fmt: skip
        """An empty volume and the task that fills it.

        `first` is the slice to decode first (the middle one by default); `candidate` one of `examine`'s (the best by
        default).  Raises `BadInput` where the series makes no volume, `LimitExceeded` where it does not fit.
        """
        best = candidate or examine(frameset)[0]
        used = [frameset.frames[i] for row in best.places for i in row if i >= 0]
        dtype = _dtype(frameset, used, best.quantity)
        shape = (len(best.places), *best.grid.shape)
        self._reserve(shape, dtype)
        voxels = SharedVoxels.create(shape, dtype)
        _leave_holes(voxels, best)
        slots = _order(frameset, best, locate, first)
        names = {slot.path: f"{frameset.modality} {i + 1}" for i, slot in enumerate(slots)}
        volume = Volume(
            best.grid, voxels, best.quantity, frameset.modality, frameset.series_uid, frameset.frame_of_reference_uid,
            sop_uids=tuple(frameset.frames[i].sop_uid if i >= 0 else SopUid("") for i in best.places[0]),
            windows=frameset.windows if best.quantity is not Quantity.SUV_BW else (), warnings=best.warnings, body_part=body_part,
            details={
                "confidence": f"{best.confidence:g}", "sop_class_uid": frameset.sop_class_uid, "photometric": frameset.photometric,
            },
            frame_numbers=_frame_numbers(frameset, best),
        )  # fmt: skip
        return volume, LoadTask(self._child, voxels, tuple(slots), names, frameset.modality, on_slice)

    def _reserve(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        """Refuse what is over the budget; whether there is room now is looked at when the block is made."""
        needed = int(np.prod(shape)) * np.dtype(dtype).itemsize
        budget = self._child.limits.shared_bytes
        if budget is not None and needed > budget:
            raise LimitExceeded("The series needs {found} of memory (limit {limit}).", found=mebibytes(needed), limit=mebibytes(budget))


def _frame_numbers(frameset: FrameSet, candidate: Candidate) -> tuple[int, ...]:
    """One-based frame of each slice, 0 for a gap; nothing where each image is one frame."""
    if not any(frame.index for frame in frameset.frames):
        return ()
    return tuple(frameset.frames[i].index + 1 if i >= 0 else 0 for i in candidate.places[0])


def _dtype(frameset: FrameSet, frames: list[Frame], quantity: Quantity) -> DTypeLike:
    """int16 where the rescaled values are whole numbers that fit; CT values beyond it are no Hounsfield units and are held at its ends."""
    slopes = {frame.slope for frame in frames} | {frame.intercept for frame in frames}
    if not all(float(value).is_integer() and abs(value) <= 32767 for value in slopes) or frameset.bits_stored > 16:
        return np.float32
    if quantity is Quantity.HU:
        return np.int16
    top = 1 << frameset.bits_stored
    low, high = (-top // 2, top // 2 - 1) if frameset.signed else (0, top - 1)
    ends = [frame.slope * end + frame.intercept for frame in frames for end in (low, high)]
    return np.int16 if min(ends) >= -32768 and max(ends) <= 32767 else np.float32


def _leave_holes(voxels: SharedVoxels, candidate: Candidate) -> None:
    """Missing slices are ready at once, with the lowest value of what is meant."""
    empty = -1024 if candidate.quantity is Quantity.HU else 0
    for t, row in enumerate(candidate.places):
        for s, i in enumerate(row):
            if i < 0:
                voxels.array[t, s] = empty
                voxels.ready[t, s] = True


def _order(frameset: FrameSet, candidate: Candidate, locate: Locate, first: int | None) -> list[Slot]:
    """Slots by distance from the first slice; time points one after the other."""
    count = candidate.grid.shape[0]
    start = min(max(0, count // 2 if first is None else first), count - 1)
    outwards = sorted(range(count), key=lambda s: (abs(s - start), s))
    paths: dict[str, Path] = {}
    slots = []
    for t, row in enumerate(candidate.places):
        for s in outwards:
            if row[s] < 0:
                continue
            frame = frameset.frames[row[s]]
            if frame.sha256 not in paths:
                paths[frame.sha256] = locate(frame.sha256)
            slots.append(Slot(paths[frame.sha256], frame.index, t, s, frame.slope, frame.intercept))
    return slots
