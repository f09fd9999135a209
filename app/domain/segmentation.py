"""Labels on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.coding import Code
from app.domain.geometry import Grid
from app.domain.provenance import Algorithm
from app.domain.roi import RoiKind
from app.domain.study import SeriesUid, SopUid
from app.domain.uptake import VoxelRegion


@dataclass(frozen=True, slots=True)
class Segment:
    """One structure.  `number` is its value in the label array, or its number in a SEG; `color` is sRGB
    0…255.
    """

    number: int
    label: str
    category: Code
    type: Code
    color: tuple[int, int, int]
    algorithm: Algorithm | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RegionSegment:
    """Voxels that a person measured: `tracking_uid` is that of the measurement, `threshold` the least value
    of a region that was grown, and its UCUM unit.
    """

    tracking_uid: str
    label: str
    kind: RoiKind
    voxels: VoxelRegion
    threshold: tuple[float, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Labels of shape (slice, row, column), uint8, on the grid of the images they were drawn on; 0 is
    nothing.

    `source_sop_uids` names the source image of each slice, `source_frames` its frame (from 1) where sources
    have several.
    """

    grid: Grid
    labels: NDArray[np.uint8]
    segments: tuple[Segment, ...]
    source_series_uid: SeriesUid
    source_sop_uids: tuple[SopUid, ...] = ()
    frame_of_reference_uid: str = ""
    source_frames: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.labels.shape != self.grid.shape:
            raise ValueError(f"labels {self.labels.shape} do not fit the grid {self.grid.shape}")

    def volume_ml(self, number: int) -> float:
        """Volume of a segment in millilitres."""
        count: Any = np.count_nonzero(self.labels == number)
        return float(count) * self.grid.voxel_mm3 / 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class StackSegmentation:
    """Labels on the single images of a stack: `labels` are uint8 of shape (row, column), one an image, None
    where an image has none; 0 is nothing.
    """

    labels: tuple[NDArray[np.uint8] | None, ...]
    segments: tuple[Segment, ...]

    def images_of(self, number: int) -> tuple[int, ...]:
        """The images that a segment is on."""
        return tuple(
            i for i, labels in enumerate(self.labels) if labels is not None and (labels == number).any()
        )
