"""What a PET series says of its values, as plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class PetImage:
    """Times of one image: Acquisition Date and Time (local), Frame Reference Time and Actual Frame Duration
    in s.
    """

    acquired_at: datetime | None = None
    reference_s: float | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Injection:
    """One item of the Radiopharmaceutical Information Sequence.

    `clock` is Radiopharmaceutical Start Time, `moment` Radiopharmaceutical Start DateTime, with an offset
    from UTC where it is written with one.
    """

    dose_bq: float | None = None
    half_life_s: float | None = None
    nuclide_code: str = ""
    nuclide: str = ""
    tracer: str = ""
    clock: time | None = None
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class SuvInputs:
    """What a PET series says of its values (PS3.3 C.8.9.1, C.8.9.4, C.8.22); None or empty where it says
    nothing.

    Moments are local; `utc_offset` is Timezone Offset From UTC, `decay_corrected_at` Decay Correction
    DateTime.  `sex` is Patient's Sex, `height_m` Patient's Size.  `ge_scan_at` is the private scan time of GE
    (0009,xx0D), the `philips` factors are the private ones of Philips (7053,xx00 and 7053,xx09), each value
    that occurs once.  `differing` names what ought to be the same in all images of the series and is not,
    `differing_body` the same of sex and height.
    """

    units: str = ""
    suv_type: str = ""
    corrections: tuple[str, ...] = ()
    decay_correction: str = ""
    dynamic: bool = False
    weight_kg: float | None = None
    injections: tuple[Injection, ...] = ()
    series_at: datetime | None = None
    images: tuple[PetImage, ...] = ()
    utc_offset: timedelta | None = None
    decay_corrected_at: datetime | None = None
    ge_scan_at: datetime | None = None
    philips_suv_factors: tuple[float, ...] = ()
    philips_activity_factors: tuple[float, ...] = ()
    differing: tuple[str, ...] = ()
    sex: str = ""
    height_m: float | None = None
    differing_body: tuple[str, ...] = ()
