"""What lies over the images of a viewport: processed images, segments, structures, overlays, drawn shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from app.domain.anchor import Anchor
from app.domain.contour_cuts import PlacedContours
from app.domain.frame import FrameKey
from app.domain.geometry import Point3, PointPx
from app.domain.measurement import MeasuredValue
from app.domain.overlay import OverlayPlane
from app.domain.roi import RoiKind
from app.domain.segmentation import Segmentation, StackSegmentation
from app.domain.uptake import VoxelRegion
from app.domain.volume import Volume
from app.viewing.presented import PresentedImage
from app.viewing.reported import PlacedReport
from app.viewing.shapes.shape import Shape


@dataclass(frozen=True, slots=True, eq=False)
class ProcessedLayer:
    """Processed images on the volume's own grid, with what made them: "name version"."""

    volume: Volume
    label: str = ""
    unconfirmed: bool = True
    #: what stays once a doctor has confirmed it: model, version, who; "" before
    confirmed: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class LabelLayer:
    """Labels on the images' own pixels; `hidden` are segment numbers.

    `source` is the title of the object that they were read from, "" where a method made them here.
    """

    segmentation: Segmentation | StackSegmentation
    unconfirmed: bool = True
    confirmed: str = ""
    opacity: float = 0.35
    hidden: frozenset[int] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ShapeAnnotation:
    """A drawn shape as the screen shows it.  `anchor` is an image or a plane with its true place.

    `shape` is its type, `points_px` are its points on the source image (SCOORD: the upper left corner
    is (0, 0)), empty where the anchor is a plane; `points_mm` the same in the patient, empty where the image
    has no place there. `lines` are its texts; it is amber while `unconfirmed`.  A `locked` one cannot be
    moved.
    """

    tracking_uid: str
    shape: Shape
    anchor: Anchor
    points_px: tuple[PointPx, ...] = ()
    points_mm: tuple[Point3, ...] = ()
    lines: tuple[str, ...] = ()
    selected: bool = False
    unconfirmed: bool = False
    key: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class ShapeLayer:
    """All drawn shapes of the viewport's display set; each shows on its own image."""

    marks: tuple[ShapeAnnotation, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class OverlayLayer:
    """The overlay planes that the images themselves carry (PS3.3 C.9.2), by the frame they lie over."""

    planes: Mapping[FrameKey, tuple[OverlayPlane, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class PresentationLayer:
    """The presentation states that are applied, by the images that they refer to."""

    images: Mapping[FrameKey, PresentedImage]


@dataclass(frozen=True, slots=True, eq=False)
class ContourLayer:
    """The structures of a structure set; `hidden` are their numbers, `title` that of the object.

    `here` marks, by frame, the contours that are said to be drawn on it, `named` those that name any image
    that is shown.  `opacity` is that of what lies between contours on planes across them.
    """

    contours: PlacedContours
    here: Mapping[FrameKey, NDArray[np.bool_]]
    named: NDArray[np.bool_]
    title: str = ""
    opacity: float = 0.35
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class MeasuredRegion:
    """Voxels of the volume that a measurement of a `kind` stands for, at a position of its further axis;
    `name` is what people call it, `threshold` the least value where it was grown.
    """

    tracking_uid: str
    name: str
    region: VoxelRegion
    further: int
    kind: RoiKind
    threshold: MeasuredValue | None = None
    selected: bool = False
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RegionLayer:
    """Regions that were measured in the volume: their outline is on every plane that meets them."""

    regions: tuple[MeasuredRegion, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReportLayer:
    """The marks of a structured report or key object selection."""

    placed: PlacedReport


Layer = (
    RegionLayer
    | ProcessedLayer
    | LabelLayer
    | ContourLayer
    | OverlayLayer
    | PresentationLayer
    | ReportLayer
    | ShapeLayer
)
L = TypeVar("L", bound=Layer)
#: what lies over the images and is hidden and shown as one; a reader's own shapes and processed images stay
DRAWN_OVER: tuple[type[Layer], ...] = (LabelLayer, ContourLayer, OverlayLayer, PresentationLayer, ReportLayer)
