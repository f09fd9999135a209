"""Images of every kind that is measured, each with a way from true millimetres to its pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.frame import UltrasoundRegion
from app.domain.geometry import PointPx
from app.domain.image import Image
from app.domain.pixel import PixelSpacing, Rescale, SpacingSource
from app.domain.quantity import Quantity
from app.viewing.screen import SliceView, StackView, View, Viewport, ViewportId
from app.viewing.shapes.shape import LiverReference, MeasuredImage
from app.viewing.shown_image import measured_image, shown_image
from tests.support.stacks import frame_of, stack_of
from tests.support.volumes import AXIAL_AXES, random_axes, volume_of

#: pixels of the single images, (rows, columns)
SIZE = (160, 200)
#: value at the middle, and its growth with each millimetre to the right and down
MIDDLE, RIGHT, DOWN = 40.0, 3.0, -2.0


@dataclass(frozen=True)
class Kind:
    """`px` leads from millimetres right and down of the middle to pixels; values are `MIDDLE` + `RIGHT`·x +
    `DOWN`·y of those millimetres.  A pixel is at most `pixel_mm` wide; `size` is the unit of a distance.
    """

    image: MeasuredImage
    px: Callable[[float, float], PointPx]
    pixel_mm: float
    size: str = "mm"


def _measured(image: Image, view: View) -> MeasuredImage:
    viewport = Viewport(ViewportId("1"), image=image, view=view)
    shown = shown_image(viewport)
    assert shown is not None
    return measured_image(viewport, shown)


def uptake() -> MeasuredImage:
    """SUV 4 everywhere, and a liver that was measured."""
    volume = replace(volume_of(np.full((8, 20, 30), 4, np.int16)), quantity=Quantity.SUV_BW, modality="PT")
    image = _measured(volume, SliceView(0, 3.0))
    assert image.around is not None
    return replace(image, around=replace(image.around, liver=LiverReference(2.0, 0.1)))


def _plane(values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Times ten, so that rounding to whole numbers says little."""
    return np.round(10 * values).astype(np.int16)


def _on_frame(distance: tuple[float, float], *, size: str = "mm", **facts: Any) -> Kind:
    """A single image whose (row, column) distances are as told."""
    down, across = distance
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    x, y = (x - SIZE[1] / 2) * across, (y - SIZE[0] / 2) * down
    stored = _plane(MIDDLE + RIGHT * x + DOWN * y)
    frame = frame_of(stored, transform=Rescale(0.1, 0.0), **facts)
    image = _measured(stack_of([stored], [frame]), StackView(0))
    return Kind(image, lambda u, v: (u / across + SIZE[1] / 2, v / down + SIZE[0] / 2), max(distance), size)


def _on_slice(
    spacing_mm: tuple[float, float, float], axes: tuple[tuple[float, float, float], ...], axis: int = 0
) -> Kind:
    """A plane of a volume; right and down are any two directions at a right angle in it."""
    shape = (64, 160, 160) if axis else (5, 160, 160)
    volume = volume_of(np.zeros(shape, np.int16), spacing_mm, axes)
    grid, rest = volume.grid, [n for n in range(3) if n != axis]
    middle = (np.array(shape) - 1) / 2
    centre = grid.to_lps(middle)
    u = np.array(axes[rest[1]])
    v = np.array(axes[rest[0]]) - (np.array(axes[rest[0]]) @ u) * u
    v = v / np.linalg.norm(v)
    where = grid.to_lps(np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)) - centre
    volume.voxels.array[0] = np.round(MIDDLE + RIGHT * (where @ u) + DOWN * (where @ v)).astype(np.int16)
    image = _measured(volume, SliceView(axis, float(middle[axis])))

    def px(right: float, down: float) -> PointPx:
        point = centre + right * u + down * v
        found = image.plane.from_lps((float(point[0]), float(point[1]), float(point[2])))
        assert found is not None
        return found

    return Kind(image, px, max(spacing_mm[n] for n in rest))


_TILT = math.radians(20)
_TILTED = ((0.0, math.sin(_TILT), math.cos(_TILT)), AXIAL_AXES[1], AXIAL_AXES[2])

KINDS: dict[str, Callable[[], Kind]] = {
    "classic CT": lambda: _on_slice((2.0, 0.7, 0.7), AXIAL_AXES),
    "anisotropic": lambda: _on_slice((3.0, 0.5, 0.9), AXIAL_AXES),
    "oblique": lambda: _on_slice((2.0, 0.6, 0.8), random_axes(7)),
    "a slice of a tilted stack": lambda: _on_slice((2.0, 0.8, 0.6), _TILTED),
    "enhanced, the third frame": lambda: _on_frame(
        (0.6, 0.4), spacing=PixelSpacing((0.6, 0.4), SpacingSource.PATIENT), index=2, frames_in_object=5
    ),
    "across a tilted stack": lambda: _on_slice((2.0, 0.8, 0.8), _TILTED, axis=2),
    "projection at the detector": lambda: _on_frame(
        (0.3, 0.3), spacing=PixelSpacing((0.3, 0.3), SpacingSource.DETECTOR)
    ),
    "ultrasound region": lambda: _on_frame(
        (0.35, 0.2), regions=(UltrasoundRegion((5, 5, 190, 150), (0.35, 0.2), "mm", "2d"),)
    ),
    "rescaled and signed": lambda: _on_frame(
        (0.5, 0.5), spacing=PixelSpacing((0.5, 0.5), SpacingSource.PATIENT)
    ),
    "without a distance": lambda: _on_frame((1.0, 1.0), size="px"),
}
