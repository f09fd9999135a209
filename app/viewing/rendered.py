"""What a volume rendering shows: the last image that was drawn of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class RenderedImage:
    """RGB of shape (`height`, `width`, 3) as bytes, top row first; not `fine` while something moves.

    `camera` is (azimuth, elevation) in degrees from the front, `further` the position along the further axis,
    `title` the name of its transfer functions (English, a translation key).  It is of `voxels` (slices, rows,
    columns) of a volume that has `of_voxels`.
    """

    width: int
    height: int
    pixels: bytes
    fine: bool
    camera: tuple[float, float]
    further: int
    title: str
    table_hidden: bool
    voxels: tuple[int, int, int]
    of_voxels: tuple[int, int, int]
