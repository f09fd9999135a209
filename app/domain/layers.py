"""What other objects say over images: segments, contours of structures, graphics of a presentation state."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.domain.display_set import TranslatableText
from app.domain.frame import Shutter
from app.domain.geometry import Point3, PointPx, Vector3
from app.domain.overlay import OverlayPlane
from app.domain.pixel import LookupTable, ValueTransform
from app.domain.presentation import VoiTransform
from app.domain.segmentation import Segment
from app.domain.study import SeriesUid, SopUid

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An image that an object speaks of; `frames` are one-based, empty where all are meant."""

    sop_uid: SopUid
    frames: tuple[int, ...] = ()
    sop_class_uid: str = ""


@dataclass(frozen=True, slots=True)
class SpatialReference:
    """What an object lies over: a frame of reference, series, images; each empty where the object names
    none.
    """

    frame_of_reference_uid: str = ""
    series_uids: tuple[SeriesUid, ...] = ()
    images: tuple[ImageReference, ...] = ()

    def covers(
        self, *, frame_of_reference_uid: str, series_uid: SeriesUid, sop_uids: frozenset[SopUid]
    ) -> bool:
        """It can be shown over images: they are named, or lie in the same frame of reference."""
        if self.frame_of_reference_uid and self.frame_of_reference_uid == frame_of_reference_uid:
            return True
        if any(image.sop_uid in sop_uids for image in self.images):
            return True
        return series_uid in self.series_uids and not self.images


class MaskKind(StrEnum):
    """Segmentation Type (PS3.3 C.8.20.2.3); of fractions also what they say."""

    BINARY = "BINARY"
    LABELMAP = "LABELMAP"
    PROBABILITY = "PROBABILITY"
    OCCUPANCY = "OCCUPANCY"

    @property
    def is_fractional(self) -> bool:
        """Values are fractions of one."""
        return self in (MaskKind.PROBABILITY, MaskKind.OCCUPANCY)


@dataclass(frozen=True, slots=True)
class MaskPlanes:
    """The planes that masks are drawn on: parallel, of one size, at whatever distances.

    `origins_mm` are the centres of the upper left pixels, in the order of their heights along `normal`;
    `right` and `down` unit LPS vectors of increasing column and row; `spacing_mm` the distance between rows
    and between columns; `reach_mm` how thick a plane is meant to be.
    """

    rows: int
    columns: int
    spacing_mm: tuple[float, float]
    right: Vector3
    down: Vector3
    origins_mm: tuple[Point3, ...]
    reach_mm: float

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the planes, shape (3,)."""
        return np.asarray(np.cross(self.right, self.down))

    @property
    def heights_mm(self) -> NDArray[np.float64]:
        """Height of each plane along the normal, ascending."""
        return np.asarray(np.array(self.origins_mm) @ self.normal)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentMask:
    """Where one segment is, within the box that holds it all.

    `first` is the (plane, row, column) of the box, `shape` its size.  `data` are packed bits (the first
    voxel in the lowest bit) of a segment that is or is not there, or uint8 fractions of 255.
    `algorithm_type` is AUTOMATIC, SEMIAUTOMATIC or MANUAL, as the object says.
    """

    segment: Segment
    first: tuple[int, int, int]
    shape: tuple[int, int, int]
    data: NDArray[np.uint8]
    is_fractional: bool = False
    algorithm_type: str = ""

    @property
    def values(self) -> NDArray[np.uint8]:
        """The box, shape (plane, row, column): 0 and 1, or fractions of 255."""
        if self.is_fractional:
            return self.data.reshape(self.shape)
        count = int(np.prod(self.shape))
        return np.unpackbits(self.data, count=count, bitorder="little").reshape(self.shape)

    @property
    def voxels(self) -> int:
        """Voxels that are more than nothing."""
        return int(np.count_nonzero(self.values))

    @classmethod
    def of(
        cls,
        segment: Segment,
        first: tuple[int, int, int],
        values: NDArray[np.uint8],
        *,
        fractional: bool = False,
        algorithm_type: str = "",
    ) -> SegmentMask:
        """Pack a box of values."""
        box = (values.shape[0], values.shape[1], values.shape[2])
        data = values.reshape(-1) if fractional else np.packbits(values != 0, axis=None, bitorder="little")
        return cls(segment, first, box, np.ascontiguousarray(data, np.uint8), fractional, algorithm_type)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentationImage:
    """A Segmentation object: segments on planes of their own; they may overlap, and there may be any number.

    `planes` is None where the object says nothing of the patient's space (a projection image, or a slide
    without a place): its masks then lie on the pixels of the images in `frame_images`, one a plane.
    """

    title: str
    kind: MaskKind
    rows: int
    columns: int
    masks: tuple[SegmentMask, ...]
    reference: SpatialReference
    planes: MaskPlanes | None = None
    frame_images: tuple[ImageReference | None, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Their descriptions, in the order of the object."""
        return tuple(mask.segment for mask in self.masks)

    @property
    def count(self) -> int:
        """How many segments there are."""
        return len(self.masks)


