"""Planes across the slices of volumes in files.

Such a plane has a little of every slice: read from the file while it is drawn, it would hold up the window
and bring the whole volume into the process.  It is gathered beforehand, together with its neighbours: a slab.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PlaneKey:
    """A plane across a grid axis (1 row, 2 column) at a position of the further axis, of voxels of a
    generation.
    """

    generation: int
    further: int
    axis: int
    index: int


@dataclass(frozen=True, slots=True, eq=False)
class Slab:
    """Neighbouring planes: values (slice, row, column), of which one axis holds the planes from that of `key`
    on only.  `ready` says of each slice whether it had arrived.
    """

    key: PlaneKey
    values: NDArray[Any]
    ready: NDArray[np.bool_]
    arrived: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "arrived", int(np.count_nonzero(self.ready)))

    @property
    def count(self) -> int:
        """How many planes it has."""
        return int(self.values.shape[self.key.axis])

    @property
    def fraction(self) -> float:
        """Share of the slices that had arrived, 0…1."""
        return self.arrived / len(self.ready)

    def holds(self, key: PlaneKey) -> bool:
        """The plane is one of them."""
        return self._same_way(key) and 0 <= key.index - self.key.index < self.count

    def nearest(self, key: PlaneKey) -> int | None:
        """Of planes of the same direction the nearest that it holds."""
        return (
            min(max(key.index, self.key.index), self.key.index + self.count - 1)
            if self._same_way(key)
            else None
        )

    def _same_way(self, key: PlaneKey) -> bool:
        own = self.key
        return (own.generation, own.further, own.axis) == (key.generation, key.further, key.axis)


class PlaneSlabs:
    """Slabs of all volumes in files; the least recently used go.  Safe for threads.

    Parameters
    ----------
    room_bytes : what they may take of the memory together
    """

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self._lock = threading.Lock()
        self._slabs: list[Slab] = []  # last used last

    @property
    def used_bytes(self) -> int:
        """What they take."""
        with self._lock:
            return sum(slab.values.nbytes for slab in self._slabs)

    def find(self, key: PlaneKey) -> Slab | None:
        """The slab that holds a plane; None where it has not been gathered."""
        with self._lock:
            found = next((slab for slab in reversed(self._slabs) if slab.holds(key)), None)
            if found is not None:
                self._slabs.remove(found)
                self._slabs.append(found)
            return found

    def nearest(self, key: PlaneKey) -> int | None:
        """The plane itself, else the nearest of the same direction that has been gathered."""
        with self._lock:
            there = [at for slab in self._slabs if (at := slab.nearest(key)) is not None]
        return min(there, key=lambda at: abs(at - key.index), default=None)

    def put(self, slab: Slab, shown: Collection[PlaneKey]) -> None:
        """Keep a slab; where there is too little room, those without a plane that is shown go."""
        with self._lock:
            # what it holds of another time of the filling is older
            self._slabs = [
                one for one in self._slabs if not (slab.holds(one.key) and slab.count >= one.count)
            ]
            self._slabs.append(slab)
            over = sum(one.values.nbytes for one in self._slabs) - self.room_bytes
            for one in list(self._slabs):
                if over <= 0:
                    break
                if one is not slab and not any(one.holds(key) for key in shown):
                    self._slabs.remove(one)
                    over -= one.values.nbytes

    def forget(self, generation: int) -> None:
        """The voxels have gone."""
        with self._lock:
            self._slabs = [slab for slab in self._slabs if slab.key.generation != generation]
