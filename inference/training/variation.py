"""What bodies and scanners do that the chest's generator does not draw, laid over its volumes on the lung
net's grid.

Arrays are (slice, row, column) on an isotropic grid, slices from foot to head, rows to the back, columns to
the left. Effusions are no lung; consolidations, ground glass, emphysema and nodules are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

Floats = NDArray[np.float32]
_ARM = ((46.0, -95.0), (36.0, 50.0), (11.0, 500.0))  # radius in mm and HU, from the skin to the bone


@dataclass(slots=True, eq=False)
class Labelled:
    """A chest being made: HU, coverage of the right and the left lung, positions of the voxels in mm."""

    hu: Floats
    right: Floats
    left: Floats
    z_mm: Floats
    y_mm: Floats
    x_mm: Floats

    @property
    def lung(self) -> NDArray[np.bool_]:
        """Both lungs."""
        return np.asarray(self.right + self.left > 0.5, dtype=bool)

    def away(self, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Floats:
        """Distance to a (z, y, x) centre in units of the radii."""
        parts = (
            ((axis - c) / r) ** 2
            for axis, c, r in zip((self.z_mm, self.y_mm, self.x_mm), centre, radii, strict=True)
        )
        z, y, x = parts
        out: Floats = np.sqrt(z[:, None, None] + y[None, :, None] + x[None, None, :]).astype(np.float32)
        return out


def vary(chest: Labelled, rng: np.random.Generator) -> None:
    """Change a chest in place, differently for every state of `rng`."""
    steps = (
        (0.4, _thin),
        (0.45, _dense),
        (0.35, _effusion),
        (0.6, _gas),
        (0.35, _arms),
        (0.4, _no_table),
        (0.12, _metal),
    )
    for chance, step in steps:
        if rng.random() < chance:
            step(chest, rng)
    _warp(chest, rng)
    _scan(chest, rng)


def _blob(chest: Labelled, rng: np.random.Generator, low_mm: float, high_mm: float) -> Floats:
    """Weight 0…1 of an uneven ball somewhere in a lung."""
    places = np.argwhere(chest.lung)
    at = places[int(rng.integers(len(places)))]
    radius = rng.uniform(low_mm, high_mm)
    radii = tuple(float(radius * s) for s in rng.uniform(0.7, 1.3, 3))
    centre = (float(chest.z_mm[at[0]]), float(chest.y_mm[at[1]]), float(chest.x_mm[at[2]]))
    rough = gaussian_filter(rng.standard_normal(chest.hu.shape, dtype=np.float32), 2.0)
    edge = chest.away(centre, (radii[0], radii[1], radii[2])) + rough / rough.std() * np.float32(0.18)
    out: Floats = np.clip((1.15 - edge) / 0.3, 0.0, 1.0) * chest.lung
    return out


def _thin(chest: Labelled, rng: np.random.Generator) -> None:
    """Emphysema: darker lungs, bullae."""
    chest.hu[chest.lung] -= np.float32(rng.uniform(10, 70))
    for _ in range(int(rng.integers(0, 4))):
        weight = _blob(chest, rng, 8, 28) * np.float32(0.95)
        chest.hu += weight * (np.float32(-985) - chest.hu)


def _dense(chest: Labelled, rng: np.random.Generator) -> None:
    """Ground glass and consolidation; both stay lung."""
    for _ in range(int(rng.integers(1, 4))):
        solid = rng.random() < 0.5
        weight = _blob(chest, rng, 10, 40 if solid else 60) * np.float32(
            rng.uniform(0.85, 1.0) if solid else rng.uniform(0.15, 0.5)
        )
        chest.hu += weight * (np.float32(rng.uniform(10, 60)) - chest.hu)


def _effusion(chest: Labelled, rng: np.random.Generator) -> None:
    """Water behind and below one lung or both: no lung any more."""
    for cover in (chest.right, chest.left):
        inside = cover > 0.5
        if rng.random() < 0.4 or not inside.any():
            continue
        steep = rng.uniform(0.2, 1.2)
        depth = (
            chest.y_mm[None, :, None]
            - np.float32(steep) * chest.z_mm[:, None, None]
            + 0 * chest.x_mm[None, None, :]
        )
        level = np.quantile(depth[inside], 1.0 - rng.uniform(0.04, 0.35))
        wet = np.clip((depth - np.float32(level)) / 8.0 + 0.5, 0.0, 1.0).astype(np.float32) * cover
        chest.hu += wet * (np.float32(rng.uniform(0, 35)) - chest.hu)
        cover *= 1.0 - wet


def _gas(chest: Labelled, rng: np.random.Generator) -> None:
    """Gas in stomach and bowel, under the lungs."""
    for _ in range(int(rng.integers(1, 7))):
        centre = (float(rng.uniform(-230, -90)), float(rng.uniform(-75, 30)), float(rng.uniform(-95, 95)))
        radii = tuple(float(r) for r in rng.uniform(8, 34, 3))
        ball = np.clip((1.0 - chest.away(centre, (radii[0], radii[1], radii[2]))) * 4.0, 0.0, 1.0)
        ball *= (chest.right + chest.left < 0.02) & (chest.hu > -250)
        chest.hu += ball * (np.float32(rng.uniform(-1000, -850)) - chest.hu)


def _arms(chest: Labelled, rng: np.random.Generator) -> None:
    """Arms at the sides, outside the trunk."""
    for side in (-1.0, 1.0):
        x, y = side * rng.uniform(195, 225), rng.uniform(-10, 45)
        for radius, hu in _ARM:
            away = np.hypot(chest.y_mm[:, None] - y, chest.x_mm[None, :] - x) / radius
            cover = (
                np.clip((1.0 - away) * 6.0, 0.0, 1.0).astype(np.float32)[None]
                * (chest.hu < -200)
                * (chest.right + chest.left < 0.02)
            )
            if radius != _ARM[0][0]:
                cover = np.clip((1.0 - away) * 6.0, 0.0, 1.0).astype(np.float32)[None] * (
                    chest.right + chest.left < 0.02
                )
            chest.hu += cover * (np.float32(hu) - chest.hu)


def _no_table(chest: Labelled, rng: np.random.Generator) -> None:
    """No table, or another one: a plain board."""
    chest.hu[:, chest.y_mm > 122.0] = -1000.0
    if rng.random() < 0.5:
        top = rng.uniform(124, 150)
        board = (chest.y_mm > top) & (chest.y_mm < top + rng.uniform(4, 40))
        chest.hu[:, board] = np.float32(rng.uniform(-950, -200))


def _metal(chest: Labelled, rng: np.random.Generator) -> None:
    """A pacemaker's case or a wire."""
    centre = (float(rng.uniform(40, 100)), float(rng.uniform(-110, -60)), float(rng.uniform(-90, 90)))
    chest.hu[chest.away(centre, (14.0, 6.0, 18.0)) < 1.0] = np.float32(rng.uniform(2000, 3071))


