"""Contours of structures as planes of images cut them: whole where they lie in the plane, else where they
cross it.

NumPy only; points are LPS millimetres of shape (n, 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.layers import Contour, ContourKind, Structure

#: cosine of the angle up to which a contour lies in a plane that leans against it
_PARALLEL = 0.99
#: contours that leave their plane by more than this are not planar
_FLAT_MM = 1.0
#: contours nearer to each other along their normal than this lie in one plane
_SAME_MM = 0.01

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CutLine:
    """A line of a structure in a plane: `closed` ends are joined; one point alone is a point."""

    structure: int
    points_mm: Points
    closed: bool


@dataclass(frozen=True, slots=True, eq=False)
class CutArea:
    """Where a plane runs through a structure between two points of one of its contours, as thick as contours
    stand apart: four corners.
    """

    structure: int
    corners_mm: Points


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """All that one plane meets; structures are named by their place in the list."""

    lines: tuple[CutLine, ...]
    areas: tuple[CutArea, ...]


class PlacedContours:
    """The contours of structures, ready to be cut by any plane."""

    def __init__(self, structures: Sequence[Structure]) -> None:
        self.structures = tuple(structures)
        found = [(n, one) for n, structure in enumerate(structures) for one in structure.contours]
        #: structure of each contour
        self.owner = np.array([n for n, _ in found], dtype=np.int64)
        self.contours: tuple[Contour, ...] = tuple(one for _, one in found)
        lengths = np.array([len(one.points_mm) for one in self.contours], dtype=np.int64)
        self._starts = np.concatenate(([0], np.cumsum(lengths)))
        points = [one.points_mm for one in self.contours]
        self._points: Points = np.concatenate(points) if points else np.zeros((0, 3))
        self._normals = np.array([_normal(one) for one in self.contours]).reshape(-1, 3)
        self._single = lengths == 1

    @cached_property
    def heights_mm(self) -> Points:
        """Of each contour along its own normal."""
        middles = np.array([one.points_mm.mean(axis=0) for one in self.contours]).reshape(-1, 3)
        return np.asarray(np.einsum("ij,ij->i", middles, self._normals))

    @cached_property
    def distances_mm(self) -> tuple[float, ...]:
        """How far the contours of each structure stand apart; 0 where there are no two of them."""
        out = []
        for n in range(len(self.structures)):
            mine = (self.owner == n) & self._normals.any(axis=1)
            steps = np.diff(np.unique(np.round(self.heights_mm[mine] / _SAME_MM) * _SAME_MM))
            out.append(float(np.median(steps)) if steps.size else 0.0)
        return tuple(out)

    def cut(
        self,
        origin_mm: Iterable[float],
        normal: Iterable[float],
        *,
        reach_mm: float,
        thickness_mm: float,
        here: NDArray[np.bool_] | None = None,
        elsewhere: NDArray[np.bool_] | None = None,
    ) -> Cut:
        """What the plane through a point meets.

        A contour that is parallel to the plane lies in it up to `reach_mm` away; of those of a structure the
        nearest count.  `here` marks contours that are said to be drawn on this image, `elsewhere` those that
        are drawn on another one.  `thickness_mm` is that of a structure with contours in one plane only.
        """
        if not self.contours:
            return Cut((), ())
        axis = np.array(tuple(normal))
        away = (self._points - np.array(tuple(origin_mm))) @ axis
        low = np.minimum.reduceat(away, self._starts[:-1])
        high = np.maximum.reduceat(away, self._starts[:-1])
        parallel = np.abs(self._normals @ axis) > _PARALLEL
        nowhere = np.zeros(len(self.contours), bool)
        here, elsewhere = (nowhere if marks is None else marks for marks in (here, elsewhere))
        near = np.maximum(np.abs(low), np.abs(high)) <= reach_mm + _SAME_MM
        lies = (((parallel | self._single) & near) & ~elsewhere) | (here & parallel)
        lies &= self._is_nearest(lies, here, np.abs(low + high) / 2)
        lines = [self._line(int(k)) for k in np.flatnonzero(lies)]
        crosses = ~parallel & ~self._single & (low < 0) & (high >= 0) & ~lies
        areas: list[CutArea] = []
        for group in self._planes_of(crosses):
            areas += self._areas(group, away, axis, thickness_mm)
        for k in np.flatnonzero(crosses & ~self._encloses):
            lines += self._pieces(int(k), away[self._starts[k] : self._starts[k + 1]], reach_mm)
        return Cut(tuple(lines), tuple(areas))

    @cached_property
    def _encloses(self) -> NDArray[np.bool_]:
        """Closed contours in one plane: they have an inside."""
        closed = np.array([one.kind.is_closed for one in self.contours], dtype=bool)
        return closed & self._normals.any(axis=1)

    def _is_nearest(
        self, lies: NDArray[np.bool_], here: NDArray[np.bool_], away: Points
    ) -> NDArray[np.bool_]:
        """Where images stand farther apart than contours, one plane of contours is shown, not several."""
        out = lies.copy()
        for n in np.unique(self.owner[lies]):
            mine = lies & (self.owner == n) & ~self._single
            named = mine & here
            chosen = named if named.any() else mine
            if chosen.any():
                out[mine] = (chosen & (away <= away[chosen].min() + 2 * _SAME_MM))[mine]
        return out

    def _line(self, k: int) -> CutLine:
        return CutLine(int(self.owner[k]), self.contours[k].points_mm, self.contours[k].kind.is_closed)

    def _planes_of(self, crosses: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
        """Contours of one structure in one plane: an odd number of them holds what is inside."""
        found = np.flatnonzero(crosses & self._encloses)
        keys = np.round(self.heights_mm[found] / (2 * _SAME_MM))
        groups: dict[tuple[int, float], list[int]] = {}
        for k, key in zip(found, keys, strict=True):
            groups.setdefault((int(self.owner[k]), float(key)), []).append(int(k))
        return [np.array(group) for group in groups.values()]

    def _areas(
        self, group: NDArray[np.int64], away: Points, axis: Points, thickness_mm: float
    ) -> list[CutArea]:
        normal, owner = self._normals[group[0]], int(self.owner[group[0]])
        crossings = np.concatenate(
            [
                _crossings(
                    self.contours[k].points_mm, away[self._starts[k] : self._starts[k + 1]], closed=True
                )
                for k in group
            ]
        )
        along = np.cross(normal, axis)
        ordered = crossings[np.argsort(crossings @ along)]
        across = normal - (normal @ axis) * axis
        across /= np.linalg.norm(across)
        thick = self.distances_mm[owner] or thickness_mm
        half = across * (thick / 2 / (across @ normal))
        pairs = zip(ordered[::2], ordered[1::2], strict=False)
        return [CutArea(owner, np.array((a - half, b - half, b + half, a + half))) for a, b in pairs]

    def _pieces(self, k: int, away: Points, reach_mm: float) -> list[CutLine]:
        """Of a line through the plane: what runs near it, and the points where it goes through."""
        contour, owner = self.contours[k], int(self.owner[k])
        points = contour.points_mm
        near = np.abs(away) <= reach_mm
        pieces = [CutLine(owner, points[i : i + 2], False) for i in np.flatnonzero(near[:-1] & near[1:])]
        through = _crossings(points, away, closed=contour.kind.is_closed)
        return [*pieces, *(CutLine(owner, point[None], False) for point in through)]


def _crossings(points: Points, away: Points, *, closed: bool) -> Points:
    """Where edges go through the plane, shape (n, 3)."""
    after, beyond = np.roll(points, -1, axis=0), np.roll(away, -1)
    changes = (away < 0) != (beyond < 0)
    if not closed:
        changes[-1] = False
    share = (away[changes] / (away[changes] - beyond[changes]))[:, None]
    return np.asarray(points[changes] + share * (after[changes] - points[changes]))


def _normal(contour: Contour) -> Points:
    """Unit normal of a planar contour, its largest part positive; nothing where it has no plane."""
    points = contour.points_mm
    if contour.kind in (ContourKind.POINT, ContourKind.OPEN_NONPLANAR) or len(points) < 3:
        return np.zeros(3)
    centred = points - points.mean(axis=0)
    area = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    if np.linalg.norm(area) < 1e-9:  # an open line encloses nothing: the plane that fits it best
        area = np.linalg.svd(centred, full_matrices=False)[2][-1]
    normal = area / np.linalg.norm(area)
    if np.abs(centred @ normal).max() > _FLAT_MM:
        return np.zeros(3)
    largest = normal[np.argmax(np.abs(normal))]
    return np.asarray(normal if largest > 0 else -normal)
