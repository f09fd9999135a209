"""How the spaces of two series that share no frame of reference lie to each other, as a person has set it.

A space is named by its Frame of Reference UID, or by the series where there is none; two series of one frame
of reference can be aligned too (another breath-hold), and are then named by their series.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from app.domain.geometry import Point3, Vector3
from app.viewing.planes import as_point

#: planes that lie further from each other are not parallel; small tilts between two examinations are none
MOST_TILTED_DEG = 18.0
_LEAST_COSINE = math.cos(math.radians(MOST_TILTED_DEG))


@dataclass(frozen=True, slots=True)
class Space:
    """Where the images of a view lie: the name of their space, and their series."""

    name: str
    series_uid: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """A point of the space `one` lies in `other` at `shift_mm` further on.

    `set_along` are the unit directions along which a person has set it; across them the middles of the images
    lie over each other, which is a guess.
    """

    one: str
    other: str
    shift_mm: Vector3
    set_along: tuple[Vector3, ...]

    def is_set_along(self, direction: Vector3) -> bool:
        """A person has set it along (nearly) this direction."""
        return any(is_parallel(direction, one) for one in self.set_along)

    def moved(self, point_mm: Point3) -> Point3:
        """The same place in the other space."""
        return as_point(np.add(point_mm, self.shift_mm))

    def turned(self) -> Alignment:
        """From the other space to the one."""
        return replace(self, one=self.other, other=self.one, shift_mm=as_point(-np.array(self.shift_mm)))


@dataclass(frozen=True, slots=True)
class Alignments:
    """All that have been set on a screen."""

    rows: tuple[Alignment, ...] = ()

    def between(self, one: Space, other: Space) -> Alignment | None:
        """From the space of one view to that of another; also by way of a third space that both are aligned
        with.
        """
        names = names_of(one, other)
        if names is None:
            return None
        direct = self._direct(*names)
        if direct is not None:
            return direct
        for row in (*self.rows, *(row.turned() for row in self.rows)):
            onward = self._direct(row.other, names[1]) if row.one == names[0] else None
            if onward is not None:
                shift = as_point(np.add(row.shift_mm, onward.shift_mm))
                both = tuple(way for way in row.set_along if onward.is_set_along(way))
                return Alignment(names[0], names[1], shift, both)
        return None

    def put(self, alignment: Alignment) -> Alignments:
        """With an alignment in the place of the one between the same spaces."""
        return Alignments((*self._others(alignment.one, alignment.other), alignment))

    def without(self, one: Space, other: Space) -> Alignments:
        """Without the one between two spaces."""
        names = names_of(one, other)
        return self if names is None else Alignments(self._others(*names))

    def _direct(self, one: str, other: str) -> Alignment | None:
        for row in self.rows:
            if (row.one, row.other) == (one, other):
                return row
            if (row.other, row.one) == (one, other):
                return row.turned()
        return None

    def _others(self, one: str, other: str) -> tuple[Alignment, ...]:
        return tuple(row for row in self.rows if {row.one, row.other} != {one, other})


NO_ALIGNMENTS = Alignments()


def names_of(one: Space, other: Space) -> tuple[str, str] | None:
    """Names of the spaces of two views that can be aligned: of their series where they share a space; None
    for two views of one series.
    """
    if one.series_uid == other.series_uid:
        return None
    if one.name != other.name:
        return one.name, other.name
    return series_space(one.series_uid), series_space(other.series_uid)


def series_space(series_uid: str) -> str:
    """The space of a series by itself."""
    return f"series {series_uid}"


def is_parallel(one: Vector3, other: Vector3) -> bool:
    """Two unit directions are as good as one, whichever way they point."""
    return abs(one[0] * other[0] + one[1] * other[1] + one[2] * other[2]) >= _LEAST_COSINE


def lean_deg(one: Vector3, other: Vector3) -> float:
    """Angle between two unit directions, whichever way they point."""
    cosine = abs(sum(a * b for a, b in zip(one, other, strict=True)))
    return math.degrees(math.acos(min(cosine, 1.0)))


def upward(normal: Vector3) -> Vector3:
    """A normal so turned that its largest part points to the patient's left, back or head: places along it
    grow as slice locations of the standard do.
    """
    largest = max(normal, key=abs)
    return as_point(np.array(normal) * (1.0 if largest > 0 else -1.0))
