"""Image frames of a series, classic or enhanced alike, before anybody makes a volume of them."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.geometry import Point3
from app.domain.study import SeriesUid, SopUid


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: where its bytes are, where it lies, how stored values become quantities.

    `index` is the zero-based frame in the object.  `orientation` are six LPS cosines, the direction of increasing column
    index first.  `spacing_mm` is (between rows, between columns), None where the object gives none.
    """

    sop_uid: SopUid
    sha256: str
    index: int
    rows: int
    columns: int
    number: int | None
    position_mm: Point3 | None
    orientation: tuple[float, float, float, float, float, float] | None
    spacing_mm: tuple[float, float] | None
    slope: float = 1.0
    intercept: float = 0.0
    time: float | None = None
    echo: float | None = None
    b_value: float | None = None


@dataclass(frozen=True, slots=True)
class FrameSet:
    """All frames of a series with what is common to them."""

    series_uid: SeriesUid
    modality: str
    sop_class_uid: str
    photometric: str
    samples: int
    bits_stored: int
    signed: bool
    rescale_type: str
    frame_of_reference_uid: str
    frames: tuple[Frame, ...]
    windows: tuple[tuple[float, float, str], ...] = ()  # (centre, width, explanation)
    gantry_tilt_deg: float = 0.0