class ContourKind(StrEnum):
    """Contour Geometric Type (PS3.3 C.8.8.6.1)."""

    POINT = "POINT"
    OPEN_PLANAR = "OPEN_PLANAR"
    OPEN_NONPLANAR = "OPEN_NONPLANAR"
    CLOSED_PLANAR = "CLOSED_PLANAR"
    CLOSED_PLANAR_XOR = "CLOSEDPLANAR_XOR"

    @property
    def is_closed(self) -> bool:
        """The last point is joined to the first."""
        return self in (ContourKind.CLOSED_PLANAR, ContourKind.CLOSED_PLANAR_XOR)


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One contour: LPS points of shape (n, 3) and the images that it was drawn on, as far as they are
    named.
    """

    kind: ContourKind
    points_mm: NDArray[np.float64]
    images: tuple[ImageReference, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A region of interest of a structure set; `interpreted` is its RT ROI Interpreted Type, "" where
    unknown.
    """

    number: int
    name: str
    color: Rgb
    contours: tuple[Contour, ...]
    interpreted: str = ""
    frame_of_reference_uid: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StructureSet:
    """An RT Structure Set: its structures."""

    title: str
    structures: tuple[Structure, ...]
    reference: SpatialReference

    @property
    def count(self) -> int:
        """How many structures there are."""
        return len(self.structures)


class Units(StrEnum):
    """What the points of a graphic count in (PS3.3 C.10.5.1.1)."""

    PIXEL = "PIXEL"  # of the image: (0, 0) is the upper left corner of its upper left pixel
    DISPLAY = "DISPLAY"  # fractions of the displayed area, (0, 0) its upper left corner
    MATRIX = "MATRIX"  # pixels of the total matrix of a slide


class GraphicKind(StrEnum):
    """Graphic Type (PS3.3 C.10.5.1.2)."""

    POINT = "POINT"
    POLYLINE = "POLYLINE"
    INTERPOLATED = "INTERPOLATED"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"


@dataclass(frozen=True, slots=True)
class GraphicObject:
    """A drawn figure: `points` are (column, row) in `units`.

    `tracking_uid` tells which finding or measurement it draws, "" where the object does not say; `label` is
    what people call that.
    """

    kind: GraphicKind
    points: tuple[PointPx, ...]
    units: Units = Units.PIXEL
    filled: bool = False
    tracking_uid: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class TextObject:
    """A text: in a box (upper left, lower right corner), or beside the point that it is about, or both.

    `justification` is LEFT, CENTER or RIGHT, within the box; `tracking_uid` and `label` are as those of a
    figure.
    """

    text: str
    box: tuple[PointPx, PointPx] | None = None
    box_units: Units = Units.PIXEL
    anchor: PointPx | None = None
    anchor_units: Units = Units.PIXEL
    shows_anchor: bool = False
    justification: str = "LEFT"
    tracking_uid: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Figures and texts of one graphic layer over some images; no images are named where all are meant."""

    layer: str
    images: tuple[ImageReference, ...]
    graphics: tuple[GraphicObject, ...] = ()
    texts: tuple[TextObject, ...] = ()
    color: Rgb | None = None


@dataclass(frozen=True, slots=True)
class DisplayedArea:
    """The part of an image that is shown (PS3.3 C.10.4).

    Corners are (column, row), one-based, those of the image as it is turned: the upper left one may have the
    larger numbers.  `mode` is SCALE TO FIT, TRUE SIZE or MAGNIFY; `magnification` is
    that of MAGNIFY, `spacing_mm` (between rows, between columns) that of TRUE SIZE; `aspect` is the (height,
    width) of a pixel where no spacing is known.
    """

    images: tuple[ImageReference, ...]
    upper_left: tuple[int, int]
    lower_right: tuple[int, int]
    mode: str = "SCALE TO FIT"
    magnification: float | None = None
    spacing_mm: tuple[float, float] | None = None
    aspect: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class SoftcopyVoi:
    """Windows or tables of some images; no images are named where all are meant."""

    images: tuple[ImageReference, ...]
    transforms: tuple[VoiTransform, ...]


@dataclass(frozen=True, slots=True)
class PresentationState:
    """A softcopy presentation state: graphics, shutter, windows, displayed areas, and how images are turned.

    `turns` are quarter turns clockwise, after `flipped` has exchanged left and right (PS3.3 C.10.6).  What
    the images say of their own grey levels, shutters and overlays does not count (PS3.4 N.2): `modality`
    stands in place of the images', `active_groups` are the overlay groups that are shown, `group_colors` the
    colours of their layers, `planes` the overlays that the state itself brings.  `bitmap_shutter` covers
    where it is 1; what is covered takes `shutter_color` where colours can be shown.  `is_grey`: it says how
    stored values become grey; `palette` are the colours that these become, red, green and blue in turn.
    `value_type` is what `modality` gives (Rescale Type, Modality LUT Type), "" where that is not said.
    `told` is what of the object cannot be shown.
    """

    title: str
    reference: SpatialReference
    annotations: tuple[Annotation, ...] = ()
    shutter: Shutter | None = None
    voi: tuple[SoftcopyVoi, ...] = ()
    areas: tuple[DisplayedArea, ...] = ()
    turns: int = 0
    flipped: bool = False
    inverse: bool = False
    modality: ValueTransform | None = None
    value_type: str = ""
    presentation_lut: LookupTable | None = None
    bitmap_shutter: OverlayPlane | None = None
    shutter_grey: float = 0.0
    shutter_color: Rgb | None = None
    active_groups: frozenset[int] = frozenset()
    group_colors: tuple[tuple[int, Rgb], ...] = ()
    planes: tuple[OverlayPlane, ...] = ()
    is_grey: bool = True
    palette: bytes = field(default=b"", repr=False)
    description: str = ""
    creator: str = field(default="", repr=False)
    told: tuple[TranslatableText, ...] = ()

    @property
    def count(self) -> int:
        """How many figures and texts there are."""
        return sum(len(one.graphics) + len(one.texts) for one in self.annotations)
