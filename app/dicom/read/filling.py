"""Frames into shared memory: rescaled into a volume, or as they are stored into a stack.  Runs in a bounded
child.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dicom.read.decode import PixelFile
from app.domain.image import SharedStackPixels, StackBlock
from app.domain.pixel import LookupTable, RealWorldValues, Rescale, ValueTransform
from app.domain.volume import SharedBlock, SharedVoxels
from app.errors import BadInput, UserError

_REPORT_S = 0.02
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A frame, or a part of one: file, zero-based frame, upper left corner and (rows, columns) of the part.

    `tiles` are (stored frame, row, column) where the frame is put together from several.
    """

    path: Path
    name: str
    frame: int
    shape: tuple[int, int]
    crop: tuple[int, int] | None = None
    tiles: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A frame, its (time, slice) in the volume and how its values become real ones."""

    source: Source
    place: Place
    transform: ValueTransform | None

    @property
    def path(self) -> Path:
        """The file that is decoded for it."""
        return self.source.path


@dataclass(frozen=True, slots=True)
class StackSlot:
    """A frame and its index in the stack."""

    source: Source
    index: int

    @property
    def path(self) -> Path:
        """The file that is decoded for it."""
        return self.source.path


@dataclass(frozen=True, slots=True)
class Filled:
    """What was done since the last report: how many slots are over, and why some of them could not be
    read.
    """

    slots: int
    failures: tuple[UserError, ...] = ()


@dataclass(frozen=True, slots=True)
class Blend:
    """A slice between two: (time, slice) = (1 - share) · `below` + share · `above`, both indices of slots."""

    place: Place
    below: int
    above: int
    share: float


class _Files:
    """One open file at a time; frames come in the order of their files."""

    def __init__(self) -> None:
        self._file: PixelFile | None = None
        self._path: Path | None = None

    def stored(self, source: Source) -> NDArray[Any]:
        """Stored pixels of a source, (row, column) or (row, column, 3)."""
        if source.path != self._path:
            self.close()
            self._file, self._path = PixelFile(source.path, source.name), source.path
        assert self._file is not None
        pixels = self._assembled(source) if source.tiles else self._file.stored(source.frame)
        if source.crop is not None:
            (row, column), (rows, columns) = source.crop, source.shape
            pixels = pixels[row : row + rows, column : column + columns]
        if pixels.shape[:2] != source.shape:
            raise BadInput(
                "{name}: the decoded image has {found} pixels, {expected} are declared.",
                name=source.name,
                found=f"{pixels.shape[0]} × {pixels.shape[1]}",
                expected=f"{source.shape[0]} × {source.shape[1]}",
            )
        return pixels

    def _assembled(self, source: Source) -> NDArray[Any]:
        """A slide of its tiles; what no tile covers is white."""
        assert self._file is not None
        whole: NDArray[Any] | None = None
        for frame, row, column in source.tiles:
            tile = self._file.stored(frame)
            if whole is None:
                white = 255 if tile.ndim == 3 else 0
                whole = np.full((*source.shape, *tile.shape[2:]), white, tile.dtype)
            part = whole[row : row + tile.shape[0], column : column + tile.shape[1]]
            part[...] = tile[: part.shape[0], : part.shape[1]]
        assert whole is not None
        return whole

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
        self._file = self._path = None


def stored_pixels(source: Source) -> NDArray[Any]:
    """Stored pixels of one source, (row, column) or (row, column, 3), of one's own."""
    files = _Files()
    try:
        return np.array(files.stored(source))
    finally:
        files.close()


def stored_in_turn(sources: Iterable[Source]) -> Iterator[NDArray[Any]]:
    """The same of several, each good until the next; a file is opened once for sources of it in a row."""
    files = _Files()
    try:
        for source in sources:
            yield files.stored(source)
    finally:
        files.close()


def real_into(stored: NDArray[Any], transform: ValueTransform | None, out: NDArray[Any]) -> None:
    """Real values of stored ones; whole numbers are held at the ends of what `out` can have, never
    wrapped.
    """
    if isinstance(transform, LookupTable | RealWorldValues):
        stored, transform = transform.apply(stored), None
    slope, intercept = (1.0, 0.0) if transform is None else (transform.slope, transform.intercept)
    if out.dtype != np.int16:
        np.multiply(stored, slope, out=out, casting="unsafe")
        if intercept:
            out += intercept
        return
    if slope == 1 and intercept == 0 and stored.dtype == np.int16:
        out[...] = stored
        return
    wide = stored.astype(np.int32)
    if slope != 1:
        wide *= int(slope)
    if intercept:
        wide += int(intercept)
    np.clip(wide, -32768, 32767, out=wide)
    out[...] = wide


