"""One frame of one object, with all that is needed to place it, to tell it from others, and to show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.domain.geometry import Point3
from app.domain.pixel import PixelFormat, PixelSpacing, RealWorldValues, ValueTransform
from app.domain.presentation import VoiTransform
from app.domain.study import SopUid
from app.domain.technique import Technique

Orientation = tuple[float, float, float, float, float, float]
#: SOP instance and zero-based frame in it
FrameKey = tuple[SopUid, int]


@dataclass(frozen=True, slots=True)
class Distinction:
    """What tells frames at one position apart; None or empty where the object says nothing.

    Times of day are `acquired_at`; `*_ms` are milliseconds, `b_value` s/mm², `phase_percent` percent of the
    cardiac or respiratory cycle.  `image_type` is Image Type in upper case (or Frame Type of an enhanced
    object).  `reference_s` is Frame Reference Time, `content_at` Content Date and Time, `dimensions` are the
    Dimension Index Values that say nothing of the frame's place, `tube_kv` is KVP, `flip_deg` Flip Angle.
    """

    temporal_index: int | None = None
    acquired_at: datetime | None = None
    acquisition_number: int | None = None
    trigger_ms: float | None = None
    phase_percent: float | None = None
    echo_ms: float | None = None
    echo_number: int | None = None
    inversion_ms: float | None = None
    b_value: float | None = None
    gradient: tuple[float, float, float] | None = None
    contrast: str = ""
    kernel: str = ""
    stack_id: str = ""
    energy_window: int | None = None
    detector: int | None = None
    view: str = ""
    image_type: tuple[str, ...] = ()
    reference_s: float | None = None
    content_at: datetime | None = None
    dimensions: tuple[int, ...] = ()
    tube_kv: float | None = None
    flip_deg: float | None = None


@dataclass(frozen=True, slots=True)
class Shutter:
    """What of an image is to be hidden (PS3.3 C.7.6.11, C.7.6.15), in one-based rows and columns of the
    image.

    `rectangle` is (left, right, upper, lower) edge, `circle` (row, column, radius), `polygon` (row, column)
    corners; what lies outside any of them is covered with `grey` (0 black … 1 white).
    """

    rectangle: tuple[int, int, int, int] | None = None
    circle: tuple[int, int, int] | None = None
    polygon: tuple[tuple[int, int], ...] = ()
    grey: float = 0.0


@dataclass(frozen=True, slots=True)
class RegionAxis:
    """What an ultrasound region shows along one side: a pixel to the right or down is `step` more in `unit`
    (UCUM; "" where it is none).  `zero_px` is where the value is 0, in pixels of the image (centre of the
    first one 0.5); None where the object does not tell.
    """

    unit: str = ""
    step: float = 0.0
    zero_px: float | None = None

    def value_at(self, px: float) -> float | None:
        """The value at a pixel; None where only differences are known."""
        return None if self.zero_px is None else (px - self.zero_px) * self.step


@dataclass(frozen=True, slots=True)
class UltrasoundRegion:
    """A calibrated region (PS3.3 C.8.5.5): (left, top, right, bottom) in zero-based pixels, distance of
    pixels in `unit`.  `axes` are what it shows across and down.
    """

    box: tuple[int, int, int, int]
    spacing: tuple[float, float]  # between rows, between columns
    unit: str  # "mm" where both axes are lengths, else ""
    kind: str = ""  # "2d", "colour", "spectral", "m-mode" …
    axes: tuple[RegionAxis, RegionAxis] = (RegionAxis(), RegionAxis())

    @property
    def is_trace(self) -> bool:
        """It shows something over time or frequency: what lies in it has no lengths on the image."""
        return self.unit != "mm" and any(axis.unit for axis in self.axes)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    `index` is the zero-based frame in the object of `frames_in_object`.  `number` is the scanner's Instance
    Number, `location_mm` its Slice Location.  `orientation` are six LPS cosines, the direction of increasing
    column index first.  `transform` is None where the object has no readable one: values then are stored
    values.  `value_type` is what the object says of the result (Rescale Type, Modality LUT Type, Units), ""
    where nothing.  `padding` is the (lowest, highest) stored value that means "no image".  `real_world` is
    a Real World Value Mapping.  `lossy_ratio` is None where nothing
    was lost, 0 where the ratio is not known. `frame_time_ms` is the time of a frame in a cine,
    `shown_rate_hz` the Recommended Display Frame Rate of the object, `back_and_forth` its Preferred Playback
    Sequencing.  `crop` is the (row, column) of the frame's upper left corner in the stored one, where that is
    a mosaic of slices.  `tiles` are (stored frame, row, column) of the upper left corners of the stored
    frames that the frame is put together from, zero-based, where one is too large for one.
    """

    sop_uid: SopUid
    sop_class_uid: str
    sha256: str
    index: int
    rows: int
    columns: int
    pixel_format: PixelFormat
    frames_in_object: int = 1
    number: int | None = None
    location_mm: float | None = None
    position_mm: Point3 | None = None
    orientation: Orientation | None = None
    spacing: PixelSpacing = field(default_factory=PixelSpacing)
    slice_thickness_mm: float | None = None
    frame_of_reference_uid: str = ""
    transform: ValueTransform | None = None
    value_type: str = ""
    real_world: RealWorldValues | None = None
    voi: tuple[VoiTransform, ...] = ()
    presentation_inverse: bool = False
    padding: tuple[float, float] | None = None
    distinction: Distinction = field(default_factory=Distinction)
    technique: Technique = field(default_factory=Technique)
    shutter: Shutter | None = None
    regions: tuple[UltrasoundRegion, ...] = ()
    has_overlays: bool = False
    lossy_ratio: float | None = None
    frame_time_ms: float | None = None
    shown_rate_hz: float | None = None
    back_and_forth: bool = False
    laterality: str = ""
    view_position: str = ""
    #: what is special about the view of a mammogram, as ``implant displaced`` (PS3.16 CID 4015)
    view_modifiers: tuple[str, ...] = ()
    patient_orientation: tuple[str, str] | None = None
    is_compressed: bool = False
    #: one of a stream that is decoded from its start on
    is_video: bool = False
    crop: tuple[int, int] | None = None
    tiles: tuple[tuple[int, int, int], ...] = ()

    @property
    def key(self) -> FrameKey:
        """What names the frame."""
        return (self.sop_uid, self.index)
