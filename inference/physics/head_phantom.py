"""A head of another family, to see how a method does outside what it was trained on: skull, brain,
ventricles, inserts.

It shares no anatomy with the chest: ellipses of bone and brain, square inserts of low contrast, bars of bone.
"""

from __future__ import annotations

import numpy as np

from inference.physics.shapes import Floats, Plane, superellipse_distance
from inference.physics.texture import Texture


class HeadPhantom:
    """A head drawn from `seed`."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 11])
        self._axes = (float(rng.uniform(66, 76)), float(rng.uniform(84, 98)))
        self._skull_mm = float(rng.uniform(5.0, 8.0))
        self._ventricle = float(rng.uniform(0.7, 1.4))
        self._squares = [
            tuple(float(v) for v in rng.uniform((-38, -55, 2.5, -26), (38, 55, 7.0, 30))) for _ in range(9)
        ]
        self._bars_at = (float(rng.uniform(-20, 20)), float(rng.uniform(30, 50)))
        self._texture = Texture(seed)

    def cut(self, plane: Plane) -> Floats:
        """HU (row, column)."""
        grain = self._texture.cut(plane)
        x, y = plane.x_mm[None, :], plane.y_mm[:, None]
        shrink = float(np.sqrt(max(0.05, 1.0 - (plane.z_mm / 95.0) ** 2)))
        outer = superellipse_distance(x, y, self._axes[0] * shrink, self._axes[1] * shrink, 2.1)
        hu: Floats = np.full(plane.shape, -1000.0, dtype=np.float32)
        inner = outer + np.float32(5.0 + self._skull_mm)
        layers: list[tuple[Floats, float, float]] = [
            (outer, 40.0, 5.0),
            (outer + np.float32(5.0), 1100.0, 70.0),
            (inner, 8.0, 1.0),
        ]
        layers += [(inner + np.float32(2.0), 37.0, 4.0), (inner + np.float32(7.0) + grain * 2, 29.0, 3.0)]
        for side in (-1.0, 1.0):
            horn = superellipse_distance(
                x - np.float32(side * 11),
                y + np.float32(4),
                6.0 * self._ventricle,
                26.0 * self._ventricle,
                2.0,
            )
            layers.append((np.maximum(horn, inner + np.float32(10)), 6.0, 1.0))
        for cx, cy, half, contrast in self._squares:
            square = np.maximum(np.abs(x - np.float32(cx)), np.abs(y - np.float32(cy))) - np.float32(half)
            layers.append((np.maximum(square, inner + np.float32(9)), 30.0 + contrast, 2.0))
        for number in range(5):
            across = np.abs(x - np.float32(self._bars_at[0] + number * 4.0)) - np.float32(1.0)
            bar = np.maximum(across, np.abs(y - np.float32(self._bars_at[1])) - 8)
            layers.append((np.maximum(bar, inner + np.float32(6)), 700.0, 0.0))
        for distance, value, rough in layers:
            hu += plane.coverage(distance) * (np.float32(value) + grain * np.float32(rough) - hu)
        return hu
