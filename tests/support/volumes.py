"""Volumes with known truth, for tests of what is drawn and measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import DisplaySet, DisplaySetId, VolumeGeometry
from app.domain.frame import Frame
from app.domain.geometry import Grid
from app.domain.pixel import PixelFormat, PixelSpacing, SpacingSource
from app.domain.quantity import Quantity
from app.domain.study import SeriesUid, SopUid, StudyUid
from app.domain.volume import FrameReference, Volume, Voxels

#: LPS axes of (slice, row, column) for transverse images of a patient lying on the back
AXIAL_AXES = ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))


def volume_of(
    values: NDArray[np.int16],
    spacing_mm: tuple[float, float, float] = (2.0, 0.8, 0.8),
    axes: tuple[tuple[float, float, float], ...] = AXIAL_AXES,
    *,
    ready: NDArray[np.bool_] | None = None,
    origin_mm: tuple[float, float, float] = (-40.0, -30.0, 10.0),
) -> Volume:
    """A CT volume around an array."""
    grid = Grid(values.shape, spacing_mm, origin_mm, axes)  # type: ignore[arg-type]
    voxels = Voxels(values[None], ready[None] if ready is not None else None)
    image = "1.2.840.10008.5.1.4.1.1.2"
    references = (tuple(FrameReference(SopUid(f"1.2.3.{k + 1}"), image) for k in range(values.shape[0])),)
    return Volume(
        grid,
        voxels,
        Quantity.HU,
        "CT",
        SeriesUid("1.2.3"),
        "1.2.9",
        references,
        details={"sop_class_uid": image},
    )


def ball_volume(
    diameter_mm: float = 20.0, spacing_mm: tuple[float, float, float] = (1.0, 0.7, 0.7)
) -> tuple[Volume, tuple[float, float, float]]:
    """A ball of 100 HU in −800 HU, its edge half covered as a scanner would have it; and its centre in
    LPS.
    """
    shape = (41, 96, 112)
    grid = volume_of(np.zeros(shape, np.int16), spacing_mm).grid
    centre = grid.to_lps([20.0, 47.3, 55.6])
    where = grid.to_lps(np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1))
    distance = np.linalg.norm(where - centre, axis=-1)
    inside = np.clip((diameter_mm / 2 - distance) / spacing_mm[1] + 0.5, 0, 1)
    values = np.round(-800 + 900 * inside).astype(np.int16)
    return volume_of(values, spacing_mm), (float(centre[0]), float(centre[1]), float(centre[2]))


def random_axes(seed: int) -> tuple[tuple[float, float, float], ...]:
    """Three orthogonal unit vectors in any direction, of either handedness."""
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return tuple(tuple(float(v) for v in row) for row in rotation)  # type: ignore[return-value]


def display_set_of(volume: Volume) -> DisplaySet:
    """The display set that a volume of one time was acquired from: a frame of stored 16 bits for each
    slice.
    """
    grid, (references, *_) = volume.grid, volume.references
    right, down = grid.axes[2], grid.axes[1]
    frames = tuple(
        Frame(
            sop_uid=reference.sop_uid,
            sop_class_uid=reference.sop_class_uid,
            sha256="0" * 64,
            index=0,
            rows=grid.shape[1],
            columns=grid.shape[2],
            pixel_format=PixelFormat("MONOCHROME2", signed=True),
            position_mm=tuple(float(v) for v in grid.to_lps((k, 0, 0))),  # type: ignore[arg-type]
            orientation=(*right, *down),
            spacing=PixelSpacing((grid.spacing_mm[1], grid.spacing_mm[2]), SpacingSource.PATIENT),
            frame_of_reference_uid=volume.frame_of_reference_uid,
        )
        for k, reference in enumerate(references)
        if reference is not None
    )
    return DisplaySet(
        display_set_id=DisplaySetId(f"{volume.series_uid}/1"),
        study_uid=StudyUid("1.2"),
        series_uid=volume.series_uid,
        modality=volume.modality,
        sop_class_uid=frames[0].sop_class_uid,
        frames=frames,
        geometry=VolumeGeometry(grid, (tuple(range(len(frames))),)),
    )
