"""A volume: voxels on a grid, with a meaning, that may still be filling."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from app.domain.blocks import Block, require_room
from app.domain.display_set import Axis, Correction, DisplaySetId
from app.domain.file_blocks import BlockFiles, FileBlock, attached
from app.domain.geometry import Grid
from app.domain.plane_slabs import PlaneKey, PlaneSlabs, Slab
from app.domain.quantity import NO_SCALES, UNITS, Quantity, UptakeScales
from app.domain.study import SeriesUid, SopUid
from app.errors import Cancelled

_generations = itertools.count(1)


class Voxels:
    """Values of shape (time, slice, row, column) and a mask of shape (time, slice) of what has arrived.

    The values are already quantities (rescaled). `generation` grows whenever a new source is made: results
    that were started for an older generation are dropped.
    """

    def __init__(self, array: NDArray[Any], ready: NDArray[np.bool_] | None = None) -> None:
        if array.ndim != 4:
            raise ValueError(f"voxels must have axes (time, slice, row, column), found {array.ndim} axes")
        self.array = array
        self.ready = np.ones(array.shape[:2], dtype=bool) if ready is None else ready
        self.generation = next(_generations)

    @property
    def complete(self) -> bool:
        """Everything has arrived."""
        return bool(self.ready.all())

    @property
    def fraction(self) -> float:
        """Share of slices that have arrived, 0…1."""
        return np.count_nonzero(self.ready) / max(self.ready.size, 1)

    @property
    def planes(self) -> PlaneSlabs | None:
        """Where planes across the slices are found that have been gathered; None where they are cut from
        `array`.
        """
        return None

    def expect(self, further: int, first: int, end: int) -> None:
        """Slices will soon be looked at, from `first` to before `end`: of a file, the system reads them
        ahead.
        """

    def used(self) -> None:
        """Many values are about to be looked at: of a file, pages that were used before are let go first."""

    def close(self) -> None:
        """Give the memory back; the array must not be used afterwards."""


class SharedVoxels(Voxels):
    """Voxels in a block of shared memory, or in a file, that other processes fill or read.

    The block holds the values and behind them one byte a slice: the ready mask. The process that creates it
    owns it and unlinks it on `close`; others attach by `descriptor` and only detach.
    """

    def __init__(
        self,
        block: Block | FileBlock,
        shape: tuple[int, int, int, int],
        dtype: DTypeLike,
        *,
        owner: bool,
        files: BlockFiles | None = None,
    ) -> None:
        kind = np.dtype(dtype)
        count = int(np.prod(shape))
        memory = block.buf
        assert memory is not None  # it is None after the block was closed only
        # frombuffer holds on to the mapping as long as a view of the array lives; ndarray(buffer=) does not,
        # and a thread that still reads a view after `close` would end the program
        array: NDArray[Any] = np.frombuffer(memory, kind, count).reshape(shape)
        ready: NDArray[np.bool_] = np.frombuffer(
            memory, np.bool_, shape[0] * shape[1], count * kind.itemsize
        ).reshape(shape[:2])
        super().__init__(array, ready)
        self._block = block
        self._owner = owner
        self._files = files
        self._closed = False

    @classmethod
    def create(
        cls, shape: tuple[int, int, int, int], dtype: DTypeLike, files: BlockFiles | None = None
    ) -> SharedVoxels:
        """A new block, values zero, nothing ready, in memory or as one of `files`; `Unavailable` where there
        is no room for it.
        """
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize + shape[0] * shape[1]
        if files is not None:
            return cls(files.made(size), shape, dtype, owner=True, files=files)
        require_room(size)
        return cls(Block.made(size), shape, dtype, owner=True)

    @classmethod
    def attach(cls, descriptor: SharedBlock) -> SharedVoxels:
        """The same block in another process."""
        return cls(attached(descriptor.name), descriptor.shape, descriptor.dtype, owner=False)

    @property
    def in_file(self) -> bool:
        """The values lie on the disk: what is not in use leaves the memory."""
        return isinstance(self._block, FileBlock)

    @property
    def planes(self) -> PlaneSlabs | None:
        return None if self._files is None else self._files.planes

    def expect(self, further: int, first: int, end: int) -> None:
        if isinstance(self._block, FileBlock):
            slice_bytes = self.array[further, 0].nbytes
            at = (further * self.array.shape[1] + first) * slice_bytes
            self._block.expect(at, (end - first) * slice_bytes)

    def used(self) -> None:
        if self._files is not None:
            self._files.used()

    def gather(self, first: PlaneKey, count: int, cancelled: Callable[[], bool]) -> Slab:
        """`count` planes across the slices from `first` on, read from the file slice by slice, as far as the
        slices have arrived; `Cancelled`.
        """
        block, (_, slices, rows, columns) = self._block, self.array.shape
        if not isinstance(block, FileBlock):
            raise TypeError("planes are gathered of voxels in a file")
        kind, end = self.array.dtype, first.index + count
        ready = self.ready[first.further].copy()  # before the values: what comes meanwhile is gathered next
        of_rows = first.axis == 1
        values = np.zeros((slices, count, columns) if of_rows else (slices, rows, count), kind)
        whole = np.empty((count if of_rows else rows, columns), kind)
        target = whole.reshape(-1).view(np.uint8).data
        for s in np.flatnonzero(ready):
            if cancelled():
                raise Cancelled
            row = (first.further * slices + int(s)) * rows + (first.index if of_rows else 0)
            block.read_into(target, row * columns * kind.itemsize)
            values[s] = whole if of_rows else whole[:, first.index : end]
        return Slab(first, values, ready)

    def put(self, time: int, slice_: int, values: NDArray[Any]) -> None:
        """Set the values of a slice, (row, column), and mark it ready."""
        if isinstance(self._block, FileBlock):
            whole = np.ascontiguousarray(values, self.array.dtype)
            offset = (time * self.array.shape[1] + slice_) * whole.nbytes
            self._block.write(whole, offset)
        else:
            self.array[time, slice_] = values
        self.ready[time, slice_] = True

    @property
    def descriptor(self) -> SharedBlock:
        """What another process needs to attach."""
        return SharedBlock(self._block.name, tuple(self.array.shape), self.array.dtype.str)  # type: ignore[arg-type]

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._files is not None:
            self._files.planes.forget(self.generation)
        empty: NDArray[Any] = np.zeros((0, 0, 0, 0))
        self.array, self.ready = empty, np.zeros((0, 0), dtype=bool)
        if self._owner:
            self._block.unlink()
        self._block.close()


@dataclass(frozen=True, slots=True)
class SharedBlock:
    """Name, shape (time, slice, row, column) and NumPy type string of a `SharedVoxels`."""

    name: str
    shape: tuple[int, int, int, int]
    dtype: str


@dataclass(frozen=True, slots=True)
class FrameReference:
    """The image that a slice was taken from.

    `frame` is the frame in it, one-based, None where the object has one frame.  `number` is the scanner's
    Instance Number (of objects with several frames the number of the frame), `location_mm` its Slice
    Location.
    """

    sop_uid: SopUid
    sop_class_uid: str = ""
    frame: int | None = None
    number: int | None = None
    location_mm: float | None = None
    frame_of_reference_uid: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Voxels on a grid.

    ``references[t][s]`` names the source of each time and slice, None for a missing slice; it is empty for
    computed volumes.  Of a RESAMPLED volume it is the nearest image.  `windows` are (centre, width,
    explanation) of the source's VOI; `warnings` are English texts (translation keys with parameters) of what
    a reader must know of the images.
    """

    grid: Grid
    voxels: Voxels
    quantity: Quantity
    modality: str
    series_uid: SeriesUid
    frame_of_reference_uid: str = ""
    references: tuple[tuple[FrameReference | None, ...], ...] = ()
    windows: tuple[tuple[float, float, str], ...] = ()
    warnings: tuple[tuple[str, dict[str, str]], ...] = ()
    body_part: str = ""
    details: dict[str, str] = field(default_factory=dict)
    #: what changes from one position of the voxels' first axis to the next; None where there is one position
    axis: Axis | None = None
    #: UCUM unit of a MAPPED quantity
    mapped_unit: str = ""
    correction: Correction = Correction.NONE
    display_set_id: DisplaySetId | None = None
    #: of PET: other kinds of uptake
    scales: UptakeScales = NO_SCALES
    #: lowest and highest value that a Real World Value Mapping gives; others are shown, not measured
    mapped: tuple[float, float] | None = None
    #: the first volume of its series
    is_first: bool = True
    #: (time, slice) by SOP instance and frame, filled when one is first asked for
    _found: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.voxels.array.shape[1:] != self.grid.shape:
            raise ValueError(f"voxels {self.voxels.array.shape} do not fit the grid {self.grid.shape}")

    def reference(self, time: int, slice_: int) -> FrameReference | None:
        """The image of a slice; None for a missing one and for computed volumes."""
        return self.references[time][slice_] if self.references else None

    def find(self, sop_uid: str, frame: int | None) -> tuple[int, int] | None:
        """(time, slice) of an image, the first that was taken from it; None where it is none of the volume's.

        Frame 1 and none are the same: objects with one frame are named either way.
        """
        if not self._found:
            for time, slices in enumerate(self.references):
                for slice_, one in enumerate(slices):
                    if one is not None:
                        self._found.setdefault((one.sop_uid, one.frame or 1), (time, slice_))
        return self._found.get((sop_uid, frame or 1))

    def number(self, time: int, slice_: int) -> int:
        """The scanner's number of a slice, its place in the volume (from 1) where it has none."""
        found = self.reference(time, slice_)
        return slice_ + 1 if found is None or found.number is None else found.number

    @property
    def sop_uids(self) -> tuple[SopUid, ...]:
        """Source image of each slice of the first time, "" for a missing one."""
        first = self.references[0] if self.references else ()
        return tuple(SopUid("") if one is None else one.sop_uid for one in first)

    @property
    def frame_numbers(self) -> tuple[int, ...]:
        """One-based frame of each slice of the first time, 0 for a missing one; empty where each image is one
        frame.
        """
        first = self.references[0] if self.references else ()
        if not any(one is not None and one.frame is not None for one in first):
            return ()
        return tuple(0 if one is None else one.frame or 1 for one in first)

    @property
    def unit(self) -> str:
        """UCUM unit of the values."""
        return UNITS[self.quantity] or self.mapped_unit

    def uptake_factor(self, wanted: Quantity) -> float | None:
        """What values are multiplied with for a kind of uptake; None where it cannot be made."""
        return 1.0 if wanted is self.quantity else self.scales.factor(wanted)

    def at(self, time: int = 0) -> NDArray[Any]:
        """The (slice, row, column) array of one time point; a view."""
        self.voxels.used()
        values: NDArray[Any] = self.voxels.array[time]
        return values
