"""One person's chest: sizes, bones, great vessels and branching trees, drawn from a seed.

Frame: LPS millimetres with the origin in the middle of the chest near the carina; z to the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.physics.shapes import Ellipsoid, Point, Tubes

_LEVELS = (-220.0, -180.0, -120.0, -60.0, 0.0, 60.0, 100.0, 125.0, 145.0, 180.0)
_BODY_X = (150.0, 152.0, 156.0, 160.0, 161.0, 162.0, 160.0, 156.0, 148.0, 120.0)
_BODY_Y = (110.0, 111.0, 113.0, 114.0, 112.0, 106.0, 98.0, 92.0, 84.0, 74.0)
_CAVITY_X = (114.0, 120.0, 128.0, 130.0, 125.0, 110.0, 90.0, 68.0, 40.0, 16.0)
_CAVITY_Y = (84.0, 88.0, 91.0, 91.0, 88.0, 79.0, 66.0, 52.0, 34.0, 14.0)
_RIB_ENDS = (0.80, 0.83, 0.85, 0.86, 0.86, 0.84, 0.80, 0.74, 0.68, 0.60, 0.48, 0.36)


@dataclass(frozen=True, slots=True)
class Build:
    """Numbers of one body.  HU of blood tells whether contrast was given."""

    scale: Point
    fat_mm: float
    muscle_mm: float
    apex_mm: float
    dome_right_mm: float
    dome_left_mm: float
    blood: float
    lung_hu: float
    lung_gradient: float
    texture: float
    power: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Build:
        """A random adult."""
        size = float(rng.uniform(0.9, 1.04))
        return cls(
            scale=(
                size * float(rng.uniform(0.96, 1.03)),
                size * float(rng.uniform(0.9, 1.05)),
                size * float(rng.uniform(0.95, 1.05)),
            ),
            fat_mm=float(rng.uniform(6.0, 22.0)),
            muscle_mm=float(rng.uniform(9.0, 16.0)),
            apex_mm=float(rng.uniform(134.0, 146.0)),
            dome_right_mm=float(rng.uniform(-95.0, -78.0)),
            dome_left_mm=float(rng.uniform(-106.0, -90.0)),
            blood=float(rng.choice([42.0, 130.0, 180.0, 230.0])),
            lung_hu=float(rng.uniform(-890.0, -820.0)),
            lung_gradient=float(rng.uniform(20.0, 70.0)),
            texture=float(rng.uniform(0.6, 1.6)),
            power=float(rng.uniform(2.15, 2.5)),
        )

    def body(self, z_mm: float) -> tuple[float, float]:
        """Half-axes (x, y) of the skin."""
        return self._axes(z_mm, _BODY_X, _BODY_Y, extra=self.fat_mm - 12.0)

    def cavity(self, z_mm: float) -> tuple[float, float]:
        """Half-axes (x, y) of the inner wall of the chest."""
        return self._axes(z_mm, _CAVITY_X, _CAVITY_Y, extra=0.0)

    def _axes(
        self, z_mm: float, xs: tuple[float, ...], ys: tuple[float, ...], extra: float
    ) -> tuple[float, float]:
        z = z_mm / self.scale[2]
        x, y = (float(np.interp(z, _LEVELS, values)) for values in (xs, ys))
        return x * self.scale[0] + extra, y * self.scale[1] + extra

    def place(self, point: Point) -> Point:
        """A point of the pattern body in this body."""
        return (point[0] * self.scale[0], point[1] * self.scale[1], point[2] * self.scale[2])


@dataclass(slots=True)
class Bones:
    """Ribs with their cartilage, collar bones and shoulder-blade spines; vertebrae are cut from
    `vertebra_z`.
    """

    ribs: Tubes
    cartilage: Tubes
    girdle: Tubes
    processes: Tubes
    vertebra_z: NDArray[np.floating]
    pitch_mm: float


def draw_bones(build: Build, rng: np.random.Generator) -> Bones:
    """Twelve pairs of ribs on the wall of the cavity, falling to the front."""
    ribs, cartilage, girdle, processes = Tubes(), Tubes(), Tubes(), Tubes()
    pitch = 23.5 * build.scale[2]
    levels = 136.0 * build.scale[2] - pitch * np.arange(-2, 17)
    for side in (-1.0, 1.0):
        for number, end in enumerate(_RIB_ENDS):
            fall = (22.0, 34.0, 46.0, 56.0, 64.0, 70.0, 74.0, 76.0, 74.0, 70.0, 58.0, 44.0)[number] * float(
                rng.uniform(0.95, 1.05)
            )
            path = _rib_path(build, side, float(levels[number + 2]) + 4.0, fall, np.linspace(0.075, end, 64))
            ribs.add(path, [4.2] * len(path), flatten=0.62)
            if number < 7:
                front = _rib_path(
                    build, side, float(levels[number + 2]) + 4.0, fall, np.linspace(end, 0.965, 8)
                )
                cartilage.add(front, [4.6] * len(front), flatten=0.7)
        collar = [(14, -56, 112), (60, -60, 122), (105, -32, 134), (136, -6, 138)]
        girdle.add([build.place((side * x, y, z)) for x, y, z in collar], [7.0, 5.5, 5.5, 6.5])
        blade = [(62, 92, 92), (100, 74, 112), (132, 34, 130)]
        girdle.add([build.place((side * x, y, z)) for x, y, z in blade], [3.0, 5.0, 7.0])
        for z in levels:
            at = [
                (side * 14.0, 76.0, float(z) / build.scale[2] + 2.0),
                (side * 34.0, 88.0, float(z) / build.scale[2] + 4.0),
            ]
            processes.add([build.place(p) for p in at], [5.0, 4.2])
    for z in levels:
        at = [(0.0, 84.0, float(z) / build.scale[2] - 2.0), (0.0, 99.0, float(z) / build.scale[2] - 18.0)]
        processes.add([build.place(p) for p in at], [3.4, 3.8], flatten=0.7)
    return Bones(ribs, cartilage, girdle, processes, levels, pitch)


def _rib_path(
    build: Build, side: float, top_mm: float, fall_mm: float, turn: NDArray[np.float64]
) -> list[Point]:
    """Points at shares `turn` of the half circle from the spine (0) to the breastbone (1)."""
    points = []
    for share in turn:
        angle = np.pi * float(share)
        z = top_mm - fall_mm * float(share) ** 1.15 * build.scale[2]
        a, b = (half + 6.5 for half in build.cavity(z))
        radius = (abs(np.sin(angle) / a) ** build.power + abs(np.cos(angle) / b) ** build.power) ** (
            -1.0 / build.power
        )
        points.append((side * radius * float(np.sin(angle)), radius * float(np.cos(angle)), z))
    return points


@dataclass(slots=True)
class Vessels:
    """Great vessels of the mediastinum and the two airways' trunks."""

    great: Tubes
    windpipe: Tubes
    gullet: Tubes
    artery_roots: tuple[Point, Point]
    vein_roots: tuple[Point, Point]
    airway_roots: tuple[Point, Point]