class _Block:
    """The values of a shared block, written without mapping them: the pages are made by the kernel, not by
    faults.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._voxels = SharedVoxels.attach(block)
        self._slices = block.shape[1]
        self.shape, self.dtype = block.shape[2:], np.dtype(block.dtype)
        self._scratch: NDArray[Any] = np.empty(self.shape, self.dtype)
        try:
            self._file: int | None = os.open(f"/dev/shm/{block.name.lstrip('/')}", os.O_WRONLY)
        except OSError:
            self._file = None  # in a file, or not Linux

    def real(self, slot: Slot, stored: NDArray[Any]) -> NDArray[Any]:
        """Real values of a slot; good until the next call."""
        if stored.shape != self.shape:
            raise BadInput(
                "An image has {found} pixels, the others have {expected}.",
                found=" × ".join(map(str, stored.shape)),
                expected=f"{self.shape[0]} × {self.shape[1]}",
            )
        plain = slot.transform is None or slot.transform == Rescale()
        if plain and stored.dtype == self.dtype:
            return np.ascontiguousarray(stored)
        real_into(stored, slot.transform, self._scratch)
        return self._scratch

    def put(self, place: Place, values: NDArray[Any]) -> None:
        """Set the values of a slice and mark it ready."""
        time_, slice_ = place
        if self._file is None:
            self._voxels.put(time_, slice_, values)
            return
        left = memoryview(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
        offset = (time_ * self._slices + slice_) * values.nbytes
        while left:
            done = os.pwrite(self._file, left, offset)
            left, offset = left[done:], offset + done
        self._voxels.ready[time_, slice_] = True

    def close(self) -> None:
        """Let the block go."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._voxels.close()


class _ProgressReport:
    """What was done since the last report: the first slot is reported at once, then slots in groups."""

    def __init__(self) -> None:
        self._slots = 0
        self._failures: list[UserError] = []
        self._last = 0.0

    def done(self) -> None:
        """A slot was decoded."""
        self._slots += 1

    def failed(self, error: UserError) -> None:
        """A slot could not be read: it costs itself."""
        self._slots += 1
        self._failures.append(error)

    @property
    def is_due(self) -> bool:
        """It is time to report."""
        return bool(self._slots) and time.monotonic() - self._last > _REPORT_S

    def rest(self) -> Filled:
        """All that was not reported."""
        filled = Filled(self._slots, tuple(self._failures))
        self._slots, self._failures = 0, []
        self._last = time.monotonic()
        return filled


def fill(
    block: SharedBlock, slots: Sequence[Slot], blends: Sequence[Blend] = ()
) -> Generator[Filled, None, None]:
    """Decode `slots` in their order into the block and report how far it is, the first slot alone.

    With `blends` the slots are not slices of the volume themselves: each slice is made when both its
    neighbours have arrived.
    """
    target, files, report = _Block(block), _Files(), _ProgressReport()
    mixing = _Mixing(blends) if blends else None
    try:
        for number, slot in enumerate(slots):
            try:
                values = target.real(slot, files.stored(slot.source))
            except UserError as error:
                report.failed(error)
            else:
                if mixing is None:
                    target.put(slot.place, values)
                else:
                    _mix(mixing, target, number, values)
                report.done()
                del values  # it may be a view of a mapped file, which could not be closed
            if report.is_due:
                yield report.rest()
        yield report.rest()
    finally:
        files.close()
        target.close()


def _mix(mixing: _Mixing, target: _Block, number: int, values: NDArray[Any]) -> None:
    """Put the slices that can be made now that one more image has arrived."""
    for place, made in mixing.arrived(number, values.astype(np.float32)):
        whole = target.dtype.kind in "iu"
        target.put(place, (np.rint(made) if whole else made).astype(target.dtype))


class _Mixing:
    """Slices that lie between two images; an image is kept until the last slice that needs it was made."""

    def __init__(self, blends: Sequence[Blend]) -> None:
        self._waiting = dict(enumerate(blends))
        self._kept: dict[int, NDArray[np.float32]] = {}

    def arrived(self, number: int, values: NDArray[np.float32]) -> list[tuple[Place, NDArray[np.float32]]]:
        """Slices that can be made now."""
        self._kept[number] = values
        made = []
        for n, blend in list(self._waiting.items()):
            low, high = self._kept.get(blend.below), self._kept.get(blend.above)
            if low is not None and high is not None and number in (blend.below, blend.above):
                made.append((blend.place, low + np.float32(blend.share) * (high - low)))
                del self._waiting[n]
        needed = {i for blend in self._waiting.values() for i in (blend.below, blend.above)}
        self._kept = {i: kept for i, kept in self._kept.items() if i in needed}
        return made


def fill_stack(block: StackBlock, slots: Sequence[StackSlot]) -> Generator[Filled, None, None]:
    """Decode `slots` in their order into the block and report how far it is, the first slot alone."""
    pixels, files, report = SharedStackPixels.attach(block), _Files(), _ProgressReport()
    try:
        for slot in slots:
            try:
                pixels.put(slot.index, _fitting(files.stored(slot.source), block, slot))
            except UserError as error:
                report.failed(error)
            else:
                report.done()
            if report.is_due:
                yield report.rest()
        yield report.rest()
    finally:
        files.close()
        pixels.close()


def _fitting(stored: NDArray[Any], block: StackBlock, slot: StackSlot) -> NDArray[Any]:
    place = block.places[slot.index]
    if stored.shape != place.shape or not np.can_cast(stored.dtype, np.dtype(place.dtype), "same_kind"):
        raise BadInput(
            "{name}: the decoded image has {found} pixels, {expected} are declared.",
            name=slot.source.name,
            found=" × ".join(map(str, stored.shape)),
            expected=" × ".join(map(str, place.shape)),
        )
    return stored
