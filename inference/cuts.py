"""How a volume is cut for a method: what a plan shows, known before anything is loaded."""

from __future__ import annotations

import math

from app.domain.geometry import Grid
from inference.spec import MethodSpec, Recipe

#: images with longer sides go in tiles of this side
IMAGE_TILE = 1024
#: window of the 3D net in voxels of its own grid, and its overlap
VOLUME_WINDOW = (48, 64, 64)
VOLUME_OVERLAP = 0.25
NET_PITCH_MM = 4.0
#: grid of the classical lungs' morphology
COARSE_MM = 2.0


def layout(spec: MethodSpec, grid: Grid) -> tuple[int, tuple[int, ...]]:
    """Number of tiles and shape of one."""
    if spec.recipe is Recipe.DENOISE:
        rows, columns = (min(n, IMAGE_TILE) for n in grid.shape[1:])
        per_image = math.prod(math.ceil(n / IMAGE_TILE) for n in grid.shape[1:])
        return grid.shape[0] * per_image, (1, rows, columns)
    if spec.recipe is Recipe.LUNGS_NET:
        sizes = [
            max(1, round(n * mm / NET_PITCH_MM)) for n, mm in zip(grid.shape, grid.spacing_mm, strict=True)
        ]
        return math.prod(
            len(window_starts(n, w, VOLUME_OVERLAP)) for n, w in zip(sizes, VOLUME_WINDOW, strict=True)
        ), VOLUME_WINDOW
    return 1, grid.shape


def window_starts(size: int, window: int, overlap: float) -> list[int]:
    """Starts of windows that cover `size`, the last one flush with the end."""
    if size <= window:
        return [0]
    step = max(1, int(window * (1 - overlap)))
    return [*range(0, size - window, step), size - window]
