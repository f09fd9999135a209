"""Pixels of a display set that was acquired: a stack of images or a volume, which may still be filling."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.blocks import Block, require_room
from app.domain.display_set import DisplaySet
from app.domain.file_blocks import BlockFiles, FileBlock, attached
from app.domain.frame import Frame
from app.domain.pixel import LookupTable, RealWorldValues, Rescale, ValueTransform
from app.domain.volume import Volume

_generations = itertools.count(1)
#: bytes that the pixels of each frame are aligned to
_ALIGNMENT = 64


class StackPixels:
    """Stored pixels of the frames of a stack, each with a shape of its own.

    A grey frame is (row, column) of stored values; a colour frame is (row, column, 3), RGB of uint8.  `ready`
    says of each frame whether it has arrived; `generation` tells one source from the next.
    """

    def __init__(self, frames: Sequence[NDArray[Any] | None]) -> None:
        self._frames = list(frames)
        self.ready: NDArray[np.bool_] = np.array([frame is not None for frame in frames], dtype=bool)
        self.generation = next(_generations)

    def stored(self, index: int) -> NDArray[Any] | None:
        """Pixels of a frame as they are stored; None while they have not arrived.  Not to be written to."""
        return self._frames[index] if self.ready[index] else None

    def expect(self, first: int, end: int) -> None:
        """Frames will soon be looked at, from `first` to before `end`: of a file, the system reads them
        ahead.
        """

    @property
    def complete(self) -> bool:
        """Everything has arrived."""
        return bool(self.ready.all())

    @property
    def fraction(self) -> float:
        """Share of frames that have arrived, 0…1."""
        return np.count_nonzero(self.ready) / max(self.ready.size, 1)

    def close(self) -> None:
        """Give the memory back; nothing is ready afterwards."""
        self._frames = []
        self.ready = np.zeros(0, dtype=bool)


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where the pixels of a frame lie in a block: byte offset, shape, NumPy type string."""

    offset: int
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class StackBlock:
    """Name and layout of `SharedStackPixels`; behind the pixels, at `ready_at`, lies one byte a frame: ready
    or not.
    """

    name: str
    places: tuple[FramePlace, ...]
    ready_at: int


class SharedStackPixels(StackPixels):
    """Pixels of a stack in a block of shared memory, or in a file, that another process fills.

    The process that creates it owns it and unlinks it on `close`; others attach by `descriptor` and only
    detach.
    """

    def __init__(
        self, block: Block | FileBlock, layout: StackBlock, *, owner: bool, files: BlockFiles | None = None
    ) -> None:
        memory = block.buf
        assert memory is not None  # it is None after the block was closed only
        super().__init__([_in_block(memory, place) for place in layout.places])
        self.ready = np.frombuffer(memory, np.bool_, len(layout.places), layout.ready_at)
        self.descriptor = layout
        self._block = block
        self._owner = owner
        self._files = files
        self._closed = False

    @classmethod
    def create(
        cls, shapes: Sequence[tuple[tuple[int, ...], str]], files: BlockFiles | None = None
    ) -> SharedStackPixels:
        """A new block for frames of (shape, NumPy type), in memory or as one of `files`; nothing ready;
        `Unavailable` where there is no room.
        """
        places, at = [], 0
        for shape, dtype in shapes:
            places.append(FramePlace(at, shape, dtype))
            at += -(-int(np.prod(shape)) * np.dtype(dtype).itemsize // _ALIGNMENT) * _ALIGNMENT
        size = at + len(places)
        if files is None:
            require_room(size)
        block = Block.made(size) if files is None else files.made(size)
        return cls(block, StackBlock(block.name, tuple(places), at), owner=True, files=files)

    @classmethod
    def attach(cls, descriptor: StackBlock) -> SharedStackPixels:
        """The same block in another process."""
        return cls(attached(descriptor.name), descriptor, owner=False)

    @property
    def in_file(self) -> bool:
        """The pixels lie on the disk: what is not in use leaves the memory."""
        return isinstance(self._block, FileBlock)

    def stored(self, index: int) -> NDArray[Any] | None:
        if self._files is not None:
            self._files.used()
        return super().stored(index)

    def expect(self, first: int, end: int) -> None:
        if isinstance(self._block, FileBlock):
            places = self.descriptor.places
            stop = places[end].offset if end < len(places) else self.descriptor.ready_at
            self._block.expect(places[first].offset, stop - places[first].offset)

    def put(self, index: int, pixels: NDArray[Any]) -> None:
        """Set the pixels of a frame and mark it ready."""
        target = self._frames[index]
        assert target is not None
        if isinstance(self._block, FileBlock):
            whole = np.ascontiguousarray(pixels, target.dtype)
            offset = self.descriptor.places[index].offset
            self._block.write(whole, offset)
        else:
            target[...] = pixels
        self.ready[index] = True

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        super().close()
        if self._owner:
            self._block.unlink()
        self._block.close()


def _in_block(memory: memoryview, place: FramePlace) -> NDArray[Any]:
    kind, count = np.dtype(place.dtype), int(np.prod(place.shape))
    # frombuffer holds on to the mapping as long as a view lives; see `SharedVoxels`
    return np.frombuffer(memory, kind, count, place.offset).reshape(place.shape)


@dataclass(frozen=True, slots=True, eq=False)
class ImageStack:
    """A display set of single images, cine or colour, with its pixels."""

    display_set: DisplaySet
    pixels: StackPixels

    @property
    def frames(self) -> tuple[Frame, ...]:
        """In the order they are shown."""
        return self.display_set.frames

    def real(self, index: int) -> NDArray[Any] | None:
        """Real values of a grey frame, (row, column); stored values where it has no transform; None for
        colour or not arrived.
        """
        stored = self.pixels.stored(index)
        if stored is None or stored.ndim != 2:
            return None
        return real_values(stored, self.frames[index])


#: what a viewport shows
Image = ImageStack | Volume


def real_values(stored: NDArray[Any], frame: Frame) -> NDArray[Any]:
    """Stored values through the frame's Modality LUT or rescale."""
    return through(stored, frame.transform)


def through(stored: NDArray[Any], transform: ValueTransform | None) -> NDArray[Any]:
    """Stored values through a Modality LUT, rescale (PS3.3 C.11.1) or Real World Value Mapping, which leaves
    NaN where it maps nothing; as they are where there is none.
    """
    match transform:
        case LookupTable() | RealWorldValues() as table:
            return table.apply(stored)
        case Rescale(slope=1.0, intercept=0.0) | None:
            return stored
        case Rescale(slope=slope, intercept=intercept):
            return stored.astype(np.float64) * slope + intercept