def draw_vessels(build: Build) -> Vessels:
    """Aorta, venae cavae, pulmonary trunk, windpipe, gullet; roots are (right, left)."""
    great, windpipe, gullet = Tubes(), Tubes(), Tubes()
    chains: list[tuple[list[Point], list[float]]] = [
        (
            [
                (4, -20, -28),
                (-14, -24, 6),
                (-12, -18, 34),
                (0, -2, 50),
                (15, 17, 47),
                (22, 33, 32),
                (23, 40, 0),
                (17, 40, -100),
                (8, 38, -220),
            ],
            [15, 16, 15, 14, 13, 12.5, 12, 11.5, 10.5],
        ),
        ([(-12, -18, 46), (-16, -14, 80), (-20, -8, 112), (-24, -4, 180)], [6.5, 6, 4.5, 4]),
        ([(4, 2, 54), (12, 0, 90), (18, 0, 180)], [4.5, 4, 3.8]),
        ([(14, 15, 56), (18, 14, 92), (20, 8, 130), (40, 4, 166)], [5, 4.6, 4.2, 4.2]),
        (
            [
                (-30, -6, -30),
                (-30, -12, 20),
                (-27, -18, 66),
                (-21, -22, 96),
                (-22, -24, 132),
                (-40, -28, 166),
            ],
            [11, 9.5, 9, 7.5, 6, 6],
        ),
        (
            [(-26, -20, 74), (4, -32, 84), (20, -28, 102), (22, -26, 132), (44, -26, 166)],
            [6.5, 6, 6, 5.5, 5.5],
        ),
        ([(-30, -4, -62), (-27, 8, -100), (-24, 16, -220)], [12, 12, 11]),
        ([(24, -44, -24), (22, -28, 6), (16, -12, 14), (-8, -3, 8), (-38, 2, 0)], [13, 13, 11, 9.5, 8]),
        ([(20, -18, 14), (34, 2, 18), (42, 8, 6)], [11, 9.5, 8]),
        ([(-12, 16, -26), (-38, 10, -18)], [8, 6.5]),
        ([(14, 18, -22), (40, 14, -14)], [8, 6.5]),
    ]
    for points, radii in chains:
        great.add([build.place(p) for p in points], radii)
    windpipe.add([build.place(p) for p in [(0, 2, 200), (-1, 8, 110), (-1, 14, 42)]], [8.5, 9, 9])
    windpipe.add([build.place(p) for p in [(-3, 15, 42), (-20, 13, 26), (-36, 9, 14)]], [7.5, 7, 6])
    windpipe.add([build.place(p) for p in [(2, 15, 42), (24, 15, 22), (42, 13, 10)]], [6.8, 6.2, 5.2])
    gullet.add(
        [build.place(p) for p in [(3, 24, 200), (5, 30, 60), (6, 26, -30), (14, 22, -130)]], [6, 6, 7, 8]
    )
    pairs = [((-40, 3, -1), (44, 9, 5)), ((-40, 10, -18), (42, 14, -15)), ((-38, 9, 13), (44, 13, 9))]
    roots = [(build.place(right), build.place(left)) for right, left in pairs]
    return Vessels(great, windpipe, gullet, roots[0], roots[1], roots[2])