def _warp(chest: Labelled, rng: np.random.Generator) -> None:
    """Another size, a turned and bent body: a smooth displacement of all voxels."""
    shape, pitch = chest.hu.shape, float(chest.x_mm[1] - chest.x_mm[0])
    index = np.stack(
        np.meshgrid(*(np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in shape), indexing="ij")
    )
    scale = rng.uniform(0.86, 1.22) * rng.uniform(0.93, 1.07, 3)
    a, b, c = np.radians(rng.normal(0.0, (4.0, 4.0, 6.0)))
    turn = (
        np.array([[1, 0, 0], [0, np.cos(c), -np.sin(c)], [0, np.sin(c), np.cos(c)]])
        @ np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
        @ np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    )
    place = np.einsum("ij,jzyx->izyx", (turn * scale[:, None]).astype(np.float32), index)
    for axis, n in enumerate(shape):
        bend = gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 9.0)
        place[axis] += bend / bend.std() * np.float32(rng.uniform(0.0, 7.0) / pitch) + (n - 1) / 2
    for values, outside in ((chest.hu, -1000.0), (chest.right, 0.0), (chest.left, 0.0)):
        mode = "nearest" if outside else "constant"
        values[:] = map_coordinates(values, place, order=1, mode=mode, cval=outside, prefilter=False)


def _scan(chest: Labelled, rng: np.random.Generator) -> None:
    """Kernel, noise, the circle of the reconstruction."""
    kind = rng.random()
    if kind < 0.3:
        chest.hu[:] = gaussian_filter(chest.hu, rng.uniform(0.3, 0.8))
    elif kind < 0.6:
        chest.hu += np.float32(rng.uniform(0.2, 0.8)) * (chest.hu - gaussian_filter(chest.hu, 1.0))
    chest.hu += rng.normal(0.0, rng.uniform(2, 50), chest.hu.shape).astype(np.float32)
    grain = gaussian_filter(rng.standard_normal(chest.hu.shape, dtype=np.float32), 1.2)
    chest.hu += grain / grain.std() * np.float32(rng.uniform(0, 25))
    if rng.random() < 0.35:
        radius = rng.uniform(120, 190)
        y, x = (axis - axis.mean() + np.float32(rng.uniform(-10, 10)) for axis in (chest.y_mm, chest.x_mm))
        outside = np.hypot(y[:, None], x[None, :]) > radius
        chest.hu[:, outside] = -1024.0
        chest.right[:, outside] = chest.left[:, outside] = 0.0
