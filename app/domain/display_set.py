"""What of a series can be looked at as one thing: a stack of images, or a volume (after the DICOM viewers'
"display set").

A display set describes; its pixels are acquired as an `app.domain.image` (see `app.imaging.store`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from app.domain.frame import Frame
from app.domain.geometry import Grid
from app.domain.presentation import VoiTransform
from app.domain.quantity import NO_SCALES, Quantity, UptakeScales
from app.domain.study import SeriesUid, SopUid, StudyUid

#: stays the same as long as the series has the same frames: safe to store
DisplaySetId = NewType("DisplaySetId", str)
#: an English text, which is a translation key, and the values of its fields
TranslatableText = tuple[str, dict[str, str]]


class AxisKind(StrEnum):
    """What changes along the further axis of a volume."""

    TIME = "time"
    DYNAMIC = "dynamic"
    PHASE = "phase"
    ECHO = "echo"
    INVERSION = "inversion"
    B_VALUE = "b-value"
    CONTRAST = "contrast"
    COMPONENT = "component"  # magnitude, phase, real, imaginary; energies; colour-coded maps


@dataclass(frozen=True, slots=True)
class Axis:
    """The further axis: `values` in `unit` (UCUM), one a position; `labels` where the positions have
    names.
    """

    kind: AxisKind
    values: tuple[float, ...]
    unit: str = ""
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)


class Correction(StrEnum):
    """What was done so that a volume has a grid."""

    NONE = "none"
    SHEARED = "sheared"  # tilted gantry: the grid leans, no value was changed
    RESAMPLED = "resampled"  # uneven distances: values were interpolated


@dataclass(frozen=True, slots=True)
class VolumeGeometry:
    """Frames as a volume.

    `places[t][s]` is the index of the frame in the display set, or -1 for a missing slice.  For RESAMPLED
    volumes the slices of the grid lie between frames and `places` names the nearest one.
    """

    grid: Grid
    places: tuple[tuple[int, ...], ...]
    correction: Correction = Correction.NONE


@dataclass(frozen=True, slots=True)
class DisplaySet:
    """One thing to look at.

    `frames` are in the order they are shown: the scanner's numbers, head to foot for transverse CT.
    `geometry` is None for a stack of images.  `title` says what tells the display set from its siblings of
    the same series. `quantity` and `unit` say what the values are, with evidence only.  `warnings` are told
    on the image.
    """

    display_set_id: DisplaySetId
    study_uid: StudyUid
    series_uid: SeriesUid
    modality: str
    sop_class_uid: str
    frames: tuple[Frame, ...]
    geometry: VolumeGeometry | None = None
    axis: Axis | None = None
    title: tuple[TranslatableText, ...] = ()
    quantity: Quantity = Quantity.ARBITRARY
    unit: str = ""
    voi: tuple[VoiTransform, ...] = ()
    warnings: tuple[TranslatableText, ...] = ()
    details: dict[str, str] = field(default_factory=dict)
    body_part: str = ""
    #: of PET: other kinds of uptake
    scales: UptakeScales = NO_SCALES
    #: lowest and highest value that a Real World Value Mapping gives; others are shown, not measured
    mapped: tuple[float, float] | None = None
    #: the first of its kind (volume or stack) of the series
    is_first: bool = True

    @property
    def kind(self) -> str:
        """``volume`` or ``stack``."""
        return "stack" if self.geometry is None else "volume"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Images of a series that no display set shows, with the reason.

    ``sha256s[i]`` is the digest of the i-th object where it tells it from others of the same UID, else "".
    """

    reason: TranslatableText
    sop_uids: tuple[SopUid, ...]
    sha256s: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesObject:
    """An object of a series that is no image: a segmentation, a report, a plan."""

    sop_uid: SopUid
    sop_class_uid: str


@dataclass(frozen=True, slots=True)
class SeriesDisplaySets:
    """All that a series holds: its display sets, the one to open first in front, and what is none."""

    sets: tuple[DisplaySet, ...]
    left_out: tuple[LeftOut, ...] = ()
    objects: tuple[SeriesObject, ...] = ()
