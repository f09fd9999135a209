"""From display sets to images that fill while they are looked at."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from app.dicom.read.decoding import Aim, DecodingWork
from app.dicom.read.filling import Blend, Filled, Slot, Source, StackSlot, fill
from app.dicom.read.held_files import HeldFiles, held_files
from app.domain.display_set import Correction, DisplaySet, VolumeGeometry
from app.domain.file_blocks import BlockFiles
from app.domain.frame import Frame
from app.domain.image import ImageStack, SharedStackPixels, StackBlock
from app.domain.pixel import LookupTable, PixelFormat, RealWorldValues, ValueTransform
from app.domain.presentation import Window
from app.domain.quantity import UNITS, Quantity
from app.domain.volume import FrameReference, SharedBlock, SharedVoxels, Volume
from app.errors import BadInput
from app.jobs import Progress
from app.jobs.runner import Cancelling
from app.ports import Objects
from app.processes.pool import Pool
from app.processes.turns import Priority

Locate = Callable[[str], Path]
#: the slots of an image, of the files that are held
SlotsOf = Callable[[HeldFiles], Sequence[Slot | StackSlot]]
_INT16 = (-32768, 32767)
_AIR_HU = -1024


@dataclass(frozen=True, slots=True, eq=False)
class LoadTask:
    """The work that fills an image; run it as a job.  `_lanes` children at most decode it side by side."""

    _decoders: Pool
    _block: SharedBlock | StackBlock
    _objects: Objects
    _found: DisplaySet
    _slots: SlotsOf
    _lanes: int
    _blends: tuple[Blend, ...] = ()
    #: SHA-256 of the image that is decoded before the files of the others are looked for where nobody waits
    #: for another, and where each image is a file; else ""
    _first: str = ""
    _aim: Aim = field(default_factory=Aim)

    def aim(self, index: int, further: int = 0) -> None:
        """A reader waits for a slice (at a position of the further axis) or a frame: what is left is decoded
        from there outwards, but of videos and of slices between images.
        """
        self._aim.at = (index, further)

    def run(
        self, *, progress: Progress, cancelled: Cancelling, priority: Priority = Priority.INTERACTIVE
    ) -> int:
        """Decode all frames, the one asked first in front; returns how many.

        An image that is missing or cannot be read costs itself: its error is raised when all others have
        arrived.
        """
        filled, failure = 0, None
        ahead = self._ahead()
        for addresses in self._in_turn(ahead):
            with held_files(self._objects, addresses) as files:
                slots, before = tuple(self._slots(files)), filled
                failure = failure or files.failure
                is_ahead = addresses == [ahead]
                total = len(self._found.frames) if is_ahead else before + len(slots)
                with closing(self._events(slots, priority, cancelled)) as events:
                    for told in events:
                        filled += told.slots
                        failure = failure or next(iter(told.failures), None)
                        progress(filled / total, filled, total)
        if failure is not None:
            raise failure
        return filled

    def _ahead(self) -> str:
        """SHA-256 of the image that is decoded before the others are looked for: the one that a reader waits
        for already, else the first in the order; "" where none is.
        """
        at, geometry = self._aim.at, self._found.geometry
        if not self._first or at is None:
            return self._first
        index, further = at
        rows = (tuple(range(len(self._found.frames))),) if geometry is None else geometry.places
        row = rows[further] if 0 <= further < len(rows) else ()
        place = row[index] if 0 <= index < len(row) else -1
        return self._found.frames[place].sha256 if place >= 0 else self._first

    def _in_turn(self, ahead: str) -> Iterator[list[str]]:
        """SHA-256 of the files that are held together."""
        if ahead:
            yield [ahead]
        rest = dict.fromkeys(frame.sha256 for frame in self._found.frames if frame.sha256 != ahead)
        if rest:
            yield [*rest]

    def _events(
        self, slots: tuple[Slot | StackSlot, ...], priority: Priority, cancelled: Cancelling
    ) -> Generator[Filled, None, None]:
        about = self._found.modality
        if not self._blends:
            work = DecodingWork(
                self._decoders,
                self._block,
                slots,
                about,
                self._lanes,
                in_one_go=_is_video(self._found),
                aim=self._aim,
            )
            return work.run(priority, cancelled)
        return self._decoders.stream(  # slices between images: what holds the images sees all of them
            fill, self._block, slots, self._blends, about=about, cancelled=cancelled, priority=priority
        )


class ImageLoader:
    """Makes volumes and stacks of display sets; the decoding is done by bounded children.

    An image lies in shared memory, or as one of `files` where memory has no room for it.
    """

    def __init__(self, decoders: Pool) -> None:
        self._decoders = decoders

    @property
    def most_bytes(self) -> int | None:
        """What one image may take in memory; None: no limit of its own."""
        return self._decoders.limits.shared_bytes

    def size_bytes(self, found: DisplaySet) -> int:
        """What the pixels of a display set take in memory."""
        if found.geometry is None:
            forms = [_stored_form(frame) for frame in found.frames]
            return sum(int(np.prod(shape)) * np.dtype(kind).itemsize for shape, kind in forms)
        shape = (len(found.geometry.places), *found.geometry.grid.shape)
        return int(np.prod(shape)) * np.dtype(_dtype(found)).itemsize

    def open_volume(
        self,
        found: DisplaySet,
        objects: Objects,
        *,
        first: int | None = None,
        files: BlockFiles | None = None,
    ) -> tuple[Volume, LoadTask]:
        """An empty volume and the task that fills it.

        `first` is the slice to decode first (the middle one by default).
        Raises `BadInput` for a display set without a grid, `Unavailable` where there is no room.
        """
        geometry = found.geometry
        if geometry is None:
            raise BadInput(
                "The series makes no volume: its {n} images are looked at one by one.", n=len(found.frames)
            )
        shape = (len(geometry.places), *geometry.grid.shape)
        voxels = SharedVoxels.create(shape, _dtype(found), files)
        start = _start(shape[1], first)
        slots, blends = _work(found, geometry, start)
        if geometry.correction is not Correction.RESAMPLED:
            try:
                _leave_holes(voxels, geometry, _AIR_HU if found.quantity is Quantity.HU else 0)
            except BaseException:
                voxels.close()
                raise
        row = geometry.places[0]
        first_image = next((row[s] for s in _outwards(len(row), start) if row[s] >= 0), None)
        task = LoadTask(
            self._decoders,
            voxels.descriptor,
            objects,
            found,
            slots,
            self._lanes(found),
            tuple(blends),
            "" if blends or first_image is None else _apart(found, first_image),
        )
        return _volume(found, geometry, voxels), task

    def open_stack(
        self, found: DisplaySet, objects: Objects, *, first: int = 0, files: BlockFiles | None = None
    ) -> tuple[ImageStack, LoadTask]:
        """An empty stack of stored pixels and the task that fills it, from the frame `first` outwards."""
        shapes = [_stored_form(frame) for frame in found.frames]
        pixels = SharedStackPixels.create(shapes, files)
        start = _start(len(shapes), first)
        order = _onwards(found.frames, start) if _is_video(found) else _outwards(len(shapes), start)
        slots = partial(_stack_slots, found, order)
        task = LoadTask(
            self._decoders,
            pixels.descriptor,
            objects,
            found,
            slots,
            self._lanes(found),
            _first=_apart(found, order[0]),
        )
        return ImageStack(found, pixels), task

    def _lanes(self, found: DisplaySet) -> int:
        """How many children decode side by side; of uncompressed images one: the disk is what is waited
        for; of videos one: each frame needs those before it.
        """
        several = any(frame.is_compressed for frame in found.frames) and not _is_video(found)
        return self._decoders.size if several else 1


def _apart(found: DisplaySet, first: int) -> str:
    """The SHA-256 of a frame where every frame has a file of its own and there are several; else ""."""
    files = {frame.sha256 for frame in found.frames}
    return found.frames[first].sha256 if 1 < len(files) == len(found.frames) else ""


def source_of(found: DisplaySet, frame: Frame, locate: Locate) -> Source:
    """Where the pixels of a frame are; `locate` finds the file of a SHA-256.  Its name for messages says
    nothing of the patient.
    """
    name = f"{found.modality} {frame.number if frame.number is not None else ''}".strip()
    shape = (frame.rows, frame.columns)
    return Source(locate(frame.sha256), name or "image", frame.index, shape, frame.crop, frame.tiles)


def _volume(found: DisplaySet, geometry: VolumeGeometry, voxels: SharedVoxels) -> Volume:
    return Volume(
        geometry.grid,
        voxels,
        found.quantity,
        found.modality,
        found.series_uid,
        found.frames[0].frame_of_reference_uid,
        references=tuple(
            tuple(_reference(found.frames[i]) if i >= 0 else None for i in row) for row in geometry.places
        ),
        windows=tuple((v.centre, v.width, v.label) for v in found.voi if isinstance(v, Window)),
        warnings=found.warnings,
        body_part=found.body_part,
        details=dict(found.details),
        axis=found.axis,
        mapped_unit="" if UNITS[found.quantity] else found.unit,
        correction=geometry.correction,
        display_set_id=found.display_set_id,
        scales=found.scales,
        mapped=found.mapped,
        is_first=found.is_first,
    )


def _reference(frame: Frame) -> FrameReference:
    return FrameReference(
        frame.sop_uid,
        frame.sop_class_uid,
        frame.index + 1 if frame.frames_in_object > 1 else None,
        frame.number,
        frame.location_mm,
        frame.frame_of_reference_uid,
    )


def _dtype(found: DisplaySet) -> DTypeLike:
    """int16 where the real values are whole numbers that fit it; Hounsfield units of signed values below it
    are held.
    """
    resampled = found.geometry is not None and found.geometry.correction is Correction.RESAMPLED
    forms = {(frame.transform, frame.pixel_format) for frame in found.frames}
    ends = [_ends(transform, form) for transform, form in forms]
    if any(end is None for end in ends):
        return np.float32
    low = min(end[0] for end in ends if end is not None)
    high = max(end[1] for end in ends if end is not None)
    if high <= _INT16[1] and (low >= _INT16[0] or (found.quantity is Quantity.HU and not resampled)):
        return np.int16
    return np.float32


def _ends(transform: ValueTransform | None, form: PixelFormat) -> tuple[float, float] | None:
    """Lowest and highest real value; None where they are no whole numbers."""
    if isinstance(transform, RealWorldValues):
        return None
    if isinstance(transform, LookupTable):
        return float(transform.entries.min()), float(transform.entries.max())
    slope, intercept = (1.0, 0.0) if transform is None else (transform.slope, transform.intercept)
    whole = all(value.is_integer() and abs(value) <= _INT16[1] for value in (float(slope), float(intercept)))
    if form.floating or form.bits_stored > 16 or not whole:
        return None
    values = [slope * end + intercept for end in form.stored_range]
    return min(values), max(values)


def _stored_form(frame: Frame) -> tuple[tuple[int, ...], str]:
    """Shape and NumPy type of a frame's stored pixels: RGB of 8 bits for colours."""
    form = frame.pixel_format
    if form.samples > 1 or form.photometric == "PALETTE COLOR":
        return (frame.rows, frame.columns, 3), "|u1"
    size = max(1, -(-form.bits_allocated // 8))
    size = next((s for s in (1, 2, 4) if s >= size), 8)
    return (frame.rows, frame.columns), f"{'f' if form.floating else 'i' if form.signed else 'u'}{size}"


def _leave_holes(voxels: SharedVoxels, geometry: VolumeGeometry, empty: int) -> None:
    """Missing slices are ready at once, with the lowest value of what is meant."""
    blank = np.full(voxels.array.shape[2:], empty, voxels.array.dtype)
    for t, row in enumerate(geometry.places):
        for s, i in enumerate(row):
            if i < 0:
                voxels.put(t, s, blank)


def _start(count: int, first: int | None) -> int:
    return min(max(0, count // 2 if first is None else first), count - 1)


def _outwards(count: int, start: int) -> list[int]:
    return sorted(range(count), key=lambda s: (abs(s - start), s))


def _is_video(found: DisplaySet) -> bool:
    return any(frame.is_video for frame in found.frames)


def _onwards(frames: Sequence[Frame], start: int) -> list[int]:
    """From the start to the end, then from the beginning; each video in one piece, as it is decoded."""
    own = frames[start].sha256
    return sorted(range(len(frames)), key=lambda i: (frames[i].sha256 != own, i < start, i))


def slots_of(found: DisplaySet, locate: Locate) -> list[Slot]:
    """All frames of a display set in the order of their files, each once, whatever their places."""
    order = sorted(range(len(found.frames)), key=lambda i: (found.frames[i].sha256, found.frames[i].index))
    return _images(found, order, locate)


def _work(found: DisplaySet, geometry: VolumeGeometry, start: int) -> tuple[SlotsOf, list[Blend]]:
    """The slots of a volume, when its files are held, and the slices that are made of two each."""
    if geometry.correction is not Correction.RESAMPLED:
        return partial(_slots, found, geometry, start), []
    order, blends = _between(found, geometry, start)
    return lambda files: _images(found, order, files.locate), blends


def _slots(found: DisplaySet, geometry: VolumeGeometry, start: int, files: HeldFiles) -> list[Slot]:
    """By distance from the first slice; one time after the other."""
    return [
        Slot(source_of(found, found.frames[row[s]], files.locate), (t, s), found.frames[row[s]].transform)
        for t, row in enumerate(geometry.places)
        for s in _outwards(len(row), start)
        if row[s] >= 0 and found.frames[row[s]].sha256 in files
    ]


def _stack_slots(found: DisplaySet, order: Sequence[int], files: HeldFiles) -> list[StackSlot]:
    return [
        StackSlot(source_of(found, found.frames[i], files.locate), i)
        for i in order
        if found.frames[i].sha256 in files
    ]


def _images(found: DisplaySet, order: Sequence[int], locate: Locate) -> list[Slot]:
    """Images that are no slices of a volume themselves; raises why one of them is missing."""
    return [
        Slot(source_of(found, found.frames[i], locate), (0, -1), found.frames[i].transform) for i in order
    ]


def _between(found: DisplaySet, geometry: VolumeGeometry, start: int) -> tuple[list[int], list[Blend]]:
    """Images by distance from the first slice, and the slices that lie between two of them each."""
    at_mm = np.array([frame.position_mm for frame in found.frames], dtype=float)
    heights = [float(height) for height in geometry.grid.to_index(at_mm)[:, 0]]
    order = sorted(range(len(heights)), key=lambda i: (abs(heights[i] - start), heights[i]))
    at = {i: number for number, i in enumerate(order)}
    upwards = sorted(at, key=heights.__getitem__)
    return order, [_blend(s, upwards, heights, at) for s in range(geometry.grid.shape[0])]


def _blend(s: int, upwards: Sequence[int], heights: Sequence[float], at: dict[int, int]) -> Blend:
    pairs = list(itertools.pairwise(upwards))
    below, above = next((pair for pair in pairs if heights[pair[1]] >= s), pairs[-1])
    share = (s - heights[below]) / (heights[above] - heights[below])
    return Blend((0, s), at[below], at[above], min(1.0, max(0.0, share)))
