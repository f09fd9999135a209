"""A volume: voxels on a grid, with a meaning, that may still be filling."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from app.domain.blocks import Block, require_room
from app.domain.geometry import Grid
from app.domain.study import SeriesUid, SopUid

_generations = itertools.count(1)


class Quantity(StrEnum):
    """What a voxel's value says; its unit in UCUM is `UNITS[quantity]`."""

    HU = "hu"
    SUV_BW = "suv-bw"
    ACTIVITY = "activity"
    ARBITRARY = "arbitrary"


UNITS = {Quantity.HU: "[hnsf'U]", Quantity.SUV_BW: "g/ml", Quantity.ACTIVITY: "Bq/ml", Quantity.ARBITRARY: "1"}


class Voxels:
    """Values of shape (time, slice, row, column) and a mask of shape (time, slice) of what has arrived.

    The values are already quantities (rescaled).  `generation` grows whenever a new source is made: results that
    were started for an older generation are dropped.
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
        return float(self.ready.mean())

    def close(self) -> None:
        """Give the memory back; the array must not be used afterwards."""


class SharedVoxels(Voxels):
    """Voxels in a block of shared memory that other processes fill or read.

    The block holds the values and behind them one byte a slice: the ready mask.  The process that creates it owns it
    and unlinks it on `close`; others attach by `descriptor` and only detach.
    """

    def __init__(self, block: Block, shape: tuple[int, int, int, int], dtype: DTypeLike, *, owner: bool) -> None:
        kind = np.dtype(dtype)
        count = int(np.prod(shape))
        memory = block.buf
        assert memory is not None  # it is None after the block was closed only
        # frombuffer holds on to the mapping as long as a view of the array lives; ndarray(buffer=) does not, and a thread that
        # still reads a view after `close` would end the program
        array: NDArray[Any] = np.frombuffer(memory, kind, count).reshape(shape)
        ready: NDArray[np.bool_] = np.frombuffer(memory, np.bool_, shape[0] * shape[1], count * kind.itemsize).reshape(shape[:2])
        super().__init__(array, ready)
        self._block = block
        self._owner = owner
        self._closed = False

    @classmethod
    def create(cls, shape: tuple[int, int, int, int], dtype: DTypeLike) -> SharedVoxels:
        """A new block, values zero, nothing ready; `Unavailable` where memory has no room for it."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize + shape[0] * shape[1]
        require_room(size)
        return cls(Block.made(size), shape, dtype, owner=True)

    @classmethod
    def attach(cls, descriptor: SharedBlock) -> SharedVoxels:
        """The same block in another process."""
        block = Block(name=descriptor.name)
        return cls(block, descriptor.shape, descriptor.dtype, owner=False)

    @property
    def descriptor(self) -> SharedBlock:
        """What another process needs to attach."""
        return SharedBlock(self._block.name, tuple(self.array.shape), self.array.dtype.str)  # type: ignore[arg-type]

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
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


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """Voxels on a grid.  `sop_uids` names the source image of each slice (empty for computed volumes), `frame_numbers` the frame in
    it, one-based, where images hold several.

    `windows` are (centre, width, explanation) of the source's VOI; `warnings` are English texts (translation keys with
    parameters) of what a reader must know of the geometry: gap, tilt, uneven spacing.
    """

    grid: Grid
    voxels: Voxels
    quantity: Quantity
    modality: str
    series_uid: SeriesUid
    frame_of_reference_uid: str = ""
    sop_uids: tuple[SopUid, ...] = ()
    windows: tuple[tuple[float, float, str], ...] = ()
    warnings: tuple[tuple[str, dict[str, str]], ...] = ()
    body_part: str = ""
    details: dict[str, str] = field(default_factory=dict)
    frame_numbers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.voxels.array.shape[1:] != self.grid.shape:
            raise ValueError(f"voxels {self.voxels.array.shape} do not fit the grid {self.grid.shape}")

    @property
    def unit(self) -> str:
        """UCUM unit of the values."""
        return UNITS[self.quantity]

    def at(self, time: int = 0) -> NDArray[Any]:
        """The (slice, row, column) array of one time point; a view."""
        values: NDArray[Any] = self.voxels.array[time]
        return values