def grow_tree(
    root: Point,
    inside: NDArray[np.float64],
    root_radius_mm: float,
    rng: np.random.Generator,
    *,
    exponent: float = 2.8,
) -> Tubes:
    """A tree that fills a region (Tawhai, J Appl Physiol 2004;97:2310).

    `inside` are (n, 3) random points of the region. The points are halved again and again; each branch heads
    for the middle of its half; its radius follows the number of points it serves (Murray's law).
    """
    tree, total = Tubes(), len(inside)
    pending = [(np.array(root), np.array(root) * 0.0, inside, root_radius_mm)]
    while pending:
        start, heading, points, radius = pending.pop()
        for half in _halves(heading, points, rng):
            if not len(half):
                continue
            target = half.mean(axis=0)
            share = rng.uniform(0.38, 0.5) if len(half) > 2 else 0.85
            end = start + (target - start) * float(share)
            end_radius = root_radius_mm * (len(half) / total) ** (1 / exponent)
            bend = (start + end) / 2 + rng.normal(0.0, 0.06 * float(np.linalg.norm(end - start)), 3)
            tree.add(
                [_point(start), _point(bend), _point(end)],
                [min(radius, end_radius * 1.25), end_radius * 1.1, end_radius],
            )
            if len(half) > 1:
                pending.append((end, end - start, half, end_radius))
    return tree


def _halves(
    heading: NDArray[np.float64], points: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split across the widest direction, seen from the branch's end."""
    centred = points - points.mean(axis=0)
    if heading.any():
        along = heading / np.linalg.norm(heading)
        centred = centred - np.outer(centred @ along, along)
    widest = np.linalg.svd(centred, full_matrices=False)[2][0]
    score = centred @ widest
    above = score > np.quantile(score, rng.uniform(0.38, 0.62))
    return points[above], points[~above]


def _point(position: NDArray[np.float64]) -> Point:
    return (float(position[0]), float(position[1]), float(position[2]))


@dataclass(frozen=True, slots=True)
class Heart:
    """The muscle and the four chambers."""

    muscle: tuple[Ellipsoid, ...]
    chambers: tuple[Ellipsoid, ...]


def draw_heart(build: Build) -> Heart:
    """Long axis from right-back-above to left-front-below."""
    axis = np.array([0.66, -0.52, -0.54])
    axis /= np.linalg.norm(axis)
    side = np.array([0.55, 0.80, -0.1])
    side -= axis * (side @ axis)
    side /= np.linalg.norm(side)
    frame = np.array([axis, side, np.cross(axis, side)])
    rotation = (_point(frame[0]), _point(frame[1]), _point(frame[2]))

    def solid(along: float, across: float, up: float, radii: Point) -> Ellipsoid:
        local = np.array([18.0, -26.0, -46.0]) + frame.T @ np.array([along, across, up])
        return Ellipsoid(build.place(_point(local)), build.place(radii), rotation)

    muscle = (
        solid(8, 13, 0, (48, 31, 31)),
        solid(2, -14, 2, (46, 25, 30)),
        solid(-26, 16, 6, (24, 25, 27)),
        solid(-30, -22, -4, (24, 25, 29)),
    )
    chambers = (
        solid(4, 13, 0, (38, 20, 20)),
        solid(2, -15, 2, (41, 20, 25)),
        solid(-28, 16, 6, (20, 22, 24)),
        solid(-31, -23, -4, (21, 22, 26)),
    )
    return Heart(muscle, chambers)
